//! Which kernels are chosen, and what is said about it.

use eigenlens_gpu::{Cut, DIMS, Mechanism, OpenOptions, Precision, Problem, Tier};

use super::truth::{shape, task, tensors};
use super::{device, open, small, units};

#[test]
#[ignore = "needs cooperative matrices: cargo xtask test --cooperative"]
fn every_kernel_gives_what_the_portable_one_gives() {
    for dim in DIMS {
        for choice in small().choices(shape(1, 2, 197, dim)).expect("the device lives") {
            assert_eq!(choice.tier, Tier::Matrix(units(small())), "{choice:?}");
            assert_eq!(choice.reason, None, "{choice:?}");
        }
    }
}

#[test]
#[ignore = "needs cooperative matrices: cargo xtask test --cooperative"]
fn single_precision_is_left_to_the_portable_kernels() {
    let shape = shape(1, 1, 65, 32);
    let task = task(shape, Mechanism::Softmax);
    let problem = Problem::new(task, tensors(shape, 1.0), Precision::F32).expect("a good problem");
    assert_eq!(device().prepare(&problem).expect("room").tier(), Tier::Portable);
}

#[test]
#[ignore = "needs cooperative matrices: cargo xtask test --cooperative"]
fn a_kernel_without_room_is_left_to_the_portable_one() {
    let cut = Cut {
        rows: 64,
        subgroups: 16,
        keys: 64,
        step: 64,
    };
    let gpu = open(OpenOptions {
        cut: Some(cut),
        ..OpenOptions::default()
    });
    let shape = shape(1, 1, 65, 32);
    let problem = Problem::new(task(shape, Mechanism::Softmax), tensors(shape, 1.0), Precision::F16);
    let problem = problem.expect("a good problem");
    assert_eq!(gpu.prepare(&problem).expect("room").tier(), Tier::Portable);
    let choices = gpu.choices(shape).expect("the device lives");
    assert!(!choices.is_empty());
    for choice in choices {
        assert_eq!(choice.tier, Tier::Portable);
        assert!(choice.reason.is_some_and(|reason| reason.starts_with("no room in ")));
    }
}
