//! Measurements on a small shape.

use std::ops::ControlFlow;

use eigenlens_gpu::{
    Case, Effort, Error, Inputs, Kind, MEASURED, Noise, Precision, Row, SHAPES, Shape, Step, measure, measure_on_cpu,
    reduced,
};

use crate::portable;
use crate::truth::shape;

const INPUTS: Inputs = Inputs {
    seed: 1,
    logit_std: 1.0,
};

/// Little of everything, and time enough for it on a machine that has more to do.
fn effort() -> Effort {
    Effort {
        warm_up: 1,
        samples: 3,
        seconds: 60.0,
        rows: 64,
        ..Effort::default()
    }
}

fn case(name: eigenlens_core::Mechanism, shape: Shape, precision: Precision) -> Case {
    let noise = Some(Noise { share: 0.03, size: 8.0 });
    let case = Case::standard(name, shape, precision, INPUTS).expect("it has a kernel");
    Case { noise, ..case }
}

fn on_the_gpu(case: &Case, watch: &mut dyn FnMut(Step) -> ControlFlow<()>) -> Result<Row, Error> {
    pollster::block_on(measure(portable(), case, &effort(), watch))
}

#[test]
fn every_mechanism_is_timed_and_right_and_moved() {
    for name in MEASURED {
        for precision in Precision::ALL {
            let case = case(name, shape(1, 4, 197, 64), precision);
            let mut told = Vec::new();
            let row = on_the_gpu(&case, &mut |step| {
                told.push(step.what);
                ControlFlow::Continue(())
            });
            let row = row.expect("a measurement");
            assert_eq!((row.shape, row.failure.as_deref()), ([1, 4, 197, 64], None), "{name}");
            let error = row.error.expect("compared");
            assert!(
                error.relative > 0.0 && error.is_within(),
                "{name} {precision}: {error:?}"
            );
            assert_eq!((error.rows, error.repeatable), (64, Some(true)), "{name}");
            let time = row.time.expect("timed");
            assert!(0.0 < time.min_ms && time.min_ms <= time.median_ms && time.median_ms <= time.p90_ms);
            assert!(row.tflops.is_some_and(|rate| rate > 0.0));
            let moved = row.moved.expect("noise");
            // Four printed iterations make keys so long that a token attends to itself alone: spikes move nothing.
            let least = if name == eigenlens_core::Mechanism::Rpc {
                0.0
            } else {
                1e-3
            };
            assert!(
                moved.relative >= least && moved.relative.is_finite(),
                "{name}: {moved:?}"
            );
            assert!(told.contains(&"running") && told.contains(&"timing"), "{told:?}");
        }
    }
}

#[test]
fn the_cpu_is_timed_in_part_and_reckoned_in_full() {
    for name in MEASURED {
        let case = case(name, shape(2, 4, 345, 32), Precision::F32);
        let effort = Effort {
            seconds: 0.0,
            ..effort()
        };
        let row = measure_on_cpu(&case, &effort, &mut |_| ControlFlow::Continue(())).expect("a measurement");
        let time = row.time.expect("timed");
        assert_eq!((row.by.kind, time.samples), (Kind::Cpu, 1));
        assert!(time.share > 0.0 && time.share <= 0.5, "{name}: {}", time.share);
    }
}

#[test]
fn a_measurement_can_be_stopped_at_every_step() {
    let case = case(eigenlens_core::Mechanism::Softmax, shape(1, 4, 197, 64), Precision::F32);
    let mut steps = 0;
    on_the_gpu(&case, &mut |_| {
        steps += 1;
        ControlFlow::Continue(())
    })
    .expect("a measurement");
    assert!(steps >= 6, "{steps}");
    for last in 0..steps {
        let mut seen = 0;
        let stopped = on_the_gpu(&case, &mut |_| {
            seen += 1;
            if seen > last {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        // How many steps timing takes is not the same every time.
        assert!(matches!(stopped, Err(Error::Cancelled)) || seen < last + 1, "{last}");
    }
    let stopped = measure_on_cpu(&case, &effort(), &mut |_| ControlFlow::Break(()));
    assert!(matches!(stopped, Err(Error::Cancelled)));
}

#[test]
fn what_the_device_cannot_do_is_a_row_with_the_reason() {
    let case = case(eigenlens_core::Mechanism::Softmax, shape(1, 1, 5, 24), Precision::F32);
    let row = on_the_gpu(&case, &mut |_| ControlFlow::Continue(())).expect("a row");
    assert_eq!(
        row.failure.as_deref(),
        Some("D = 24 is not supported on the GPU; the kernels are made for D = 16, 32, 64, 128")
    );
    assert_eq!((row.time, row.tflops, row.error), (None, None, None));
}

#[test]
fn shapes_are_reduced_until_they_fit() {
    for (name, [batch, heads, tokens, dim]) in SHAPES {
        let whole = shape(batch, heads, tokens, dim);
        assert_eq!(reduced(whole, f64::INFINITY), whole, "{name}");
        let small = reduced(whole, 1e9);
        assert!(small.operations(false) <= 1e9 && small.dim() == dim, "{name}: {small}");
        let tiny = reduced(whole, 0.0);
        assert_eq!((tiny.batch(), tiny.heads(), tiny.keys()), (1, 1, 64), "{name}");
    }
}
