//! Kernel PCA of the keys with the projection of as many queries, and score fields over the board.
//! `benches/peers/kernel_pca.py` does the same with scikit-learn.

mod common;

use std::hint::black_box;

use common::cloud;
use criterion::{Criterion, criterion_group, criterion_main};
use eigenlens_core::{Centring, Head, Kernel, KernelPca, Mechanism, PlanarField, attend};
use nalgebra::DMatrix;

/// Fits all axes, constructs the values, and projects every query: attention over the values.
fn project(head: &Head) -> DMatrix<f64> {
    let scoring = Mechanism::KernelPca.scoring(head.dim()).expect("a scoring");
    let pca = fit(head);
    let values = pca.values(pca.rank()).expect("axes");
    let projecting = Head::new(head.queries().clone(), head.keys().clone(), values).expect("a head");
    attend(&projecting, &scoring).expect("attention").output
}

fn fit(head: &Head) -> KernelPca {
    let kernel = Kernel::Exponential {
        temperature: (head.dim() as f64).sqrt(),
    };
    KernelPca::new(head.keys(), kernel, Centring::Centred).expect("kernel PCA")
}

fn benches(criterion: &mut Criterion) {
    for n in [64, 256] {
        let head = cloud(n, 32);
        criterion.bench_function(
            &format!("kernel PCA fit and projection N={n} D=32, all axes"),
            |bencher| {
                bencher.iter(|| project(black_box(&head)));
            },
        );
        let plane = cloud(n, 2);
        criterion.bench_function(&format!("kernel PCA fit N={n} D=2"), |bencher| {
            bencher.iter(|| fit(black_box(&plane)));
        });
    }
    let places: Vec<f64> = (0..96).map(|place| f64::from(place) / 16.0 - 3.0).collect();
    for n in [12, 256] {
        let pca = fit(&cloud(n, 2));
        let values = pca.values(1).expect("an axis");
        let axes: [&[f64]; 2] = [&[1.0, 0.0], &[0.0, 1.0]];
        let field = PlanarField::new(pca.keys(), pca.kernel(), &[0.0; 2], axes, &values).expect("a field");
        criterion.bench_function(&format!("field 96x96 N={n}"), |bencher| {
            bencher.iter(|| field.grid(black_box(&places), black_box(&places)));
        });
        // So far out that no exponential separates.
        let far: Vec<f64> = places.iter().map(|place| place * 1e3).collect();
        criterion.bench_function(&format!("field 96x96 N={n}, point by point"), |bencher| {
            bencher.iter(|| field.grid(black_box(&far), black_box(&far)));
        });
    }
}

criterion_group!(kernel_pca, benches);
criterion_main!(kernel_pca);
