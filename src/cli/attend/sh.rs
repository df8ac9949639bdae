//! `--mechanism sh`: Attention-SH, whose heads attend to means of neighbouring keys and values.

use std::iter::zip;

use eigenlens_core::{ClassToken, Cloud, Head, Pooling, Remainder};
use eigenlens_files::{Rank, TensorFile};

use super::{Arguments, Error, attend_heads, of_head, scoring};

impl Arguments {
    /// How each head averages.
    pub(super) fn poolings(&self, cloud: &Cloud) -> Result<Vec<Pooling>, Error> {
        let factors = self.factors.as_deref().unwrap_or_default();
        if factors.len() != cloud.heads().len() {
            let source = eigenlens_core::Error::ShapeMismatch {
                what: "the number of factors, one for each head,",
                has: factors.len(),
                needs: cloud.heads().len(),
            };
            return Err(Error::Mathematics {
                path: self.input.clone(),
                head: None,
                source,
            });
        }
        let pooling = |&factor: &usize| Pooling {
            factor,
            remainder: self.remainder.unwrap_or(Remainder::Short),
            class_token: ClassToken::Pooled,
        };
        Ok(factors.iter().map(pooling).collect())
    }
}

pub(super) fn attend(arguments: &Arguments, cloud: &Cloud, rank: Rank) -> Result<TensorFile, Error> {
    let poolings = arguments.poolings(cloud)?;
    let pooled = zip(cloud.heads(), poolings).enumerate();
    let pooled = pooled.map(|(place, (head, pooling))| pooling.head(head).map_err(of_head(arguments, rank, place)));
    let heads = pooled.collect::<Result<Vec<Head>, Error>>()?;
    attend_heads(arguments, &heads, rank, |_, head| scoring(arguments, head.dim()))
}
