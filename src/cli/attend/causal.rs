//! `--causal`: nobody looks ahead.

use eigenlens_core::{Attending, AttentionRow, Head, Mechanism, Scoring};

use super::{Arguments, Error};

impl Arguments {
    /// Refuses to call causal what sees the future elsewhere.
    pub(super) fn check_causal(&self) -> Result<(), Error> {
        let why = match self.mechanism {
            Mechanism::Softmax | Mechanism::Smoother | Mechanism::Elliptical => return Ok(()),
            Mechanism::KernelPca => "the values of kernel-pca are constructed from all keys",
            Mechanism::Bn => "the statistics of bn are those of all keys",
            Mechanism::Sh => "the averages of sh hold later keys",
            Mechanism::Rpc => "μ of rpc is that of all keys",
        };
        if self.causal {
            Err(Error::Future { why })
        } else {
            Ok(())
        }
    }
}

/// Row `query` of causal attention: the last row of attention on the first tokens. After them weights are 0.
///
/// # Errors
/// [`eigenlens_core::Error::ShapeMismatch`] unless there are as many queries as keys; as [`Attending::row`].
pub(super) fn row(head: &Head, scoring: &Scoring, query: usize) -> Result<AttentionRow, eigenlens_core::Error> {
    if head.n_queries() != head.n_keys() {
        return Err(eigenlens_core::Error::ShapeMismatch {
            what: "the number of queries",
            has: head.n_queries(),
            needs: head.n_keys(),
        });
    }
    let past = Head::new(
        head.queries().rows(query, 1).into_owned(),
        head.keys().rows(0, query + 1).into_owned(),
        head.values().rows(0, query + 1).into_owned(),
    )?;
    let mut row = Attending::new(&past, scoring.clone())?.row(0)?;
    row.weights.resize(head.n_keys(), 0.0);
    Ok(row)
}
