//! The collapse film.

use crate::common::{apart, matrix, refuses};
use eigenlens_core::{
    CollapseLayer, CollapseOptions, Collapsing, Error, LayerMechanism, MetricScaling, RpcAttending, RpcForm,
    RpcOptions, estimated_metric, symmetric_attention, token_cosine,
};
use nalgebra::{DMatrix, DVector, dmatrix, dvector};
use proptest::collection::vec;
use proptest::prelude::*;

fn cosine(tokens: &DMatrix<f64>) -> f64 {
    token_cosine(tokens).expect("a cosine")
}

/// 1 to 7 tokens in 1 to 5 dimensions.
fn tokens() -> impl Strategy<Value = DMatrix<f64>> {
    (1..8_usize, 1..6_usize).prop_flat_map(|(n, dim)| matrix(n, dim, 2.0))
}

fn rpc() -> RpcOptions {
    RpcOptions {
        form: RpcForm::Printed,
        lambda: 0.5,
        iterations: 2,
        model_width: None,
        temperature: None,
    }
}

fn mechanisms(dim: usize) -> impl Strategy<Value = LayerMechanism> {
    prop_oneof![
        Just(LayerMechanism::Softmax),
        vec(0.0..2.0, dim).prop_map(|m| LayerMechanism::Metric(DVector::from_vec(m))),
        prop::sample::select(MetricScaling::ALL.to_vec()).prop_map(LayerMechanism::Estimated),
        Just(LayerMechanism::Rpc(rpc())),
    ]
}

fn films() -> impl Strategy<Value = (DMatrix<f64>, LayerMechanism)> {
    tokens().prop_flat_map(|tokens| {
        let dim = tokens.ncols();
        (Just(tokens), mechanisms(dim))
    })
}

fn film(tokens: &DMatrix<f64>, mechanism: LayerMechanism, residual: bool) -> Collapsing {
    let options = CollapseOptions {
        mechanism,
        residual,
        temperature: None,
    };
    Collapsing::new(tokens.clone(), options).expect("a film")
}

/// The layers after some steps.
fn played(tokens: &DMatrix<f64>, mechanism: LayerMechanism, residual: bool, steps: usize) -> Vec<CollapseLayer> {
    let mut film = film(tokens, mechanism, residual);
    for _ in 0..steps {
        film.step().expect("a layer");
    }
    film.layers().to_vec()
}

proptest! {
    #[test]
    fn the_cosine_is_the_mean_over_pairs(tokens in tokens()) {
        let n = tokens.nrows();
        prop_assume!(n > 1);
        let pairs = (0..n).flat_map(|i| (0..i).map(move |j| (i, j)));
        let each = pairs.map(|(i, j)| {
            let (a, b) = (tokens.row(i), tokens.row(j));
            a.dot(&b) / (a.norm() * b.norm())
        });
        let mean = each.sum::<f64>() / (n * (n - 1) / 2) as f64;
        let ours = cosine(&tokens);
        prop_assert!((ours - mean).abs() <= 1e-14);
        prop_assert!((-1.0 / (n as f64 - 1.0)..=1.0).contains(&ours));
    }

    #[test]
    fn the_cosine_does_not_see_lengths(tokens in tokens(), powers in vec(-498..499_i32, 7)) {
        prop_assume!(tokens.nrows() > 1);
        let mut other = tokens.clone();
        for (mut token, power) in other.row_iter_mut().zip(powers) {
            token *= 2_f64.powi(power);
        }
        prop_assert_eq!(cosine(&other), cosine(&tokens));
    }

    #[test]
    fn tokens_that_point_one_way_have_cosine_1(token in vec(0.1..2.0, 3), lengths in vec(0.1..9.0, 2..8)) {
        let tokens = DMatrix::from_fn(lengths.len(), 3, |n, i| lengths[n] * token[i]);
        prop_assert!((cosine(&tokens) - 1.0).abs() <= 1e-15);
    }

    /// Outputs are means of the values, and the values are the tokens.
    #[test]
    fn tokens_stay_in_the_box_of_the_layer_before((tokens, mechanism) in films()) {
        let mut film = film(&tokens, mechanism, false);
        for _ in 0..6 {
            let before = film.layers().last().expect("a layer").tokens.clone();
            let Ok(layer) = film.step() else { break };
            for (after, before) in layer.tokens.column_iter().zip(before.column_iter()) {
                prop_assert!(after.min() >= before.min() && after.max() <= before.max());
            }
        }
    }

    #[test]
    fn a_residual_layer_adds_the_tokens((tokens, mechanism) in films()) {
        let plain = played(&tokens, mechanism.clone(), false, 1);
        let residual = played(&tokens, mechanism, true, 1);
        prop_assert_eq!(&residual[1].tokens, &(&plain[1].tokens + &tokens));
        prop_assert_eq!(&residual[1].metric, &plain[1].metric);
    }

    /// A film that is played in slices, as within a frame, is the film that is played in layers.
    #[test]
    fn slices_give_what_layers_give((tokens, mechanism) in films(), residual in any::<bool>()) {
        const LAYERS: usize = 3;
        let whole = played(&tokens, mechanism.clone(), residual, LAYERS);
        let pieces = match mechanism {
            LayerMechanism::Rpc(rpc) => rpc.iterations,
            LayerMechanism::Softmax | LayerMechanism::Metric(_) | LayerMechanism::Estimated(_) => tokens.nrows(),
        };
        let mut sliced = film(&tokens, mechanism.clone(), residual);
        for layers in 1..=LAYERS {
            for piece in 1..=pieces {
                prop_assert_eq!(sliced.layers(), &whole[..layers], "a layer is there when it is whole");
                prop_assert_eq!(sliced.advance(), Ok(piece == pieces));
            }
        }
        prop_assert_eq!(sliced.layers(), &whole[..]);
        // A step ends the layer that was begun.
        let mut begun = film(&tokens, mechanism, residual);
        let is_whole = begun.advance().expect("a piece");
        prop_assert_eq!(is_whole, pieces == 1);
        for _ in usize::from(is_whole)..LAYERS {
            begun.step().expect("a layer");
        }
        prop_assert_eq!(begun.layers(), &whole[..]);
    }

    #[test]
    fn layers_are_attention_on_the_layer_before(tokens in tokens(), residual in any::<bool>()) {
        let layers = played(&tokens, LayerMechanism::Softmax, residual, 3);
        prop_assert_eq!(&layers[0].tokens, &tokens);
        for pair in layers.windows(2) {
            let mut expected = symmetric_attention(&pair[0].tokens, &pair[0].tokens, None).expect("attention");
            if residual {
                expected += &pair[0].tokens;
            }
            prop_assert_eq!(&pair[1].tokens, &expected);
            prop_assert_eq!(pair[1].cosine, token_cosine(&expected).ok());
            prop_assert_eq!(&pair[1].metric, &None);
        }
        let ones = LayerMechanism::Metric(DVector::from_element(tokens.ncols(), 1.0));
        let with_ones = played(&tokens, ones, residual, 3);
        prop_assert_eq!(&with_ones[3].tokens, &layers[3].tokens);
    }

    #[test]
    fn the_metric_is_estimated_from_two_layers(tokens in tokens(), which in 0..3_usize) {
        let scaling = MetricScaling::ALL[which];
        let layers = played(&tokens, LayerMechanism::Estimated(scaling), false, 3);
        prop_assert_eq!(&layers[1], &played(&tokens, LayerMechanism::Softmax, false, 1)[1]);
        for window in layers.windows(3) {
            let [before, last, next] = window else { unreachable!() };
            let metric = next.metric.clone().expect("a metric");
            let still = if scaling == MetricScaling::None { 0.0 } else { 1.0 };
            let expected = estimated_metric(&before.tokens, &last.tokens, 1.0, scaling)
                .unwrap_or_else(|_| DVector::from_element(tokens.ncols(), still));
            prop_assert_eq!(&metric, &expected);
            let attended = played(&last.tokens, LayerMechanism::Metric(metric), false, 1);
            prop_assert_eq!(&attended[1].tokens, &next.tokens);
        }
    }

    #[test]
    fn an_rpc_layer_is_rpc_attention(tokens in tokens()) {
        let attending = RpcAttending::new(tokens.clone(), tokens.clone(), None, &rpc());
        let expected = attending.and_then(RpcAttending::finish).expect("attention").output;
        prop_assert_eq!(&played(&tokens, LayerMechanism::Rpc(rpc()), false, 1)[1].tokens, &expected);
    }
}

#[test]
fn equal_tokens_do_not_move() {
    let tokens = dmatrix![1.0, 0.1; 1.0, 0.1; 1.0, 0.1];
    for scaling in MetricScaling::ALL {
        let layers = played(&tokens, LayerMechanism::Estimated(scaling), false, 3);
        let m = if scaling == MetricScaling::None { 0.0 } else { 1.0 };
        assert_eq!(layers[1].metric, None);
        assert_eq!(layers[2].metric, Some(dvector![m, m]));
        assert_eq!(layers[3].tokens, tokens);
        assert_eq!(layers[3].cosine, Some(1.0));
    }
}

#[test]
fn opposite_tokens_and_tokens_without_a_cosine() {
    assert_eq!(cosine(&dmatrix![1.0, 2.0; -2.0, -4.0]), -1.0);
    // Lengths beyond the range, and the smallest ones.
    let ends = dmatrix![f64::MAX, f64::MAX; 5e-324, 5e-324; -1.0, 1.0];
    assert!((cosine(&ends) - 1.0 / 3.0).abs() <= 1e-15);
    let layers = played(&dmatrix![1.0, 2.0], LayerMechanism::Softmax, false, 1);
    assert_eq!((layers[0].cosine, layers[1].cosine), (None, None));
    // Two opposite tokens under M = 0 meet in the middle, which is 0.
    let layers = played(&dmatrix![1.0; -1.0], LayerMechanism::Metric(dvector![0.0]), false, 2);
    assert_eq!(layers[2].tokens, dmatrix![0.0; 0.0]);
    assert_eq!((layers[0].cosine, layers[1].cosine), (Some(-1.0), None));
    refuses(
        token_cosine(&dmatrix![1.0, 2.0]),
        "the token cosine is not defined: it needs two tokens, and there is one",
    );
    refuses(
        token_cosine(&dmatrix![1.0, 2.0; 0.0, 0.0]),
        "the token cosine is not defined: it needs tokens that are not 0, and there is token 2 of length 0",
    );
}

#[test]
fn the_temperature_of_the_film() {
    let tokens = dmatrix![1.0, 0.0; 0.0, 2.0; -1.0, 1.0];
    let first = |mechanism: LayerMechanism, temperature| {
        let options = CollapseOptions {
            mechanism,
            residual: false,
            temperature,
        };
        let mut film = Collapsing::new(tokens.clone(), options).expect("a film");
        film.step().expect("a layer").tokens.clone()
    };
    let expected = symmetric_attention(&tokens, &tokens, Some(0.25)).expect("attention");
    assert_eq!(first(LayerMechanism::Softmax, Some(0.25)), expected);
    assert!(apart(&first(LayerMechanism::Softmax, None), &expected) > 0.1);
    // That of RPC-Attention goes first.
    let own = RpcOptions {
        temperature: Some(0.25),
        ..rpc()
    };
    let [films, both] = [rpc(), own].map(|options| first(LayerMechanism::Rpc(options), Some(0.25)));
    assert_eq!(films, both);
    assert_eq!(first(LayerMechanism::Rpc(own), Some(4.0)), both);
}

#[test]
fn films_that_leave_the_range() {
    let softmax = |size: f64| film(&dmatrix![size; size], LayerMechanism::Softmax, true);
    let mut far = softmax(9e153);
    let error = Error::Overflow {
        what: "the logit of query and key",
        row: 0,
        column: 0,
    };
    assert!(far.step().is_ok());
    assert_eq!(far.step().cloned(), Err(error.clone()));
    assert_eq!(far.step().cloned(), Err(error), "a step that fails fails again");
    assert_eq!(far.layers().len(), 2);
    let mut farther = film(&dmatrix![1e308; 1e308], LayerMechanism::Metric(dvector![0.0]), true);
    refuses(
        farther.step().cloned(),
        "the coordinate of token (row 1, column 1) is beyond ±1.8e308, the range of 64-bit numbers",
    );
    // RPC-Attention has no μ for tokens that have met in 0.
    let meeting = RpcOptions {
        iterations: 1,
        lambda: 100.0,
        temperature: Some(1e6),
        ..rpc()
    };
    let mut film = film(&dmatrix![1.0; -1.0], LayerMechanism::Rpc(meeting), false);
    while film.layers().last().is_some_and(|layer| layer.tokens.amax() > 0.0) {
        film.step().expect("a layer");
    }
    refuses(
        film.step().cloned(),
        "μ of RPC-Attention is not defined: it needs a key that is not 0, and there is none",
    );
}

/// The logit that is beyond the range is in the last row, so the pieces before it succeed.
#[test]
fn slices_that_leave_the_range_are_refused_and_no_layer_comes_of_them() {
    let mut film = film(&dmatrix![0.0; 1e200], LayerMechanism::Softmax, false);
    for _ in 0..2 {
        assert_eq!(film.advance(), Ok(false));
        refuses(
            film.advance(),
            "the logit of query and key (row 2, column 2) is beyond ±1.8e308, the range of 64-bit numbers",
        );
        assert_eq!(film.layers().len(), 1, "no layer of half its rows");
    }
    refuses(
        film.step().cloned(),
        "the logit of query and key (row 2, column 2) is beyond ±1.8e308, the range of 64-bit numbers",
    );
}

#[test]
fn refusals() {
    let new = |tokens: &DMatrix<f64>, mechanism, temperature| {
        Collapsing::new(
            tokens.clone(),
            CollapseOptions {
                mechanism,
                residual: false,
                temperature,
            },
        )
    };
    let tokens = dmatrix![1.0, 2.0; 3.0, 4.0];
    for (broken, message) in [
        (DMatrix::zeros(0, 2), "there are no tokens; at least 1 is needed"),
        (
            DMatrix::zeros(2, 0),
            "the tokens have 0 dimensions; at least 1 is needed",
        ),
        (
            dmatrix![1.0, f64::NAN],
            "token 1, entry 2 is NaN; every entry must be a finite number",
        ),
    ] {
        refuses(new(&broken, LayerMechanism::Softmax, None), message);
        refuses(token_cosine(&broken), message);
    }
    refuses(
        new(&tokens, LayerMechanism::Softmax, Some(0.0)),
        "the temperature is 0, but must be a finite number greater than 0",
    );
    refuses(
        new(&tokens, LayerMechanism::Metric(dvector![1.0]), None),
        "the number of entries of the metric is 1, but must be 2",
    );
    refuses(
        new(&tokens, LayerMechanism::Metric(dvector![1.0, f64::NAN]), None),
        "metric row 2, entry 2 is NaN; every entry must be a finite number",
    );
    let none = RpcOptions { iterations: 0, ..rpc() };
    refuses(
        new(&tokens, LayerMechanism::Rpc(none), None),
        "the number of iterations is 0, but must be at least 1",
    );
}
