//! Named rows of bars.

use serde::{Deserialize, Serialize};

use super::Role;
use crate::Error;
use crate::figure::{LONGEST, MOST, count, number, text};

/// The most bars of one row.
const MOST_SERIES: usize = 6;

/// Bars from a common zero, one row for each name, one bar in it for each series.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bars {
    /// What a bar's length is, as in "weight, %".
    pub measure: String,
    /// What is compared.
    pub series: Vec<Series>,
    /// The rows from the top down.
    pub rows: Vec<BarRow>,
}

/// Bars of one colour.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// Its name; may be empty where it is the only one.
    pub name: String,
    /// Its colour.
    pub role: Role,
}

/// A row of bars.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BarRow {
    /// Its name.
    pub name: String,
    /// A number for each series; none where there is none.
    pub values: Vec<Option<f64>>,
    /// It stands out.
    pub marked: bool,
}

impl Bars {
    pub(crate) fn check(&self) -> Result<(), Error> {
        text("the measure of the bars", &self.measure, LONGEST[0])?;
        let series = self.series.len();
        if series == 0 || series > MOST_SERIES {
            return Err(count("series of bars", series, format!("1 to {MOST_SERIES}")));
        }
        for of in &self.series {
            text("the name of a series", &of.name, LONGEST[0])?;
        }
        if self.rows.is_empty() || self.rows.len() > MOST {
            return Err(count("rows of bars", self.rows.len(), format!("1 to {MOST}")));
        }
        for row in &self.rows {
            text("the name of a row", &row.name, LONGEST[0])?;
            if row.values.len() != series {
                let expected = format!("{series}, one for each series");
                return Err(count("bars of a row", row.values.len(), expected));
            }
            for value in row.values.iter().flatten() {
                number("the length of a bar", *value)?;
            }
        }
        Ok(())
    }
}
