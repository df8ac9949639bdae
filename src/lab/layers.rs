//! What some lenses read beside queries, keys and values: the values of the layer before, the targets of the regression.

use eigenlens_core::Head;
use nalgebra::DMatrix;

use super::preset::HILL;
use super::resolve::matrix;
use super::source::{Library, SceneError};
use super::support::TargetSet;
use super::text::HEADS_IN_LAYER;
use super::{Origin, Scene, Source};

impl Scene {
    /// The values of the layer before, `N×D_v`, where the source has one: of a preset and a file their own, of a text those of
    /// the same head one layer down. A key that was added stands still: its value in the layer before is its value.
    pub fn previous_values(&self, library: &Library) -> Result<Option<DMatrix<f64>>, SceneError> {
        let ground = library.ground(&self.source, self.head)?;
        let Some(cloud) = library.cloud(&self.source) else {
            return Ok(None);
        };
        let table = match self.source {
            Source::Text(_) => self
                .head
                .checked_sub(HEADS_IN_LAYER)
                .and_then(|before| cloud.heads().get(usize::from(before)))
                .map(Head::values),
            Source::Preset(_) | Source::File(_) => cloud.previous_values().get(usize::from(self.head)),
            Source::Blank | Source::Planted(_) => None,
        };
        let Some(table) = table else { return Ok(None) };
        let present = self.head(library)?;
        let rows = self.keys.iter().enumerate().map(|(index, key)| {
            let of_source = match key.origin {
                Origin::Row(row) => table
                    .row_iter()
                    .nth(usize::from(row))
                    .map(|row| row.iter().copied().collect()),
                Origin::Added => None,
            };
            let mut row: Vec<f64> = of_source.or_else(|| present.value(index)).unwrap_or_default();
            if let Some(previous) = key.previous {
                for (entry, set) in std::iter::zip(&mut row, previous.to_world()) {
                    *entry = set * ground.value_scale();
                }
            }
            row
        });
        Ok(Some(matrix(&rows.collect::<Vec<_>>())))
    }

    /// The targets of the regression, one for each key: those of the set, where none was dragged.
    pub fn targets(&self, set: TargetSet) -> Vec<f64> {
        let of_source = match &self.source {
            Source::Preset(id) => id.preset().targets,
            Source::File(_) | Source::Text(_) | Source::Blank | Source::Planted(_) => None,
        };
        let of_row = |row: usize| match set {
            TargetSet::Source => of_source.and_then(|table| table.entry(row)).unwrap_or_default(),
            TargetSet::Hill => HILL.entry(row % HILL.rows()).unwrap_or_default(),
            TargetSet::One => f64::from(u8::from(row == 3)),
            TargetSet::Alternating => [1.0, -1.0][row % 2],
        };
        let target = |(index, key): (usize, &super::Key)| match (key.target, key.origin) {
            (Some(thousandths), _) => f64::from(thousandths) / 1000.0,
            (None, Origin::Row(row)) => of_row(usize::from(row)),
            // An added key follows the sets, which are functions of the place in the list.
            (None, Origin::Added) if set != TargetSet::Source => of_row(index),
            (None, Origin::Added) => 0.0,
        };
        self.keys.iter().enumerate().map(target).collect()
    }
}
