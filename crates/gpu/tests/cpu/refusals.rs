//! What is refused, in the words in which a person reads it.

use eigenlens_core::{BnForm, BnOptions, ClassToken, MetricScaling, Pooling, Remainder, RpcForm};
use eigenlens_gpu::{
    DIMS, EntryBound, Error, Mechanism, Metric, Place, Precision, Problem, Rpc, Shape, Task, Tensors, cpu,
};

use crate::common::{go_on, task};

const RPC: Rpc = Rpc {
    form: RpcForm::Released,
    lambda: 4.0,
    iterations: 2,
    model_width: None,
    asymmetric: false,
};

/// Two batches of two heads of three tokens in two dimensions.
fn shape() -> Shape {
    Shape::new(2, 2, 3, 2).unwrap()
}

/// Tensors of ones.
fn ones() -> Tensors {
    let ones = vec![1.0; 24];
    Tensors {
        query: ones.clone(),
        key: ones.clone(),
        value: ones.clone(),
        previous: ones,
    }
}

fn refused(task: Task, tensors: Tensors, precision: Precision) -> String {
    Problem::new(task, tensors, precision).unwrap_err().to_string()
}

fn refused_mechanism(mechanism: Mechanism) -> String {
    refused(task(mechanism, shape()), ones(), Precision::F32)
}

#[test]
fn shapes_have_one_of_everything() {
    for (counts, what) in [
        ([0, 1, 1, 1, 1], "the number of batches"),
        ([1, 0, 1, 1, 1], "the number of heads"),
        ([1, 1, 0, 1, 1], "the number of queries"),
        ([1, 1, 1, 0, 1], "the number of keys"),
        ([1, 1, 1, 1, 0], "D"),
    ] {
        let [batch, heads, queries, keys, dim] = counts;
        let refused = Shape::with_queries(batch, heads, queries, keys, dim).unwrap_err();
        assert_eq!(refused.to_string(), format!("{what} is 0, but must be at least 1"));
    }
}

#[test]
fn shapes_that_cannot_be_counted_are_refused() {
    for (counts, entries) in [
        ([usize::MAX, 1, 1, 1, 1], "1.8446744073709552e19"),
        ([1 << 20, 1 << 20, 1 << 20, 1, 2], "2.305843009213694e18"),
        ([1 << 20, 1 << 20, 1, 1 << 20, 2], "2.305843009213694e18"),
    ] {
        let [batch, heads, queries, keys, dim] = counts;
        let refused = Shape::with_queries(batch, heads, queries, keys, dim).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("the number of entries of a tensor is {entries}, but must be few enough for the memory")
        );
    }
    let most = Shape::new(1 << 20, 1 << 20, 1 << 20, 1).unwrap();
    assert_eq!(most.score_bytes(), 1 << 82);
    assert_eq!(most.operations(true), 2_f64.powi(81));
}

#[test]
fn a_shape_knows_its_sizes() {
    let shape = Shape::with_queries(2, 3, 5, 7, 11).unwrap();
    assert_eq!((shape.query_len(), shape.key_len()), (330, 462));
    assert_eq!(shape.operations(false), f64::from(4 * 6 * 5 * 7 * 11));
    assert_eq!(shape.operations(true), f64::from(2 * 6 * 5 * 7 * 11));
    assert_eq!(shape.score_bytes(), 6 * 5 * 7 * 4);
    assert_eq!(shape.to_string(), "[2, 3, 7, 11]");
}

#[test]
fn precisions_have_names() {
    for precision in Precision::ALL {
        assert_eq!(precision.to_string().parse::<Precision>().unwrap(), precision);
    }
    assert_eq!(Precision::ALL.map(Precision::bytes), [4, 2]);
    let refused = "bf16".parse::<Precision>().unwrap_err();
    assert_eq!(
        refused.to_string(),
        "unknown precision \"bf16\"; the choices are f32 and f16"
    );
}

#[test]
fn options_out_of_range_are_named() {
    let pooling = |factor| Pooling {
        factor,
        remainder: Remainder::Short,
        class_token: ClassToken::Pooled,
    };
    let bn = |beta, epsilon| {
        Mechanism::Bn(BnOptions {
            form: BnForm::Full,
            beta,
            epsilon,
        })
    };
    let estimated = |delta| {
        Mechanism::Elliptical(Metric::Estimated {
            delta,
            scaling: MetricScaling::None,
        })
    };
    let rpc = |change: fn(&mut Rpc)| {
        let mut rpc = RPC;
        change(&mut rpc);
        Mechanism::Rpc(rpc)
    };
    for (mechanism, sentence) in [
        (
            Mechanism::Elliptical(Metric::Given(vec![1.0; 3])),
            "the number of entries of the metric is 3, but must be 4",
        ),
        (
            Mechanism::Elliptical(Metric::Given(vec![1.0, 1.0, 1.0, f32::NAN])),
            "metric of head 2, entry 2 is NaN; every entry must be a finite number",
        ),
        (estimated(0.0), "δ is 0, but must be a finite number greater than 0"),
        (bn(f64::NAN, 1.0), "β is NaN, but must be a finite number"),
        (bn(1.0, -1.0), "ε is -1, but must be a finite number greater than 0"),
        (
            Mechanism::Sh(vec![pooling(1)]),
            "the number of factors, one for each head, is 1, but must be 2",
        ),
        (
            Mechanism::Sh(vec![pooling(1), pooling(4)]),
            "head 2: the factor is 4, but must be from 1 to 3",
        ),
        (
            rpc(|rpc| rpc.lambda = f64::INFINITY),
            "λ is infinity, but must be a finite number greater than 0",
        ),
        (
            rpc(|rpc| rpc.iterations = 0),
            "the number of iterations is 0, but must be at least 1",
        ),
        (
            rpc(|rpc| rpc.model_width = Some(0)),
            "the width of the model is 0, but must be at least 1",
        ),
        (
            rpc(|rpc| (rpc.form, rpc.lambda) = (RpcForm::Printed, 1e308)),
            "head 1: the threshold is infinity, but must be a finite number greater than 0",
        ),
    ] {
        assert_eq!(refused_mechanism(mechanism), sentence);
    }
    for (temperature, shown) in [(f64::NAN, "NaN"), (0.0, "0"), (f64::INFINITY, "infinity")] {
        let task = Task {
            temperature: Some(temperature),
            ..task(Mechanism::Softmax, shape())
        };
        assert_eq!(
            refused(task, ones(), Precision::F32),
            format!("the temperature is {shown}, but must be a finite number greater than 0")
        );
    }
}

#[test]
fn nothing_that_sees_the_future_is_causal() {
    let causal = |mechanism, shape| Task {
        causal: true,
        ..task(mechanism, shape)
    };
    let bn = BnOptions::default();
    let estimated = Metric::Estimated {
        delta: 1.0,
        scaling: MetricScaling::Max,
    };
    let pooling = Pooling {
        factor: 1,
        remainder: Remainder::Short,
        class_token: ClassToken::Pooled,
    };
    for (mechanism, why) in [
        (
            Mechanism::Elliptical(estimated),
            "a metric that is estimated from all tokens sees the future; causal attention needs one that is given",
        ),
        (
            Mechanism::Bn(bn),
            "the statistics of Attention-BN are those of all keys, so it sees the future",
        ),
        (
            Mechanism::Sh(vec![pooling; 2]),
            "the averages of Attention-SH hold later keys, so it sees the future",
        ),
        (
            Mechanism::Rpc(RPC),
            "μ of RPC-Attention is that of all keys, so it sees the future",
        ),
    ] {
        assert_eq!(refused(causal(mechanism, shape()), ones(), Precision::F32), why);
    }
    let fewer = Shape::with_queries(2, 2, 2, 3, 2).unwrap();
    for task in [causal(Mechanism::Softmax, fewer), task(Mechanism::Rpc(RPC), fewer)] {
        assert_eq!(
            refused(task, ones(), Precision::F32),
            "the number of queries is 2, but must be 3"
        );
    }
}

#[test]
fn tensors_fit_the_shape() {
    let fewer = Shape::with_queries(2, 2, 1, 3, 2).unwrap();
    let estimated = Mechanism::Elliptical(Metric::Estimated {
        delta: 1.0,
        scaling: MetricScaling::Max,
    });
    let tensors = |change: fn(&mut Tensors)| {
        let mut tensors = ones();
        tensors.query.truncate(8);
        change(&mut tensors);
        tensors
    };
    for (tensors, sentence) in [
        (
            ones(),
            "tensor query has 24 entries, but its shape [2, 2, 1, 2] needs 8",
        ),
        (
            tensors(|tensors| tensors.key.clear()),
            "tensor key has 0 entries, but its shape [2, 2, 3, 2] needs 24",
        ),
        (
            tensors(|tensors| tensors.value.push(1.0)),
            "tensor value has 25 entries, but its shape [2, 2, 3, 2] needs 24",
        ),
        (
            tensors(|tensors| tensors.previous.truncate(2)),
            "tensor previous value has 2 entries, but its shape [2, 2, 3, 2] needs 24",
        ),
    ] {
        let task = task(estimated.clone(), fewer);
        assert_eq!(refused(task, tensors, Precision::F32), sentence);
    }
}

#[test]
fn tensors_that_are_not_read_are_left_out() {
    let symmetric = Problem::new(task(Mechanism::Rpc(RPC), shape()), ones(), Precision::F32).unwrap();
    let read = symmetric.tensors();
    let lengths = [&read.query, &read.key, &read.value, &read.previous].map(Vec::len);
    assert_eq!(lengths, [0, 24, 24, 0]);
    let asked = Rpc {
        asymmetric: true,
        ..RPC
    };
    let asymmetric = Problem::new(task(Mechanism::Rpc(asked), shape()), ones(), Precision::F32).unwrap();
    assert_eq!(asymmetric.tensors().query.len(), 24);
}

#[test]
fn entries_are_numbers_within_the_range() {
    let with = |change: fn(&mut Tensors)| {
        let mut tensors = ones();
        change(&mut tensors);
        tensors
    };
    let softmax = || task(Mechanism::Softmax, shape());
    for (tensors, precision, sentence) in [
        (
            with(|tensors| tensors.query[23] = f32::NAN),
            Precision::F32,
            "query, batch 2, head 2, token 3, entry 2, is NaN; every entry must be a finite 32-bit number",
        ),
        (
            with(|tensors| tensors.key[9] = f32::NEG_INFINITY),
            Precision::F16,
            "key, batch 1, head 2, token 2, entry 2, is minus infinity; every entry must be a finite 32-bit number",
        ),
        (
            with(|tensors| tensors.value[0] = 65520.0),
            Precision::F16,
            "value, batch 1, head 1, token 1, entry 1, is 65520; f16 holds numbers from −65504 to 65504",
        ),
        (
            with(|tensors| tensors.value[0] = -1e30),
            Precision::F16,
            "value, batch 1, head 1, token 1, entry 1, is -1e30; f16 holds numbers from −65504 to 65504",
        ),
    ] {
        assert_eq!(refused(softmax(), tensors, precision), sentence);
    }
    let rounded = with(|tensors| tensors.value[..3].copy_from_slice(&[65519.0, 0.1, 1e-9]));
    let problem = Problem::new(softmax(), rounded, Precision::F16).unwrap();
    assert_eq!(problem.tensors().value[..3], [65504.0, 0.099_975_586, 0.0]);
    // What was not read is not looked at.
    let unread = with(|tensors| tensors.previous[0] = f32::NAN);
    assert!(Problem::new(softmax(), unread, Precision::F32).is_ok());
}

#[test]
fn keys_of_zeros_have_no_pursuit() {
    let mut tensors = ones();
    tensors.key[6..12].fill(0.0);
    assert_eq!(
        refused(task(Mechanism::Rpc(RPC), shape()), tensors, Precision::F32),
        "head 2: μ of RPC-Attention is not defined: it needs a key that is not 0, and there is none"
    );
}

#[test]
fn statistics_that_are_not_defined_are_refused_by_whoever_computes() {
    let estimated = Mechanism::Elliptical(Metric::Estimated {
        delta: 1.0,
        scaling: MetricScaling::Max,
    });
    let mut moves_once = ones();
    moves_once.previous[1] = 0.0;
    let full = Mechanism::Bn(BnOptions {
        form: BnForm::Full,
        beta: 1.0,
        epsilon: 5e-324,
    });
    for (mechanism, tensors, sentence) in [
        (
            estimated,
            moves_once,
            "head 2: the estimated metric is not defined: it needs a coordinate of the values that moves between the \
             layers, and there is none",
        ),
        (
            full,
            ones(),
            "head 1: the metric of Attention-BN (row 1, column 1) is beyond ±1.8e308, the range of 64-bit numbers",
        ),
    ] {
        let problem = Problem::new(task(mechanism, shape()), tensors, Precision::F32).unwrap();
        assert_eq!(cpu::attend(&problem, &go_on).unwrap_err().to_string(), sentence);
        let rows = eigenlens_gpu::spread_rows(shape(), 4, 2);
        let refused = eigenlens_gpu::Reference::new(&problem, &rows).unwrap_err();
        assert_eq!(refused.to_string(), sentence);
    }
}

#[test]
fn devices_say_what_they_lack() {
    let place = Place {
        batch: 1,
        head: 0,
        token: 5,
        column: 63,
    };
    let (adapter, reason) = ("llvmpipe".to_owned(), "no driver".to_owned());
    let too_large = |needs, has| Error::TooLarge {
        what: "the shape",
        needs,
        has,
        holder: "llvmpipe".to_owned(),
    };
    for (error, sentence) in [
        (
            Error::NoAdapter { reason: reason.clone() },
            "no GPU: no driver".to_owned(),
        ),
        (
            Error::NoDevice {
                adapter: adapter.clone(),
                reason: reason.clone(),
            },
            "llvmpipe opens no device: no driver".to_owned(),
        ),
        (
            Error::NoF16 {
                adapter: adapter.clone(),
            },
            "llvmpipe has no 16-bit floats in shaders; f16 needs them".to_owned(),
        ),
        (
            Error::Dim { dim: 48 },
            "D = 48 is not supported on the GPU; the kernels are made for D = 16, 32, 64, 128".to_owned(),
        ),
        (
            Error::Limit {
                adapter,
                what: "workgroup memory",
                has: 16384,
                needs: 32768,
            },
            "llvmpipe: workgroup memory is 16384, and 32768 are needed".to_owned(),
        ),
        (
            Error::Lost { reason: reason.clone() },
            "the GPU was lost: no driver".to_owned(),
        ),
        (
            Error::Refused {
                what: "a kernel",
                reason,
            },
            "the GPU refused a kernel: no driver".to_owned(),
        ),
        (
            Error::Overflow {
                place,
                precision: Precision::F16,
            },
            "the output, batch 2, head 1, token 6, entry 64, is beyond the range of f16 numbers".to_owned(),
        ),
        (Error::Cancelled, "cancelled".to_owned()),
        (
            Error::Entry {
                what: "key",
                place,
                value: f32::INFINITY,
                bound: EntryBound::Finite,
            },
            "key, batch 2, head 1, token 6, entry 64, is infinity; every entry must be a finite 32-bit number"
                .to_owned(),
        ),
        (
            too_large(275_000_000_000, 141_000_000_000),
            "the shape needs 275 GB, and llvmpipe has 141 GB".to_owned(),
        ),
        (
            too_large(2_400_000_000, 134_217_728),
            "the shape needs 2.4 GB, and llvmpipe has 0.13 GB".to_owned(),
        ),
        (
            too_large(2_147_483_648, 2_147_483_647),
            "the shape needs 2.147483648 GB, and llvmpipe has 2.147483647 GB".to_owned(),
        ),
        (
            too_large(1000, 0),
            "the shape needs 0.0000010 GB, and llvmpipe has 0 GB".to_owned(),
        ),
    ] {
        assert_eq!(error.to_string(), sentence);
    }
    assert_eq!(DIMS, [16, 32, 64, 128]);
}
