//! The plane of a cloud.

use crate::common::{agree, head, heads, matrix};
use eigenlens_core::{Error, Head, Plane, PlaneKind, principal_axes};
use nalgebra::{DMatrix, dmatrix};
use proptest::prelude::*;

/// Keys, with themselves as queries and values.
fn keys(keys: DMatrix<f64>) -> Head {
    head(keys.clone(), keys.clone(), keys)
}

/// Keys in 3 to 6 dimensions, fewer or more than dimensions.
fn tall_and_wide() -> impl Strategy<Value = DMatrix<f64>> {
    (2..9_usize, 3..7_usize).prop_flat_map(|(n, dim)| matrix(n, dim, 3.0))
}

#[test]
fn two_dimensions_are_the_plane_itself() {
    let plane = Plane::new(&keys(dmatrix![1.0, 2.0; 3.0, 5.0; 0.1, 0.7])).expect("a plane");
    assert_eq!(
        (plane.kind(), plane.share(), plane.worst(3)),
        (PlaneKind::Coordinates { dim: 2 }, 1.0, vec![])
    );
    assert_eq!(plane.coordinates(&[0.1, 0.7]), Ok([0.1, 0.7]));
    assert_eq!(plane.move_to(&[0.1, 0.7], [0.3, -1e-300]), Ok(vec![0.3, -1e-300]));
}

#[test]
fn one_dimension_lies_on_the_first_axis() {
    let plane = Plane::new(&keys(dmatrix![1.0; 3.0])).expect("a plane");
    assert_eq!((plane.kind(), plane.share()), (PlaneKind::Coordinates { dim: 1 }, 1.0));
    assert_eq!(plane.coordinates(&[3.0]), Ok([3.0, 0.0]));
    assert_eq!(plane.move_to(&[3.0], [0.5, 9.0]), Ok(vec![0.5]));
}

#[test]
fn axes_are_ordered_and_signed() {
    // Variances 4, 9, 0.25 along the coordinates, so the axes are coordinates 1, 0, 2; each
    // positive.
    let cross = dmatrix![2.0, 0.0, 0.0; -2.0, 0.0, 0.0; 0.0, 3.0, 0.0; 0.0, -3.0, 0.0; 0.0, 0.0, 0.5; 0.0, 0.0, -0.5];
    let mut moved = cross.clone();
    for mut row in moved.row_iter_mut() {
        row += dmatrix![10.0, 20.0, 30.0];
    }
    let axes = principal_axes(&moved, 3).expect("three axes");
    agree("origin", &axes.origin, &[10.0, 20.0, 30.0]);
    agree(
        "axes",
        &axes.axes.concat(),
        &[0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0],
    );
    agree("shares", &axes.shares, &[9.0 / 13.25, 4.0 / 13.25, 0.25 / 13.25]);
    let plane = Plane::new(&keys(moved)).expect("a plane");
    assert_eq!(plane.kind(), PlaneKind::Principal);
    assert!((plane.share() - 13.0 / 13.25).abs() < 1e-15);
    agree(
        "key",
        &plane.coordinates(&[12.0, 20.0, 30.0]).expect("a place"),
        &[0.0, 2.0],
    );
    let mut worst = plane.worst(9);
    worst.sort_unstable();
    assert_eq!(worst, [4, 5], "only these two are off the plane");
}

#[test]
fn a_tie_of_sizes_is_decided_by_the_first_entry() {
    for sign in [1.0, -1.0] {
        let line = dmatrix![1.0, -1.0, 0.0; -1.0, 1.0, 0.0; 3.0, -3.0, 0.0] * sign;
        let axes = principal_axes(&line, 1).expect("an axis");
        agree("axis", &axes.axes[0], &[0.5_f64.sqrt(), -0.5_f64.sqrt(), 0.0]);
    }
}

#[test]
fn worst_is_the_furthest_first() {
    let mut points = DMatrix::zeros(9, 3);
    for (at, x, y, z) in [
        (0, 9.0, 0.0, 0.0),
        (1, -9.0, 0.0, 0.0),
        (2, 0.0, 8.0, 0.0),
        (3, 0.0, -8.0, 0.0),
        (5, 0.0, 0.0, 1.0),
        (7, 0.0, 0.0, -2.0),
        (8, 0.0, 0.0, 1.0),
    ] {
        points.set_row(at, &dmatrix![x, y, z].row(0));
    }
    assert_eq!(Plane::new(&keys(points)).expect("a plane").worst(3), [7, 5, 8]);
}

#[test]
fn equal_keys_and_one_key_fall_back_to_coordinates() {
    let point = dmatrix![0.1, 0.2, 0.3, 0.7];
    for n in [1, 7] {
        let plane = Plane::new(&keys(DMatrix::from_fn(n, 4, |_, d| point[d]))).expect("a plane");
        assert_eq!(
            (plane.kind(), plane.share(), plane.worst(3)),
            (PlaneKind::Fallback, 1.0, vec![]),
            "{n} keys"
        );
        assert_eq!(plane.coordinates(&[0.1, 0.2, 0.3, 0.7]), Ok([0.1, 0.2]));
        assert_eq!(
            plane.move_to(&[0.1, 0.2, 0.3, 0.7], [5.0, 6.0]),
            Ok(vec![5.0, 6.0, 0.3, 0.7])
        );
    }
}

#[test]
fn keys_on_a_line_get_a_second_axis_across_it() {
    for n in [2, 6] {
        let line = DMatrix::from_fn(n, 4, |i, d| 1e3 + i as f64 * [1.0, 2.0, 0.0, -2.0][d]);
        let plane = Plane::new(&keys(line.clone())).expect("a plane");
        assert_eq!(
            (plane.kind(), plane.worst(3)),
            (PlaneKind::Principal, vec![]),
            "{n} keys"
        );
        assert!((plane.share() - 1.0).abs() < 1e-14);
        let row: Vec<f64> = line.row(0).iter().copied().collect();
        let [x, y] = plane.coordinates(&row).expect("a place");
        assert!(y.abs() < 1e-12, "on the line");
        let moved = plane.move_to(&row, [x, 1.0]).expect("a token");
        agree("moved", &plane.coordinates(&moved).expect("a place"), &[x, 1.0]);
    }
}

#[test]
fn axes_that_do_not_exist_are_not_defined() {
    let error = principal_axes(&dmatrix![1.0, 2.0, 3.0; 2.0, 4.0, 6.0; 0.0, 0.0, 0.0], 2).expect_err("rank 1");
    let needs = "2 directions along which the keys differ".to_owned();
    assert_eq!(
        error,
        Error::NotDefined {
            what: "the principal axis",
            needs,
            has: "1".into()
        }
    );
    let message =
        "the principal axis is not defined: it needs 2 directions along which the keys differ, and there is 1";
    assert_eq!(error.to_string(), message);
    for n in [1, 5] {
        let error = principal_axes(&DMatrix::from_element(n, 3, 0.1), 1).expect_err("rank 0");
        assert!(
            matches!(error, Error::NotDefined { has, .. } if has == "0"),
            "{n} equal keys"
        );
    }
    assert_eq!(
        principal_axes(&DMatrix::zeros(0, 3), 1),
        Err(Error::NoTokens { what: "keys" })
    );
    assert_eq!(
        principal_axes(&DMatrix::zeros(3, 0), 1),
        Err(Error::NoDimensions { what: "keys" })
    );
    let error = Error::NotFinite {
        what: "key",
        row: 1,
        column: 0,
        value: f64::NAN,
    };
    assert_eq!(principal_axes(&dmatrix![1.0; f64::NAN], 1), Err(error));
}

#[test]
fn huge_keys_have_a_plane_until_their_differences_overflow() {
    let small = dmatrix![2.0, 0.5, 0.0; -2.0, 0.25, 1.0; 0.0, 3.0, -1.0; 1.0, -3.0, 0.0];
    let (a, b) = (
        principal_axes(&small, 2).expect("axes"),
        principal_axes(&(&small * 1e300), 2).expect("axes"),
    );
    agree("axes", &b.axes.concat(), &a.axes.concat());
    let error = Plane::new(&keys(&small * 5e307)).expect_err("out of range");
    assert_eq!(
        error,
        Error::Overflow {
            what: "the difference between a key and the first",
            row: 1,
            column: 0
        }
    );
}

#[test]
fn tokens_that_do_not_fit_are_refused() {
    let plane = Plane::new(&keys(dmatrix![1.0, 2.0, 3.0; 2.0, 0.0, 6.0; 0.0, 1.0, 0.0])).expect("a plane");
    let what = "the number of coordinates of the token";
    assert_eq!(
        plane.coordinates(&[1.0, 2.0]),
        Err(Error::ShapeMismatch { what, has: 2, needs: 3 })
    );
    let error = Error::NotFinite {
        what: "token",
        row: 0,
        column: 2,
        value: f64::NAN,
    };
    assert_eq!(plane.move_to(&[1.0, 2.0, f64::NAN], [0.0; 2]), Err(error));
    let error = Error::NotFinite {
        what: "position",
        row: 0,
        column: 1,
        value: f64::INFINITY,
    };
    assert_eq!(plane.move_to(&[1.0, 2.0, 3.0], [0.0, f64::INFINITY]), Err(error));
    assert!(matches!(
        plane.move_to(&[1.0, 2.0, 3.0], [f64::MAX, f64::MAX]),
        Ok(_) | Err(Error::Overflow { .. })
    ));
    assert!(matches!(
        plane.coordinates(&[f64::MAX; 3]),
        Ok(_) | Err(Error::Overflow { .. })
    ));
}

proptest! {
    #[test]
    fn axes_are_orthonormal_eigenvectors_of_the_covariance(points in tall_and_wide()) {
        let n = (points.nrows() - 1).min(points.ncols());
        let Ok(axes) = principal_axes(&points, n) else { return Ok(()) };
        let basis = DMatrix::from_fn(points.ncols(), n, |d, a| axes.axes[a][d]);
        prop_assert!((basis.tr_mul(&basis) - DMatrix::identity(n, n)).amax() <= 1e-14);
        let mut centred = points.clone();
        for (mut column, mean) in centred.column_iter_mut().zip(&axes.origin) {
            column.add_scalar_mut(-mean);
        }
        let covariance = centred.tr_mul(&centred);
        let total = covariance.trace();
        for (a, share) in axes.shares.iter().enumerate() {
            let axis = basis.column(a);
            prop_assert!((&covariance * axis - axis * (share * total)).amax() <= 1e-12 * total);
        }
        prop_assert!(axes.shares.windows(2).all(|pair| pair[0] >= pair[1]));
        prop_assert!(axes.shares.iter().sum::<f64>() <= 1.0 + 1e-12);
    }

    #[test]
    fn the_same_axes_come_from_covariance_and_gram_matrix(points in tall_and_wide()) {
        // Every key three times: the same covariance, but on the other side of N = D.
        let thrice = DMatrix::from_fn(points.nrows() * 3, points.ncols(), |i, d| points[(i / 3, d)]);
        let (Ok(a), Ok(b)) = (principal_axes(&points, 1), principal_axes(&thrice, 1)) else { return Ok(()) };
        let gap = principal_axes(&points, 2).map_or(1.0, |axes| axes.shares[0] - axes.shares[1]);
        prop_assume!(gap > 1e-3);
        agree("axis", &a.axes[0], &b.axes[0]);
        agree("share", &a.shares, &b.shares);
    }

    #[test]
    fn moving_moves_on_the_plane_only(points in tall_and_wide(), x in -5.0..5.0, y in -5.0..5.0) {
        let tokens = keys(points);
        let plane = Plane::new(&tokens).expect("a plane");
        let row = tokens.key(0).expect("a key");
        let from = plane.coordinates(&row).expect("a place");
        prop_assert_eq!(plane.move_to(&row, from).expect("a token"), row.clone(), "staying is exact");
        let moved = plane.move_to(&row, [x, y]).expect("a token");
        agree("place", &plane.coordinates(&moved).expect("a place"), &[x, y]);
        // The way is as long as on the plane, so nothing else moved.
        let way: f64 = moved.iter().zip(&row).map(|(a, b)| (a - b).powi(2)).sum();
        prop_assert!((way - (from[0] - x).powi(2) - (from[1] - y).powi(2)).abs() <= 1e-12 * way.max(1.0));
    }

    #[test]
    fn keys_in_a_plane_are_shown_without_loss(flat in matrix(7, 2, 3.0), frame in matrix(5, 5, 1.0), away in matrix(1, 5, 100.0)) {
        let frame = frame.qr().q();
        let points = DMatrix::from_fn(7, 5, |i, d| flat[(i, 0)] * frame[(d, 0)] + flat[(i, 1)] * frame[(d, 1)] + away[d]);
        let plane = Plane::new(&keys(points.clone())).expect("a plane");
        prop_assert!((plane.share() - 1.0).abs() <= 1e-12);
        let shown: Vec<[f64; 2]> = points.row_iter().map(|row| plane.coordinates(&row.iter().copied().collect::<Vec<_>>()).expect("a place")).collect();
        for i in 0..7 {
            for j in 0..7 {
                let there = (flat.row(i) - flat.row(j)).norm();
                let here = (shown[i][0] - shown[j][0]).hypot(shown[i][1] - shown[j][1]);
                prop_assert!((there - here).abs() <= 1e-10);
            }
        }
    }

    #[test]
    fn every_head_has_a_plane(head in heads()) {
        let plane = Plane::new(&head).expect("a plane");
        prop_assert!((0.0..=1.0).contains(&plane.share()));
        prop_assert!(plane.worst(usize::MAX).iter().all(|&key| key < head.n_keys()));
        prop_assert_eq!(plane, Plane::new(&head).expect("the same plane"));
    }
}
