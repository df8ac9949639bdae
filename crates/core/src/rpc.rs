//! RPC-Attention, principal attention pursuit (Teo and Nguyen 2024, arXiv 2406.13762): the iteration
//! of Principal Component Pursuit on the keys with its low-rank step replaced by attention.
//!
//! From `S = L = Y = 0`, n times:
//!
//! `S ← S_τ(K − L + Y/μ)`, `X = K − S ∓ Y/μ`, `L ← softmax(X Xᵀ/√D) V`, `Y ← Y + μ(K − L − S)`.
//!
//! The output is the last `L`. Three forms are in use, see [`RpcForm`]. It is a layer, not a solver:
//! nothing drives `L` to `K − S`.

use std::fmt;
use std::iter::zip;
use std::str::FromStr;

use nalgebra::DMatrix;

use crate::attention::{Progress, attend};
use crate::error::{Bound, Error, check_finite, check_length, check_positive, entries};
use crate::head::Head;
use crate::scale::{Length, power_of_two_below};
use crate::scoring::{KeyBias, Metric, Scoring};

/// Which of the three forms.
///
/// | form | `μ` | `τ` | `X` |
/// |---|---|---|---|
/// | printed | `N·D/(4‖K‖₁)` | `λ/μ` | `K − S − Y/μ` |
/// | released | `N·C/(4‖K‖₁)` | `λ·μ` | `K − S − Y/μ` |
/// | Lagrangian | `N·D/(4‖K‖₁)` | `λ/μ` | `K − S + Y/μ` |
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RpcForm {
    /// As the paper prints it.
    Printed,
    /// As the authors' code has it; `C` is the width of the model, all heads together.
    Released,
    /// With the signs and thresholds that minimise the augmented Lagrangian.
    Lagrangian,
}

impl RpcForm {
    /// Every form, in the order in which they are listed to people.
    pub const ALL: [Self; 3] = [Self::Printed, Self::Released, Self::Lagrangian];

    /// The name, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Printed => "printed",
            Self::Released => "released",
            Self::Lagrangian => "lagrangian",
        }
    }
}

impl fmt::Display for RpcForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for RpcForm {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|form| form.name() == name)
            .ok_or_else(|| Error::UnknownRpcForm { name: name.to_owned() })
    }
}

/// The choices of RPC-Attention.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RpcOptions {
    /// Which form.
    pub form: RpcForm,
    /// `λ`, finite and above 0.
    pub lambda: f64,
    /// `n`, at least 1.
    pub iterations: usize,
    /// `C` of the released form's μ; `None`: `D`, one head.
    pub model_width: Option<usize>,
    /// `τ` of the attention; `None`: `√D`.
    pub temperature: Option<f64>,
}

/// RPC-Attention as a stepper: one iteration a step.
#[derive(Debug, Clone)]
pub struct RpcAttending {
    keys: DMatrix<f64>,
    values: DMatrix<f64>,
    queries: Option<DMatrix<f64>>,
    scoring: Scoring,
    form: RpcForm,
    iterations: usize,
    done: usize,
    mu: f64,
    threshold: f64,
    sparse: DMatrix<f64>,
    attended_keys: DMatrix<f64>,
    output: DMatrix<f64>,
    /// `Y/μ`.
    scaled_dual: DMatrix<f64>,
}

impl RpcAttending {
    /// Checks keys `N×D`, values `N×D`, queries `N×D` or none for symmetric attention, where the
    /// attended keys ask, and the options; takes no step yet.
    ///
    /// # Errors
    /// [`Error::NoTokens`], [`Error::NoDimensions`], [`Error::NotFinite`]; [`Error::ShapeMismatch`]
    /// when the values are not of the keys' dimension, or the queries not as many as the keys;
    /// [`Error::OutOfBounds`] for the options, and for keys so small or so large that μ or the
    /// threshold is beyond the range of `f64`; [`Error::NotDefined`] for keys that are all 0, for
    /// which there is no μ.
    pub fn new(
        keys: DMatrix<f64>,
        values: DMatrix<f64>,
        queries: Option<DMatrix<f64>>,
        options: &RpcOptions,
    ) -> Result<Self, Error> {
        let head = head_of(queries.as_ref(), keys, values)?;
        let (n, dim) = head.keys().shape();
        check_length("the number of dimensions of the values", head.value_dim(), dim)?;
        check_length("the number of queries", head.n_queries(), n)?;
        check_positive("λ", options.lambda)?;
        if options.iterations == 0 {
            return Err(at_least_one("the number of iterations"));
        }
        let width = match (options.form, options.model_width) {
            (_, Some(0)) => return Err(at_least_one("the width of the model")),
            (RpcForm::Released, Some(width)) => width,
            (RpcForm::Released, None) | (RpcForm::Printed | RpcForm::Lagrangian, _) => dim,
        };
        let scoring = softmax(dim, options.temperature)?;
        let mu = mu(head.keys(), width)?;
        let threshold = match options.form {
            RpcForm::Released => options.lambda * mu,
            RpcForm::Printed | RpcForm::Lagrangian => options.lambda / mu,
        };
        check_positive("the threshold", threshold)?;
        let zeros = DMatrix::zeros(n, dim);
        let (keys, values) = (head.keys().clone(), head.values().clone());
        Ok(Self {
            attended_keys: keys.clone(),
            keys,
            values,
            queries,
            scoring,
            form: options.form,
            iterations: options.iterations,
            done: 0,
            mu,
            threshold,
            sparse: zeros.clone(),
            output: zeros.clone(),
            scaled_dual: zeros,
        })
    }

    /// The next iteration; does nothing when finished.
    ///
    /// # Errors
    /// [`Error::Overflow`] when an attended key or a logit is beyond the range of `f64`, again on
    /// every further call.
    pub fn step(&mut self) -> Result<Progress, Error> {
        if self.done < self.iterations {
            let threshold = self.threshold;
            let shift = match self.form {
                RpcForm::Printed | RpcForm::Released => -1.0,
                RpcForm::Lagrangian => 1.0,
            };
            let sparse = (&self.keys - &self.output + &self.scaled_dual).map(|x| shrink(x, threshold));
            let attended = &self.keys - &sparse + &self.scaled_dual * shift;
            check_range("the attended key", &attended)?;
            let queries = self.queries.as_ref().unwrap_or(&attended).clone();
            let head = Head::new(queries, attended.clone(), self.values.clone())?;
            let output = attend(&head, &self.scoring)?.output;
            let scaled_dual = &self.scaled_dual + (&self.keys - &output - &sparse);
            check_range("the dual variable", &(&scaled_dual * self.mu))?;
            self.sparse = sparse;
            self.attended_keys = attended;
            self.output = output;
            self.scaled_dual = scaled_dual;
            self.done += 1;
        }
        Ok(Progress {
            done: self.done,
            of: self.iterations,
        })
    }

    /// `μ`.
    pub fn mu(&self) -> f64 {
        self.mu
    }

    /// `τ`, the threshold of the shrinking.
    pub fn threshold(&self) -> f64 {
        self.threshold
    }

    /// `S`, `N×D`; 0 before the first step.
    pub fn sparse(&self) -> &DMatrix<f64> {
        &self.sparse
    }

    /// `X = K − S ∓ Y/μ`, `N×D`: the keys that the last step attended to, with the `Y` from before
    /// it; `K` before the first step.
    pub fn attended_keys(&self) -> &DMatrix<f64> {
        &self.attended_keys
    }

    /// `L`, `N×D`, the output; 0 before the first step.
    pub fn output(&self) -> &DMatrix<f64> {
        &self.output
    }

    /// `Y`, `N×D`, after the last step.
    pub fn dual(&self) -> DMatrix<f64> {
        &self.scaled_dual * self.mu
    }

    /// `‖K − L − S‖_F/‖K‖_F`.
    pub fn residual(&self) -> f64 {
        let left = &self.keys - &self.output - &self.sparse;
        Length::of(left.iter().copied()).over(Length::of(self.keys.iter().copied()))
    }

    /// Takes the steps that are left and gives the result.
    ///
    /// # Errors
    /// As [`RpcAttending::step`].
    pub fn finish(mut self) -> Result<RpcAttention, Error> {
        while !self.step()?.is_finished() {}
        Ok(RpcAttention {
            residual: self.residual(),
            dual: self.dual(),
            output: self.output,
            sparse: self.sparse,
            attended_keys: self.attended_keys,
            mu: self.mu,
            threshold: self.threshold,
        })
    }
}

/// What RPC-Attention gives.
#[derive(Debug, Clone, PartialEq)]
pub struct RpcAttention {
    /// `L`, `N×D`.
    pub output: DMatrix<f64>,
    /// `S`, `N×D`.
    pub sparse: DMatrix<f64>,
    /// `X`, `N×D`, as in [`RpcAttending::attended_keys`].
    pub attended_keys: DMatrix<f64>,
    /// `Y`, `N×D`.
    pub dual: DMatrix<f64>,
    /// `μ`.
    pub mu: f64,
    /// `τ`.
    pub threshold: f64,
    /// `‖K − L − S‖_F/‖K‖_F`.
    pub residual: f64,
}

/// `S_τ(x) = sgn(x) max(|x| − τ, 0)`, not by way of [`clip`], which it is compared with.
fn shrink(x: f64, threshold: f64) -> f64 {
    let left = x.abs() - threshold;
    if left > 0.0 { left.copysign(x) } else { 0.0 }
}

/// Every entry brought between `−threshold` and `threshold`: `K − S_τ(K)`.
pub fn clip(keys: &DMatrix<f64>, threshold: f64) -> DMatrix<f64> {
    keys.map(|entry| entry.max(-threshold).min(threshold))
}

/// `softmax(K Kᵀ/τ) V`, `N×D_v`: attention where the keys `N×D` ask; `None`: `τ = √D`.
///
/// # Errors
/// As [`Head::new`] and [`attend`]; [`Error::OutOfBounds`] for the temperature.
pub fn symmetric_attention(
    keys: &DMatrix<f64>,
    values: &DMatrix<f64>,
    temperature: Option<f64>,
) -> Result<DMatrix<f64>, Error> {
    attention_on(keys, values, None, &softmax(keys.ncols().max(1), temperature)?)
}

/// The first iteration is attention on clipped keys, since `K − S_τ(K) = clip(K, −τ, τ)`: the
/// largest `|L_1 − attention on clip(K, −τ, τ)|`, 0 in exact arithmetic. The two sides share no
/// formula: one shrinks and subtracts, the other never does.
///
/// # Errors
/// As [`RpcAttending::new`] and [`RpcAttending::step`].
pub fn clipping_residual(
    keys: &DMatrix<f64>,
    values: &DMatrix<f64>,
    queries: Option<&DMatrix<f64>>,
    options: &RpcOptions,
) -> Result<f64, Error> {
    let mut attending = RpcAttending::new(keys.clone(), values.clone(), queries.cloned(), options)?;
    attending.step()?;
    let clipped = clip(keys, attending.threshold);
    let on_clipped = attention_on(&clipped, values, queries, &attending.scoring)?;
    Ok(largest_difference(&attending.output, &on_clipped))
}

/// Where the first two iterations leave `S = 0`, the second is attention on the first one's output:
/// on `L_1` in the printed and the released form, on `2K − L_1` in the Lagrangian one. The largest
/// difference of `L_2` from that, 0 in exact arithmetic; `None` where `S` is not 0.
///
/// # Errors
/// As [`RpcAttending::new`] and [`RpcAttending::step`].
pub fn second_step_residual(
    keys: &DMatrix<f64>,
    values: &DMatrix<f64>,
    queries: Option<&DMatrix<f64>>,
    options: &RpcOptions,
) -> Result<Option<f64>, Error> {
    let options = RpcOptions {
        iterations: options.iterations.saturating_mul(2),
        ..*options
    };
    let mut attending = RpcAttending::new(keys.clone(), values.clone(), queries.cloned(), &options)?;
    attending.step()?;
    let first = attending.output.clone();
    let none_before = attending.sparse.amax() == 0.0;
    attending.step()?;
    if !none_before || attending.sparse.amax() > 0.0 {
        return Ok(None);
    }
    let asked = match options.form {
        RpcForm::Printed | RpcForm::Released => first,
        RpcForm::Lagrangian => keys * 2.0 - first,
    };
    check_range("twice the key less the output", &asked)?;
    let expected = attention_on(&asked, values, queries, &attending.scoring)?;
    Ok(Some(largest_difference(&attending.output, &expected)))
}

/// The iterations without `S` and `Y`: with `z = Y/μ` and the attended keys `x` each is row-local after the attention `l` on
/// `x`, from `z = 0` and `x = K − S_τ(K)`:
///
/// | form | `z` | `x` |
/// |---|---|---|
/// | printed, released | `2z + x − l` | `K − S_τ(K − l + z) − z` |
/// | Lagrangian | `x − l` | `K − S_τ(K − l + z) + z` |
///
/// The largest difference of an output from that of the form with three matrices, over all iterations; 0 in exact arithmetic.
/// The factor 2 doubles what is rounded in every iteration.
///
/// # Errors
/// As [`RpcAttending::new`] and [`RpcAttending::step`].
pub fn fused_residual(
    keys: &DMatrix<f64>,
    values: &DMatrix<f64>,
    queries: Option<&DMatrix<f64>>,
    options: &RpcOptions,
) -> Result<f64, Error> {
    let mut attending = RpcAttending::new(keys.clone(), values.clone(), queries.cloned(), options)?;
    let threshold = attending.threshold;
    let mut z = DMatrix::zeros(keys.nrows(), keys.ncols());
    let mut attended = keys - keys.map(|x| shrink(x, threshold));
    let mut largest = 0.0_f64;
    for _ in 0..options.iterations {
        let output = attention_on(&attended, values, queries, &attending.scoring)?;
        attending.step()?;
        largest = largest.max(largest_difference(&attending.output, &output));
        z = match options.form {
            RpcForm::Printed | RpcForm::Released => 2.0 * z + attended - &output,
            RpcForm::Lagrangian => attended - &output,
        };
        let sparse = (keys - output + &z).map(|x| shrink(x, threshold));
        attended = match options.form {
            RpcForm::Printed | RpcForm::Released => keys - sparse - &z,
            RpcForm::Lagrangian => keys - sparse + &z,
        };
        check_range("the attended key", &attended)?;
    }
    Ok(largest)
}

/// `softmax(Q Kᵀ/τ) V`; without queries the keys ask.
fn attention_on(
    keys: &DMatrix<f64>,
    values: &DMatrix<f64>,
    queries: Option<&DMatrix<f64>>,
    scoring: &Scoring,
) -> Result<DMatrix<f64>, Error> {
    let head = head_of(queries, keys.clone(), values.clone())?;
    Ok(attend(&head, scoring)?.output)
}

/// The head of queries, or of keys that ask themselves; errors then speak of the keys.
pub(crate) fn head_of(queries: Option<&DMatrix<f64>>, keys: DMatrix<f64>, values: DMatrix<f64>) -> Result<Head, Error> {
    let queries = match queries {
        Some(queries) => queries.clone(),
        None if keys.nrows() == 0 => return Err(Error::NoTokens { what: "keys" }),
        None if keys.ncols() == 0 => return Err(Error::NoDimensions { what: "keys" }),
        None => {
            check_finite("key", entries(&keys))?;
            keys.clone()
        }
    };
    Head::new(queries, keys, values)
}

/// Dot-product attention at a temperature, or at √D.
pub(crate) fn softmax(dim: usize, temperature: Option<f64>) -> Result<Scoring, Error> {
    let temperature = temperature.unwrap_or_else(|| (dim as f64).sqrt());
    Scoring::new(Metric::Identity, temperature, KeyBias::Zero)
}

/// `N·width/(4‖K‖₁)`.
fn mu(keys: &DMatrix<f64>, width: usize) -> Result<f64, Error> {
    let per_unit = 1.0 / power_of_two_below(keys.iter().copied());
    let total: f64 = keys.iter().map(|x| x.abs() * per_unit).sum();
    if total == 0.0 {
        return Err(Error::NotDefined {
            what: "μ of RPC-Attention",
            needs: "a key that is not 0".to_owned(),
            has: "none".to_owned(),
        });
    }
    let mu = keys.nrows() as f64 * width as f64 / (4.0 * total) * per_unit;
    check_positive("μ", mu)?;
    Ok(mu)
}

fn at_least_one(what: &'static str) -> Error {
    Error::OutOfBounds {
        what,
        value: 0.0,
        bound: Bound::AtLeast(1),
    }
}

/// Checks that results are in range.
pub(crate) fn check_range(what: &'static str, results: &DMatrix<f64>) -> Result<(), Error> {
    match entries(results).find(|(_, _, value)| !value.is_finite()) {
        None => Ok(()),
        Some((row, column, _)) => Err(Error::Overflow { what, row, column }),
    }
}

fn largest_difference(a: &DMatrix<f64>, b: &DMatrix<f64>) -> f64 {
    zip(a, b).fold(0.0, |largest, (a, b)| largest.max((a - b).abs()))
}
