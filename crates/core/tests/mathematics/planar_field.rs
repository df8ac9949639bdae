//! Fields over a plane against scores at their points, differences, and the grid against the points.

use crate::common::{apart, matrix};
use crate::kernel_pca::{fit, outputs_of};
use eigenlens_core::{Centring, Error, Kernel, PlanarField};
use nalgebra::{DMatrix, dmatrix};
use proptest::prelude::*;

fn kernel(gaussian: bool, temperature: f64) -> Kernel {
    if gaussian {
        Kernel::Gaussian { temperature }
    } else {
        Kernel::Exponential { temperature }
    }
}

fn at(origin: &[f64], axes: [&[f64]; 2], [x, y]: [f64; 2]) -> Vec<f64> {
    (0..origin.len())
        .map(|d| origin[d] + x * axes[0][d] + y * axes[1][d])
        .collect()
}

proptest! {
    #[test]
    fn the_field_of_constructed_values_is_the_score(
        (keys, plane) in (2..8_usize, 2..5_usize).prop_flat_map(|(n, dim)| (matrix(n, dim, 2.0), matrix(dim, 3, 1.0))),
        gaussian in any::<bool>(),
        temperature in 0.5..4.0,
        point in [-3.0..3.0, -3.0..3.0],
    ) {
        let kernel = kernel(gaussian, temperature);
        let pca = fit(&keys, kernel, Centring::Centred);
        let values = pca.values(pca.rank()).expect("axes");
        let columns: Vec<Vec<f64>> = plane.column_iter().map(|column| column.iter().copied().collect()).collect();
        let axes = [columns[1].as_slice(), columns[2].as_slice()];
        let field = PlanarField::new(&keys, kernel, &columns[0], axes, &values).expect("a field");
        if pca.rank() == 0 {
            return Ok(());
        }
        let query = DMatrix::from_row_slice(1, keys.ncols(), &at(&columns[0], axes, point));
        // That these are the scores is tested beside the scores.
        let outputs = outputs_of(kernel, &query, &keys, values.clone());
        let step = 1e-4;
        for (d, (ours, output)) in field.scores_at(point).into_iter().zip(outputs.iter()).enumerate() {
            let size = values.column(d).amax();
            prop_assert!((ours - output).abs() <= 1e-13 * size);
            let gradient = field.gradient_at(point, d);
            for (coordinate, slope) in gradient.into_iter().enumerate() {
                let moved = |by: f64| {
                    let mut point = point;
                    point[coordinate] += by;
                    field.scores_at(point)[d]
                };
                let difference = (moved(step) - moved(-step)) / (2.0 * step);
                prop_assert!((slope - difference).abs() <= 1e-5 * size, "{slope} {difference}");
            }
        }
        prop_assert_eq!(field.gradient_at(point, pca.rank()), [0.0; 2]);
    }

    #[test]
    fn the_grid_is_the_points(
        keys in (1..8_usize).prop_flat_map(|n| matrix(n, 2, 3.0)),
        gaussian in any::<bool>(),
        // The exponentials of the first two separate, the next would underflow, and the last needs more digits.
        size in prop_oneof![Just(1.0), Just(30.0), Just(150.0), Just(1000.0)],
        xs in prop::collection::vec(-1.0..1.0, 0..6),
        ys in prop::collection::vec(-1.0..1.0, 0..6),
    ) {
        let scale = |list: Vec<f64>| list.into_iter().map(|x| x * size).collect::<Vec<f64>>();
        let (xs, ys) = (scale(xs), scale(ys));
        let values = &keys * 2.0;
        let field = PlanarField::new(&keys, kernel(gaussian, 1.0), &[0.5, 0.0], [&[1.0, 0.0], &[0.0, 1.0]], &values).expect("a field");
        let grid = field.grid(&xs, &ys);
        prop_assert_eq!(grid.len(), 2);
        for (d, grid) in grid.iter().enumerate() {
            let points = DMatrix::from_fn(ys.len(), xs.len(), |row, column| field.scores_at([xs[column], ys[row]])[d]);
            prop_assert_eq!(grid.shape(), (ys.len(), xs.len()));
            prop_assert!(grid.iter().all(|score| score.is_finite()));
            prop_assert!(grid.is_empty() || apart(grid, &points) <= 1e-12 * values.amax());
        }
    }
}

#[test]
fn far_points_and_near_ties_have_their_digits() {
    // Two keys at 10³ whose logits are near 10⁶, where neighbouring numbers are 10⁻¹⁰ apart, and differ by 1.
    let keys = dmatrix![1000.1, 0.1; 1000.2, 0.0];
    let plane: [&[f64]; 2] = [&[1.0, 0.0], &[0.0, 1.0]];
    let new = |kernel| PlanarField::new(&keys, kernel, &[0.0; 2], plane, &dmatrix![0.0; 1.0]).expect("a field");
    let field = new(Kernel::Exponential { temperature: 1.0 });
    let (x, y) = (1000.3, 990.3);
    let apart = (1000.2_f64 - 1000.1) * x - 0.1 * y;
    let expected = 1.0 / (1.0 + (-apart).exp());
    assert!((field.scores_at([x, y])[0] - expected).abs() < 1e-13);
    assert!((field.grid(&[x], &[y])[0][(0, 0)] - expected).abs() < 1e-13);
    // The Gaussian kernel takes half the squares of the keys off.
    let far = new(Kernel::Gaussian { temperature: 1.0 });
    let apart = apart - 0.5 * ((1000.2_f64 - 1000.1) * (1000.2 + 1000.1) - 0.01);
    let expected = 1.0 / (1.0 + (-apart).exp());
    assert!((far.scores_at([x, y])[0] - expected).abs() < 1e-12);
    for coordinate in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e308] {
        assert!(field.scores_at([coordinate, 1.0])[0].is_finite());
        assert!(
            field.grid(&[coordinate], &[0.0, coordinate])[0]
                .iter()
                .all(|score| score.is_finite())
        );
        assert!(field.gradient_at([1.0, coordinate], 0).into_iter().all(f64::is_finite));
    }
}

#[test]
fn fields_of_what_has_none_are_refused() {
    let (keys, values) = (dmatrix![1.0, 0.0; 0.0, 1.0], dmatrix![1.0; 2.0]);
    let new = |kernel, origin: &[f64], values: &DMatrix<f64>| {
        PlanarField::new(&keys, kernel, origin, [&[1.0, 0.0], &[0.0, 1.0]], values)
            .expect_err("an error")
            .to_string()
    };
    let exponential = Kernel::Exponential { temperature: 1.0 };
    assert_eq!(
        new(Kernel::Linear, &[0.0; 2], &values),
        "the field of an attention is not defined: it needs the exponential or the Gaussian kernel, and there is another one"
    );
    assert_eq!(
        new(exponential, &[0.0; 3], &values),
        "the number of dimensions of the plane is 3, but must be 2"
    );
    assert_eq!(
        new(exponential, &[0.0; 2], &dmatrix![1.0]),
        "the number of values is 1, but must be 2"
    );
    assert!(matches!(
        PlanarField::new(
            &keys,
            exponential,
            &[f64::NAN, 0.0],
            [&[1.0, 0.0], &[0.0, 1.0]],
            &values
        ),
        Err(Error::NotFinite { .. })
    ));
    assert!(matches!(
        PlanarField::new(
            &(&keys * 1e200),
            exponential,
            &[1e200, 0.0],
            [&[1.0, 0.0], &[0.0, 1.0]],
            &values
        ),
        Err(Error::Overflow { .. })
    ));
}
