//! The kernels of the matrix units against `eigenlens-core` in f64: `cargo xtask test --cooperative` runs them on a
//! software Vulkan that has some. They fail where there are none.

mod choice;
mod family;
#[path = "../kernels/mechanisms.rs"]
mod mechanisms;
mod rpc;
#[path = "../kernels/truth.rs"]
mod truth;

use std::sync::OnceLock;

use eigenlens_gpu::{Cut, Gpu, MatrixUnits, OpenOptions, Precision, Problem, Task, Tensors, Tier};

/// The numbers of tokens: one, around a tile, and none a multiple of one.
const TOKENS: [usize; 6] = [1, 63, 64, 65, 197, 345];
/// Numbers are stored with 11 bits.
const TOLERANCE: f64 = 5e-4;

/// A device that cuts the work as suits the shape.
fn device() -> &'static Gpu {
    static GPU: OnceLock<Gpu> = OnceLock::new();
    GPU.get_or_init(|| open(OpenOptions::default()))
}

/// A device that cuts it small, which software compiles sooner; one workgroup takes few rows, so that there are many.
fn small() -> &'static Gpu {
    static GPU: OnceLock<Gpu> = OnceLock::new();
    GPU.get_or_init(|| {
        open(OpenOptions {
            cut: Some(small_cut()),
            ..OpenOptions::default()
        })
    })
}

fn small_cut() -> Cut {
    let MatrixUnits { tile, subgroup } = units(device());
    Cut {
        rows: (2 * tile).max(subgroup) as usize,
        subgroups: 2,
        keys: 2 * tile as usize,
        step: tile as usize,
    }
}

fn open(options: OpenOptions) -> Gpu {
    let gpu = Gpu::open_now(options).expect("these tests need a Vulkan driver");
    println!("{:?}", gpu.report());
    units(&gpu);
    gpu
}

fn units(gpu: &Gpu) -> MatrixUnits {
    gpu.report()
        .matrix_units
        .expect("these tests need cooperative matrices")
}

/// Runs a task in f16 on the matrix units, and nowhere else; gives how far its output is from the truth.
fn run(gpu: &Gpu, task: Task, tensors: Tensors) -> f64 {
    let problem = Problem::new(task, tensors, Precision::F16).expect("a good problem");
    truth::relative(&problem, &output(gpu, &problem))
}

/// The output of a problem on the matrix units, which was NaN before.
fn output(gpu: &Gpu, problem: &Problem) -> Vec<f32> {
    let prepared = gpu.prepare(problem).expect("room");
    assert_eq!(prepared.tier(), Tier::Matrix(units(gpu)), "{:?}", problem.task());
    truth::output(gpu, problem)
}
