//! The closed curve through points in their order.

use std::f64::consts::TAU;

use nalgebra::DMatrix;

use crate::error::{Bound, Error, check_finite, entries};

/// `n` points of the closed curve through N points (N×D), equally spaced in its parameter, `n×D`.
///
/// The curve is the trigonometric interpolant through `p(2πj/N) = p_j`,
/// `p(t) = a₀ + Σ_{0<k<N/2} (a_k cos kt + b_k sin kt)`, and for even N also `a_{N/2} cos(Nt/2)`, with
/// `a_k = (2/N) Σ_j p_j cos(2πjk/N)`, `b_k` likewise with the sine, half of that for `k = 0` and `k = N/2`. The highest term of
/// an even N has no sine, for that vanishes at every point: so it is the curve of the least oscillation (Trefethen & Weideman
/// 2014, “The exponentially convergent trapezoidal rule”, section 3). A circle's points, equally spaced, give the circle; any
/// curve of frequencies below N/2 is given back.
///
/// Cosines are looked up at whole multiples of `2π/n`, so that no error grows along the curve: it is a few roundings of the sum
/// of the coefficients' sizes. The work is N·D·n products.
///
/// # Errors
/// [`Error::OutOfBounds`] for fewer than 3 points, or fewer wanted than given; [`Error::NotFinite`] for an entry;
/// [`Error::Overflow`] where a coefficient is beyond the range of `f64`.
pub fn closed_curve(points: &DMatrix<f64>, n: usize) -> Result<DMatrix<f64>, Error> {
    let given = points.nrows();
    at_least("the number of points that a closed curve goes through", given, 3)?;
    at_least("the number of points of a closed curve", n, given)?;
    check_finite("point", entries(points))?;
    let (coarse, fine) = (Circle::new(given), Circle::new(n));
    let mut curve = DMatrix::zeros(n, points.ncols());
    for (from, mut to) in points.column_iter().zip(curve.column_iter_mut()) {
        for k in 0..=given / 2 {
            let once = if k == 0 || 2 * k == given { 1.0 } else { 2.0 };
            let (mut cosine, mut sine) = (0.0, 0.0);
            for (p, [cos, sin]) in from.iter().zip(coarse.multiples(k)) {
                cosine += p * cos;
                sine += p * sin;
            }
            let part = once / given as f64;
            let (a, b) = (part * cosine, if once == 2.0 { part * sine } else { 0.0 });
            for (entry, [cos, sin]) in to.iter_mut().zip(fine.multiples(k)) {
                *entry += a * cos + b * sin;
            }
        }
    }
    let lost = entries(&curve).find(|(_, _, value)| !value.is_finite());
    match lost {
        None => Ok(curve),
        Some((row, column, _)) => Err(Error::Overflow {
            what: "a point of the closed curve",
            row,
            column,
        }),
    }
}

fn at_least(what: &'static str, value: usize, least: usize) -> Result<(), Error> {
    if value < least {
        return Err(Error::OutOfBounds {
            what,
            value: value as f64,
            bound: Bound::AtLeast(least),
        });
    }
    Ok(())
}

/// Cosine and sine of the multiples of a whole turn's n-th part.
struct Circle(Vec<[f64; 2]>);

impl Circle {
    fn new(n: usize) -> Self {
        let angle = |i: usize| TAU * i as f64 / n as f64;
        Self((0..n).map(|i| [angle(i).cos(), angle(i).sin()]).collect())
    }

    /// Cosine and sine of `2πkj/n` for `j` from 0 to n − 1.
    fn multiples(&self, k: usize) -> impl Iterator<Item = [f64; 2]> {
        let Self(circle) = self;
        let mut at = 0;
        (0..circle.len()).map(move |_| {
            let now = circle[at];
            at += k;
            // k is at most half of a turn; a remainder would be several times as slow.
            if at >= circle.len() {
                at -= circle.len();
            }
            now
        })
    }
}
