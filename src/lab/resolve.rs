//! A scene resolved: the tokens that the mathematics sees, where they are drawn, what they are called.

use eigenlens_core::{Cloud, Head};
use nalgebra::DMatrix;

use super::readout::text::subscripted;
use super::source::{Ground, Library, Role, SceneError};
use super::{Key, Origin, Query, Scene, TokenRef};

/// Where tokens are drawn, in board units.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Positions {
    /// The keys, in order.
    pub keys: Vec<[f64; 2]>,
    /// The queries, in order.
    pub queries: Vec<[f64; 2]>,
}

impl Positions {
    /// Where a token is drawn.
    pub fn of(&self, token: TokenRef) -> Option<[f64; 2]> {
        match token {
            TokenRef::Key(index) => self.keys.get(index),
            TokenRef::Query(index) => self.queries.get(index),
        }
        .copied()
    }
}

impl Scene {
    /// The tokens as the mathematics sees them: queries `N_q×D`, keys `N×D`, values `N×D_v`.
    ///
    /// Untouched rows are those of the source, bit for bit; a moved token is moved along the source's plane. Where the values are
    /// the keys they follow them.
    pub fn head(&self, library: &Library) -> Result<Head, SceneError> {
        let ground = library.ground(&self.source, self.head)?;
        if self.keys.is_empty() {
            return Err(SceneError::NoKeys);
        }
        let mut keys = Vec::with_capacity(self.keys.len());
        let mut values = Vec::with_capacity(self.keys.len());
        let frame = self.lift.frame(ground.dim());
        for (index, key) in self.keys.iter().enumerate() {
            let mut row = ground.token(key.origin, key.at, Role::Key)?;
            for (entry, added) in std::iter::zip(&mut row, self.added(index, &ground, frame.as_ref())) {
                *entry += added;
            }
            values.push(ground.value(key.origin, key.value, &row)?);
            keys.push(row);
        }
        let query = |query: &Query| ground.token(query.origin, query.at, Role::Query);
        let queries = self.queries.iter().map(query).collect::<Result<Vec<_>, _>>()?;
        Ok(Head::new(matrix(&queries), matrix(&keys), matrix(&values))?)
    }

    /// What the wrong entries of a key add to its D coordinates; nothing for a clean key.
    fn added(&self, key: usize, ground: &Ground, frame: Option<&DMatrix<f64>>) -> Vec<f64> {
        if !self.corruption.touches(key) {
            return Vec::new();
        }
        let mut added = vec![0.0; ground.dim()];
        for (column, units) in self.corruption.of_key(key) {
            let units = units * ground.scale();
            match frame {
                Some(frame) if column < frame.nrows() => {
                    for (entry, across) in std::iter::zip(&mut added, frame.row(column).iter()) {
                        *entry += units * across;
                    }
                }
                Some(_) => {}
                None => {
                    if let Some(entry) = added.get_mut(column) {
                        *entry += units;
                    }
                }
            }
        }
        added
    }

    /// Where the tokens are drawn, in board units. Also on a board without keys.
    pub fn positions(&self, library: &Library) -> Result<Positions, SceneError> {
        let mut positions = self.base_positions(library)?;
        if self.corruption.is_empty() {
            return Ok(positions);
        }
        let ground = library.ground(&self.source, self.head)?;
        let frame = self.lift.frame(ground.dim());
        for (index, key) in self.keys.iter().enumerate() {
            let added = self.added(index, &ground, frame.as_ref());
            if added.is_empty() {
                continue;
            }
            let mut row = ground.token(key.origin, key.at, Role::Key)?;
            for (entry, added) in std::iter::zip(&mut row, added) {
                *entry += added;
            }
            if let Some(place) = positions.keys.get_mut(index) {
                *place = ground.place(&row)?;
            }
        }
        Ok(positions)
    }

    /// Where the tokens would be drawn without their wrong entries, in board units.
    pub fn base_positions(&self, library: &Library) -> Result<Positions, SceneError> {
        let ground = library.ground(&self.source, self.head)?;
        let key = |key: &Key| ground.position(key.origin, key.at, Role::Key);
        let query = |query: &Query| ground.position(query.origin, query.at, Role::Query);
        Ok(Positions {
            keys: self.keys.iter().map(key).collect::<Result<_, _>>()?,
            queries: self.queries.iter().map(query).collect::<Result<_, _>>()?,
        })
    }

    /// A token's label: the source's name for it, else "k₃", "q", "q₂", counted like the token's name.
    pub fn label(&self, token: TokenRef, library: &Library) -> String {
        let cloud = library.cloud(&self.source);
        let labels = cloud.as_deref().map_or(&[][..], Cloud::labels);
        // Labels name the keys, and the queries where every key has its query.
        let counts = self.source.counts();
        let (origin, letter, index, of, is_named) = match token {
            TokenRef::Key(index) => {
                let origin = self.keys.get(index).map(|key| key.origin);
                (origin, "k", index, usize::MAX, true)
            }
            TokenRef::Query(index) => {
                let origin = self.queries.get(index).map(|query| query.origin);
                (origin, "q", index, self.queries.len(), counts.keys == counts.queries)
            }
        };
        let named = match origin {
            Some(Origin::Row(row)) if is_named => labels.get(usize::from(row)),
            _ => None,
        };
        match named.filter(|label| !label.trim().is_empty()) {
            Some(label) => label.clone(),
            None if of == 1 => letter.to_owned(),
            None => subscripted(letter, index.saturating_add(1)),
        }
    }

    /// Makes a scene of a link fit the file it names, now that the file is open: the file's own counts, no row that it does
    /// not have, no head that it does not have. How many tokens were dropped; none for an honest link.
    pub fn reconcile(&mut self, library: &Library) -> usize {
        let Some(entry) = library.entry(&self.source) else {
            return 0;
        };
        let counts = entry.source.counts();
        let columns = self.columns(library).unwrap_or(usize::MAX);
        if counts == self.source.counts() {
            return self.corruption.clamp(self.keys.len(), columns);
        }
        self.source = entry.source.clone();
        self.head = self.head.min(counts.heads.saturating_sub(1));
        let before = self.keys.len() + self.queries.len();
        let fits = |origin: Origin, rows: u16| !matches!(origin, Origin::Row(row) if row >= rows);
        for index in (0..self.keys.len()).rev() {
            if self.keys.get(index).is_some_and(|key| !fits(key.origin, counts.keys)) {
                self.keys.remove(index);
                self.corruption.remove_key(index);
            }
        }
        self.queries.retain(|query| fits(query.origin, counts.queries));
        if self.queries.is_empty() {
            self.queries.push(Query::row(0));
        }
        self.asking = self.asking.min(self.queries.len().saturating_sub(1) as u16);
        let wrong = self.corruption.clamp(self.keys.len(), columns);
        wrong + before.saturating_sub(self.keys.len() + self.queries.len())
    }
}

/// Rows of equal length as a matrix.
pub(super) fn matrix(rows: &[Vec<f64>]) -> DMatrix<f64> {
    let columns = rows.first().map_or(0, Vec::len);
    DMatrix::from_row_iterator(rows.len(), columns, rows.iter().flatten().copied())
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
