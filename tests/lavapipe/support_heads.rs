//! The views Attention-BN, Attention-SH and Heads of the support-vector lens: each handle under the hand, and their pictures.

use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use eigenlens::app::App;
use eigenlens::command::{Command, Edit, SupportEdit};
use eigenlens::lab::support::SupportView;
use eigenlens::lab::{Lab, LensId, PresetId, Source, TextId, Theme};

use super::bench::{centre, drag, number, on, settle};

const SIZE: [f32; 2] = [1056.0, 900.0];

fn lab(source: Source, view: SupportView, theme: Theme) -> Lab {
    let mut lab = Lab {
        lens: LensId::SupportVectors,
        theme: Some(theme),
        ..Lab::of(source)
    };
    lab.choices.support.view = view;
    lab
}

fn harness(source: Source, view: SupportView) -> Harness<'static, App> {
    let mut harness = on(SIZE, lab(source, view, Theme::Light));
    settle(&mut harness);
    harness
}

fn crowd() -> Harness<'static, App> {
    harness(Source::Preset(PresetId::Crowd), SupportView::Bn)
}

fn name(harness: &mut Harness<'_, App>, command: &str) {
    assert!(harness.state_mut().command(command), "{command} applies");
    settle(harness);
}

fn keep(harness: &mut Harness<'_, App>, name: &str) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    std::fs::create_dir_all(&folder).expect("the folder for screenshots");
    let image = harness.render().expect("a picture");
    assert!(
        image.pixels().any(|pixel| pixel != image.get_pixel(0, 0)),
        "{name} is not empty"
    );
    image.save(folder.join(format!("support-{name}.png"))).expect("a file");
}

#[test]
fn the_views_of_heads_can_be_looked_at() {
    let views = [
        ("bn", Source::Preset(PresetId::Crowd), SupportView::Bn),
        ("sh", Source::Preset(PresetId::Sentence), SupportView::Sh),
        ("heads", Source::Text(TextId::Pronoun), SupportView::Heads),
    ];
    for (view, source, of) in views {
        for (name, size, theme) in [
            ("1440x900", [1440.0, 900.0], Theme::Light),
            ("1440x900-dark", [1440.0, 900.0], Theme::Dark),
            ("1280x720", [1280.0, 720.0], Theme::Light),
            ("1920x1080", [1920.0, 1080.0], Theme::Light),
            ("1920x1080-hall", [1920.0, 1080.0], Theme::Projector),
            ("1280x720-hall", [1280.0, 720.0], Theme::Projector),
            ("phone", [390.0, 844.0], Theme::Light),
        ] {
            let mut harness = on(size, lab(source.clone(), of, theme));
            settle(&mut harness);
            keep(&mut harness, &format!("{view}-{name}"));
        }
    }
}

#[test]
fn the_states_of_these_views_can_be_looked_at() {
    let crowd = || Source::Preset(PresetId::Crowd);
    let sentence = || Source::Preset(PresetId::Sentence);
    let text = || Source::Text(TextId::Pronoun);
    let states: [(&str, Source, SupportView, &[&str]); 14] = [
        ("bn-full", crowd(), SupportView::Bn, &["support form full"]),
        ("bn-keys", crowd(), SupportView::Bn, &["support shift keys"]),
        ("bn-both", crowd(), SupportView::Bn, &["support shift both"]),
        ("bn-0", crowd(), SupportView::Bn, &["support beta 0"]),
        ("bn-2", crowd(), SupportView::Bn, &["support beta 2"]),
        ("bn-text", text(), SupportView::Bn, &[]),
        ("bn-text-full", text(), SupportView::Bn, &["support form full"]),
        ("bn-groups", Source::Preset(PresetId::ThreeGroups), SupportView::Bn, &[]),
        ("sh-text", text(), SupportView::Sh, &[]),
        (
            "sh-apart",
            sentence(),
            SupportView::Sh,
            &["support class apart", "support remainder drop"],
        ),
        ("sh-head-4", sentence(), SupportView::Sh, &["support head 4"]),
        ("sh-groups", Source::Preset(PresetId::ThreeGroups), SupportView::Sh, &[]),
        ("heads-copy", text(), SupportView::Heads, &["support duplicate on"]),
        ("heads-alone", crowd(), SupportView::Heads, &[]),
    ];
    for (file, source, view, commands) in states {
        let mut harness = on([1440.0, 900.0], lab(source, view, Theme::Light));
        settle(&mut harness);
        for command in commands {
            name(&mut harness, command);
        }
        keep(&mut harness, file);
    }
}

fn headline(harness: &Harness<'_, App>) -> String {
    harness.state().readouts().headline.clone()
}

fn undo(harness: &mut Harness<'_, App>) {
    harness.state_mut().run(vec![Command::Undo], 0.0);
    settle(harness);
}

#[test]
fn beta_is_the_head_of_the_arrow() {
    let mut harness = crowd();
    let (query, head) = (centre(&harness, "query 1"), centre(&harness, "handle beta"));
    // Half the way back: β = ½.
    drag(&mut harness, head, query + 0.5 * (head - query));
    assert_eq!(harness.state().lab().choices.support.beta, 500);
    assert!((number(&harness, "crowd") - 0.590_540_096_135).abs() < 7.7e-7);
    undo(&mut harness);
    assert_eq!(harness.state().lab().choices.support.beta, 1000, "one drag, one undo");
    // Where β is 0 both can be taken.
    name(&mut harness, "support beta 0");
    let apart = centre(&harness, "handle beta") - centre(&harness, "query 1");
    assert!(apart.length() > 30.0, "{apart:?}");
    let at = centre(&harness, "query 1");
    drag(&mut harness, at, at + egui::vec2(40.0, 0.0));
    assert_eq!(harness.state().lab().choices.support.beta, 0);
    assert!(
        harness.state().lab().scene.queries[0].at.is_some(),
        "the query was moved"
    );
}

#[test]
fn beta_is_the_playhead_and_moves_by_keys() {
    let mut harness = crowd();
    let chart = harness.state().place("share").expect("the chart is there");
    let x = |beta: f32| chart.left() + 36.0 + (chart.width() - 44.0) * beta / 2.0;
    let y = chart.top() + 40.0;
    drag(&mut harness, egui::pos2(x(1.0), y), egui::pos2(x(1.5), y));
    assert_eq!(harness.state().lab().choices.support.beta, 1500);
    assert!((number(&harness, "crowd") - 0.139_651_291_334).abs() < 7.7e-7);
    harness.get_by_label_contains("the query less β times").focus();
    harness.run();
    harness.key_press(Key::ArrowLeft);
    settle(&mut harness);
    assert_eq!(harness.state().lab().choices.support.beta, 1450);
}

#[test]
fn what_is_shifted_is_on_the_strip_and_under_a_key() {
    let mut harness = crowd();
    harness.get_by_label("Shift keys").click();
    settle(&mut harness);
    assert!(headline(&harness).contains("keeps its 77"), "{}", headline(&harness));
    harness.key_press(Key::C);
    settle(&mut harness);
    assert!(
        headline(&harness).starts_with("To shift both"),
        "{}",
        headline(&harness)
    );
    harness.get_by_label_contains("Form full").click();
    settle(&mut harness);
    assert!((number(&harness, "metric_2") - 7.963_967_471_62).abs() < 8e-6);
    assert!(
        harness.query_by_label_contains("the query less β times").is_none(),
        "the full form has no β"
    );
    assert_eq!(harness.state().explain_id(), "attention-bn");
}

#[test]
fn beside_the_lists_of_a_text_the_choices_are_a_list() {
    let mut harness = harness(Source::Text(TextId::Pronoun), SupportView::Bn);
    harness.get_by_label_contains("Shift: query").click();
    settle(&mut harness);
    harness.get_by_label_contains("Full: divided by σ").click();
    settle(&mut harness);
    assert!(headline(&harness).starts_with("Divided by σ"), "{}", headline(&harness));
}

#[test]
fn a_key_that_is_dragged_takes_the_mean_with_it() {
    let mut harness = crowd();
    let before = number(&harness, "mean_1");
    let at = centre(&harness, "key 5");
    drag(&mut harness, at, at + egui::vec2(60.0, 0.0));
    assert!(number(&harness, "mean_1") > before);
    assert!(harness.state().readouts().checks.iter().all(|check| check.holds));
}

fn sentence() -> Harness<'static, App> {
    harness(Source::Preset(PresetId::Sentence), SupportView::Sh)
}

#[test]
fn the_brace_is_dragged_to_another_factor() {
    let mut harness = sentence();
    let at = centre(&harness, "handle factor");
    let strip = harness.state().place("strip").expect("the strip is there");
    let token = (strip.right() - 3.0 - at.x) / 6.0;
    drag(&mut harness, at, at + egui::vec2(2.0 * token, 0.0));
    assert_eq!(harness.state().lab().choices.support.factors, [1, 4, 4, 8]);
    assert!(headline(&harness).contains("asks 2 averages"), "{}", headline(&harness));
    undo(&mut harness);
    assert_eq!(harness.state().lab().choices.support.factors, [1, 2, 4, 8]);
    harness.get_by_label("Factor of head 2").focus();
    harness.run();
    for wanted in [4, 8, 8] {
        harness.key_press(Key::ArrowRight);
        settle(&mut harness);
        assert_eq!(harness.state().lab().choices.support.factors[1], wanted);
    }
    harness.key_press(Key::ArrowLeft);
    settle(&mut harness);
    assert_eq!(harness.state().lab().choices.support.factors[1], 4);
}

#[test]
fn the_spike_is_dragged_and_every_head_notices() {
    let mut harness = sentence();
    let spike = harness.state().place("handle spike").expect("it is there");
    drag(&mut harness, spike.center(), spike.center() + egui::vec2(0.0, 12.0));
    let now = number(&harness, "spike");
    assert!(now < 8.0 && now > 0.0, "{now}");
    assert!((number(&harness, "spike_4") - now / 8.0).abs() < 1e-12);
    undo(&mut harness);
    assert!((number(&harness, "spike") - 8.0).abs() < 1e-12, "one drag, one undo");
    harness.get_by_label("Value of token 4").focus();
    harness.run();
    for _ in 0..4 {
        harness.key_press(Key::ArrowUp);
        settle(&mut harness);
    }
    assert!(
        (number(&harness, "spike_2") - 5.0).abs() < 1e-12,
        "{}",
        number(&harness, "spike_2")
    );
}

#[test]
fn the_length_and_the_shown_head_are_chosen() {
    let mut harness = sentence();
    harness.get_by_label("tokens N").focus();
    harness.run();
    harness.key_press(Key::ArrowRight);
    settle(&mut harness);
    assert_eq!(number(&harness, "length"), 1024.0);
    let slider = harness.state().place("handle length").expect("it is there");
    drag(
        &mut harness,
        slider.center(),
        slider.right_bottom() - egui::vec2(4.0, 12.0),
    );
    assert_eq!(number(&harness, "length"), 32_768.0);
    assert!((number(&harness, "cost") - number(&harness, "limit")).abs() < 0.01);
    harness.get_by_label_contains("Map of head 4").click();
    settle(&mut harness);
    assert!(
        headline(&harness).starts_with("Head 4 asks 1 average"),
        "{}",
        headline(&harness)
    );
    harness.get_by_label("head 1, s = 1").click();
    settle(&mut harness);
    assert!(
        headline(&harness).starts_with("Head 1 asks all 8 keys"),
        "{}",
        headline(&harness)
    );
    assert!(harness.state().readouts().checks.iter().all(|check| check.holds));
}

#[test]
fn heads_are_opened_and_duplicated() {
    let mut harness = harness(Source::Preset(PresetId::Crowd), SupportView::Heads);
    harness.get_by_label("Open “pronoun”").click();
    settle(&mut harness);
    assert_eq!(number(&harness, "n_heads"), 12.0);
    harness.get_by_label("Map of head 7").click();
    settle(&mut harness);
    assert_eq!(harness.state().lab().scene.head % 12, 6);
    harness.get_by_label("Duplicate head 1 as 2").click();
    settle(&mut harness);
    assert_eq!(number(&harness, "distance of heads 1 and 2"), 0.0);
    assert!(headline(&harness).contains("copies"), "{}", headline(&harness));
    harness.key_press(Key::C);
    settle(&mut harness);
    assert!(number(&harness, "distance of heads 1 and 2") > 0.1);
}

#[test]
fn a_thousand_tokens_do_not_hang() {
    let row = |i: u32, d: u32| f64::from((i * 37 + d * 11 + i * d) % 17) / 8.0 - 1.0;
    let rows: Vec<Vec<f64>> = (0..1024).map(|i| (0..16).map(|d| row(i, d)).collect()).collect();
    let head = serde_json::json!({"query": rows, "key": rows, "value": rows});
    let cloud = serde_json::json!({"name": "head.json", "hash": format!("{:016x}", 1024), "heads": [head]}).to_string();
    for (file, view) in [
        ("bn", SupportView::Bn),
        ("sh", SupportView::Sh),
        ("heads", SupportView::Heads),
    ] {
        let mut harness = harness(Source::Preset(PresetId::Crowd), view);
        harness.state_mut().open_exchange(&cloud);
        settle(&mut harness);
        harness
            .state_mut()
            .run(vec![Command::Lens(LensId::SupportVectors)], 0.0);
        let view = Command::Edit(Edit::Support(SupportEdit::View(view)));
        harness.state_mut().run(vec![view], 0.0);
        settle(&mut harness);
        assert!(harness.state().readouts().checks.iter().all(|check| check.holds));
        keep(&mut harness, &format!("{file}-1024"));
    }
}

#[test]
fn what_the_paper_leaves_open_is_in_reach_on_every_screen() {
    let sentence = || lab(Source::Preset(PresetId::Sentence), SupportView::Sh, Theme::Light);
    let mut harness = on([1280.0, 720.0], sentence());
    let at = centre(&harness, "more choices");
    harness.drag_at(at);
    harness.run();
    harness.drop_at(at);
    settle(&mut harness);
    harness.get_by_label("The first token: kept apart").click();
    settle(&mut harness);
    let chosen = |harness: &Harness<'_, App>| harness.state().lab().choices.support.class_token;
    assert_eq!(chosen(&harness), eigenlens_core::ClassToken::Apart);
    let mut harness = on([390.0, 780.0], sentence());
    for label in ["Choices", "First token kept apart"] {
        harness.get_by_label(label).click();
        settle(&mut harness);
    }
    assert_eq!(chosen(&harness), eigenlens_core::ClassToken::Apart);
}

#[test]
fn the_layer_of_the_heads_is_chosen_in_the_strip() {
    let mut harness = harness(Source::Text(TextId::Pronoun), SupportView::Heads);
    harness.get_by_label("Layer: 4").click();
    settle(&mut harness);
    harness.get_by_label("6").click();
    settle(&mut harness);
    assert_eq!(harness.state().lab().scene.head / 12, 5);
}
