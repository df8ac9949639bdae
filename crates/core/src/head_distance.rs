//! How much heads differ: the distance of their attention maps (the head redundancy of Elliptical
//! Attention, arXiv 2406.13770, appendix F.3).

use nalgebra::DMatrix;

use crate::error::{Error, check_finite, check_length, entries};
use crate::moments::mean;
use crate::scale::Length;

/// `‖vec A − vec A′‖₂` of every two maps, `H×H`, symmetric: exactly 0 for equal maps. Larger is less
/// redundant. The maps are of one shape; those of Attention-SH with different factors are not, and
/// have no distance.
///
/// # Errors
/// [`Error::NoTokens`] without a map, [`Error::ShapeMismatch`], [`Error::NotFinite`];
/// [`Error::Overflow`] when a distance is beyond the range of `f64`.
pub fn head_distances(maps: &[DMatrix<f64>]) -> Result<DMatrix<f64>, Error> {
    let Some(first) = maps.first() else {
        return Err(Error::NoTokens { what: "maps" });
    };
    for map in maps {
        check_length("the number of rows of a map", map.nrows(), first.nrows())?;
        check_length("the number of columns of a map", map.ncols(), first.ncols())?;
        check_finite("map row", entries(map))?;
    }
    let mut distances = DMatrix::zeros(maps.len(), maps.len());
    for (column, a) in maps.iter().enumerate() {
        for (row, b) in maps.iter().enumerate().take(column) {
            let distance = Length::of(a.iter().zip(b).map(|(a, b)| a - b)).value();
            if !distance.is_finite() {
                let what = "the distance of heads";
                return Err(Error::Overflow { what, row, column });
            }
            distances[(row, column)] = distance;
            distances[(column, row)] = distance;
        }
    }
    Ok(distances)
}

/// The mean distance of two heads, over the pairs of different ones; distances `H×H` as
/// [`head_distances`] gives them.
///
/// # Errors
/// [`Error::ShapeMismatch`] for a matrix that is not square, [`Error::NotFinite`];
/// [`Error::NotDefined`] for fewer than two heads.
pub fn mean_head_distance(distances: &DMatrix<f64>) -> Result<f64, Error> {
    let heads = distances.nrows();
    check_length("the number of columns of the distances", distances.ncols(), heads)?;
    check_finite("distance row", entries(distances))?;
    if heads < 2 {
        return Err(Error::NotDefined {
            what: "the mean distance of heads",
            needs: "two heads".to_owned(),
            has: heads.to_string(),
        });
    }
    let pairs = entries(distances).filter(|(row, column, _)| row < column);
    Ok(mean(pairs.map(|(_, _, distance)| distance)))
}
