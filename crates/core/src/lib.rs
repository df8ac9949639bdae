//! The mathematics of Eigenlens in `f64` on nalgebra: no window, no files, no clock, no random
//! numbers, no global state.
//!
//! Attention here is one family, `logit_ij = q_iᵀ M k_j / τ + b_j` (see [`Scoring`]); rows are
//! tokens everywhere.
//!
//! ```
//! use eigenlens_core::{Head, Mechanism, attend};
//! use nalgebra::dmatrix;
//!
//! let head = Head::new(
//!     dmatrix![0.65, 0.8],                      // one query
//!     dmatrix![1.0, 0.0; 0.0, 1.0; -1.0, 0.0],  // three keys
//!     dmatrix![1.0; 2.0; 3.0],                  // their values
//! )?;
//! let attention = attend(&head, &Mechanism::Softmax.scoring(head.dim())?)?;
//! assert!((attention.weights.row(0).sum() - 1.0).abs() < 1e-15);
//! # Ok::<(), eigenlens_core::Error>(())
//! ```
//!
//! - [`Head`], [`Cloud`]: checked tokens. [`Scoring`], [`Mechanism`]: which member of the family.
//! - [`attend`], [`attend_row`], and the stepper [`Attending`] that both are made of, for work that
//!   must be cut into slices.
//! - [`bridge_bias`], [`row_sum_residual`], [`shift_residual`], [`bridge_residual`]: the exact
//!   identities and how well they hold in floating point, so that a reader can see that a number
//!   is right.
//! - [`KernelPca`]: the axes of the keys in the feature space of a [`Kernel`], and the values with
//!   which attention is the projection on them; [`Decomposing`] is its stepper, [`projection_loss`]
//!   what the axes do not reach, [`PlanarField`] the scores over a plane.
//!   [`axis_owner`] and [`separation`] say what an axis is about.
//! - [`Pursuing`]: Principal Component Pursuit, a matrix as a low-rank one plus a sparse one;
//!   [`RpcAttending`]: RPC-Attention, which is inspired by it.
//! - [`estimated_metric`]: the metric of Elliptical Attention from two layers of values;
//!   [`attend_causally`] where nobody may look ahead; [`attention_jacobian`], [`robustness_bound`]: how
//!   far a pushed query moves the output; [`regression_error`]: bias and variance of attention as
//!   regression; [`Collapsing`]: layers stacked on the same tokens, with their [`token_cosine`].
//! - [`bn_scoring`]: Attention-BN as a member of the family, [`bn_head`] as it is written;
//!   [`Pooling`]: the coarse keys and values of Attention-SH; [`head_distances`]: how much heads differ.
//! - [`SupportFitting`]: support vector regression whose dual variables are the values of attention;
//!   [`implied_targets`] reads it backwards, [`feature_map`] and [`taylor_exp`] are its kernel.
//! - [`deviation()`], [`axis_angle`], [`kernel_swing`]: how far an output or an axis has moved;
//!   [`deviation_gradient`]: where the keys must go to bring an output back.
//! - [`attend_in_tiles`], [`in_half_precision`]: what a kernel does, in tiles and with 16 bits a number.
//! - [`territories`], [`winning_cells`]: which key a query of a plane weighs most; [`closed_curve`]: the curve through tokens
//!   in their order, so that a few stand for as many as one likes.
//! - [`descending`], [`order_by`], [`sorted_by`]: keys by weight, axes by eigenvalue.
//! - [`Plane`]: the two-dimensional picture of keys of any dimension; [`PrincipalAxes`], [`StraightAxis`].
//! - [`claims`]: the tests of what the papers claim, each with what chance alone gives.
//! - [`Error`]: every function either gives finite numbers or says which input is at fault. Nothing
//!   panics.
//!
//! One token, equal tokens and duplicates are ordinary input: attention is then uniform over them.
//! Keys of length 10³ are right too: where plain `f64` would lose the digits that decide a near
//! tie, logits are computed with twice the digits.

mod attention;
mod axis_reading;
mod causal;
pub mod claims;
mod closed_curve;
mod collapse;
mod compensated;
mod deviation;
mod eigen;
mod elliptical;
mod error;
mod gram;
mod half_precision;
mod head;
mod head_distance;
mod kernel;
mod kernel_pca;
mod logits;
mod moments;
mod normalised;
mod order;
mod planar_field;
mod plane;
mod pursuit;
mod regression;
mod residual;
mod robustness;
mod rpc;
mod scale;
mod scaled_heads;
mod scoring;
mod support;
mod territory;
mod tiles;

pub use attention::{Attending, Attention, AttentionRow, Progress, attend, attend_row};
pub use axis_reading::{
    AxisOwner, axis_owner, largest_centred_entry, median, median_cosine, separation, separation_by_chance,
};
pub use causal::attend_causally;
pub use closed_curve::closed_curve;
pub use collapse::{CollapseLayer, CollapseOptions, Collapsing, LayerMechanism, token_cosine};
pub use deviation::{axis_angle, deviation, deviation_gradient, kernel_swing};
pub use elliptical::{MetricScaling, estimated_metric, estimated_metric_of_past, scaled_metric};
pub use error::{Bound, Error};
pub use half_precision::in_half_precision;
pub use head::{Cloud, Head};
pub use head_distance::{head_distances, mean_head_distance};
pub use kernel::{Centring, Kernel};
pub use kernel_pca::{Decomposing, KernelPca, projection_loss};
pub use normalised::{BnForm, BnOptions, KeyStatistics, bn_head, bn_scoring, bn_shifted_queries, key_statistics};
pub use order::{descending, order_by, sorted_by};
pub use planar_field::PlanarField;
pub use plane::{Plane, PlaneKind, PrincipalAxes, StraightAxis, principal_axes, straight_axis};
pub use pursuit::{Continuation, Pursuing, Pursuit, PursuitOptions, PursuitProgress, PursuitStatus, singular_values};
pub use regression::{RegressionError, error_of_draws, regression_error};
pub use residual::{bridge_bias, bridge_residual, row_sum_residual, shift_residual};
pub use robustness::{attention_jacobian, jacobian_bound, robustness_bound};
pub use rpc::{
    RpcAttending, RpcAttention, RpcForm, RpcOptions, clip, clipping_residual, fused_residual, second_step_residual,
    symmetric_attention,
};
pub use scaled_heads::{ClassToken, Pooling, Remainder, attention_cost, mean_share};
pub use scoring::{KeyBias, Mechanism, Metric, Scoring};
pub use support::{
    KktCase, SupportBound, SupportFit, SupportFitting, SupportOptions, SupportProgress, SupportReading, SupportStatus,
    feature_map, implied_targets, taylor_exp,
};
pub use territory::{Territory, territories, winning_cells};
pub use tiles::{Tile, TileOrder, attend_in_tiles};
