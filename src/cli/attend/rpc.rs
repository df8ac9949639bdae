//! `--mechanism rpc`: attention of the keys among themselves, iterated, with what is sparse in the keys taken out.

use std::num::NonZeroUsize;

use eigenlens_core::{Attending, Cloud, Head, RpcAttending, RpcForm, RpcOptions};
use eigenlens_files::{Rank, TensorFile};
use nalgebra::DMatrix;

use super::{Arguments, Error, Found, of_head, scoring};

/// How many iterations the paper does in a first layer.
pub(super) const ITERATIONS: usize = 4;

impl Arguments {
    pub(super) fn rpc_form(&self) -> Result<RpcForm, Error> {
        self.form(&RpcForm::ALL, RpcForm::name, RpcForm::Printed)
    }
}

/// The tensors of the other mechanisms: the output of the last iteration, and the weights that gave it.
pub(super) fn attend(arguments: &Arguments, cloud: &Cloud, rank: Rank) -> Result<TensorFile, Error> {
    let form = arguments.rpc_form()?;
    let options = |head: &Head| RpcOptions {
        form,
        lambda: arguments.lambda.unwrap_or_default(),
        iterations: arguments.iterations.map_or(ITERATIONS, NonZeroUsize::get),
        // Of the released form, the width of the whole model.
        model_width: Some(cloud.heads().len().saturating_mul(head.dim())),
        temperature: arguments.temperature,
    };
    let mut found = Found::new(arguments, cloud.heads())?;
    for (place, head) in cloud.heads().iter().enumerate() {
        let mut attend_head = || {
            let queries = arguments.asymmetric.then(|| head.queries().clone());
            let attending = RpcAttending::new(head.keys().clone(), head.values().clone(), queries, &options(head))?;
            let attention = attending.finish()?;
            for row in attention.output.row_iter() {
                found.output.extend(row.iter());
            }
            if let Some(weights) = &mut found.weights {
                last_weights(arguments, head, attention.attended_keys, weights)?;
            }
            Ok(())
        };
        attend_head().map_err(of_head(arguments, rank, place))?;
    }
    found.tensors(cloud.heads(), rank)
}

/// Adds the weights of the last iteration: those of softmax attention to the keys that it attends to.
fn last_weights(
    arguments: &Arguments,
    head: &Head,
    attended: DMatrix<f64>,
    weights: &mut Vec<f64>,
) -> Result<(), eigenlens_core::Error> {
    let queries = if arguments.asymmetric {
        head.queries().clone()
    } else {
        attended.clone()
    };
    let head = Head::new(queries, attended, head.values().clone())?;
    let attending = Attending::new(&head, scoring(arguments, head.dim())?)?;
    for query in 0..head.n_queries() {
        weights.extend(attending.row(query)?.weights);
    }
    Ok(())
}
