//! What the robust lens takes apart: the keys as they are seen, the clean ones, and which rows of the two belong together.
//!
//! Clean are the keys without their wrong entries and without planted outliers. A text with a wrong word has the right text as
//! its clean cloud: every token with its partner.

use std::sync::Arc;

use nalgebra::DMatrix;

use super::resolve::matrix;
use super::source::{Ground, Library, Role, SceneError};
use super::{Origin, Scene, Source};

/// Seen and clean, rows are tokens; `C` entries a key: D, or the dimensions of the lifted plane.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// M, the keys as they are seen, `N×C`.
    pub seen: DMatrix<f64>,
    /// The clean keys, `N₀×C`, at least one.
    pub clean: DMatrix<f64>,
    /// Values of the keys as they are seen, `N×D_v` (lifted with the keys where `D_v = D`). Wrong entries of a key are no wrong
    /// entries of its value.
    pub seen_values: DMatrix<f64>,
    /// Values of the clean keys.
    pub clean_values: DMatrix<f64>,
    /// The queries beside the keys as they are seen, `N_q×C`.
    pub seen_queries: DMatrix<f64>,
    /// The queries beside the clean keys.
    pub clean_queries: DMatrix<f64>,
    /// Rows of the keys that belong together: clean, seen.
    pub keys: Vec<[usize; 2]>,
    /// Rows of the queries that belong together: clean, seen.
    pub queries: Vec<[usize; 2]>,
    /// `E`, `C×D`, where the plane is lifted.
    pub frame: Option<DMatrix<f64>>,
}

/// Keys, values and queries as they are gathered.
#[derive(Default)]
struct Rows {
    keys: Vec<Vec<f64>>,
    values: Vec<Vec<f64>>,
    queries: Vec<Vec<f64>>,
}

/// The rows of a scene's ground, as its edits move them.
struct Reading<'a> {
    scene: &'a Scene,
    ground: Arc<Ground>,
    frame: Option<DMatrix<f64>>,
    lifts_values: bool,
}

impl Reading<'_> {
    fn lifted(&self, row: Vec<f64>) -> Vec<f64> {
        match &self.frame {
            Some(frame) => lift(frame, &row),
            None => row,
        }
    }

    fn lifted_value(&self, row: Vec<f64>) -> Vec<f64> {
        if self.lifts_values { self.lifted(row) } else { row }
    }

    /// A key before its entries were made wrong, D entries, and how far its token was moved.
    fn key(&self, index: usize) -> Result<(Vec<f64>, Vec<f64>), SceneError> {
        let key = self.scene.keys.get(index).ok_or(SceneError::NoKeys)?;
        let base = self.ground.token(key.origin, key.at, Role::Key)?;
        let moved = difference(&base, &self.ground.token(key.origin, None, Role::Key)?);
        Ok((base, moved))
    }
}

impl Scene {
    /// Seen and clean keys, values and queries.
    ///
    /// # Errors
    /// As [`Scene::head`]; also where the clean text is not here, and [`SceneError::NoKeys`] where no key is clean.
    pub fn truth(&self, library: &Library) -> Result<Truth, SceneError> {
        let ground = library.ground(&self.source, self.head)?;
        let frame = self.lift.frame(ground.dim());
        let reading = Reading {
            scene: self,
            lifts_values: ground.value_dim() == ground.dim(),
            frame,
            ground,
        };
        let mut seen = Rows::default();
        for (index, key) in self.keys.iter().enumerate() {
            let (base, _) = reading.key(index)?;
            seen.values
                .push(reading.lifted_value(reading.ground.value(key.origin, key.value, &base)?));
            let mut row = reading.lifted(base);
            for (column, added) in self.corruption.of_key(index) {
                if let Some(entry) = row.get_mut(column) {
                    *entry += added * reading.ground.scale();
                }
            }
            seen.keys.push(row);
        }
        for query in &self.queries {
            let row = reading.ground.token(query.origin, query.at, Role::Query)?;
            seen.queries.push(reading.lifted(row));
        }
        let partner = match self.source {
            Source::Text(id) => id.clean(),
            _ => None,
        };
        let (clean, keys, queries) = match partner {
            None => self.own_clean(&reading, &seen)?,
            Some(partner) => {
                let other = library.ground(&Source::Text(partner.text), self.head)?;
                self.clean_of_partner(&reading, &seen, &other, &|row| partner.row_of(row))?
            }
        };
        if clean.keys.is_empty() {
            return Err(SceneError::NoKeys);
        }
        Ok(Truth {
            seen: matrix(&seen.keys),
            clean: matrix(&clean.keys),
            seen_values: matrix(&seen.values),
            clean_values: matrix(&clean.values),
            seen_queries: matrix(&seen.queries),
            clean_queries: matrix(&clean.queries),
            keys,
            queries,
            frame: reading.frame,
        })
    }

    /// The scene's own clean cloud: without wrong entries and planted outliers.
    fn own_clean(&self, reading: &Reading<'_>, seen: &Rows) -> Result<Gathered, SceneError> {
        let mut clean = Rows {
            queries: seen.queries.clone(),
            ..Rows::default()
        };
        let mut pairs = Vec::new();
        for (index, key) in self.keys.iter().enumerate().filter(|(_, key)| !key.outlier) {
            let (base, _) = reading.key(index)?;
            pairs.push([clean.keys.len(), index]);
            clean
                .values
                .push(reading.lifted_value(reading.ground.value(key.origin, key.value, &base)?));
            clean.keys.push(reading.lifted(base));
        }
        let queries = (0..seen.queries.len()).map(|row| [row, row]).collect();
        Ok((clean, pairs, queries))
    }

    /// The clean cloud of a text with a wrong word: the right text, whose tokens move with their partners. `row_of` gives the
    /// row of the seen text that belongs to a row of the clean one.
    fn clean_of_partner(
        &self,
        reading: &Reading<'_>,
        seen: &Rows,
        other: &Ground,
        row_of: &dyn Fn(u16) -> Option<u16>,
    ) -> Result<Gathered, SceneError> {
        let mut clean = Rows::default();
        let (mut keys, mut queries) = (Vec::new(), Vec::new());
        let rows = other.counts();
        for row in 0..rows[0] {
            let origin = Origin::Row(row);
            let mut key = other.token(origin, None, Role::Key)?;
            let mut value = None;
            if let Some(partner) = row_of(row) {
                // A token that was erased is gone from both.
                let Some(index) = self.keys.iter().position(|key| key.origin == Origin::Row(partner)) else {
                    continue;
                };
                let (_, moved) = reading.key(index)?;
                for (entry, moved) in std::iter::zip(&mut key, moved) {
                    *entry += moved;
                }
                value = self.keys.get(index).and_then(|key| key.value);
                keys.push([clean.keys.len(), index]);
            }
            clean.values.push(other.value(origin, value, &key)?);
            clean.keys.push(key);
        }
        for (index, key) in self.keys.iter().enumerate() {
            if key.origin == Origin::Added && !key.outlier {
                let (base, _) = reading.key(index)?;
                keys.push([clean.keys.len(), index]);
                clean.values.push(reading.ground.value(key.origin, key.value, &base)?);
                clean.keys.push(base);
            }
        }
        for row in 0..rows[1] {
            let mut query = other.token(Origin::Row(row), None, Role::Query)?;
            if let Some(partner) = row_of(row) {
                let origin = Origin::Row(partner);
                let Some(index) = self.queries.iter().position(|query| query.origin == origin) else {
                    continue;
                };
                let unmoved = reading.ground.token(origin, None, Role::Query)?;
                let moved = seen
                    .queries
                    .get(index)
                    .map_or_else(Vec::new, |row| difference(row, &unmoved));
                for (entry, moved) in std::iter::zip(&mut query, moved) {
                    *entry += moved;
                }
                queries.push([clean.queries.len(), index]);
            }
            clean.queries.push(query);
        }
        Ok((clean, keys, queries))
    }
}

/// Clean rows, and the pairs of keys and of queries.
type Gathered = (Rows, Vec<[usize; 2]>, Vec<[usize; 2]>);

/// `E x`.
pub(super) fn lift(frame: &DMatrix<f64>, row: &[f64]) -> Vec<f64> {
    frame
        .row_iter()
        .map(|across| std::iter::zip(across.iter(), row).map(|(e, x)| e * x).sum())
        .collect()
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    std::iter::zip(a, b).map(|(a, b)| a - b).collect()
}
