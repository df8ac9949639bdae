//! The tokens: one head's queries, keys and values, and a cloud of heads. Rows are tokens
//! everywhere.

use std::iter::zip;

use nalgebra::DMatrix;

use crate::error::{Error, check_finite, check_length, entries};

/// One attention head: queries `N_q×D`, keys `N×D`, values `N×D_v`; a row is a token.
///
/// Made by [`Head::new`], so it always has a query, a key, `D ≥ 1`, `D_v ≥ 1`, shapes that fit and
/// finite entries.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    queries: DMatrix<f64>,
    keys: DMatrix<f64>,
    values: DMatrix<f64>,
}

impl Head {
    /// Checks and holds the three matrices.
    ///
    /// # Errors
    /// [`Error::NoTokens`], [`Error::NoDimensions`], [`Error::ShapeMismatch`] (queries and keys
    /// differ in D, or there are not as many values as keys), [`Error::NotFinite`].
    pub fn new(queries: DMatrix<f64>, keys: DMatrix<f64>, values: DMatrix<f64>) -> Result<Self, Error> {
        let named = [
            ("queries", "query", &queries),
            ("keys", "key", &keys),
            ("values", "value", &values),
        ];
        for (what, _, matrix) in named {
            if matrix.nrows() == 0 {
                return Err(Error::NoTokens { what });
            }
            if matrix.ncols() == 0 {
                return Err(Error::NoDimensions { what });
            }
        }
        check_length("the number of dimensions of the keys", keys.ncols(), queries.ncols())?;
        check_length("the number of values", values.nrows(), keys.nrows())?;
        for (_, what, matrix) in named {
            check_finite(what, entries(matrix))?;
        }
        Ok(Self { queries, keys, values })
    }

    /// The queries, `N_q×D`.
    pub fn queries(&self) -> &DMatrix<f64> {
        &self.queries
    }

    /// The keys, `N×D`.
    pub fn keys(&self) -> &DMatrix<f64> {
        &self.keys
    }

    /// The values, `N×D_v`.
    pub fn values(&self) -> &DMatrix<f64> {
        &self.values
    }

    /// Query `index`, its D coordinates, or `None` when there is no such query.
    pub fn query(&self, index: usize) -> Option<Vec<f64>> {
        row(&self.queries, index)
    }

    /// Key `index`, its D coordinates, or `None` when there is no such key.
    pub fn key(&self, index: usize) -> Option<Vec<f64>> {
        row(&self.keys, index)
    }

    /// Value `index`, its `D_v` coordinates, or `None` when there is no such value.
    pub fn value(&self, index: usize) -> Option<Vec<f64>> {
        row(&self.values, index)
    }

    /// `N_q`, at least 1.
    pub fn n_queries(&self) -> usize {
        self.queries.nrows()
    }

    /// `N`, at least 1.
    pub fn n_keys(&self) -> usize {
        self.keys.nrows()
    }

    /// `D`, the dimension of queries and keys, at least 1.
    pub fn dim(&self) -> usize {
        self.keys.ncols()
    }

    /// `D_v`, the dimension of the values, at least 1.
    pub fn value_dim(&self) -> usize {
        self.values.ncols()
    }
}

/// One row of a matrix as a vector.
fn row(matrix: &DMatrix<f64>, index: usize) -> Option<Vec<f64>> {
    (index < matrix.nrows()).then(|| matrix.row(index).iter().copied().collect())
}

/// The tokens that every lens looks at: one or more heads over the same tokens, the tokens' names,
/// and what the values of the heads were one layer before, where that is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Cloud {
    heads: Vec<Head>,
    labels: Vec<String>,
    previous: Vec<DMatrix<f64>>,
}

impl Cloud {
    /// Checks and holds the heads. `labels` has one name for each key, or is empty when the tokens
    /// have no names.
    ///
    /// # Errors
    /// [`Error::NoTokens`] without a head; [`Error::ShapeMismatch`] when the heads differ in shape
    /// or the labels do not fit the keys.
    pub fn new(heads: Vec<Head>, labels: Vec<String>) -> Result<Self, Error> {
        let Some(first) = heads.first() else {
            return Err(Error::NoTokens { what: "heads" });
        };
        for head in &heads {
            check_length("the number of queries of a head", head.n_queries(), first.n_queries())?;
            check_length("the number of keys of a head", head.n_keys(), first.n_keys())?;
            check_length("the number of dimensions of a head's keys", head.dim(), first.dim())?;
            check_length(
                "the number of dimensions of a head's values",
                head.value_dim(),
                first.value_dim(),
            )?;
        }
        if !labels.is_empty() {
            check_length("the number of labels", labels.len(), first.n_keys())?;
        }
        Ok(Self {
            heads,
            labels,
            previous: Vec::new(),
        })
    }

    /// The same cloud with the values of the layer before, one matrix `N×D_v` for each head: what the
    /// estimator of Elliptical Attention compares the values with.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`] when there are not as many matrices as heads or one differs in shape
    /// from the values; [`Error::NotFinite`].
    pub fn with_previous_values(self, previous: Vec<DMatrix<f64>>) -> Result<Self, Error> {
        check_length(
            "the number of heads of the layer before",
            previous.len(),
            self.heads.len(),
        )?;
        for (before, head) in zip(&previous, &self.heads) {
            check_length("the number of previous values", before.nrows(), head.n_keys())?;
            check_length(
                "the number of dimensions of the previous values",
                before.ncols(),
                head.value_dim(),
            )?;
            check_finite("previous value", entries(before))?;
        }
        Ok(Self { previous, ..self })
    }

    /// The heads, at least one, all of the same shape.
    pub fn heads(&self) -> &[Head] {
        &self.heads
    }

    /// The names of the keys, one each, or none at all.
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// The values of the layer before, one matrix `N×D_v` for each head, or none at all.
    pub fn previous_values(&self) -> &[DMatrix<f64>] {
        &self.previous
    }
}
