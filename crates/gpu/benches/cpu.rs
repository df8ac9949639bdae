//! The CPU path on all cores, in operations a second, beside what the `gemm` crate does of products alone: large ones, and
//! those of the same tiles.

use std::hint::black_box;
use std::ops::ControlFlow;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use eigenlens_core::RpcForm;
use eigenlens_gpu::{Inputs, Mechanism, Precision, Problem, Rpc, Shape, Task, cpu};

/// `[B, H, N, D]`, and whether nobody looks ahead: DeiT-S, and long sequences.
const SHAPES: [([usize; 4], bool); 4] = [
    ([8, 6, 197, 64], false),
    ([1, 4, 4096, 64], false),
    ([1, 4, 4096, 64], true),
    ([1, 2, 4096, 128], false),
];

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cpu");
    group.sample_size(30).measurement_time(Duration::from_secs(6));
    for (shape, causal) in SHAPES {
        let [batch, heads, tokens, dim] = shape;
        let shape = Shape::new(batch, heads, tokens, dim).expect("a shape");
        let mut mechanisms = vec![Mechanism::Softmax, Mechanism::Smoother];
        if tokens < 1000 {
            mechanisms.push(Mechanism::Rpc(Rpc {
                form: RpcForm::Released,
                lambda: 4.0,
                iterations: 4,
                model_width: None,
                asymmetric: false,
            }));
        }
        for mechanism in mechanisms {
            let name = mechanism.name();
            let task = Task {
                shape,
                mechanism,
                temperature: None,
                causal,
            };
            let inputs = Inputs {
                seed: 1,
                logit_std: 1.0,
            };
            let tensors = inputs.tensors(&task).expect("tensors");
            group.throughput(Throughput::Elements(task.operations() as u64));
            let problem = Problem::new(task, tensors, Precision::F32).expect("a problem");
            let order = if causal { ", causal" } else { "" };
            group.bench_function(format!("{name} {shape}{order}"), |bencher| {
                bencher.iter(|| cpu::attend(black_box(&problem), &|_, _| ControlFlow::Continue(())));
            });
        }
    }
    for (rows, columns, depth) in [(1024, 1024, 1024), (48, 128, 64), (48, 64, 128), (48, 128, 128)] {
        let cores = rayon::current_num_threads();
        // Many small products take as long as a large one.
        let times = (1_usize << 30) / (rows * columns * depth);
        group.throughput(Throughput::Elements(
            (2 * cores * times * rows * columns * depth) as u64,
        ));
        group.bench_function(format!("products {rows}×{depth}×{columns}"), |bencher| {
            bencher.iter(|| rayon::broadcast(|_| multiply(rows, columns, depth, times)));
        });
    }
    group.finish();
}

/// Products of the same matrices, column by column, on one core.
fn multiply(rows: usize, columns: usize, depth: usize, times: usize) -> f32 {
    let [left, right] = [rows * depth, depth * columns].map(|entries| vec![0.5_f32; entries]);
    let mut product = vec![0.0_f32; rows * columns];
    let [row_stride, depth_stride] = [rows, depth].map(usize::cast_signed);
    for _ in 0..times {
        #[expect(
            unsafe_code,
            reason = "the crate that multiplies matrices takes pointers and strides"
        )]
        // SAFETY: the three matrices have the numbers of rows and columns that are said, one column after the other.
        unsafe {
            gemm::gemm(
                rows,
                columns,
                depth,
                product.as_mut_ptr(),
                row_stride,
                1,
                false,
                left.as_ptr(),
                row_stride,
                1,
                right.as_ptr(),
                depth_stride,
                1,
                1.0,
                1.0,
                false,
                false,
                false,
                gemm::Parallelism::None,
            );
        }
        black_box(&mut product);
    }
    product.iter().sum()
}

criterion_group!(attention, benches);
criterion_main!(attention);
