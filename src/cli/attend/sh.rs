//! `--mechanism sh`: Attention-SH, whose heads attend to means of neighbouring keys and values.

use std::iter::zip;

use eigenlens_core::{ClassToken, Cloud, Head, Pooling, Remainder};
use eigenlens_files::{Rank, TensorFile};

use super::{Arguments, Error, attend_heads, of_head, scoring};

pub(super) fn attend(arguments: &Arguments, cloud: &Cloud, rank: Rank) -> Result<TensorFile, Error> {
    let factors = arguments.factors.as_deref().unwrap_or_default();
    if factors.len() != cloud.heads().len() {
        let source = eigenlens_core::Error::ShapeMismatch {
            what: "the number of factors, one for each head,",
            has: factors.len(),
            needs: cloud.heads().len(),
        };
        return Err(Error::Mathematics {
            path: arguments.input.clone(),
            head: None,
            source,
        });
    }
    let pooled = zip(cloud.heads(), factors).enumerate().map(|(place, (head, &factor))| {
        let pooling = Pooling {
            factor,
            remainder: arguments.remainder.unwrap_or(Remainder::Short),
            class_token: ClassToken::Pooled,
        };
        pooling.head(head).map_err(of_head(arguments, rank, place))
    });
    let heads = pooled.collect::<Result<Vec<Head>, Error>>()?;
    attend_heads(arguments, &heads, rank, |_, head| scoring(arguments, head.dim()))
}
