//! Choices of the elliptical lens as edits.

use eigenlens_core::MetricScaling;

use crate::lab::elliptical::{EllipticalChoices, EllipticalView, GivenMetric, LayerValues, MetricSource};
use crate::lab::{SmootherForm, Thousandths};

/// A choice of the elliptical lens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EllipticalEdit {
    /// The sub-view.
    View(EllipticalView),
    /// Which weights are shown.
    Form(SmootherForm),
    /// Where M comes from.
    Metric(MetricSource),
    /// The given M, which is then the one that is shown; none for the source's.
    Given(Option<GivenMetric>),
    /// Bandwidth σ; none for the source's.
    Sigma(Option<Thousandths>),
    /// Radius of the neighbourhood; none for the source's.
    Radius(Option<Thousandths>),
    /// How an estimated m is scaled.
    Scaling(MetricScaling),
    /// δ of the estimator; none for its default.
    Delta(Option<Thousandths>),
    /// Where the values of the two layers come from.
    Values(LayerValues),
    /// A token sees those before it only.
    Causal(bool),
    /// Seed of the noise.
    Seed(u32),
    /// The push of the query, in thousandths of a coordinate.
    Push([i16; 2]),
    /// Layers of the film.
    Layers(u8),
    /// The layer that is shown.
    Layer(Option<u8>),
    /// Each layer adds its input.
    Residual(bool),
    /// RPC-Attention has a board of its own in the film.
    Rpc(bool),
}

impl EllipticalEdit {
    pub(super) fn label(self) -> String {
        match self {
            Self::View(view) => format!("Show {}", view.key()),
            Self::Form(form) => format!("Weigh by {}", form.name()),
            Self::Metric(MetricSource::Given) => "Given M".to_owned(),
            Self::Metric(MetricSource::Estimated) => "Estimated M".to_owned(),
            Self::Given(Some(_)) => "Change M".to_owned(),
            Self::Given(None) => "M of the cloud".to_owned(),
            Self::Sigma(_) => "Change σ".to_owned(),
            Self::Radius(_) => "Change the radius".to_owned(),
            Self::Scaling(scaling) => format!("Scaling {}", scaling.name()),
            Self::Delta(_) => "Change δ".to_owned(),
            Self::Values(values) => format!("Values {}", values.key()),
            Self::Causal(true) => "Causal".to_owned(),
            Self::Causal(false) => "Not causal".to_owned(),
            Self::Seed(seed) => format!("Noise {seed}"),
            Self::Push(_) => "Push the query".to_owned(),
            Self::Layers(layers) => format!("{layers} layers"),
            Self::Layer(Some(layer)) => format!("Layer {layer}"),
            Self::Layer(None) => "First layer of the film".to_owned(),
            Self::Residual(true) => "Residual stream".to_owned(),
            Self::Residual(false) => "No residual stream".to_owned(),
            Self::Rpc(true) => "With RPC-Attention".to_owned(),
            Self::Rpc(false) => "Without RPC-Attention".to_owned(),
        }
    }

    pub(super) fn apply(self, choices: &mut EllipticalChoices) {
        match self {
            Self::View(view) => choices.view = view,
            Self::Form(form) => choices.form = form,
            Self::Metric(metric) => choices.metric = metric,
            Self::Given(given) => {
                choices.given = given;
                choices.metric = MetricSource::Given;
            }
            Self::Sigma(sigma) => choices.sigma = sigma,
            Self::Radius(radius) => choices.radius = radius,
            Self::Scaling(scaling) => choices.scaling = scaling,
            Self::Delta(delta) => choices.delta = delta,
            Self::Values(values) => choices.values = values,
            Self::Causal(causal) => choices.causal = causal,
            Self::Seed(seed) => choices.seed = seed,
            Self::Push(push) => choices.push = push,
            Self::Layers(layers) => {
                choices.layers = layers.clamp(1, EllipticalChoices::MAX_LAYERS);
                choices.layer = choices.layer.map(|layer| layer.min(choices.layers));
            }
            Self::Layer(layer) => choices.layer = layer.map(|layer| layer.min(choices.layers)),
            Self::Residual(residual) => choices.residual = residual,
            Self::Rpc(rpc) => choices.rpc = rpc,
        }
    }
}
