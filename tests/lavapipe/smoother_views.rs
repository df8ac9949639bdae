//! What the board of the smoother lens shows beside the row: who wins where, and the cloud refined.

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use eigenlens::app::App;
use eigenlens::command::Command;
use eigenlens::lab::{Choices, Lab, LensId, PresetId, SmootherForm, SmootherView, Source, Theme, link};

use super::bench::{drag, number, on, picture, settle};

fn lab(preset: PresetId, form: SmootherForm, view: SmootherView, theme: Theme) -> Lab {
    Lab {
        lens: LensId::Smoother,
        theme: Some(theme),
        choices: Choices {
            smoother: form,
            smoother_view: view,
            ..Choices::default()
        },
        ..Lab::of(Source::Preset(preset))
    }
}

/// A ring of keys of radius 2 with values of radius 1, and a query at (2, 0), as a file.
fn ring(n: u32) -> String {
    let points = |radius: f64| -> Vec<[f64; 2]> {
        let angle = |i: u32| std::f64::consts::TAU * f64::from(i) / f64::from(n);
        (0..n)
            .map(|i| [radius * angle(i).cos(), radius * angle(i).sin()])
            .collect()
    };
    let head = serde_json::json!({"query": [[2.0, 0.0]], "key": points(2.0), "value": points(1.0)});
    serde_json::json!({"name": "ring.json", "hash": format!("{n:016x}"), "heads": [head], "labels": []}).to_string()
}

fn on_ring(size: [f32; 2], n: u32, theme: Theme) -> Harness<'static, App> {
    let start = lab(PresetId::Compass, SmootherForm::Dot, SmootherView::Refined, theme);
    let mut harness = on(size, start);
    harness.state_mut().open_exchange(&ring(n));
    harness.state_mut().command("lens 2");
    harness.state_mut().command("refine 32768");
    settle(&mut harness);
    harness
}

/// A step of a lesson, from 1, with its truth shown.
fn in_lesson(size: [f32; 2], theme: Theme, file: &str, step: usize) -> [Harness<'static, App>; 2] {
    [false, true].map(|shown| {
        let start = Lab {
            theme: Some(theme),
            ..Lab::default()
        };
        let mut harness = on(size, start);
        let given = eigenlens_words::lesson::read(file).expect("a lesson");
        harness.state_mut().give("lesson.toml", given, step);
        settle(&mut harness);
        if shown {
            harness.key_press(egui::Key::PageDown);
            settle(&mut harness);
        }
        harness
    })
}

#[test]
fn a_lesson_shows_them_after_the_guess() {
    const FIRST: &str = include_str!("../../assets/lessons/1-kernel-smoother.toml");
    const SIXTH: &str = include_str!("../../assets/lessons/6-full-size.toml");
    for (name, file, step, readout) in [
        ("1.7", FIRST, 7, "queries won by key 5"),
        ("6.8", SIXTH, 8, "refined_apart"),
    ] {
        for (size, theme) in [([1440.0, 900.0], Theme::Light), ([1280.0, 720.0], Theme::Projector)] {
            let [mut asking, mut shown] = in_lesson(size, theme, file, step);
            assert!(!asking.state().readouts().numbers.contains_key(readout), "{name}");
            assert!(shown.state().readouts().numbers.contains_key(readout), "{name}");
            picture(&mut asking, &format!("lesson-{name}-asking-{}", theme.key()));
            picture(&mut shown, &format!("lesson-{name}-shown-{}", theme.key()));
        }
    }
}

const SIZES: [(&str, [f32; 2]); 4] = [
    ("1440x900", [1440.0, 900.0]),
    ("1280x720", [1280.0, 720.0]),
    ("phone", [390.0, 844.0]),
    ("816x700", [816.0, 700.0]),
];

#[test]
fn the_views_can_be_looked_at() {
    for (name, size) in SIZES {
        for theme in Theme::ALL {
            let at = |what: &str| format!("smoother-{what}-{name}-{}", theme.key());
            let clouds = [
                ("territories", PresetId::CompassWithCentre, SmootherForm::Dot),
                ("voronoi", PresetId::ThreeGroups, SmootherForm::NadarayaWatson),
                ("cones", PresetId::ThreeGroups, SmootherForm::Dot),
            ];
            for (what, preset, form) in clouds {
                let mut harness = on(size, lab(preset, form, SmootherView::Territories, *theme));
                picture(&mut harness, &at(what));
            }
            picture(&mut on_ring(size, 12, *theme), &at("refined"));
        }
    }
    let refined = lab(
        PresetId::ThreeGroups,
        SmootherForm::Dot,
        SmootherView::Refined,
        Theme::Light,
    );
    picture(&mut on([1440.0, 900.0], refined), "smoother-refined-groups");
}

#[test]
fn the_tabs_choose_the_view_and_link_and_undo_keep_it() {
    let row = lab(
        PresetId::CompassWithCentre,
        SmootherForm::Dot,
        SmootherView::Row,
        Theme::Light,
    );
    let mut harness = on([1440.0, 900.0], row);
    assert!(!harness.state().readouts().numbers.contains_key("queries won by key 5"));
    for (word, view) in [
        ("who wins where", SmootherView::Territories),
        ("32\u{a0}768 tokens", SmootherView::Refined),
        ("row", SmootherView::Row),
    ] {
        harness.get_by_label(word).click();
        harness.run();
        assert_eq!(harness.state().lab().choices.smoother_view, view, "{word}");
        let (back, notice) = link::decode(&link::encode(harness.state().lab()));
        assert_eq!((back.choices.smoother_view, notice), (view, None), "the link keeps it");
    }
    harness.state_mut().run(vec![Command::Undo], 0.0);
    harness.run();
    assert_eq!(harness.state().lab().choices.smoother_view, SmootherView::Refined);
}

#[test]
fn the_key_in_the_middle_wins_nowhere_until_it_is_dragged_out() {
    let cloud = PresetId::CompassWithCentre;
    let mut harness = on(
        [1440.0, 900.0],
        lab(cloud, SmootherForm::Dot, SmootherView::Territories, Theme::Light),
    );
    assert_eq!(number(&harness, "queries won by key 5"), 0.0);
    assert_eq!(number(&harness, "largest weight of key 5"), 0.2);
    assert_eq!(number(&harness, "queries_asked"), 25_921.0);
    let said = harness.state().readouts().headline.clone();
    assert_eq!(said, "k₅ wins nowhere: at most 0.200, at the origin.");
    // A key that is pointed at says what it gets, below the board, and its cell stands out.
    let key = harness.state().place("key 1").expect("it is there").center();
    let resting = harness.render().expect("a picture");
    harness.hover_at(key);
    settle(&mut harness);
    let pointed_at = harness.render().expect("a picture");
    let right_of = |image: &image::RgbaImage| *image.get_pixel(key.x as u32 + 56, key.y as u32 + 20);
    assert_ne!(right_of(&resting), right_of(&pointed_at));
    picture(&mut harness, "smoother-territories-pointed-at");
    // The query alone moves: the same territories.
    assert!(harness.state_mut().command("move query 1 2 1"));
    harness.run();
    assert_eq!(harness.state().readouts().headline, said);
    // A third key at (3, 0) is out of the hull.
    let place = |harness: &Harness<'_, App>, name: &str| harness.state().place(name).expect("it is there").center();
    let (from, one) = (place(&harness, "key 5"), place(&harness, "key 1"));
    drag(&mut harness, from, from + 1.5 * (one - from));
    assert!(number(&harness, "queries won by key 5") > 1000.0);
    assert!(harness.state_mut().command("smoother nadaraya-watson"));
    assert!(harness.state_mut().command("move key 5 0 0"));
    harness.run();
    assert_eq!(number(&harness, "queries won by key 5"), 39.0 * 39.0);
    assert_eq!(
        harness.state().readouts().headline,
        "Every key wins somewhere: k₅ wins 1521 of 25\u{a0}921 queries, with up to 0.507."
    );
}

#[test]
fn twelve_tokens_are_as_good_as_many_while_the_kernel_is_wide() {
    let mut harness = on_ring([1440.0, 900.0], 12, Theme::Light);
    assert!((number(&harness, "refined_output_1") - 0.796_454_838_5).abs() < 1e-7);
    let near = number(&harness, "refined_apart");
    assert!(near < 3e-7 && near > 1e-8, "{near}");
    assert!(harness.state_mut().command("move query 1 8 0"));
    harness.run();
    let far = number(&harness, "refined_apart");
    assert!((far - 0.00215).abs() < 1e-5, "{far}");
    let headline = &harness.state().readouts().headline;
    assert!(
        headline.starts_with("12 tokens and 32\u{a0}768 on their curve: "),
        "{headline}"
    );
}

#[test]
fn what_is_too_small_or_too_large_is_said() {
    for (n, view, why) in [
        (
            2,
            "refine 32768",
            "needs 3 to 64 keys of 2 dimensions; here are 2 of 2.",
        ),
        (
            65,
            "refine 32768",
            "needs 3 to 64 keys of 2 dimensions; here are 65 of 2.",
        ),
        (
            65,
            "territories on",
            "needs 1 to 64 keys of 2 dimensions; here are 65 of 2.",
        ),
    ] {
        let mut harness = on_ring([1440.0, 900.0], n, Theme::Light);
        assert!(harness.state_mut().command(view));
        settle(&mut harness);
        let readouts = harness.state().readouts();
        assert!(readouts.headline.ends_with(why), "{}", readouts.headline);
        assert_eq!(readouts.spoken, readouts.headline);
        if n == 65 {
            picture(&mut harness, "smoother-refused");
        }
    }
}
