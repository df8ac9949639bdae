//! The picture of keys of any dimension on a plane: the board is two-dimensional, the tokens need
//! not be.

use std::iter::zip;

use nalgebra::{DMatrix, DVector, SymmetricEigen};

use crate::eigen::{RANK_TOLERANCE, canonical_sign, dot};
use crate::error::{Error, check_finite, check_length};
use crate::head::Head;
use crate::order::ranked;

/// Iterations for each eigenvalue before a decomposition is given up; about two are usual.
const ITERATIONS_PER_EIGENVALUE: usize = 100;

/// The directions along which keys differ most.
#[derive(Debug, Clone, PartialEq)]
pub struct PrincipalAxes {
    /// The mean of the keys, D entries.
    pub origin: Vec<f64>,
    /// Orthonormal axes of D entries, by descending variance. The largest entry of each is
    /// positive; the first of them when several are.
    pub axes: Vec<Vec<f64>>,
    /// The share of the keys' variance along each axis, from 0 to 1, descending.
    pub shares: Vec<f64>,
}

/// The first `n` principal axes of keys `N×D`: eigenvectors of their centred covariance.
///
/// # Errors
/// [`Error::NotDefined`] when the keys differ along fewer than `n` directions; [`Error::NoTokens`],
/// [`Error::NoDimensions`], [`Error::NotFinite`] for the keys; [`Error::Overflow`] when keys lie
/// further apart than `f64` can say.
pub fn principal_axes(keys: &DMatrix<f64>, n: usize) -> Result<PrincipalAxes, Error> {
    let spread = Spread::of(keys)?;
    let mut principal = spread.axes(n)?;
    if principal.axes.len() < n {
        return Err(Error::NotDefined {
            what: "the principal axis",
            needs: format!("{n} directions along which the keys differ"),
            has: principal.axes.len().to_string(),
        });
    }
    principal.axes.truncate(n);
    principal.shares.truncate(n);
    Ok(principal)
}

/// Straight principal component analysis: the direction along which keys differ most.
#[derive(Debug, Clone, PartialEq)]
pub struct StraightAxis {
    /// The first right singular vector of the centred keys, D entries of length 1; the largest is
    /// positive, the first of them when several are.
    pub axis: Vec<f64>,
    /// The share of the keys' variance along it, from 0 to 1.
    pub share: f64,
    /// How far the second variance is below the first, relative to that, from 0 to 1; 1 when there is
    /// no second. Where it is 0 the axis is not defined, only a plane of such axes is, and this is
    /// one of them.
    pub gap: f64,
}

/// The straight axis of keys `N×D`, whatever N and D.
///
/// # Errors
/// [`Error::NotDefined`] when the keys do not differ; otherwise as [`principal_axes`].
pub fn straight_axis(keys: &DMatrix<f64>) -> Result<StraightAxis, Error> {
    let principal = Spread::of(keys)?.axes(2)?;
    let Some((axis, &share)) = principal.axes.into_iter().next().zip(principal.shares.first()) else {
        return Err(Error::NotDefined {
            what: "the straight axis",
            needs: "keys that differ".to_owned(),
            has: match keys.nrows() {
                1 => "a single key".to_owned(),
                n => format!("{n} equal keys"),
            },
        });
    };
    let second = principal.shares.get(1).copied().unwrap_or_default();
    Ok(StraightAxis {
        axis,
        share,
        gap: (1.0 - second / share).clamp(0.0, 1.0),
    })
}

/// Centred keys, in units of their extent so that their squares stay in range.
struct Spread {
    origin: Vec<f64>,
    /// `N×D`, each column with mean 0.
    centred: DMatrix<f64>,
    /// The unit of `centred`; 0 when all keys are equal.
    extent: f64,
}

impl Spread {
    fn of(keys: &DMatrix<f64>) -> Result<Self, Error> {
        if keys.nrows() == 0 {
            return Err(Error::NoTokens { what: "keys" });
        }
        if keys.ncols() == 0 {
            return Err(Error::NoDimensions { what: "keys" });
        }
        check_finite("key", crate::error::entries(keys))?;
        // First relative to a key, then to the mean: keys that are equal, or close together far
        // from the origin, lose no digits.
        let first = keys.row(0).into_owned();
        let mut centred = keys.clone();
        for mut row in centred.row_iter_mut() {
            row -= &first;
        }
        if let Some((row, column, _)) = crate::error::entries(&centred).find(|(_, _, apart)| !apart.is_finite()) {
            return Err(Error::Overflow {
                what: "the difference between a key and the first",
                row,
                column,
            });
        }
        let extent = centred.iter().fold(0.0, |extent: f64, apart| extent.max(apart.abs()));
        let mut origin: Vec<f64> = first.iter().copied().collect();
        if extent > 0.0 {
            centred.apply(|apart| *apart /= extent);
            for (origin, mut column) in zip(&mut origin, centred.column_iter_mut()) {
                let mean = column.mean();
                column.add_scalar_mut(-mean);
                *origin += mean * extent;
            }
        }
        Ok(Self {
            origin,
            centred,
            extent,
        })
    }

    /// At most `n` axes: as many as the keys differ along. The decomposition is of the smaller of
    /// covariance `D×D` and Gram matrix `N×N`, which have the same eigenvalues.
    fn axes(&self, n: usize) -> Result<PrincipalAxes, Error> {
        let Self {
            origin,
            centred,
            extent,
        } = self;
        let mut principal = PrincipalAxes {
            origin: origin.clone(),
            axes: Vec::new(),
            shares: Vec::new(),
        };
        if *extent == 0.0 {
            return Ok(principal);
        }
        let by_dimension = centred.ncols() <= centred.nrows();
        let matrix = if by_dimension {
            centred.tr_mul(centred)
        } else {
            centred * centred.transpose()
        };
        let steps = ITERATIONS_PER_EIGENVALUE * matrix.nrows();
        let eigen = SymmetricEigen::try_new(matrix, f64::EPSILON, steps).ok_or_else(|| Error::NotDefined {
            what: "the principal axis",
            needs: format!("an eigenvalue decomposition within {steps} iterations"),
            has: "none".to_owned(),
        })?;
        let values: Vec<f64> = eigen.eigenvalues.iter().map(|value| value.max(0.0)).collect();
        let order = ranked(&values);
        let total: f64 = order.iter().map(|(value, _)| value).sum();
        let largest = order.first().map_or(0.0, |(value, _)| *value);
        for (value, at) in order.into_iter().take(n) {
            if value <= RANK_TOLERANCE * largest {
                break;
            }
            let vector = eigen.eigenvectors.column(at);
            let axis = if by_dimension {
                vector.into_owned()
            } else {
                centred.tr_mul(&vector)
            };
            let Some(axis) = orthonormal(axis, &principal.axes) else {
                break;
            };
            principal.axes.push(canonical(&axis));
            principal.shares.push((value / total).min(1.0));
        }
        Ok(principal)
    }
}

/// The part of a vector that is orthogonal to the axes, at length 1; `None` when nothing is left of
/// it.
fn orthonormal(mut vector: DVector<f64>, axes: &[Vec<f64>]) -> Option<DVector<f64>> {
    // Twice, because the first pass leaves the rounding of what it took away.
    for _ in 0..2 {
        for axis in axes {
            let along = dot(vector.as_slice(), axis);
            for (entry, axis) in zip(vector.iter_mut(), axis) {
                *entry -= along * axis;
            }
        }
        vector = vector.try_normalize(f64::MIN_POSITIVE)?;
    }
    Some(vector)
}

/// The axis with its canonical sign.
fn canonical(axis: &DVector<f64>) -> Vec<f64> {
    let sign = canonical_sign(axis.as_slice());
    axis.iter().map(|entry| sign * entry).collect()
}

/// A direction orthogonal to an axis, for keys on a line: from the coordinate that the line runs
/// along least.
fn across(axis: &[f64]) -> Option<Vec<f64>> {
    let (least, _) = axis
        .iter()
        .enumerate()
        .min_by(|(_, a), (_, b)| a.abs().total_cmp(&b.abs()))?;
    let unit = DVector::from_fn(axis.len(), |at, _| if at == least { 1.0 } else { 0.0 });
    orthonormal(unit, &[axis.to_vec()]).map(|axis| canonical(&axis))
}

/// Which plane it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaneKind {
    /// The keys have one or two dimensions; the plane shows them as they are, `(x, 0)` or `(x, y)`.
    Coordinates {
        /// 1 or 2.
        dim: usize,
    },
    /// The two directions along which the keys differ most, from their mean.
    Principal,
    /// Two chosen directions, from the mean of the keys.
    Chosen,
    /// More than two dimensions, but all keys are equal, so no direction is better than another:
    /// the first two coordinates.
    Fallback,
}

/// The two-dimensional view of a head's keys, in which tokens are drawn and dragged.
#[derive(Debug, Clone, PartialEq)]
pub struct Plane {
    kind: PlaneKind,
    dim: usize,
    /// For [`PlaneKind::Principal`] and [`PlaneKind::Chosen`] the mean of the keys; empty otherwise.
    origin: Vec<f64>,
    /// For these two kinds the two axes; empty otherwise.
    axes: [Vec<f64>; 2],
    share: f64,
    /// The keys that are off the plane, the furthest first.
    misplaced: Vec<usize>,
}

impl Plane {
    /// The plane of a head's keys.
    ///
    /// # Errors
    /// [`Error::Overflow`] when keys lie further apart than `f64` can say. Equal keys, one key and
    /// keys on a line are no error.
    pub fn new(head: &Head) -> Result<Self, Error> {
        let dim = head.dim();
        let flat = |kind| Self {
            kind,
            dim,
            origin: Vec::new(),
            axes: [Vec::new(), Vec::new()],
            share: 1.0,
            misplaced: Vec::new(),
        };
        if dim <= 2 {
            return Ok(flat(PlaneKind::Coordinates { dim }));
        }
        let spread = Spread::of(head.keys())?;
        let principal = spread.axes(2)?;
        let mut axes = principal.axes.into_iter();
        let Some(first) = axes.next() else {
            return Ok(flat(PlaneKind::Fallback));
        };
        let Some(second) = axes.next().or_else(|| across(&first)) else {
            return Ok(flat(PlaneKind::Fallback));
        };
        let misplaced = misplaced(&spread.centred, &first, &second);
        let share = principal.shares.iter().sum::<f64>().min(1.0);
        Ok(Self {
            kind: PlaneKind::Principal,
            dim,
            origin: principal.origin,
            axes: [first, second],
            share,
            misplaced,
        })
    }

    /// The plane through the mean of a head's keys along two directions of D entries, of which the
    /// second is made orthogonal to the first; where there is no such plane (a direction of length
    /// 0, one along the other, D ≤ 2) it is that of [`Plane::new`].
    ///
    /// # Errors
    /// As [`Plane::new`]; [`Error::ShapeMismatch`] and [`Error::NotFinite`] for the directions.
    pub fn along(head: &Head, directions: [&[f64]; 2]) -> Result<Self, Error> {
        let dim = head.dim();
        for direction in directions {
            check_length("the number of entries of a direction", direction.len(), dim)?;
            check_finite(
                "direction",
                direction.iter().enumerate().map(|(column, &value)| (0, column, value)),
            )?;
        }
        let unit = |direction: &[f64], axes: &[Vec<f64>]| -> Option<Vec<f64>> {
            let vector = orthonormal(DVector::from_column_slice(direction), axes)?;
            Some(vector.iter().copied().collect())
        };
        let [first, second] = directions;
        let (Some(first), Some(alone)) = (unit(first, &[]).filter(|_| dim > 2), unit(second, &[])) else {
            return Self::new(head);
        };
        // What is left of a direction along the first one is rounding.
        let apart = dot(&first, &alone).abs() < 1.0 - 1e-9;
        let Some(second) = unit(second, std::slice::from_ref(&first)).filter(|_| apart) else {
            return Self::new(head);
        };
        let spread = Spread::of(head.keys())?;
        let principal = spread.axes(0)?;
        let misplaced = misplaced(&spread.centred, &first, &second);
        let all = spread.centred.norm_squared();
        let of = |axis: &[f64]| (&spread.centred * DVector::from_column_slice(axis)).norm_squared();
        let share = if all > 0.0 {
            ((of(&first) + of(&second)) / all).min(1.0)
        } else {
            1.0
        };
        Ok(Self {
            kind: PlaneKind::Chosen,
            dim,
            origin: principal.origin,
            axes: [first, second],
            share,
            misplaced,
        })
    }

    /// Which plane it is.
    pub fn kind(&self) -> PlaneKind {
        self.kind
    }

    /// The share of the keys' variance that the plane keeps, from 0 to 1; 1 for D ≤ 2.
    pub fn share(&self) -> f64 {
        self.share
    }

    /// At most `n` keys that the plane places worst: those whose distance from it is largest, the
    /// furthest first. Keys on the plane are not among them, so for D ≤ 2 there are none.
    pub fn worst(&self, n: usize) -> Vec<usize> {
        self.misplaced.iter().copied().take(n).collect()
    }

    /// Where a token of D coordinates is drawn.
    ///
    /// # Errors
    /// [`Error::ShapeMismatch`], [`Error::NotFinite`], [`Error::Overflow`].
    pub fn coordinates(&self, row: &[f64]) -> Result<[f64; 2], Error> {
        self.check(row)?;
        let on_plane = match self.kind {
            PlaneKind::Principal | PlaneKind::Chosen => {
                let apart: Vec<f64> = zip(row, &self.origin).map(|(entry, origin)| entry - origin).collect();
                let [first, second] = &self.axes;
                [dot(&apart, first), dot(&apart, second)]
            }
            PlaneKind::Coordinates { .. } | PlaneKind::Fallback => {
                let mut entries = row.iter().copied();
                [entries.next().unwrap_or_default(), entries.next().unwrap_or_default()]
            }
        };
        check_range("the position on the plane", &on_plane)?;
        Ok(on_plane)
    }

    /// The token moved along the two axes so that it is drawn at `to`; what the plane does not show
    /// of it stays. For D = 2 it is `to` exactly; for D = 1 the second coordinate has nowhere to go
    /// and is dropped.
    ///
    /// # Errors
    /// As [`Plane::coordinates`].
    pub fn move_to(&self, row: &[f64], to: [f64; 2]) -> Result<Vec<f64>, Error> {
        let from = self.coordinates(row)?;
        check_finite(
            "position",
            to.iter().enumerate().map(|(column, &value)| (0, column, value)),
        )?;
        let mut moved = row.to_vec();
        match self.kind {
            PlaneKind::Principal | PlaneKind::Chosen => {
                for ((axis, from), to) in zip(zip(&self.axes, from), to) {
                    for (entry, axis) in zip(&mut moved, axis) {
                        *entry += (to - from) * axis;
                    }
                }
            }
            PlaneKind::Coordinates { .. } | PlaneKind::Fallback => {
                for (entry, to) in zip(&mut moved, to) {
                    *entry = to;
                }
            }
        }
        check_range("the moved token", &moved)?;
        Ok(moved)
    }

    fn check(&self, row: &[f64]) -> Result<(), Error> {
        check_length("the number of coordinates of the token", row.len(), self.dim)?;
        check_finite(
            "token",
            row.iter().enumerate().map(|(column, &value)| (0, column, value)),
        )
    }
}

/// Checks that results are in range.
fn check_range(what: &'static str, results: &[f64]) -> Result<(), Error> {
    match results.iter().position(|result| !result.is_finite()) {
        None => Ok(()),
        Some(column) => Err(Error::Overflow { what, row: 0, column }),
    }
}

/// The keys that are off the plane by more than rounding, the furthest first, ties in the order of
/// the keys.
fn misplaced(centred: &DMatrix<f64>, first: &[f64], second: &[f64]) -> Vec<usize> {
    let mut distances = Vec::with_capacity(centred.nrows());
    let mut largest: f64 = 0.0;
    for row in centred.row_iter() {
        let row: Vec<f64> = row.iter().copied().collect();
        let (x, y) = (dot(&row, first), dot(&row, second));
        let rest = zip(&row, zip(first, second)).map(|(entry, (first, second))| entry - x * first - y * second);
        distances.push(rest.map(|rest| rest * rest).sum::<f64>().sqrt());
        largest = largest.max(dot(&row, &row).sqrt());
    }
    let off = ranked(&distances).into_iter();
    off.filter(|(distance, _)| *distance > RANK_TOLERANCE * largest)
        .map(|(_, index)| index)
        .collect()
}
