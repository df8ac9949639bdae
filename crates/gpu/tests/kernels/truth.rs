//! What a problem's output is, in f64, by `eigenlens-core`; and inputs.

use std::iter::zip;

use eigenlens_core::{
    Attention, Head, KeyBias, Metric as CoreMetric, RpcAttending, RpcOptions, Scoring, attend, attend_causally,
    bn_scoring, estimated_metric,
};
use eigenlens_gpu::{Gpu, Mechanism, Metric, Precision, Problem, Shape, Task, Tensors};
use nalgebra::{DMatrix, DVector};
use proptest::prelude::Rng as _;
use proptest::test_runner::{RngAlgorithm, TestRng};

/// Normal numbers, the same in every run.
pub(crate) fn normal(seed: u8, count: usize, deviation: f64) -> Vec<f32> {
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut uniform = || (f64::from(rng.next_u32()) + 0.5) / 2_f64.powi(32);
    let mut one = || (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos();
    (0..count).map(|_| (one() * deviation) as f32).collect()
}

/// Inputs whose logits have this standard deviation.
pub(crate) fn tensors(shape: Shape, deviation: f64) -> Tensors {
    Tensors {
        query: normal(1, shape.query_len(), 1.0),
        key: normal(2, shape.key_len(), deviation),
        value: normal(3, shape.key_len(), 1.0),
        previous: normal(4, shape.key_len(), 1.0),
    }
}

/// The output of every head, `[B, H, N_q, D]`, by core.
pub(crate) fn truth(problem: &Problem) -> Vec<f64> {
    let shape = problem.task().shape;
    let heads = (0..shape.all_heads()).map(|head| of_head(problem, head));
    heads.flat_map(|rows| rows.transpose().as_slice().to_vec()).collect()
}

fn of_head(problem: &Problem, head: usize) -> DMatrix<f64> {
    let (task, tensors) = (problem.task(), problem.tensors());
    let (shape, temperature) = (task.shape, task.temperature());
    let rows = |tensor: &[f32], tokens: usize| {
        let of_head = tokens * shape.dim();
        let some = tensor[head * of_head..][..of_head].iter().map(|&x| f64::from(x));
        DMatrix::from_row_iterator(tokens, shape.dim(), some)
    };
    let key = rows(&tensors.key, shape.keys());
    let value = rows(&tensors.value, shape.keys());
    if let Mechanism::Rpc(rpc) = task.mechanism {
        let query = rpc.asymmetric.then(|| rows(&tensors.query, shape.queries()));
        let options = RpcOptions {
            form: rpc.form,
            lambda: rpc.lambda,
            iterations: rpc.iterations,
            model_width: Some(rpc.model_width.unwrap_or(shape.heads() * shape.dim())),
            temperature: Some(temperature),
        };
        let attending = RpcAttending::new(key, value, query, &options).expect("inputs are good");
        return attending.finish().expect("numbers are small").output;
    }
    let query = rows(&tensors.query, shape.queries());
    let plain = |bias| Scoring::new(CoreMetric::Identity, temperature, bias);
    let elliptical = |metric| Scoring::new(CoreMetric::Diagonal(metric), temperature, KeyBias::Zero);
    let mut tokens = Head::new(query, key, value).expect("inputs are good");
    let scoring = match &task.mechanism {
        Mechanism::Smoother => plain(KeyBias::Distance),
        Mechanism::Elliptical(Metric::Given(metric)) => {
            let at = head % shape.heads() * shape.dim();
            let metric = metric[at..at + shape.dim()].iter().map(|&m| f64::from(m));
            elliptical(DVector::from_iterator(shape.dim(), metric))
        }
        Mechanism::Elliptical(Metric::Estimated { delta, scaling }) => {
            let previous = rows(&tensors.previous, shape.keys());
            let metric = estimated_metric(&previous, tokens.values(), *delta, *scaling);
            elliptical(metric.expect("values move"))
        }
        Mechanism::Bn(options) => bn_scoring(tokens.keys(), options, temperature),
        Mechanism::Sh(poolings) => {
            tokens = poolings[head % shape.heads()].head(&tokens).expect("factors are good");
            plain(KeyBias::Zero)
        }
        Mechanism::Softmax | Mechanism::Rpc(_) => plain(KeyBias::Zero),
    };
    let scoring = scoring.expect("options are good");
    let Attention { output, .. } = if task.causal {
        attend_causally(&tokens, &scoring)
    } else {
        attend(&tokens, &scoring)
    }
    .expect("logits are small");
    output
}

/// `‖o − o₆₄‖/‖o₆₄‖`, the largest of a head; NaN counts as infinite.
pub(crate) fn relative(problem: &Problem, output: &[f32]) -> f64 {
    let of_head = problem.task().shape.query_len() / problem.task().shape.all_heads();
    let truth = truth(problem);
    assert_eq!(output.len(), truth.len());
    let of = |(output, truth): (&[f32], &[f64])| {
        let off: f64 = zip(output, truth).map(|(&o, t)| (f64::from(o) - t).powi(2)).sum();
        let size: f64 = truth.iter().map(|t| t * t).sum();
        let relative = (off / size).sqrt();
        if relative.is_nan() { f64::INFINITY } else { relative }
    };
    zip(output.chunks(of_head), truth.chunks(of_head))
        .map(of)
        .fold(0.0, f64::max)
}

/// Runs a task on the device, and gives how far its output is from the truth.
pub(crate) fn run(gpu: &Gpu, task: Task, tensors: Tensors, precision: Precision) -> f64 {
    let name = task.mechanism.name();
    let problem = Problem::new(task, tensors, precision).unwrap_or_else(|error| panic!("{name}: {error}"));
    let output = output(gpu, &problem);
    relative(&problem, &output)
}

/// The output of a problem, which was NaN before.
pub(crate) fn output(gpu: &Gpu, problem: &Problem) -> Vec<f32> {
    pollster::block_on(async {
        let prepared = gpu.prepare(problem)?;
        prepared.finish().await?;
        prepared.output().await
    })
    .unwrap_or_else(|error| panic!("{}: {error}", problem.task().mechanism.name()))
}

/// The plain task.
pub(crate) fn task(shape: Shape, mechanism: Mechanism) -> Task {
    Task {
        shape,
        mechanism,
        temperature: None,
        causal: false,
    }
}

/// A shape that is right.
pub(crate) fn shape(batch: usize, heads: usize, tokens: usize, dim: usize) -> Shape {
    Shape::new(batch, heads, tokens, dim).expect("a good shape")
}
