//! Claim 9: Attention-BN centres the keys (Nguyen, Nguyen, Ho, Bertozzi, Baraniuk and Osher 2023, arXiv
//! 2406.13781). Softmax does not see a shift of all keys; what is seen is the shift of the queries,
//! which is a bias against keys along the mean.

use nalgebra::DMatrix;

use crate::attention::attend;
use crate::error::Error;
use crate::head::Head;
use crate::normalised::{BnForm, BnOptions, bn_head, bn_scoring, bn_shifted_queries, key_statistics};
use crate::rpc::{check_range, softmax};
use crate::scoring::KeyBias;

/// What the recentring of Attention-BN does, and what it does not.
#[derive(Debug, Clone, PartialEq)]
pub struct CentringClaim {
    /// The largest change of a weight when the keys alone lose their mean: 0 in exact arithmetic.
    pub keys_alone: f64,
    /// The largest difference of a weight between Attention-BN and shifting the queries alone: 0 in
    /// exact arithmetic.
    pub queries_alone: f64,
    /// How much attention moves between the keys: `½ Σ_j |w_ij − w′_ij|`, the mean over the queries, from 0 to
    /// 1.
    pub moved: f64,
    /// The bias against each key, `−β μᵀk_j/τ`, N entries.
    pub biases: Vec<f64>,
}

/// The recentring of a head by `β`; `None`: `τ = √D`.
///
/// # Errors
/// As [`bn_head`], [`bn_scoring`] and [`attend`].
pub fn centring(head: &Head, beta: f64, temperature: Option<f64>) -> Result<CentringClaim, Error> {
    let scoring = softmax(head.dim(), temperature)?;
    let options = BnOptions {
        form: BnForm::Recentred,
        beta,
        ..BnOptions::default()
    };
    let weights = |head: &Head| Ok::<_, Error>(attend(head, &scoring)?.weights);
    let plain = weights(head)?;
    let mean = key_statistics(head.keys())?.mean;
    let mut keys: DMatrix<f64> = head.keys().clone();
    for mut key in keys.row_iter_mut() {
        key -= mean.transpose();
    }
    check_range("the centred key", &keys)?;
    let centred = Head::new(head.queries().clone(), keys, head.values().clone())?;
    let normalised = weights(&bn_head(head, &options)?)?;
    let shifted = weights(&bn_shifted_queries(head, beta)?)?;
    let biases = match bn_scoring(head.keys(), &options, scoring.temperature())?.bias() {
        KeyBias::Given(biases) => biases.as_slice().to_vec(),
        KeyBias::Zero | KeyBias::Distance => vec![0.0; head.n_keys()],
    };
    Ok(CentringClaim {
        keys_alone: (weights(&centred)? - &plain).amax(),
        queries_alone: (&normalised - shifted).amax(),
        moved: 0.5 * (normalised - &plain).abs().sum() / plain.nrows() as f64,
        biases,
    })
}
