//! Matrices as tiles.

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::figure::{LARGEST, LONGEST, count, number, text, within};

/// The most maps beside each other.
const MOST_MAPS: usize = 24;
/// The most rows and the most columns of a map.
const MOST_SIDE: usize = 1 << 12;
/// The most entries of a map.
const MOST_ENTRIES: usize = 1 << 20;

/// Matrices beside each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeatMaps {
    /// From left to right, then down.
    pub maps: Vec<HeatMap>,
}

/// A matrix, a tile for each entry.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeatMap {
    /// What it is.
    pub title: String,
    /// What the rows are; may be empty.
    pub row_title: String,
    /// What the columns are; may be empty.
    pub column_title: String,
    /// How many rows there are.
    pub rows: usize,
    /// How many columns there are.
    pub columns: usize,
    /// A name for each row, or none at all.
    pub row_names: Vec<String>,
    /// A name for each column, or none at all.
    pub column_names: Vec<String>,
    /// The entries, row by row; an entry that is not there has no tile.
    pub values: Vec<Option<f64>>,
    /// Entries of both signs: colours say which. Else they say how much.
    pub signed: bool,
    /// The size of an entry in the strongest colour.
    pub most: f64,
    /// What an entry is, as in "weight".
    pub measure: String,
    /// A row that is marked.
    pub row: Option<usize>,
    /// A column that is marked.
    pub column: Option<usize>,
}

impl HeatMaps {
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.maps.is_empty() || self.maps.len() > MOST_MAPS {
            return Err(count("maps", self.maps.len(), format!("1 to {MOST_MAPS}")));
        }
        self.maps.iter().try_for_each(HeatMap::check)
    }
}

impl HeatMap {
    /// A map of a list of numbers, row by row, whose strongest colour is its largest entry.
    pub fn new(title: impl Into<String>, [rows, columns]: [usize; 2], values: impl IntoIterator<Item = f64>) -> Self {
        let values: Vec<Option<f64>> = values
            .into_iter()
            .map(|value| value.is_finite().then_some(value))
            .collect();
        let sizes = values.iter().flatten();
        let most = sizes.fold(0.0, |most: f64, value| most.max(value.abs()));
        Self {
            title: title.into(),
            rows,
            columns,
            signed: values.iter().flatten().any(|value| *value < 0.0),
            most: if most > 0.0 { most } else { 1.0 },
            values,
            ..Self::default()
        }
    }

    fn check(&self) -> Result<(), Error> {
        for words in [&self.title, &self.row_title, &self.column_title, &self.measure] {
            text("a title of a map", words, LONGEST[0])?;
        }
        within("rows of a map", self.rows as f64, 1.0, MOST_SIDE as f64)?;
        within("columns of a map", self.columns as f64, 1.0, MOST_SIDE as f64)?;
        let entries = self.rows * self.columns;
        within("entries of a map", entries as f64, 1.0, MOST_ENTRIES as f64)?;
        if self.values.len() != entries {
            let expected = format!("{entries} = {} rows × {} columns", self.rows, self.columns);
            return Err(count("entries of a map", self.values.len(), expected));
        }
        for (what, names, of) in [
            ("names of rows", &self.row_names, self.rows),
            ("names of columns", &self.column_names, self.columns),
        ] {
            if !names.is_empty() && names.len() != of {
                return Err(count(what, names.len(), format!("{of}, or none")));
            }
            for name in names {
                text("a name", name, LONGEST[0])?;
            }
        }
        for value in self.values.iter().flatten() {
            number("an entry of a map", *value)?;
        }
        within("the strongest entry of a map", self.most, 1.0 / LARGEST, LARGEST)?;
        for (what, marked, of) in [
            ("the marked row", self.row, self.rows),
            ("the marked column", self.column, self.columns),
        ] {
            if let Some(marked) = marked {
                within(what, marked as f64, 0.0, (of - 1) as f64)?;
            }
        }
        Ok(())
    }
}
