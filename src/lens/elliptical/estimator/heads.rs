//! The metric of every head of a text: how much of the logits' variance max-scaling leaves.

use eigenlens_core::{MetricScaling, estimated_metric};

use super::derive::Picture;
use crate::lab::elliptical::LayerValues;
use crate::lab::readout::{Number, Readouts};
use crate::lab::text::HEADS_IN_LAYER;
use crate::lab::{Lab, Library, Scene, Source, TextId, Thousandths};

/// The mean of m² in every head, untouched, where the map of all heads is open. A few additions for each value: no job.
#[derive(Default)]
pub(super) struct Heads {
    of: Option<Of>,
    squares: Vec<Option<f64>>,
}

/// What the numbers depend on.
#[derive(Clone, Copy, PartialEq)]
struct Of {
    text: TextId,
    scaling: MetricScaling,
    delta: Option<Thousandths>,
}

impl Heads {
    /// Whether a lab has the map: a text whose own values are read.
    pub(super) fn may_open(lab: &Lab) -> bool {
        let own = lab.choices.elliptical.values == LayerValues::Source;
        own && matches!(lab.scene.source, Source::Text(_))
    }

    /// Brings the numbers up to date with a lab.
    pub(super) fn request(&mut self, lab: &Lab, library: &Library) {
        let choices = &lab.choices.elliptical;
        let of = match (&lab.scene.source, library.cloud(&lab.scene.source)) {
            (Source::Text(text), Some(_)) if lab.choices.heads.open && Self::may_open(lab) => Some(Of {
                text: *text,
                scaling: choices.scaling,
                delta: choices.delta,
            }),
            _ => None,
        };
        if self.of == of {
            return;
        }
        self.of = of;
        self.squares.clear();
        let (Some(of), Some(cloud)) = (of, library.cloud(&lab.scene.source)) else {
            return;
        };
        let delta = of.delta.map_or(1.0, Thousandths::value);
        let heads = cloud.heads();
        let square = |at: usize| {
            // The first layer has none before it.
            let before = heads.get(at.checked_sub(HEADS_IN_LAYER.into())?)?;
            let m = estimated_metric(before.values(), heads.get(at)?.values(), delta, of.scaling).ok()?;
            Some(m.norm_squared() / m.len() as f64)
        };
        self.squares = (0..heads.len()).map(square).collect();
    }

    /// The numbers, that of the head on the board with its edits.
    pub(super) fn map(&self, scene: &Scene, picture: &Picture) -> Option<Vec<Option<f64>>> {
        self.of?;
        let mut squares = self.squares.clone();
        if let Some(present @ Some(_)) = squares.get_mut(usize::from(scene.head)) {
            *present = Some(picture.m.norm_squared() / picture.dim() as f64);
        }
        Some(squares)
    }
}

/// The mean over the heads that have a metric, and how many there are.
pub(super) fn mean(squares: &[Option<f64>]) -> Option<(f64, usize)> {
    let known: Vec<f64> = squares.iter().flatten().copied().collect();
    (!known.is_empty()).then(|| (known.iter().sum::<f64>() / known.len() as f64, known.len()))
}

/// The numbers of all heads.
pub(super) fn read_out(squares: &[Option<f64>], readouts: &mut Readouts) {
    let Some((mean, heads)) = mean(squares) else { return };
    readouts.put("heads_mean_m_squared", Number::plain(mean));
    readouts.put("heads_with_metric", Number::count(heads));
    let most = squares.iter().flatten().copied().fold(0.0, f64::max);
    readouts.put("heads_largest_m_squared", Number::plain(most));
}
