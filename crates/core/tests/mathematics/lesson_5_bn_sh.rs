//! The numbers of the fifth lesson on Attention-BN and Attention-SH; each within the tolerance that
//! stands beside it.

use crate::common::{apart, head, numbers_of, scoring};
use crate::lesson::Step;
use eigenlens_core::{
    BnForm, BnOptions, ClassToken, Head, KeyBias, Metric, Pooling, Remainder, Scoring, attend, attention_cost, bn_head,
    bn_scoring, bn_shifted_queries, key_statistics, mean_share,
};
use nalgebra::DMatrix;
use std::f64::consts::SQRT_2;

/// The crowd, the lonely two, and the query; the values do not matter.
fn crowd(step: &Step) -> Head {
    let query = numbers_of(step.input("query"));
    let keys = step.keys();
    let values = DMatrix::zeros(keys.nrows(), 1);
    head(DMatrix::from_row_slice(1, 2, &query), keys, values)
}

fn softmax() -> Scoring {
    scoring(Metric::Identity, SQRT_2, KeyBias::Zero)
}

fn weights(head: &Head, scoring: &Scoring) -> DMatrix<f64> {
    attend(head, scoring).expect("attention").weights
}

fn recentred(beta: f64) -> BnOptions {
    BnOptions {
        beta,
        ..BnOptions::default()
    }
}

#[test]
fn centring_the_keys_does_nothing() {
    let mut step = Step::new("5.9");
    let crowd = crowd(&step);
    let mean = key_statistics(crowd.keys()).expect("statistics").mean;
    step.shows("mean_key", mean.as_slice());
    let plain = weights(&crowd, &softmax());
    step.shows("weights_softmax", plain.as_slice());
    let mut centred = crowd.keys().clone();
    for mut key in centred.row_iter_mut() {
        key -= mean.transpose();
    }
    let keys_only = head(crowd.queries().clone(), centred, crowd.values().clone());
    step.shows(
        "only_keys_centred_difference",
        &[apart(&plain, &weights(&keys_only, &softmax()))],
    );
    let shifted = bn_shifted_queries(&crowd, 1.0).expect("a head");
    let both = bn_head(&crowd, &recentred(1.0)).expect("a head");
    step.shows(
        "only_query_shifted_difference",
        &[apart(&weights(&shifted, &softmax()), &weights(&both, &softmax()))],
    );
    let rows: Vec<DMatrix<f64>> = numbers_of(&step.parameter("betas"))
        .into_iter()
        .map(|beta| {
            let scoring = bn_scoring(crowd.keys(), &recentred(beta), SQRT_2).expect("a scoring");
            weights(&crowd, &scoring)
        })
        .collect();
    let mass = |of: std::ops::Range<usize>| {
        let masses = rows.iter().map(|row| row.as_slice()[of.clone()].iter().sum());
        masses.collect::<Vec<f64>>()
    };
    step.shows("crowd_mass", &mass(0..4));
    step.shows("lonely_mass", &mass(4..6));
    let scoring = bn_scoring(crowd.keys(), &recentred(1.0), SQRT_2).expect("a scoring");
    let KeyBias::Given(penalties) = scoring.bias() else {
        panic!("{scoring:?}")
    };
    step.shows("key_penalties_beta_1", penalties.as_slice());
    step.done();
}

#[test]
fn the_full_form_is_an_ellipse_in_disguise() {
    let mut step = Step::new("5.10");
    let crowd = crowd(&step);
    let options = BnOptions {
        form: BnForm::Full,
        epsilon: step.parameter("eps").as_f64().expect("a number"),
        ..BnOptions::default()
    };
    let statistics = key_statistics(crowd.keys()).expect("statistics");
    step.shows("variances", statistics.variance.as_slice());
    let ellipse = bn_scoring(crowd.keys(), &options, SQRT_2).expect("a scoring");
    let Metric::Diagonal(m) = ellipse.metric() else {
        panic!("{ellipse:?}")
    };
    step.shows("m", m.as_slice());
    let full = weights(&bn_head(&crowd, &options).expect("a head"), &softmax());
    step.shows("weights_full", full.as_slice());
    step.shows(
        "same_as_elliptical_plus_bias",
        &[apart(&full, &weights(&crowd, &ellipse))],
    );
    step.shows("crowd_mass", &[full.as_slice()[..4].iter().sum()]);
    step.done();
}

fn pool(rows: &DMatrix<f64>, factor: usize) -> DMatrix<f64> {
    let pooling = Pooling {
        factor,
        remainder: Remainder::Short,
        class_token: ClassToken::Pooled,
    };
    pooling.pool(rows).expect("means")
}

#[test]
fn averaging_before_asking() {
    let mut step = Step::new("5.11");
    let strip = DMatrix::from_vec(8, 1, numbers_of(step.input("strip")));
    let pooled: Vec<DMatrix<f64>> = numbers_of(&step.parameter("factors"))
        .into_iter()
        .map(|factor| pool(&strip, factor as usize))
        .collect();
    let each = |f: &dyn Fn(&DMatrix<f64>) -> f64| pooled.iter().map(f).collect::<Vec<f64>>();
    step.shows("spike_after_pooling", &each(&|coarse| coarse.max()));
    step.shows("coarse_tokens", &each(&|coarse| coarse.nrows() as f64));
    let projected = |tokens: &DMatrix<f64>| tokens.map(|x| 3.0 * x + 1.0);
    step.shows(
        "pooling_commutes",
        &[apart(&pool(&projected(&strip), 2), &projected(&pool(&strip, 2)))],
    );
    let ratios = [512, 4096].map(|tokens| {
        let [ours, plain] = [[1, 2], [1, 1]].map(|factors| attention_cost(tokens, 64, 128, &factors).expect("a cost"));
        ours / plain
    });
    step.shows("cost_ratio_N_512_4096", &ratios);
    for (name, factors) in [
        ("limit_12", &[1, 2][..]),
        ("limit_1124", &[1, 1, 2, 4]),
        ("limit_8_heads", &[1, 1, 2, 2, 4, 4, 8, 8]),
    ] {
        step.shows(name, &[mean_share(factors).expect("a share")]);
    }
    step.done();
}
