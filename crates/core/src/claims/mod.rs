//! The claims of the papers as numbers that anybody can compute on their own heads: each test gives a
//! value and, where chance alone gives one too, the distribution under chance. No verdicts.
//!
//! | claim | is tested by |
//! |---|---|
//! | softmax attention is a kernel PCA projection | [`ProjectionClaim`] |
//! | trained values are alike to the constructed ones | [`similarity`] |
//! | the projection loss falls, so the layer learns PCA | [`LayerTraining`] |
//! | `\|γ_i − γ_j\| ≈ 0`, so the values are eigenvectors | [`gamma_spread`] |
//! | the largest eigenvalue is 648.46 | [`eigenvalue_bound`] |
//! | the columns of the values are the eigenvectors | [`gauge_freedom`] |
//! | RPC-Attention is Principal Component Pursuit on the keys | [`pursuit_thresholds`], [`pursuit_deviations`] |
//! | Elliptical Attention is robust, and estimates its metric | [`bound_looseness`], [`separability`], [`used_form_gap`], [`causal_leak`], [`logit_variance`] |
//! | Attention-BN centres the keys | [`centring`] |
//! | values are dual variables | [`dual_values`] |
//!
//! What is drawn comes from a stream of uniform numbers in [0, 1) that the caller hands in.

mod batch_norm;
mod dual;
mod eigenvalue;
mod elliptical;
mod gamma;
mod gauge;
mod projection;
mod pursuit;
mod similarity;
mod spread;
mod training;

pub use batch_norm::{CentringClaim, centring};
pub use dual::{DualClaim, dual_values};
pub use eigenvalue::{EigenvalueClaim, eigenvalue_bound, log10_without_scaling};
pub use elliptical::{
    BoundLooseness, CausalLeak, Separability, bound_looseness, causal_leak, logit_variance, separability, used_form_gap,
};
pub use gamma::{GammaSpread, gamma_spread, perturbed_axes};
pub use gauge::{GaugeClaim, gauge_freedom};
pub use projection::{Correction, GaugeFree, Literal, ProjectionClaim, ProjectionNull, ProjectionTests, column_sums};
pub use pursuit::{PursuitDeviations, PursuitThresholds, pursuit_deviations, pursuit_thresholds};
pub use similarity::{Similarity, SimilarityNull, best_matching, kernel_cka, linear_cka, similarity, similarity_null};
pub use spread::{Spread, permuted_rows, random_matrix, shifted_rows};
pub use training::{LayerOptions, LayerReading, LayerTraining};
