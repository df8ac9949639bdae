//! Claim 7: RPC-Attention is Principal Component Pursuit on the keys (Teo and Nguyen 2024, section 3).
//! Its first iteration is attention on clipped keys ([`clipping_residual`](crate::clipping_residual)),
//! its threshold answers to the length of the keys in opposite ways in the two forms, and nothing drives
//! `‖K − L − S‖` to 0.

use nalgebra::DMatrix;

use super::spread::Spread;
use crate::deviation::deviation;
use crate::error::{Error, check_positive};
use crate::rpc::{RpcAttending, RpcForm, RpcOptions, symmetric_attention};

/// The threshold of one form for the keys, and for the keys times a factor.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PursuitThresholds {
    /// Which form.
    pub form: RpcForm,
    /// `λ/μ`, or `λμ` in the released form.
    pub threshold: f64,
    /// That of the longer keys over that of the keys: the factor itself for `λ/μ`, which grows as
    /// shrinking must; one over it for `λμ`.
    pub growth: f64,
}

/// The thresholds of the three forms, and how they answer to keys that are `factor` times as long.
///
/// # Errors
/// As [`RpcAttending::new`]; [`Error::OutOfBounds`] for the factor.
pub fn pursuit_thresholds(keys: &DMatrix<f64>, lambda: f64, factor: f64) -> Result<[PursuitThresholds; 3], Error> {
    check_positive("the factor of the keys", factor)?;
    let longer = keys * factor;
    let of = |form: RpcForm| {
        let options = options(form, lambda, 1);
        let threshold = |keys: &DMatrix<f64>| {
            RpcAttending::new(keys.clone(), keys.clone(), None, &options).map(|attending| attending.threshold())
        };
        let (own, of_longer) = (threshold(keys)?, threshold(&longer)?);
        Ok(PursuitThresholds {
            form,
            threshold: own,
            growth: of_longer / own,
        })
    };
    let [printed, released, lagrangian] = RpcForm::ALL;
    Ok([of(printed)?, of(released)?, of(lagrangian)?])
}

/// How far the outputs for damaged keys are from those for the clean ones, relative to them, over
/// draws of the damage.
#[derive(Debug, Clone, PartialEq)]
pub struct PursuitDeviations {
    /// Of plain attention on the damaged keys.
    pub plain: Spread,
    /// After 1, 2, … iterations.
    pub iterations: Vec<Spread>,
    /// `‖K − L − S‖/‖K‖` after 1, 2, … iterations: 0 for a solver that has converged.
    pub residuals: Vec<Spread>,
}

/// RPC-Attention on damaged keys `N×D`, one matrix a draw, against attention on the clean keys; the
/// values `N×D` stay.
///
/// # Errors
/// As [`RpcAttending::new`] and [`deviation`]; [`Error::NoTokens`] without a draw.
pub fn pursuit_deviations(
    clean: &DMatrix<f64>,
    values: &DMatrix<f64>,
    damaged: impl IntoIterator<Item = DMatrix<f64>>,
    options: &RpcOptions,
) -> Result<PursuitDeviations, Error> {
    let target = symmetric_attention(clean, values, options.temperature)?;
    let (mut plain, mut iterations, mut residuals) = (Vec::new(), Vec::new(), Vec::new());
    for keys in damaged {
        plain.push(deviation(
            &symmetric_attention(&keys, values, options.temperature)?,
            &target,
        )?);
        let mut attending = RpcAttending::new(keys, values.clone(), None, options)?;
        for at in 0..options.iterations {
            attending.step()?;
            if iterations.len() <= at {
                iterations.push(Vec::new());
                residuals.push(Vec::new());
            }
            if let (Some(deviations), Some(residuals)) = (iterations.get_mut(at), residuals.get_mut(at)) {
                deviations.push(deviation(attending.output(), &target)?);
                residuals.push(attending.residual());
            }
        }
    }
    let spreads = |draws: Vec<Vec<f64>>| draws.into_iter().map(Spread::new).collect::<Result<Vec<_>, _>>();
    Ok(PursuitDeviations {
        plain: Spread::new(plain)?,
        iterations: spreads(iterations)?,
        residuals: spreads(residuals)?,
    })
}

fn options(form: RpcForm, lambda: f64, iterations: usize) -> RpcOptions {
    RpcOptions {
        form,
        lambda,
        iterations,
        model_width: None,
        temperature: None,
    }
}
