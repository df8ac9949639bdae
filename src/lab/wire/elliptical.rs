//! The choices of the elliptical lens as bytes.

use std::num::NonZeroU16;

use serde::{Deserialize, Serialize};

use super::Losses;
use super::decode::known_code;
use crate::lab::elliptical::{
    EllipticalChoices, EllipticalView, GivenMetric, LayerValues, MetricSource, scaling_code, scaling_of_code,
};
use crate::lab::{SmootherForm, Thousandths};

/// Numbers in thousandths, 0 for none. A layer is moved up by 1.
#[derive(Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "switches, each its own byte")]
pub(super) struct WireElliptical {
    view: u8,
    form: u8,
    estimated: bool,
    given: Option<Vec<u16>>,
    sigma: u16,
    radius: u16,
    scaling: u8,
    delta: u16,
    values: u8,
    causal: bool,
    seed: u32,
    push: [i16; 2],
    layers: u8,
    layer: u8,
    residual: bool,
    rpc: bool,
}

fn steps(number: Option<Thousandths>) -> u16 {
    number.map_or(0, |number| number.0.get())
}

fn thousandths(steps: u16) -> Option<Thousandths> {
    NonZeroU16::new(steps).map(Thousandths)
}

impl WireElliptical {
    pub(super) fn of(choices: &EllipticalChoices) -> Self {
        let EllipticalChoices {
            view,
            form,
            metric,
            given,
            sigma,
            radius,
            scaling,
            delta,
            values,
            causal,
            seed,
            push,
            layers,
            layer,
            residual,
            rpc,
        } = *choices;
        Self {
            view: view.code(),
            form: form.code(),
            estimated: metric == MetricSource::Estimated,
            given: given.map(|given| given.trimmed().to_vec()),
            sigma: steps(sigma),
            radius: steps(radius),
            scaling: scaling_code(scaling),
            delta: steps(delta),
            values: values.code(),
            causal,
            seed,
            push,
            layers,
            layer: layer.map_or(0, |layer| layer.saturating_add(1)),
            residual,
            rpc,
        }
    }

    pub(super) fn choices(&self, losses: &mut Losses) -> EllipticalChoices {
        let default = EllipticalChoices::default();
        let layers = self.layers.clamp(1, EllipticalChoices::MAX_LAYERS);
        let layer = self.layer.checked_sub(1).map(|layer| layer.min(layers));
        let kept = layers == self.layers && layer == self.layer.checked_sub(1);
        losses.out_of_range += usize::from(!kept);
        let too_long = self
            .given
            .as_ref()
            .is_some_and(|given| given.len() > GivenMetric::ENTRIES);
        losses.out_of_range += usize::from(too_long);
        EllipticalChoices {
            view: known_code(EllipticalView::from_code(self.view), losses).unwrap_or_default(),
            form: known_code(SmootherForm::from_code(self.form), losses).unwrap_or(default.form),
            metric: if self.estimated {
                MetricSource::Estimated
            } else {
                MetricSource::Given
            },
            given: self.given.as_deref().map(GivenMetric::of),
            sigma: thousandths(self.sigma),
            radius: thousandths(self.radius),
            scaling: known_code(scaling_of_code(self.scaling), losses).unwrap_or(default.scaling),
            delta: thousandths(self.delta),
            values: known_code(LayerValues::from_code(self.values), losses).unwrap_or_default(),
            causal: self.causal,
            seed: self.seed,
            push: self.push,
            layers,
            layer,
            residual: self.residual,
            rpc: self.rpc,
        }
    }
}
