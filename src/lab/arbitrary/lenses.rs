//! Any choices of the elliptical, the support-vector, the full-size and the claims lens, and of the map of all heads.

use std::num::NonZeroU16;

use eigenlens_core::{BnForm, ClassToken, MetricScaling, Remainder};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::lab::claims::TESTS;
use crate::lab::elliptical::{EllipticalView, GivenMetric, LayerValues, MetricSource};
use crate::lab::full_size::{Measured, Spikes, Storage, Tokens};
use crate::lab::support::{Cap, Shift, SupportView, TargetSet};
use crate::lab::{
    AxisReading, Beside, ClaimsChoices, EllipticalChoices, FullSizeChoices, HeadsChoices, NullRows, SmootherForm,
    Start, SupportChoices, Thousandths,
};

fn thousandths() -> impl Strategy<Value = Thousandths> {
    (1..=u16::MAX).prop_map(|n| Thousandths(NonZeroU16::new(n).expect("from 1")))
}

pub(super) fn elliptical() -> impl Strategy<Value = EllipticalChoices> {
    let shown = (
        select(&EllipticalView::ALL[..]),
        select(&SmootherForm::ALL[..]),
        any::<bool>(),
        option::of(vec(any::<u16>(), 0..=GivenMetric::ENTRIES)),
    );
    let numbers = (
        option::of(thousandths()),
        option::of(thousandths()),
        option::of(thousandths()),
        any::<u32>(),
        any::<[i16; 2]>(),
    );
    let layers = (1..=EllipticalChoices::MAX_LAYERS, option::of(0.0..=1.0));
    let estimator = (
        select(&MetricScaling::ALL[..]),
        select(&LayerValues::ALL[..]),
        any::<[bool; 3]>(),
    );
    (shown, numbers, layers, estimator).prop_map(|(shown, numbers, layers, estimator)| {
        let (view, form, estimated, given) = shown;
        let (sigma, radius, delta, seed, push) = numbers;
        let (layers, layer) = layers;
        let (scaling, values, [causal, residual, rpc]) = estimator;
        EllipticalChoices {
            view,
            form,
            metric: if estimated {
                MetricSource::Estimated
            } else {
                MetricSource::Given
            },
            given: given.map(|entries| GivenMetric::of(&entries)),
            sigma,
            radius,
            scaling,
            delta,
            values,
            causal,
            seed,
            push,
            layers,
            layer: layer.map(|share: f64| (share * f64::from(layers)) as u8),
            residual,
            rpc,
        }
    })
}

pub(super) fn support() -> impl Strategy<Value = SupportChoices> {
    let cap = prop_oneof![Just(Cap::Source), Just(Cap::Free), thousandths().prop_map(Cap::At)];
    let fit = (
        select(&SupportView::ALL[..]),
        option::of(any::<u16>()),
        cap,
        any::<bool>(),
        option::of(0..=SupportChoices::MAX_DEGREE),
        select(&TargetSet::ALL[..]),
        any::<u16>().prop_map(NonZeroU16::new),
    );
    let bn = (0..=SupportChoices::MAX_BETA, any::<bool>(), select(&Shift::ALL[..]));
    let factor = || select(vec![1_u8, 2, 4, 8]);
    let sh = (
        [factor(), factor(), factor(), factor()],
        0..4_u8,
        any::<[bool; 3]>(),
        6..=15_u8,
    );
    (fit, bn, sh).prop_map(|(fit, bn, sh)| {
        let (view, epsilon, cap, drag_values, degree, targets, sweep) = fit;
        let (beta, full, shift) = bn;
        let (factors, sh_head, [drop, apart, duplicate], length) = sh;
        SupportChoices {
            view,
            epsilon,
            cap,
            drag_values,
            degree,
            targets,
            sweep,
            beta,
            bn_form: if full { BnForm::Full } else { BnForm::Recentred },
            shift,
            factors,
            sh_head,
            remainder: if drop { Remainder::Drop } else { Remainder::Short },
            class_token: if apart { ClassToken::Apart } else { ClassToken::Pooled },
            length,
            duplicate,
        }
    })
}

pub(super) fn heads() -> impl Strategy<Value = HeadsChoices> {
    (any::<bool>(), select(&AxisReading::ALL[..])).prop_map(|(open, reading)| HeadsChoices { open, reading })
}

pub(super) fn claims() -> impl Strategy<Value = ClaimsChoices> {
    let all = (
        0..TESTS.len() as u8,
        any::<u8>(),
        0..=ClaimsChoices::STEPS,
        any::<bool>(),
        select(NullRows::ALL),
        select(Beside::ALL),
        select(Start::ALL),
    );
    all.prop_map(|(test, group, step, all_learn, null, beside, start)| ClaimsChoices {
        test,
        group,
        step,
        all_learn,
        null,
        beside,
        start,
    })
}

pub(super) fn full_size() -> impl Strategy<Value = FullSizeChoices> {
    let all = (
        select(&Tokens::ALL[..]),
        select(&Measured::ALL[..]),
        select(&Storage::ALL[..]),
        select(&Spikes::ALL[..]),
    );
    all.prop_map(|(tokens, measured, storage, spikes)| FullSizeChoices {
        tokens,
        measured,
        storage,
        spikes,
    })
}
