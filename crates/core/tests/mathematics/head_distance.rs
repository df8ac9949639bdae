//! Distances of heads.

use crate::common::{agree, matrix, matrix_of, refuses};
use eigenlens_core::{head_distances, mean_head_distance};
use nalgebra::{DMatrix, dmatrix};
use proptest::prelude::*;
use serde_json::Value;

#[test]
fn the_mean_agrees_with_numpy() {
    let golden: Value = serde_json::from_str(include_str!("../golden/elliptical_primal.json")).expect("JSON");
    let golden = &golden["head_l2"];
    let maps: Vec<DMatrix<f64>> = golden["A"].as_array().expect("maps").iter().map(matrix_of).collect();
    let distances = head_distances(&maps).expect("distances");
    let mean = mean_head_distance(&distances).expect("a mean");
    agree(
        "mean distance",
        [&mean],
        [&golden["mean_pairwise_L2"].as_f64().expect("a number")],
    );
}

proptest! {
    #[test]
    fn distances_are_distances(maps in prop::collection::vec(matrix(3, 4, 1.0), 1..6), power in -1000..1001_i32) {
        let distances = head_distances(&maps).expect("distances");
        let heads = maps.len();
        prop_assert_eq!(&distances, &distances.transpose());
        for i in 0..heads {
            prop_assert_eq!(distances[(i, i)], 0.0);
            for j in 0..heads {
                let formula = (&maps[i] - &maps[j]).norm();
                prop_assert!((distances[(i, j)] - formula).abs() <= 1e-14);
                for k in 0..heads {
                    prop_assert!(distances[(i, j)] <= distances[(i, k)] + distances[(k, j)] + 1e-14);
                }
            }
        }
        let size = 2_f64.powi(power);
        let scaled: Vec<DMatrix<f64>> = maps.iter().map(|map| map * size).collect();
        prop_assert_eq!(head_distances(&scaled).expect("distances"), distances * size);
    }

    #[test]
    fn the_mean_is_over_pairs(maps in prop::collection::vec(matrix(3, 4, 1.0), 2..6)) {
        let distances = head_distances(&maps).expect("distances");
        let pairs = (maps.len() * (maps.len() - 1)) as f64;
        prop_assert!((mean_head_distance(&distances).expect("a mean") - distances.sum() / pairs).abs() <= 1e-15 * 8.0);
    }
}

#[test]
fn a_head_and_its_duplicate() {
    let [map, other] = [dmatrix![0.1, 0.9; 0.3, 0.7], dmatrix![0.9, 0.1; 0.3, 0.7]];
    let distances = head_distances(&[map.clone(), other, map]).expect("distances");
    assert_eq!((distances[(0, 2)], distances[(2, 0)]), (0.0, 0.0));
    assert!((distances[(0, 1)] - 0.8 * std::f64::consts::SQRT_2).abs() <= 1e-15);
    assert_eq!(distances[(0, 1)], distances[(1, 2)]);
    // Where the sum of the distances leaves the range.
    let largest = f64::MAX;
    let two = dmatrix![0.0, largest, largest; largest, 0.0, 0.0; largest, 0.0, 0.0];
    let mean = mean_head_distance(&two).expect("a mean");
    assert!((mean / largest - 2.0 / 3.0).abs() <= 1e-15);
    let three = DMatrix::from_element(3, 3, largest);
    assert_eq!(mean_head_distance(&three), Ok(largest));
}

#[test]
fn refusals() {
    refuses(head_distances(&[]), "there are no maps; at least 1 is needed");
    let map = DMatrix::zeros(2, 3);
    refuses(
        head_distances(&[map.clone(), DMatrix::zeros(3, 3)]),
        "the number of rows of a map is 3, but must be 2",
    );
    refuses(
        head_distances(&[map.clone(), DMatrix::zeros(2, 2)]),
        "the number of columns of a map is 2, but must be 3",
    );
    refuses(
        head_distances(&[map, dmatrix![0.0, 0.0, 0.0; 0.0, f64::NAN, 0.0]]),
        "map row 2, entry 2 is NaN; every entry must be a finite number",
    );
    refuses(
        head_distances(&[dmatrix![f64::MAX], dmatrix![-f64::MAX]]),
        "the distance of heads (row 1, column 2) is beyond ±1.8e308, the range of 64-bit numbers",
    );
    refuses(
        mean_head_distance(&dmatrix![0.0]),
        "the mean distance of heads is not defined: it needs two heads, and there is 1",
    );
    refuses(
        mean_head_distance(&DMatrix::zeros(2, 3)),
        "the number of columns of the distances is 3, but must be 2",
    );
    refuses(
        mean_head_distance(&dmatrix![0.0, f64::NAN; 1.0, 0.0]),
        "distance row 1, entry 2 is NaN; every entry must be a finite number",
    );
}
