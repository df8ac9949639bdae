//! The metric M that the lens shows: as it was given, or estimated from the values of two layers.

use eigenlens_core::{Head, estimated_metric};
use nalgebra::{DMatrix, DVector};

use crate::lab::elliptical::{LayerValues, MetricSource};
use crate::lab::{Lab, Library, SceneError, Thousandths};

/// How far the keys are moved between the two layers of a function, in each coordinate; also its δ.
pub(super) const STEP: f64 = 0.05;

/// Where the values of two layers come from, as it came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// Never [`LayerValues::Source`] where the source's own cannot be read.
    pub(super) values: LayerValues,
    /// Why a function stands for the source's own values.
    pub(super) lack: Option<Lack>,
}

/// Why the estimator cannot read the source's own values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lack {
    /// The source has no layer before.
    Layer,
    /// Value coordinate i is read for key coordinate i, and there are not as many of both.
    Width {
        /// `D_v`.
        values: usize,
        /// D.
        keys: usize,
    },
}

/// The values of two layers, `N×D` each, and the δ that belongs to them.
pub(super) struct Layers {
    /// Where they come from.
    pub(super) origin: Origin,
    /// Values of the layer before.
    pub(super) previous: DMatrix<f64>,
    /// Values of this layer.
    pub(super) present: DMatrix<f64>,
    /// δ.
    pub(super) delta: f64,
}

/// The values of two layers that the estimator reads.
pub(super) fn layers(lab: &Lab, library: &Library, head: &Head) -> Result<Layers, SceneError> {
    let choices = &lab.choices.elliptical;
    let delta = |default: f64| choices.delta.map_or(default, Thousandths::value);
    let mut lack = None;
    if choices.values == LayerValues::Source {
        let (values, keys) = (head.value_dim(), head.dim());
        match lab.scene.previous_values(library)? {
            Some(previous) if values == keys => {
                return Ok(Layers {
                    origin: Origin {
                        values: LayerValues::Source,
                        lack,
                    },
                    previous,
                    present: head.values().clone(),
                    delta: delta(1.0),
                });
            }
            Some(_) => lack = Some(Lack::Width { values, keys }),
            None => lack = Some(Lack::Layer),
        }
    }
    let values = match choices.values {
        LayerValues::Swapped => LayerValues::Swapped,
        LayerValues::Source | LayerValues::Separable => LayerValues::Separable,
    };
    let moved = head.keys().map(|x| x + STEP);
    Ok(Layers {
        origin: Origin { values, lack },
        previous: function(values, head.keys()),
        present: function(values, &moved),
        delta: delta(STEP),
    })
}

/// `f(k) = (sin 3k₁, 0.1 k₂, 0, …)`, or with the first two coordinates of `k` swapped, at each row.
pub(super) fn function(origin: LayerValues, keys: &DMatrix<f64>) -> DMatrix<f64> {
    let second = 1.min(keys.ncols().saturating_sub(1));
    let read = match origin {
        LayerValues::Swapped => [second, 0],
        LayerValues::Source | LayerValues::Separable => [0, second],
    };
    DMatrix::from_fn(keys.nrows(), keys.ncols(), |row, column| {
        let at = |column: usize| keys.get((row, column)).copied().unwrap_or_default();
        match column {
            0 => (3.0 * at(read[0])).sin(),
            1 => 0.1 * at(read[1]),
            _ => 0.0,
        }
    })
}

/// The diagonal of M, D entries.
pub(in crate::lens) fn chosen(lab: &Lab, library: &Library, head: &Head) -> Result<DVector<f64>, SceneError> {
    let choices = &lab.choices.elliptical;
    match choices.metric {
        MetricSource::Given => {
            let given = choices.given(&lab.scene.source);
            Ok(DVector::from_fn(head.dim(), |entry, _| given.entry(entry)))
        }
        MetricSource::Estimated => {
            let layers = layers(lab, library, head)?;
            Ok(estimated_metric(
                &layers.previous,
                &layers.present,
                layers.delta,
                choices.scaling,
            )?)
        }
    }
}
