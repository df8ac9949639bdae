//! What a device says, and what it survives.

use eigenlens_gpu::{Error, Gpu, Mechanism, OpenOptions, Precision, Problem};

use crate::portable;
use crate::truth::{shape, task, tensors};

fn problem(tokens: usize, dim: usize) -> Problem {
    let shape = shape(1, 1, tokens, dim);
    Problem::new(task(shape, Mechanism::Softmax), tensors(shape, 1.0), Precision::F32).expect("a good problem")
}

#[test]
fn a_number_of_dimensions_without_a_kernel_is_refused() {
    let error = portable().prepare(&problem(3, 24)).expect_err("24");
    assert_eq!(
        error.to_string(),
        "D = 24 is not supported on the GPU; the kernels are made for D = 16, 32, 64, 128"
    );
}

#[test]
fn a_device_that_is_lost_in_the_middle_is_an_error_and_another_can_be_opened() {
    pollster::block_on(async {
        let gpu = Gpu::open(OpenOptions::default()).await.expect("a device");
        let problem = problem(345, 64);
        let prepared = gpu.prepare(&problem).expect("room");
        let mut running = prepared.run();
        gpu.close();
        let error = running.step().await.expect_err("it is lost");
        assert!(matches!(error, Error::Lost { .. }), "{error}");
        assert!(matches!(prepared.output().await, Err(Error::Lost { .. })));
        assert!(matches!(gpu.prepare(&problem), Err(Error::Lost { .. })));
        let another = Gpu::open(OpenOptions::default()).await.expect("another device");
        let prepared = another.prepare(&problem).expect("room");
        prepared.finish().await.expect("a run");
    });
}

#[test]
fn the_ceilings_are_measured() {
    let ceilings = pollster::block_on(portable().ceilings()).expect("loops run");
    println!("{ceilings:?} {:?}", portable().report());
    assert!(ceilings.fma_tflops.is_some_and(|rate| rate > 0.0 && rate.is_finite()));
    assert!(ceilings.copy_gbps.is_some_and(|rate| rate > 0.0 && rate.is_finite()));
}

#[test]
fn a_run_is_timed_at_once_and_in_tiles() {
    pollster::block_on(async {
        let problem = problem(345, 64);
        let prepared = portable().prepare(&problem).expect("room");
        prepared.finish().await.expect("a run");
        let at_once = prepared.seconds_at_once(3).await.expect("a time");
        let in_tiles = prepared.seconds_in_tiles().await.expect("a time");
        println!("{at_once:e} {in_tiles:e}");
        assert!(at_once > 0.0 && in_tiles > 0.0);
    });
}

#[test]
fn three_runs_give_the_same_bits() {
    pollster::block_on(async {
        let problem = problem(345, 64);
        let prepared = portable().prepare(&problem).expect("room");
        let mut outputs = Vec::new();
        for _ in 0..3 {
            prepared.finish().await.expect("a run");
            outputs.push(prepared.output().await.expect("an output"));
        }
        assert!(outputs.windows(2).all(|two| two[0] == two[1]));
    });
}

#[test]
fn what_does_not_fit_is_refused_with_what_it_needs_and_what_there_is() {
    let gpu = portable();
    let task = |tokens| task(shape(1000, 100, tokens, 128), Mechanism::Softmax);
    let error = gpu.check_task(&task(100_000), Precision::F32).expect_err("20 TB");
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    let text = error.to_string();
    assert!(
        text.starts_with("the shape needs 20480 GB, and ") || text.starts_with("one head needs "),
        "{text}"
    );
    assert!(gpu.check_task(&task(1), Precision::F32).is_ok());
}
