use eigenlens_core::{Mechanism, attend_row};

use super::super::Lens as _;
use super::*;
use crate::lab::{GridPoint, KernelChoice, PresetId, Temperature, TokenRef, ValuesFrom};

fn derived(lab: &Lab) -> KernelPca {
    let mut lens = KernelPca::default();
    follow(&mut lens, &mut lab.clone());
    lens
}

/// What the app does in a frame: derive, and put the axes' frame into the lab.
fn follow(lens: &mut KernelPca, lab: &mut Lab) {
    let library = Library::default();
    for _ in 0..100_000 {
        let working = lens.derive(lab, &library);
        if let Some(frame) = lens.axis_frame() {
            lab.choices.kernel_pca.frame = frame;
        } else if !working {
            return;
        }
        std::thread::yield_now();
    }
    panic!("the picture never comes");
}

fn number(lens: &KernelPca, name: &str) -> f64 {
    let mut readouts = Readouts::default();
    lens.read_out(&mut readouts);
    readouts
        .numbers
        .get(name)
        .unwrap_or_else(|| panic!("there is no {name}"))
        .value
}

fn headline(lens: &KernelPca) -> String {
    lens.headline().into_iter().map(|(text, _)| text).collect()
}

fn assert_close(name: &str, ours: f64, theirs: f64) {
    assert!((ours - theirs).abs() <= 1e-11, "{name}: {ours} is not {theirs}");
}

#[test]
fn three_groups_has_the_numbers_of_the_reference() {
    let lens = derived(&Lab::default());
    let eigenvalues = [
        0.02320030378756007,
        0.015584354739939844,
        0.0029460834800670473,
        0.002443716167274725,
        0.002306706632309626,
        0.0014347603162823178,
        0.001294696465084003,
        0.0006645253464795708,
        0.00023616959937618792,
        0.0001488199810937178,
        8.807831506884637e-05,
    ];
    for (i, eigenvalue) in eigenvalues.into_iter().enumerate() {
        assert_close(
            "eigenvalue",
            number(&lens, &format!("eigenvalue_{}", i + 1)),
            eigenvalue,
        );
    }
    let values = [
        -0.091009070579772,
        -0.0611187747635016,
        -0.06445471962454348,
        -0.03790184904141828,
        -0.0030444189151862355,
        -0.0025657479420332125,
        -0.0070387326786524275,
        -0.006961187440849626,
        0.0745066466828732,
        0.11471507076241609,
        0.05071030213392026,
        0.09391849582569015,
    ];
    for (key, value) in values.into_iter().enumerate() {
        assert_close("value", number(&lens, &format!("value of key {}", key + 1)), value);
    }
    for (i, score) in [
        0.014896951084875683,
        0.013947718114760206,
        -0.042147963926665775,
        -0.004748413919627992,
    ]
    .into_iter()
    .enumerate()
    {
        assert_close("score", number(&lens, &format!("h_{}", i + 1)), score);
    }
    assert_close("share", number(&lens, "share_1"), 0.4607969491202138);
    assert_close("‖h‖²", number(&lens, "h_squared"), 0.0037211919865186623);
    assert_close("‖φ(q)‖²", number(&lens, "phi_squared"), 0.005934586671585079);
    assert_eq!(
        headline(&lens),
        "Axis 1 tells left from right. The query scores +0.015 on it."
    );
}

#[test]
fn every_identity_holds_wherever_the_tokens_are() {
    let mut lens = KernelPca::default();
    for preset in crate::lab::preset::PRESETS {
        let mut lab = Lab::of(Source::Preset(preset.id));
        for kernel in KernelChoice::ALL {
            for step in 0..6 {
                lab.choices.kernel_pca.kernel = kernel;
                lab.choices.kernel_pca.kept = step * 3 + 1;
                let to = GridPoint::from_world([0.7 * f64::from(step) - 1.5, 1.1 - 0.4 * f64::from(step)]);
                lab.move_token(TokenRef::Query(0), to).expect("there is a query");
                lab.move_token(TokenRef::Key(usize::from(step % 2)), to)
                    .expect("there is a key");
                follow(&mut lens, &mut lab);
                let picture = lens.current().expect("there is a picture");
                for check in &picture.checks {
                    assert!(check.holds, "{} {kernel:?} {step}: {check:?}", preset.key);
                }
                assert!(
                    picture.loss.is_none_or(|loss| loss.signed > -1e-15),
                    "the loss of a projection is no gain"
                );
            }
        }
    }
}

#[test]
fn without_centring_the_first_axis_is_everyone() {
    let mut lab = Lab::default();
    lab.choices.kernel_pca.centred = false;
    let lens = derived(&lab);
    assert!(
        headline(&lens).starts_with("Axis 1 says only that all keys are here."),
        "{}",
        headline(&lens)
    );
    let picture = lens.current().expect("there is a picture");
    assert_eq!(picture.axes.len(), 12, "nothing was taken off");
    assert!(picture.checks.iter().all(|check| check.holds && check.id != "centred"));
}

#[test]
fn free_values_are_flagged_where_they_are_no_projection() {
    let mut lab = Lab::default();
    lab.choices.kernel_pca.values = ValuesFrom::Free;
    let lens = derived(&lab);
    let picture = lens.current().expect("there is a picture");
    let held: Vec<(&str, bool)> = picture.checks.iter().map(|check| (check.id, check.holds)).collect();
    assert_eq!(
        held,
        [
            ("row_sum", true),
            ("centred", true),
            ("projection", false),
            ("bessel", false)
        ]
    );
    assert!(headline(&lens).contains("times as long as"), "{}", headline(&lens));
    assert!(
        picture.loss.expect("the loss is computed").signed < 0.0,
        "a negative loss: no projection"
    );
    // The scores are those of attention with the cloud's own values.
    let head = lab.scene.head(&Library::default()).expect("the preset is there");
    let scoring = Mechanism::Softmax.scoring(2).expect("D = 2");
    let output = attend_row(&head, &scoring, 0).expect("there is a row").output;
    assert_eq!(picture.scores.len(), 2);
    for (ours, theirs) in std::iter::zip(&picture.scores, &output) {
        assert!((ours - theirs).abs() < 1e-15);
    }
}

#[test]
fn equal_keys_have_no_axis_and_say_so() {
    let mut lab = Lab::of(Source::Preset(PresetId::TwoOnARay));
    for key in 0..2 {
        lab.move_key(key, GridPoint::ORIGIN).expect("there is a key");
    }
    assert_eq!(headline(&derived(&lab)), "All keys are the same; nothing differs.");
    lab.erase(TokenRef::Key(0)).expect("there is a key");
    lab.erase(TokenRef::Key(0)).expect("there is a key");
    assert_eq!(headline(&derived(&lab)), "No keys yet.");
}

#[test]
fn an_axis_does_not_turn_over_under_the_hand() {
    let mut lens = KernelPca::default();
    let mut lab = Lab::default();
    let mut before: Option<Vec<f64>> = None;
    let mut flipped = false;
    // A key is carried round the board: the largest entry of an axis wanders from side to side on the way.
    for step in 0..240 {
        let angle = f64::from(step) * std::f64::consts::TAU / 240.0;
        let to = GridPoint::from_world([2.2 * angle.cos(), 2.2 * angle.sin()]);
        lab.move_key(0, to).expect("there is a key");
        follow(&mut lens, &mut lab);
        flipped |= lab.choices.kernel_pca.frame.flips() != 0;
        let picture = lens.current().expect("there is a picture");
        let first: Vec<f64> = paint::shown_vectors(picture).column(0).iter().copied().collect();
        if let Some(before) = &before {
            let cosine: f64 = std::iter::zip(before, &first).map(|(a, b)| a * b).sum();
            assert!(cosine > 0.5, "at step {step} the axis jumps: {cosine}");
        }
        before = Some(first);
    }
    assert!(
        flipped,
        "on this way the canonical sign changes; else the test shows nothing"
    );
    // The link alone gives the same picture as the way there.
    let alone = derived(&lab);
    assert_eq!(number(&alone, "score"), number(&lens, "score"));
}

#[test]
fn a_picture_after_an_undo_stands_on_the_lab_alone() {
    let mut lens = KernelPca::default();
    let mut lab = Lab::default();
    follow(&mut lens, &mut lab);
    let mut flipped = lab.clone();
    flipped.choices.kernel_pca.frame =
        AxisFrame::new(AxisFrame::default().order(), 1).expect("the order is a permutation");
    lens.forget();
    let mut opened = flipped.clone();
    follow(&mut lens, &mut opened);
    assert_eq!(opened, flipped, "a frame that was opened is not corrected");
    assert_eq!(number(&lens, "score"), -number(&derived(&lab), "score"));
}

#[test]
fn many_keys_are_a_job_with_the_same_numbers() {
    let mut lab = Lab::default();
    for i in 0..150 {
        let angle = f64::from(i) * 0.83;
        let at = GridPoint::from_world([0.012 * f64::from(i) * angle.cos(), 0.014 * f64::from(i) * angle.sin()]);
        lab.add_key(at).expect("there is room");
    }
    let lens = derived(&lab);
    let picture = lens.current().expect("there is a picture");
    let head = lab.scene.head(&Library::default()).expect("there are keys");
    let wanted = Wanted::of(&head, lab.scene.temperature, &lab.choices.kernel_pca);
    let whole = Solved::new(&wanted.keys, wanted.kernel(), wanted.centring()).expect("it has axes");
    assert_eq!(picture.fit.pca.eigenvalues(), whole.eigenvalues());
    for check in &picture.checks {
        assert!(check.holds, "{check:?}");
    }
}

#[test]
fn the_field_at_the_query_is_its_score() {
    let lens = derived(&Lab::default());
    let sources = lens.sources.as_ref().expect("there are fields");
    let score = sources.board.scores_at([0.65, 0.8])[0];
    assert_close("score", score, number(&lens, "score"));
}

/// The points of the presets, as the lessons state them: numbers with their tolerances.
#[test]
fn the_presets_have_the_numbers_of_the_lessons() {
    let of = |id: PresetId| derived(&Lab::of(Source::Preset(id)));
    let near = |id: PresetId, name: &str, value: f64, tolerance: f64| {
        let ours = number(&of(id), name);
        assert!(
            (ours - value).abs() <= tolerance,
            "{id:?} {name}: {ours} is not {value}"
        );
    };
    near(PresetId::TwoVillages, "share_1", 0.719051421206, 7.2e-7);
    near(PresetId::WallAndVillage, "share_1", 0.358393262985, 3.6e-7);
    near(PresetId::Fog, "share_1", 0.158074349974, 1.6e-5);
    for (axis, share) in [0.683848722001, 0.196506472146, 0.119644805852].into_iter().enumerate() {
        near(PresetId::Rectangle, &format!("share_{}", axis + 1), share, 6.8e-7);
    }
    for (axis, eigenvalue) in [0.02191743019, 0.0141424526801, 0.00105853547309]
        .into_iter()
        .enumerate()
    {
        near(PresetId::Slip, &format!("eigenvalue_{}", axis + 1), eigenvalue, 2.2e-8);
    }
    near(PresetId::GoldenFour, "h_1", 0.0312821391092, 9.9e-8);
    near(PresetId::GoldenFour, "h_2", 0.0986018617084, 9.9e-8);
    near(PresetId::GoldenFour, "loss", 0.085644996, 1e-9);
    near(PresetId::Twins, "axes", 3.0, 0.0);
    near(PresetId::Hexagon, "eigenvalue_1", 0.0491883802709, 4.9e-8);
    near(PresetId::Hexagon, "eigenvalue_2", 0.0491883802709, 4.9e-8);
    assert!(headline(&of(PresetId::WallAndVillage)).starts_with("Axis 1 tells the wall from the village."));
    assert!(headline(&of(PresetId::TwoVillages)).contains("village"));
    // The outlier has an axis nearly for itself.
    let slip = of(PresetId::Slip);
    let picture = slip.current().expect("there is a picture");
    let entry = paint::shown_vectors(picture)[(8, 0)];
    assert!((entry.abs() - 0.951518544788).abs() < 9.5e-7, "{entry}");
}

/// A head of the text with the two banks, with the map of all heads.
fn banks(at: [u16; 2], axis: u8) -> (KernelPca, Lab, Library) {
    let library = crate::lab::text::tests::library_with(&[crate::lab::TextId::Bank]);
    let mut lab = Lab::of(Source::Text(crate::lab::TextId::Bank));
    lab.set_head(crate::lab::text::head_number(at))
        .expect("there are 72 heads");
    lab.choices.kernel_pca.axis = axis;
    lab.choices.heads.open = true;
    (KernelPca::default(), lab, library)
}

fn follow_in(lens: &mut KernelPca, lab: &mut Lab, library: &Library) {
    loop {
        let working = lens.derive(lab, library);
        if let Some(frame) = lens.axis_frame() {
            lab.choices.kernel_pca.frame = frame;
        } else if !working {
            return;
        }
        std::thread::yield_now();
    }
}

/// Lesson 2.10: to whom the first axes belong.
#[test]
fn the_map_of_all_heads_counts_axes_of_one_token() {
    let (mut lens, mut lab, library) = banks([2, 11], 0);
    follow_in(&mut lens, &mut lab, &library);
    for (name, count) in [
        ("heads", 72.0),
        ("heads_with_one_token_axis", 42.0),
        ("heads_with_class_token_axis", 28.0),
        ("heads_with_other_token_axis", 14.0),
        ("class_token_has_longest_phi", 27.0),
        ("one_token_axis_again_without_class_token", 7.0),
    ] {
        assert_eq!(number(&lens, name), count, "{name}");
    }
    let cosine = number(&lens, "median_cosine_of_heads");
    assert!((cosine - 0.0240041444948).abs() < 2.4e-7, "{cosine}");
    let times = number(&lens, "phi_squared_over_next");
    assert!((times - 70.2721227581).abs() < 7e-4, "{times}");
    // Without the class token this head has another first axis; the others are as they were.
    lab.erase(TokenRef::Key(0)).expect("there is a key");
    follow_in(&mut lens, &mut lab, &library);
    assert_eq!(number(&lens, "heads_with_class_token_axis"), 27.0);
    assert_eq!(number(&lens, "class_token_has_longest_phi"), 27.0, "of untouched heads");
    // Another temperature makes other axes, and a closed map says nothing.
    lab.set_temperature(Temperature::fixed(0.5).expect("0.5 is a temperature"));
    follow_in(&mut lens, &mut lab, &library);
    assert!(number(&lens, "heads_with_one_token_axis") > 42.0);
    lab.choices.heads.open = false;
    follow_in(&mut lens, &mut lab, &library);
    let mut said = Readouts::default();
    lens.read_out(&mut said);
    assert!(!said.numbers.contains_key("heads_with_one_token_axis"));
}

/// Lesson 2.11: which axes tell the two clauses apart.
#[test]
fn the_map_of_all_heads_counts_axes_that_separate() {
    let (mut lens, mut lab, library) = banks([2, 3], 1);
    follow_in(&mut lens, &mut lab, &library);
    assert!(
        headline(&lens).starts_with("Axis 2 tells the first clause from the second clause."),
        "{}",
        headline(&lens)
    );
    assert_eq!(number(&lens, "parts_separated"), 1.0);
    assert_eq!(number(&lens, "axes_that_separate"), 3.0);
    assert_eq!(number(&lens, "axes_asked"), 144.0);
    let on_second = number(&lens, "heads_that_separate");
    lab.choices.kernel_pca.axis = 0;
    follow_in(&mut lens, &mut lab, &library);
    assert_eq!(number(&lens, "parts_separated"), 0.0);
    assert_eq!(on_second + number(&lens, "heads_that_separate"), 3.0);
    let share = number(&lens, "parts_in_order");
    assert!((0.5..1.0).contains(&share), "{share}");
}

/// Lesson 2.9: with queries that are the keys, the loss stops at 1/(N g), and free values give a negative one.
#[test]
fn the_loss_stops_where_the_mean_is() {
    let keys = crate::lab::preset::PRESETS
        .iter()
        .find(|preset| preset.id == PresetId::Rectangle)
        .map(|preset| preset.keys.matrix())
        .expect("there is a rectangle");
    let mut lab = Lab::of(Source::Preset(PresetId::Rectangle));
    for row in 0..4 {
        let at = GridPoint::from_world([keys[(row, 0)], keys[(row, 1)]]);
        if row == 0 {
            lab.move_query(0, at).expect("there is a query");
        } else {
            lab.add_query(at).expect("there is room");
        }
    }
    for (kept, loss) in [(1, 0.0625557902836), (2, 0.0540151872454), (3, 0.0488151611027)] {
        lab.choices.kernel_pca.kept = kept;
        let ours = number(&derived(&lab), "loss");
        assert!((ours - loss).abs() < 9.2e-8, "{kept} axes: {ours} is not {loss}");
    }
    lab.choices.kernel_pca.values = ValuesFrom::Free;
    let free = derived(&lab);
    assert!((number(&free, "loss") + 0.286084943677).abs() < 2.9e-7);
    assert!((number(&free, "h_squared") - 0.378362301953).abs() < 3.8e-7);
    assert!((number(&free, "phi_squared") - 0.0922773582756).abs() < 9.2e-8);
}

#[test]
fn a_query_beyond_the_range_of_numbers_still_has_its_scores() {
    let mut lab = Lab::default();
    lab.move_query(0, GridPoint::from_world([31.0, 31.0]))
        .expect("there is a query");
    let lens = derived(&lab);
    let picture = lens.current().expect("there is a picture");
    assert!(picture.phi_squared.is_infinite() && picture.loss.is_none());
    assert!(picture.scores.iter().all(|score| score.is_finite()));
    assert!(picture.checks.iter().all(|check| check.holds), "{:?}", picture.checks);
}

#[test]
fn the_spectrum_is_of_the_axes_whatever_the_values_are() {
    let mut lab = Lab::default();
    lab.choices.kernel_pca.values = ValuesFrom::Free;
    lab.choices.kernel_pca.kept = 7;
    lab.choices.kernel_pca.axis = 5;
    let lens = derived(&lab);
    let picture = lens.current().expect("there is a picture");
    assert_eq!((picture.axis, picture.axes_kept), (5, 7), "of eleven axes");
    assert_eq!((picture.chosen, picture.kept), (1, 2), "of two columns");
}

#[test]
fn many_keys_do_not_turn_over_and_another_cloud_does_not_wait_for_them() {
    let mut lens = KernelPca::default();
    let mut lab = Lab::default();
    for i in 0..150 {
        let angle = f64::from(i) * 0.83;
        let at = GridPoint::from_world([0.012 * f64::from(i) * angle.cos(), 0.014 * f64::from(i) * angle.sin()]);
        lab.add_key(at).expect("there is room");
    }
    let mut before: Option<Vec<f64>> = None;
    for step in 0..40 {
        let angle = f64::from(step) * std::f64::consts::TAU / 40.0;
        lab.move_key(0, GridPoint::from_world([2.2 * angle.cos(), 2.2 * angle.sin()]))
            .expect("there is a key");
        follow(&mut lens, &mut lab);
        let picture = lens.current().expect("there is a picture");
        let first: Vec<f64> = paint::shown_vectors(picture).column(0).iter().copied().collect();
        if let Some(before) = &before {
            let cosine: f64 = std::iter::zip(before, &first).map(|(a, b)| a * b).sum();
            assert!(cosine > 0.5, "at step {step} the axis jumps: {cosine}");
        }
        before = Some(first);
    }
    // A job is begun, and another cloud is chosen: its picture is there at once.
    lab.move_key(0, GridPoint::ORIGIN).expect("there is a key");
    assert!(lens.derive(&lab, &Library::default()), "the large cloud is a job");
    lab.select(Source::Preset(PresetId::Hexagon));
    assert!(!lens.derive(&lab, &Library::default()), "the small one is not");
    assert_eq!(lens.current().expect("there is a picture").row.weights.len(), 6);
    assert_eq!(lab.choices.kernel_pca.frame, AxisFrame::default());
    assert_eq!(lens.axis_frame(), None, "nothing of the old cloud is left");
}
