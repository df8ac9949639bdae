//! The rows of the reference against whole heads of `eigenlens-core`, and what it says of outputs.

use std::iter::zip;

use crate::common::{of_one_pass, problem, pursuits, task};
use eigenlens_core::{
    Head, KeyBias, Metric as CoreMetric, RpcAttending, RpcForm, RpcOptions, Scoring, attend, attend_causally,
    bn_scoring, estimated_metric,
};
use eigenlens_gpu::{
    Mechanism, Metric, Precision, Problem, Reference, RowOf, Rpc, Shape, Task, spread_rows, support_agreement,
    tolerance,
};
use nalgebra::{DMatrix, DVector};

const SHAPE: [usize; 4] = [2, 2, 70, 12];

fn shape() -> Shape {
    let [batch, heads, tokens, dim] = SHAPE;
    Shape::new(batch, heads, tokens, dim).unwrap()
}

fn all_rows() -> Vec<RowOf> {
    spread_rows(shape(), usize::MAX, usize::MAX)
}

fn matrix(tensor: &[f32], head: usize) -> DMatrix<f64> {
    let [_, _, n, dim] = SHAPE;
    DMatrix::from_fn(n, dim, |row, column| f64::from(tensor[(head * n + row) * dim + column]))
}

/// A whole head, as the documentation of each mechanism has it.
fn whole(problem: &Problem, number: usize) -> DMatrix<f64> {
    let (task, tensors) = (problem.task(), problem.tensors());
    let [_, heads, _, dim] = SHAPE;
    let [queries, keys, values] = [&tensors.query, &tensors.key, &tensors.value].map(|tensor| matrix(tensor, number));
    let head = Head::new(queries, keys.clone(), values.clone()).unwrap();
    let plain = |metric, bias| Scoring::new(metric, (dim as f64).sqrt(), bias).unwrap();
    let scoring = match &task.mechanism {
        Mechanism::Softmax | Mechanism::Sh(_) | Mechanism::Rpc(_) => plain(CoreMetric::Identity, KeyBias::Zero),
        Mechanism::Smoother => plain(CoreMetric::Identity, KeyBias::Distance),
        Mechanism::Bn(options) => bn_scoring(&keys, options, (dim as f64).sqrt()).unwrap(),
        Mechanism::Elliptical(Metric::Given(metric)) => {
            let of_head = &metric[number % heads * dim..][..dim];
            let diagonal = DVector::from_fn(dim, |at, _| f64::from(of_head[at]));
            plain(CoreMetric::Diagonal(diagonal), KeyBias::Zero)
        }
        Mechanism::Elliptical(Metric::Estimated { delta, scaling }) => {
            let previous = matrix(&tensors.previous, number);
            let diagonal = estimated_metric(&previous, &values, *delta, *scaling).unwrap();
            plain(CoreMetric::Diagonal(diagonal), KeyBias::Zero)
        }
    };
    let head = match &task.mechanism {
        Mechanism::Sh(poolings) => poolings[number % heads].head(&head).unwrap(),
        _ => head,
    };
    let attention = if task.causal { attend_causally } else { attend }(&head, &scoring);
    attention.unwrap().output
}

/// The deviation of the rounded output of whole heads: only rounding is left.
fn deviation(reference: &Reference, heads: &[DMatrix<f64>]) -> f64 {
    let output: Vec<f32> = heads
        .iter()
        .flat_map(|head| head.transpose().iter().map(|&entry| entry as f32).collect::<Vec<_>>())
        .collect();
    reference.compare(&output).unwrap().relative
}

#[test]
fn rows_are_those_of_whole_heads() {
    for (mechanism, causal) in of_one_pass(shape()) {
        let task = Task {
            causal,
            ..task(mechanism, shape())
        };
        let problem = problem(&task, 4.0);
        let heads: Vec<_> = (0..shape().all_heads()).map(|head| whole(&problem, head)).collect();
        for rows in [all_rows(), spread_rows(shape(), 2, 5)] {
            let reference = Reference::new(&problem, &rows).unwrap();
            let deviation = deviation(&reference, &heads);
            assert!(deviation < 6e-8, "{deviation} for {task:?}");
        }
    }
}

/// RPC-Attention of a whole head, before its first step.
fn stepper(problem: &Problem, rpc: &Rpc, head: usize) -> RpcAttending {
    let tensors = problem.tensors();
    let options = RpcOptions {
        form: rpc.form,
        lambda: rpc.lambda,
        iterations: rpc.iterations,
        model_width: Some(SHAPE[1] * SHAPE[3]),
        temperature: None,
    };
    let queries = rpc.asymmetric.then(|| matrix(&tensors.query, head));
    let (keys, values) = (matrix(&tensors.key, head), matrix(&tensors.value, head));
    RpcAttending::new(keys, values, queries, &options).unwrap()
}

#[test]
fn iterates_are_those_of_the_stepper() {
    for rpc in pursuits() {
        let problem = problem(&task(Mechanism::Rpc(rpc), shape()), 2.0);
        let mut heads: Vec<_> = (0..4).map(|head| stepper(&problem, &rpc, head)).collect();
        let references = Reference::iterates(&problem, &all_rows()).unwrap();
        for reference in &references {
            let exact = heads.iter_mut().flat_map(|head| {
                head.step().unwrap();
                head.output().transpose().as_slice().to_vec()
            });
            for (made, exact) in zip(reference.output(), exact) {
                let apart = (made - exact).abs();
                assert!(apart <= 1e-12 * exact.abs().max(1.0), "{made}, {exact} for {rpc:?}");
            }
        }
        assert_eq!(references.last(), Some(&Reference::new(&problem, &all_rows()).unwrap()));
    }
}

/// Where an iterate that is 0 would leave `S` at 0 as the true one does, from the state of the stepper.
fn agreeing_with_zero(mut stepper: RpcAttending, keys: &DMatrix<f64>, form: RpcForm, before: usize) -> usize {
    for _ in 0..before {
        stepper.step().unwrap();
    }
    let z = stepper.dual() / stepper.mu();
    stepper.step().unwrap();
    let x = stepper.attended_keys();
    let z = match form {
        RpcForm::Printed | RpcForm::Released => z * 2.0 + x,
        RpcForm::Lagrangian => x.clone(),
    };
    let supports = (keys + z).map(|x| x.abs() > stepper.threshold());
    stepper.step().unwrap();
    zip(&supports, stepper.sparse())
        .filter(|&(&support, &s)| support == (s != 0.0))
        .count()
}

#[test]
fn supports_are_those_of_the_stepper() {
    for rpc in pursuits() {
        let problem = problem(&task(Mechanism::Rpc(rpc), shape()), 2.0);
        let references = Reference::iterates(&problem, &all_rows()).unwrap();
        let rounded = |reference: &Reference| reference.output().iter().map(|&l| l as f32).collect::<Vec<_>>();
        let rounded: Vec<Vec<f32>> = references.iter().map(rounded).collect();
        assert!(support_agreement(&problem, &references, &rounded).unwrap() > 0.9999);
        for before in 0..3 {
            let mut outputs = rounded[..=before].to_vec();
            outputs[before].fill(0.0);
            let agreement = support_agreement(&problem, &references[..=before], &outputs).unwrap();
            let of_head = |head| {
                let keys = matrix(&problem.tensors().key, head);
                agreeing_with_zero(stepper(&problem, &rpc, head), &keys, rpc.form, before)
            };
            let expected: usize = (0..4).map(of_head).sum();
            assert_eq!(
                agreement,
                expected as f64 / shape().query_len() as f64,
                "{before} for {rpc:?}"
            );
            assert!(agreement < 0.99, "{agreement}");
            // With the right iterates after it, the least is what counts.
            outputs.extend_from_slice(&rounded[before + 1..]);
            assert!(support_agreement(&problem, &references, &outputs).unwrap() <= agreement);
        }
        let mut broken = rounded.clone();
        broken[3][100] = f32::NAN;
        let one = 1.0 / shape().query_len() as f64;
        let agreement = support_agreement(&problem, &references, &broken).unwrap();
        assert!((agreement - (1.0 - one)).abs() < 1e-12, "{agreement}");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let rpc = pursuits()[0];
    let problem = problem(&task(Mechanism::Rpc(rpc), shape()), 2.0);
    let rows = spread_rows(shape(), 1, 3);
    let references = Reference::iterates(&problem, &rows).unwrap();
    let whole = vec![0.0; shape().query_len()];
    for (refused, sentence) in [
        (
            support_agreement(&problem, &references, std::slice::from_ref(&whole)).unwrap_err(),
            "the number of iterates is 1, but must be 4",
        ),
        (
            support_agreement(&problem, &references[..1], &[vec![0.0; 7]]).unwrap_err(),
            "tensor output has 7 entries, but its shape [2, 2, 70, 12] needs 3360",
        ),
        (
            references[0].compare(&whole[1..]).unwrap_err(),
            "tensor output has 3359 entries, but its shape [2, 2, 70, 12] needs 3360",
        ),
        (
            Reference::new(&problem, &[]).unwrap_err(),
            "there are no rows; at least 1 is needed",
        ),
        (
            Reference::new(&problem, &[RowOf { head: 4, query: 0 }]).unwrap_err(),
            "the head is 5, but must be from 1 to 4",
        ),
        (
            Reference::new(&problem, &[RowOf { head: 3, query: 70 }]).unwrap_err(),
            "the query is 71, but must be from 1 to 70",
        ),
    ] {
        assert_eq!(refused.to_string(), sentence);
    }
}

#[test]
fn deviations_are_of_the_worst_head() {
    let problem = problem(&task(Mechanism::Softmax, shape()), 1.0);
    let rows = spread_rows(shape(), 4, 8);
    let reference = Reference::new(&problem, &rows).unwrap();
    let row = |row: &RowOf| (row.head * SHAPE[2] + row.query) * SHAPE[3];
    let mut output = vec![f32::NAN; shape().query_len()];
    for (row, exact) in zip(rows.iter().map(row), reference.output().chunks(SHAPE[3])) {
        let scale = if row / (SHAPE[2] * SHAPE[3]) == 2 { 1.25 } else { 1.0 };
        for (slot, exact) in zip(&mut output[row..], exact) {
            *slot = (exact * scale) as f32;
        }
    }
    let deviation = reference.compare(&output).unwrap();
    assert!((deviation.relative - 0.25).abs() < 1e-6, "{deviation:?}");
    assert_eq!((deviation.rows, deviation.tolerance), (rows.len(), 2e-6));
    assert!(!deviation.is_within());
    let of_third = zip(&rows, reference.output().chunks(SHAPE[3])).filter(|(row, _)| row.head == 2);
    let largest = of_third
        .flat_map(|(_, exact)| exact)
        .fold(0.0_f64, |largest, x| largest.max(x.abs() * 0.25));
    assert!((deviation.largest - largest).abs() < 1e-6, "{deviation:?}");

    for wrong in [f32::NAN, f32::INFINITY] {
        for place in [&rows[0], &rows[rows.len() - 1]] {
            let mut output = output.clone();
            output[row(place) + 3] = wrong;
            let deviation = reference.compare(&output).unwrap();
            assert_eq!((deviation.relative, deviation.largest), (f64::INFINITY, f64::INFINITY));
            assert!(!deviation.is_within());
        }
    }
}

#[test]
fn an_output_of_zeros_is_compared_too() {
    let task = task(Mechanism::Softmax, shape());
    let mut tensors = problem(&task, 1.0).tensors().clone();
    tensors.value.fill(0.0);
    let problem = Problem::new(task, tensors, Precision::F32).unwrap();
    let reference = Reference::new(&problem, &all_rows()).unwrap();
    let mut output = vec![0.0; shape().query_len()];
    assert_eq!(reference.compare(&output).unwrap().relative, 0.0);
    output[5] = 1e-30;
    assert_eq!(reference.compare(&output).unwrap().relative, f64::INFINITY);
}

#[test]
fn rows_are_spread() {
    for (shape, heads, rows) in [(shape(), 3, 9), (Shape::new(1, 32, 32768, 64).unwrap(), 4, 64)] {
        let (n, all_heads) = (shape.queries(), shape.all_heads());
        let chosen = spread_rows(shape, heads, rows);
        assert!(chosen.is_sorted() && chosen.windows(2).all(|pair| pair[0] != pair[1]));
        for end in [0, all_heads - 1] {
            for query in [0, n - 1] {
                assert!(chosen.contains(&RowOf { head: end, query }));
            }
        }
        let by_head: Vec<&[RowOf]> = chosen.chunk_by(|a, b| a.head == b.head).collect();
        assert!((2..=heads).contains(&by_head.len()));
        for of_head in &by_head {
            assert!((rows * 3 / 4..=rows).contains(&of_head.len()), "{}", of_head.len());
            let steps = of_head.windows(2).map(|pair| pair[1].query - pair[0].query);
            assert!(steps.max().unwrap() < 4 * n / rows);
            // No rhythm: of the remainders by a tile of 64 there are many.
            let mut lanes: Vec<usize> = of_head.iter().map(|row| row.query % 64).collect();
            lanes.sort_unstable();
            lanes.dedup();
            assert!(lanes.len() * 2 > of_head.len().min(64));
        }
        let queries = |at: usize| by_head[at].iter().map(|row| row.query).collect::<Vec<_>>();
        assert_ne!(queries(0), queries(1));
        assert_eq!(chosen, spread_rows(shape, heads, rows));
    }
    assert_eq!(spread_rows(shape(), 0, 0), [RowOf { head: 0, query: 0 }]);
    assert_eq!(all_rows().len(), shape().all_heads() * shape().queries());
}

#[test]
fn tolerances_double_with_each_iterate() {
    assert_eq!(tolerance(Precision::F32, 1), 2e-6);
    assert_eq!(tolerance(Precision::F32, 4), 1.6e-5);
    assert_eq!(tolerance(Precision::F16, 1), 5e-4);
    assert_eq!(tolerance(Precision::F16, 2), 1e-3);
    let problem = problem(&task(Mechanism::Rpc(pursuits()[0]), shape()), 2.0);
    let references = Reference::iterates(&problem, &spread_rows(shape(), 1, 1)).unwrap();
    let zeros = vec![0.0; shape().query_len()];
    let tolerances = references
        .iter()
        .map(|reference| reference.compare(&zeros).unwrap().tolerance);
    assert_eq!(tolerances.collect::<Vec<_>>(), [2e-6, 4e-6, 8e-6, 1.6e-5]);
}
