//! The same weight in every head of a text: how the head on the board compares with its siblings.

use eigenlens_core::{Error, Head, attend_row};

use super::derive::{Picture, scoring};
use crate::lab::{Library, Origin, Scene, Source, Temperature, TextId, text};

/// The row of the asking word in every head, untouched; the head on the board has its own row, with the edits.
#[derive(Default)]
pub(super) struct Heads {
    of: Option<Of>,
    rows: Vec<Vec<f64>>,
}

/// What the rows depend on.
#[derive(Clone, Copy, PartialEq)]
struct Of {
    text: TextId,
    row: u16,
    temperature: Temperature,
}

/// One weight per head.
pub(super) struct Map {
    /// By number of the head; none for an untouched head that does not have both tokens.
    pub(super) weights: Vec<Option<f64>>,
    /// The head on the board.
    pub(super) present: usize,
}

impl Heads {
    /// Brings the rows up to date with a scene. Costs nothing while text, asking word and temperature stay.
    pub(super) fn request(&mut self, scene: &Scene, library: &Library) {
        let cloud = library.cloud(&scene.source);
        let asking = scene.queries.get(scene.asking()).map(|query| query.origin);
        let of = match (&scene.source, asking) {
            (Source::Text(text), Some(Origin::Row(row))) if cloud.is_some() => Some(Of {
                text: *text,
                row,
                temperature: scene.temperature,
            }),
            _ => None,
        };
        if self.of == of {
            return;
        }
        self.of = of;
        let rows = || -> Option<Result<Vec<Vec<f64>>, Error>> {
            let (cloud, of) = (cloud?, of?);
            let weights = |head: &Head| {
                let scoring = scoring(of.temperature, head.dim())?;
                Ok(attend_row(head, &scoring, of.row.into())?.weights)
            };
            Some(cloud.heads().iter().map(weights).collect())
        };
        // Without the rows the map shows that they are not there; the head on the board says what is wrong with its own.
        self.rows = rows().and_then(Result::ok).unwrap_or_default();
    }

    /// The weight of a key (a position on the board) in every head; none where the cloud has no layers.
    pub(super) fn map(&self, scene: &Scene, picture: &Picture, key: usize) -> Option<Map> {
        let Source::Text(_) = scene.source else { return None };
        let row = match scene.keys.get(key)?.origin {
            Origin::Row(row) => Some(usize::from(row)),
            Origin::Added => None,
        };
        let present = usize::from(scene.head);
        let untouched = |head: usize| self.rows.get(head)?.get(row?).copied();
        let heads = usize::from(text::LAYERS * text::HEADS_IN_LAYER);
        let mut weights: Vec<Option<f64>> = (0..heads).map(untouched).collect();
        *weights.get_mut(present)? = picture.row.weights.get(key).copied();
        Some(Map { weights, present })
    }

    /// In how many heads the key is the heaviest of its row.
    pub(super) fn won(&self, scene: &Scene, picture: &Picture, key: usize) -> usize {
        let Some(Origin::Row(row)) = scene.keys.get(key).map(|key| key.origin) else {
            return 0;
        };
        let heaviest = |weights: &[f64], at: usize| weights.get(at).is_some_and(|own| weights.iter().all(|w| w <= own));
        let others = self
            .rows
            .iter()
            .enumerate()
            .filter(|(head, _)| *head != usize::from(scene.head));
        others.filter(|(_, weights)| heaviest(weights, row.into())).count()
            + usize::from(heaviest(&picture.row.weights, key))
    }
}

impl Map {
    /// The heads in which this key has more weight than another; not where one of them has none.
    pub(super) fn above(&self, other: &Self) -> impl Iterator<Item = bool> {
        let pairs = std::iter::zip(&self.weights, &other.weights);
        pairs.map(|(own, other)| matches!((own, other), (Some(own), Some(other)) if own > other))
    }

    /// The weight in the head on the board, its rank among all heads (1 is the largest), and the mean over the heads.
    pub(super) fn standing(&self) -> Option<(f64, usize, f64)> {
        let own = (*self.weights.get(self.present)?)?;
        let all: Vec<f64> = self.weights.iter().flatten().copied().collect();
        let rank = 1 + all.iter().filter(|other| **other > own).count();
        Some((own, rank, all.iter().sum::<f64>() / all.len() as f64))
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
