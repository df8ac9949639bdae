//! Who wins where, against rows of attention query by query, and the cells against the winners of their points.

use eigenlens_core::{Head, KeyBias, Mechanism, Metric, Scoring, Territory, attend, territories, winning_cells};
use nalgebra::{DMatrix, DVector, dmatrix};
use proptest::prelude::*;

use crate::common::{matrix, refuses};

/// −4 to 4 in steps of 0.05.
fn axis() -> Vec<f64> {
    (-80..=80).map(|i| f64::from(i) / 20.0).collect()
}

fn mechanism(name: Mechanism, tau: f64) -> Scoring {
    let scoring = name.scoring(2).expect("two dimensions");
    scoring.with_temperature(tau).expect("a temperature")
}

fn dot() -> Scoring {
    mechanism(Mechanism::Softmax, 2.0_f64.sqrt())
}

fn distance() -> Scoring {
    mechanism(Mechanism::Smoother, 2.0_f64.sqrt())
}

/// The same by attention of every query of the grid.
fn by_rows(keys: &DMatrix<f64>, scoring: &Scoring, axis: &[f64]) -> Vec<Territory> {
    let n = axis.len();
    let queries = DMatrix::from_fn(n * n, 2, |row, d| axis[if d == 0 { row % n } else { row / n }]);
    let head = Head::new(queries, keys.clone(), keys.clone()).expect("a head");
    let weights = attend(&head, scoring).expect("attention").weights;
    let column = |key: usize| {
        let wins = weights.row_iter().filter(|row| {
            let others = (0..row.len()).filter(|other| *other != key).map(|other| row[other]);
            others.fold(0.0, f64::max) + 1e-12 < row[key]
        });
        let at = weights.column(key).imax();
        Territory {
            largest: weights[(at, key)],
            at: [axis[at % n], axis[at / n]],
            wins: wins.count(),
        }
    };
    (0..keys.nrows()).map(column).collect()
}

fn compass_with_centre() -> DMatrix<f64> {
    dmatrix![2.0, 0.0; 0.0, 2.0; -2.0, 0.0; 0.0, -2.0; 0.0, 0.0]
}

#[test]
fn the_key_in_the_middle_ties_once_and_never_wins() {
    let keys = compass_with_centre();
    let found = territories(&keys, &dot(), &axis()).expect("territories");
    assert_eq!((found[4].largest, found[4].at, found[4].wins), (0.2, [0.0, 0.0], 0));
    // The four others share all queries but the diagonals.
    assert!(
        found[..4].iter().all(|key| key.wins == (161 * 161 - 321) / 4),
        "{found:?}"
    );
    let near = territories(&keys, &distance(), &axis()).expect("territories");
    assert_eq!(near[4].at, [0.0, 0.0]);
    // 1/(1 + 4·exp(−4/(2√2))).
    assert!((near[4].largest - 1.0 / (1.0 + 4.0 * (-2.0_f64.sqrt()).exp())).abs() < 1e-15);
    // |x| < 1 and |y| < 1 in steps of 0.05.
    assert_eq!(near[4].wins, 39 * 39);
}

#[test]
fn equal_keys_win_together_and_so_nobody_wins() {
    let keys = dmatrix![1.0, 0.5; 1.0, 0.5];
    let found = territories(&keys, &dot(), &axis()).expect("territories");
    assert!(found.iter().all(|key| key.wins == 0 && key.largest == 0.5), "{found:?}");
    let cells = winning_cells(&keys, &dot(), [-4.0; 2], [4.0; 2]).expect("cells");
    assert!(
        (area(&cells[0]) - 64.0).abs() < 1e-12 && cells[1].is_empty(),
        "the first has the cell"
    );
}

#[test]
fn long_keys_are_weighed_with_care() {
    // Exponentials of one coordinate alone underflow, and the logits need more than 64 bits.
    let keys = dmatrix![1000.0, -1000.0; -1000.0, 1000.0; 999.9999999, -1000.0];
    let some = [-1.0, 0.0, 1.0];
    let found = territories(&keys, &dot(), &some).expect("territories");
    let rows = by_rows(&keys, &dot(), &some);
    assert_eq!(found, rows);
}

#[test]
fn what_is_no_plane_is_refused() {
    refuses(
        territories(&dmatrix![1.0, 2.0, 3.0], &mechanism(Mechanism::Softmax, 1.0), &axis()),
        "the number of dimensions of the keys is 3, but must be 2",
    );
    let bias = KeyBias::Given(DVector::from_element(2, 0.0));
    let scoring = Scoring::new(Metric::Identity, 1.0, bias).expect("a scoring");
    refuses(
        winning_cells(&dmatrix![1.0, 2.0], &scoring, [-1.0; 2], [1.0; 2]),
        "the number of key biases is 2, but must be 1",
    );
    let far = territories(
        &dmatrix![1e308, 1e308],
        &mechanism(Mechanism::Softmax, 0.1),
        &[-4.0, 4.0],
    );
    assert!(far.is_err(), "{far:?}");
}

fn area(cell: &[[f64; 2]]) -> f64 {
    let cross = |i: usize| {
        let (a, b) = (cell[i], cell[(i + 1) % cell.len()]);
        a[0] * b[1] - a[1] * b[0]
    };
    0.5 * (0..cell.len()).map(cross).sum::<f64>()
}

fn scorings() -> impl Strategy<Value = Scoring> {
    let given = |kind: u8, tau: f64, m: [f64; 2]| match kind {
        0 => mechanism(Mechanism::Softmax, tau),
        1 => mechanism(Mechanism::Smoother, tau),
        2 => Scoring::new(Metric::Diagonal(DVector::from_column_slice(&m)), tau, KeyBias::Distance).expect("a scoring"),
        _ => Scoring::new(Metric::Full(dmatrix![m[0], 0.3; -0.2, m[1]]), tau, KeyBias::Zero).expect("a scoring"),
    };
    (0..4_u8, 0.4..3.0, [0.2..2.0, 0.2..2.0]).prop_map(move |(kind, tau, m)| given(kind, tau, m))
}

proptest! {
    #[test]
    fn territories_are_those_of_the_rows(
        keys in (1..9_usize).prop_flat_map(|n| matrix(n, 2, 4.0)), scoring in scorings(),
    ) {
        let axis: Vec<f64> = (-7..=7).map(|i| 0.55 * f64::from(i) + 0.013).collect();
        let found = territories(&keys, &scoring, &axis).expect("territories");
        for (ours, theirs) in found.iter().zip(by_rows(&keys, &scoring, &axis)) {
            prop_assert!((ours.largest - theirs.largest).abs() < 1e-13, "{ours:?} and {theirs:?}");
            prop_assert_eq!(ours.wins, theirs.wins);
        }
    }

    #[test]
    fn the_cells_cover_the_rectangle_once_and_their_points_weigh_their_key_most(
        keys in (1..9_usize).prop_flat_map(|n| matrix(n, 2, 4.0)), scoring in scorings(),
    ) {
        let cells = winning_cells(&keys, &scoring, [-3.0, -2.0], [4.0, 5.0]).expect("cells");
        let covered: f64 = cells.iter().map(|cell| area(cell)).sum();
        prop_assert!((covered - 49.0).abs() < 1e-9, "{} of 49", covered);
        for (key, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let n = cell.len() as f64;
            let middle = [0, 1].map(|d| cell.iter().map(|at| at[d]).sum::<f64>() / n);
            let query = DMatrix::from_row_slice(1, 2, &middle);
            let head = Head::new(query, keys.clone(), keys.clone()).expect("a head");
            let weights = attend(&head, &scoring).expect("attention").weights;
            prop_assert!(weights.max() - weights[(0, key)] <= 1e-9, "{:?} is not of key {}", middle, key + 1);
        }
    }
}
