//! Principal Component Pursuit of planted matrices, low rank plus spikes, until residual and change
//! are below 10⁻⁷. `benches/peers/pursuit.py` does the same in numpy, on the same numbers.

#[path = "common/numbers.rs"]
mod numbers;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use eigenlens_core::{Continuation, Pursuing, Pursuit, PursuitOptions, PursuitStatus};
use nalgebra::DMatrix;
use numbers::normal_enough;

/// A product of two thin matrices, with a twentieth of its entries moved by ten times as much.
fn planted(n: usize, dim: usize, rank: usize) -> DMatrix<f64> {
    let mut next = normal_enough();
    let left = DMatrix::from_fn(n, rank, |_, _| next());
    let right = DMatrix::from_fn(rank, dim, |_, _| next());
    let mut matrix = left * right;
    for entry in matrix.iter_mut() {
        let (moved, by) = (next().abs() < 0.0627, 10.0 * next());
        if moved {
            *entry += by;
        }
    }
    matrix
}

fn split(matrix: &DMatrix<f64>, continuation: Continuation) -> Pursuit {
    let options = PursuitOptions {
        continuation,
        tolerance: 1e-7,
        ..PursuitOptions::default()
    };
    let pursuit = Pursuing::new(matrix.clone(), &options).and_then(Pursuing::finish);
    pursuit.expect("a pursuit")
}

fn benches(criterion: &mut Criterion) {
    for (n, dim, rank) in [(11, 2, 1), (40, 40, 2), (100, 32, 3), (100, 100, 5)] {
        let matrix = planted(n, dim, rank);
        for (continuation, name) in [(Continuation::Constant, ""), (Continuation::Growing, ", growing")] {
            let last = split(&matrix, continuation).last;
            assert_eq!(last.status, PursuitStatus::Converged);
            let steps = last.iteration;
            criterion.bench_function(
                &format!("pursuit {n}x{dim} rank {rank}{name}, {steps} steps"),
                |bencher| {
                    bencher.iter(|| split(black_box(&matrix), continuation));
                },
            );
        }
    }
}

criterion_group!(pursuit, benches);
criterion_main!(pursuit);
