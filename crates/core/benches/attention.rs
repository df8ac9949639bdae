//! Attention, one row of it and the plane of the board at the sizes of the laboratory.
//! `benches/peers` does the same work in numpy.

mod common;

use common::cloud;
use criterion::{Criterion, criterion_group, criterion_main};
use eigenlens_core::{Head, Mechanism, Plane, attend, attend_row};
use std::hint::black_box;

fn benches(criterion: &mut Criterion) {
    for n in [64, 256] {
        let head = cloud(n, 32);
        let far = Head::new(head.queries() * 300.0, head.keys() * 300.0, head.values().clone())
            .expect("finite matrices of one shape");
        for mechanism in [Mechanism::Softmax, Mechanism::Smoother] {
            let scoring = mechanism.scoring(32).expect("32 dimensions");
            criterion.bench_function(&format!("attend {mechanism} N={n} D=32"), |bencher| {
                bencher.iter(|| attend(black_box(&head), black_box(&scoring)));
            });
            criterion.bench_function(
                &format!("attend {mechanism} N={n} D=32, keys of length 1700"),
                |bencher| {
                    bencher.iter(|| attend(black_box(&far), black_box(&scoring)));
                },
            );
        }
        let scoring = Mechanism::Softmax.scoring(32).expect("32 dimensions");
        criterion.bench_function(&format!("attend_row softmax N={n} D=32"), |bencher| {
            bencher.iter(|| attend_row(black_box(&head), black_box(&scoring), black_box(n / 2)));
        });
        criterion.bench_function(&format!("plane N={n} D=32"), |bencher| {
            bencher.iter(|| Plane::new(black_box(&head)));
        });
    }
}

criterion_group!(attention, benches);
criterion_main!(attention);
