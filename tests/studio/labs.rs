//! A lab for every lens and every view of one, so that each of their figures is there in one of them.

use eigenlens::lab::elliptical::EllipticalView;
use eigenlens::lab::support::SupportView;
use eigenlens::lab::{
    Lab, LensId, Library, Method, PresetId, RobustView, SmootherForm, SmootherView, Source, TextId, results,
};
use eigenlens::look;
use eigenlens::studio::Studio;

/// Names, labs, and what they stand on.
pub(crate) fn labs() -> Vec<(&'static str, Lab, Library)> {
    let on = |lens: LensId, source: Source| Lab {
        lens,
        ..Lab::of(source)
    };
    let preset = |lens, id| on(lens, Source::Preset(id));
    let elliptical = |view, id| {
        let mut lab = preset(LensId::Elliptical, id);
        lab.choices.elliptical.view = view;
        lab
    };
    let support = |view, source| {
        let mut lab = on(LensId::SupportVectors, source);
        lab.choices.support.view = view;
        lab
    };
    let mut causal = elliptical(EllipticalView::Estimator, PresetId::GoldenFour);
    causal.choices.elliptical.causal = true;
    let mut full = support(SupportView::Bn, Source::Preset(PresetId::Crowd));
    full.choices.support.bn_form = eigenlens_core::BnForm::Full;
    let mut phase = preset(LensId::Robust, PresetId::FourSpikes);
    phase.choices.robust.view = RobustView::Phase;
    let mut settings = preset(LensId::Robust, PresetId::FarSlip);
    settings.choices.robust.method = Method::Rpc;
    settings.choices.robust.settings.open = true;
    let mut all_heads = on(LensId::KernelPca, Source::Text(TextId::Bank));
    all_heads.choices.heads.open = true;
    let mut territories = preset(LensId::Smoother, PresetId::ThreeGroups);
    territories.choices.smoother_view = SmootherView::Territories;
    let mut refined = preset(LensId::Smoother, PresetId::ThreeGroups);
    refined.choices.smoother_view = SmootherView::Refined;
    refined.choices.smoother = SmootherForm::NadarayaWatson;
    let mut measured = Library::default();
    measured
        .results
        .open(results::read(include_str!("../lavapipe/full_size.json")).expect("results"));
    let all = vec![
        ("softmax", preset(LensId::Softmax, PresetId::ThreeGroups)),
        ("softmax-text", on(LensId::Softmax, Source::Text(TextId::Pronoun))),
        ("smoother", preset(LensId::Smoother, PresetId::TwoOnARay)),
        ("smoother-territories", territories),
        ("smoother-refined", refined),
        ("kernel-pca", preset(LensId::KernelPca, PresetId::TwoVillages)),
        ("kernel-pca-text", all_heads),
        ("elliptical", elliptical(EllipticalView::Ellipse, PresetId::Street)),
        ("elliptical-jump", elliptical(EllipticalView::Ellipse, PresetId::Jump)),
        ("estimator", elliptical(EllipticalView::Estimator, PresetId::Lattice)),
        ("estimator-causal", causal),
        ("robustness", elliptical(EllipticalView::Robustness, PresetId::Street)),
        ("collapse", elliptical(EllipticalView::Collapse, PresetId::SixScattered)),
        (
            "support-vectors",
            support(SupportView::Fit, Source::Preset(PresetId::Clock)),
        ),
        (
            "attention-bn",
            support(SupportView::Bn, Source::Preset(PresetId::Crowd)),
        ),
        ("attention-bn-full", full),
        (
            "attention-sh",
            support(SupportView::Sh, Source::Preset(PresetId::Strip)),
        ),
        (
            "head-similarity",
            support(SupportView::Heads, Source::Text(TextId::Pronoun)),
        ),
        ("robust", preset(LensId::Robust, PresetId::FourSpikes)),
        ("phase", phase),
        ("robust-settings", settings),
        ("robust-text", on(LensId::Robust, Source::Text(TextId::Typo))),
    ];
    let mut free = preset(LensId::Claims, PresetId::GoldenFour);
    free.choices.kernel_pca.values = eigenlens::lab::ValuesFrom::Free;
    let mut long = on(LensId::Claims, Source::Text(TextId::Long));
    long.choices.kernel_pca.values = eigenlens::lab::ValuesFrom::Free;
    let all = [all, vec![("claims", free), ("claims-text", long)]].concat();
    let measured = ("full-size", preset(LensId::FullSize, PresetId::ThreeGroups), measured);
    all.into_iter()
        .map(|(name, lab)| (name, lab, Library::default()))
        .chain([measured])
        .collect()
}

/// The studio of a lab, derived to the end; a phase diagram only until the draw that is looked at is there.
pub(crate) fn finished(lab: &Lab, library: Library) -> Studio {
    if !is_phase(lab) {
        return Studio::finished(lab.clone(), library).expect("a studio");
    }
    let mut studio = Studio::new(lab.clone(), library);
    while studio.derive() && studio.figure("draw", &look::theme::LIGHT).is_err() {
        std::thread::yield_now();
    }
    studio
}

/// Whether a lab shows the phase diagram: how much of it is there depends on the machine.
pub(crate) fn is_phase(lab: &Lab) -> bool {
    lab.lens == LensId::Robust && lab.choices.robust.view == RobustView::Phase
}
