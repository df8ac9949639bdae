//! The kernel PCA lens: its handles, switches and pictures.

use egui::{Key, Modifiers, Pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use eigenlens::app::App;
use eigenlens::command::{Command, Edit};
use eigenlens::lab::{KernelChoice, Lab, LensId, PresetId, Severity, Source, TextId, Theme, ValuesFrom};

use super::bench::{centre, drag, number, on};

const SIZE: [f32; 2] = [1056.0, 900.0];

fn lab_in(theme: Theme) -> Lab {
    Lab {
        lens: LensId::KernelPca,
        theme: Some(theme),
        ..Lab::default()
    }
}

fn harness() -> Harness<'static, App> {
    on(SIZE, lab_in(Theme::Light))
}

fn undo(harness: &mut Harness<'_, App>) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.run();
}

#[test]
fn a_drag_of_the_query_moves_its_scores_in_the_same_frame() {
    let mut harness = harness();
    let before = [number(&harness, "h_1"), number(&harness, "h_2")];
    let from = centre(&harness, "query 1");
    harness.drag_at(from);
    harness.run();
    harness.hover_at(from + vec2(-200.0, 40.0));
    harness.step();
    harness.step();
    let during = number(&harness, "h_1");
    assert!(
        during < 0.0 && before[0] > 0.0,
        "over the heavy line the sign changes: {during}"
    );
    assert!(harness.state().readouts().dragging);
    harness.drop_at(from + vec2(-200.0, 40.0));
    harness.run();
    assert!(
        harness.state().readouts().headline.contains(&"scores −".to_owned()),
        "{}",
        harness.state().readouts().headline
    );
    for check in &harness.state().readouts().checks {
        assert!(check.holds, "{check:?}");
    }
    undo(&mut harness);
    assert_eq!([number(&harness, "h_1"), number(&harness, "h_2")], before);
}

#[test]
fn a_picture_of_an_axis_puts_it_on_the_board() {
    let mut harness = harness();
    harness.get_by_label_contains("Axis 3,").click();
    harness.run();
    assert_eq!(harness.state().lab().choices.kernel_pca.axis, 2);
    assert!((number(&harness, "score") - number(&harness, "h_3")).abs() < 1e-15);
    harness.key_press(Key::OpenBracket);
    harness.run();
    assert_eq!(harness.state().lab().choices.kernel_pca.axis, 1, "[ is the axis before");
    assert!(
        harness
            .state()
            .readouts()
            .headline
            .starts_with("Axis 2 tells upper from the rest."),
        "{}",
        harness.state().readouts().headline
    );
    undo(&mut harness);
    undo(&mut harness);
    assert_eq!(
        harness.state().lab().choices.kernel_pca.axis,
        0,
        "each choice is one undo"
    );
}

#[test]
fn the_cut_is_dragged_and_moved_by_keys() {
    let mut harness = harness();
    let two = number(&harness, "kept_share");
    let cut = |harness: &Harness<'_, App>| harness.get_by_label_contains("Axes kept").rect();
    let from = cut(&harness).center();
    drag(&mut harness, from, from + vec2(90.0, 0.0));
    assert_eq!(number(&harness, "kept"), 3.0);
    assert!(number(&harness, "kept_share") > two);
    harness.get_by_label_contains("Axes kept").focus();
    harness.run();
    for _ in 0..3 {
        harness.key_press(Key::ArrowRight);
        harness.run();
    }
    assert_eq!(number(&harness, "kept"), 6.0);
    undo(&mut harness);
    assert_eq!(number(&harness, "kept"), 5.0, "a key is one undo");
    let loss = number(&harness, "loss");
    harness.state_mut().run(vec![Command::Edit(Edit::Kept(11))], 0.0);
    harness.run();
    assert!(number(&harness, "loss") <= loss, "more axes lose less");
    assert!((number(&harness, "h_squared_kept") - number(&harness, "h_squared")).abs() < 1e-18);
}

#[test]
fn centring_is_switched_by_hand_and_by_key() {
    let mut harness = harness();
    harness.get_by_label("Centre").click();
    harness.run();
    assert!(harness.state().readouts().headline.contains("all keys are here"));
    assert!(
        harness
            .state()
            .readouts()
            .checks
            .iter()
            .all(|check| check.id != "centred")
    );
    harness.key_press(Key::C);
    harness.run();
    assert!(harness.state().readouts().headline.contains("left from right"));
}

#[test]
fn the_gaussian_kernel_projects_by_distance() {
    let mut harness = harness();
    harness.get_by_label("Gaussian").click();
    harness.run();
    assert_eq!(harness.state().lab().choices.kernel_pca.kernel, KernelChoice::Gaussian);
    // The weights are those of the smoother.
    assert!((number(&harness, "weight of key 1") - 0.053211807946635985).abs() < 1e-12);
    for check in &harness.state().readouts().checks {
        assert!(check.holds, "{check:?}");
    }
}

#[test]
fn a_free_value_is_dragged_and_the_residual_says_so() {
    let mut harness = harness();
    harness.get_by_label("free").click();
    harness.run();
    assert_eq!(harness.state().lab().choices.kernel_pca.values, ValuesFrom::Free);
    let value = number(&harness, "value of key 5");
    let cell = harness.get_by_label("Value 1 of key 5").rect().center();
    drag(&mut harness, cell, cell + vec2(45.0, 0.0));
    let moved = number(&harness, "value of key 5");
    assert!(
        moved > value + 0.5,
        "half of the full drag is half of the largest value: {value} to {moved}"
    );
    let score = number(&harness, "score");
    let broken: Vec<_> = harness
        .state()
        .readouts()
        .checks
        .iter()
        .filter(|check| !check.holds)
        .collect();
    assert!(broken.iter().any(|check| check.id == "projection") && broken.iter().any(|check| check.id == "bessel"));
    undo(&mut harness);
    assert_eq!(number(&harness, "value of key 5"), value, "the drag is one undo");
    assert!(number(&harness, "score") < score);
    harness.get_by_label("constructed").click();
    harness.run();
    assert!(harness.state().readouts().checks.iter().all(|check| check.holds));
}

#[test]
fn the_largest_value_follows_the_hand_and_no_further() {
    let mut harness = harness();
    harness.get_by_label("free").click();
    harness.run();
    // Key 4 has the largest first value: its unit must not grow with it.
    let value = number(&harness, "value of key 4");
    let cell = harness.get_by_label("Value 1 of key 4").rect().center();
    drag(&mut harness, cell, cell + vec2(-85.0, 0.0));
    let moved = number(&harness, "value of key 4") - value;
    let wanted = -85.0 / 90.0 * value.abs();
    assert!((moved - wanted).abs() < 0.01, "{moved}, not {wanted}");
}

#[test]
fn a_key_at_the_end_of_the_axes_stays_on_the_board() {
    let mut lab = lab_in(Theme::Light);
    lab.select(Source::Text(TextId::Bank));
    let mut harness = on(SIZE, lab);
    harness.run_steps(3);
    let head = harness.state().lab().scene.head;
    harness.key_press(Key::OpenBracket);
    harness.run();
    assert_eq!(
        harness.state().lab().scene.head,
        head,
        "axis 1 is the first: no other head is opened"
    );
}

#[test]
fn the_table_shows_coefficients_and_changes_nothing() {
    let mut harness = harness();
    let before = harness.state().lab().clone();
    let values = harness.render().expect("a picture");
    harness.get_by_label("A").click();
    harness.run();
    let coefficients = harness.render().expect("a picture");
    assert!(values.pixels().ne(coefficients.pixels()), "the cells are others");
    assert_eq!(*harness.state().lab(), before, "a look at A is no edit");
    harness.get_by_label("constructed").click();
    harness.run();
    let again = harness.render().expect("a picture");
    assert!(again.pixels().ne(coefficients.pixels()), "and back");
}

#[test]
fn a_token_that_is_pointed_at_lights_up_everywhere() {
    let mut harness = harness();
    let plain = harness.render().expect("a picture");
    harness.hover_at(centre(&harness, "key 9"));
    harness.run();
    let lit = harness.render().expect("a picture");
    let microscope = centre(&harness, "values");
    let differs = |from: Pos2, to: Pos2| {
        (from.x as u32..to.x as u32)
            .flat_map(|x| (from.y as u32..to.y as u32).map(move |y| (x, y)))
            .any(|(x, y)| plain.get_pixel(x, y) != lit.get_pixel(x, y))
    };
    assert!(
        differs(microscope - vec2(100.0, 80.0), microscope + vec2(100.0, 80.0)),
        "its row in the sum"
    );
    let maps = Pos2::new(microscope.x, 220.0);
    assert!(
        differs(maps - vec2(150.0, 60.0), maps + vec2(150.0, 60.0)),
        "its row and column in K"
    );
}

#[test]
fn equal_eigenvalues_are_said() {
    let mut lab = lab_in(Theme::Light);
    lab.select(Source::Preset(PresetId::Hexagon));
    let mut harness = on(SIZE, lab);
    let notice = harness.state().readouts().notices.first().cloned().expect("a notice");
    assert_eq!(notice.severity, Severity::Undefined);
    assert_eq!(notice.what, "Axes 1 and 2 are undefined here");
    // The fifth axis of the six keys stands alone.
    harness.state_mut().run(vec![Command::Edit(Edit::Axis(4))], 0.0);
    harness.run();
    assert!(harness.state().readouts().notices.is_empty());
}

/// Lessons 2.10 and 2.11: a real head's axis that belongs to one token, and one that tells water from money.
#[test]
fn the_axes_of_real_heads_are_those_of_the_lessons() {
    let mut lab = lab_in(Theme::Light);
    lab.select(Source::Text(TextId::Bank));
    lab.set_head(2 * 12 + 11).expect("there are 72 heads");
    let mut harness = on(SIZE, lab.clone());
    harness.run_steps(3);
    assert!(
        harness
            .state()
            .readouts()
            .headline
            .starts_with("Axis 1 is [CLS] against all others."),
        "{}",
        harness.state().readouts().headline
    );
    assert!((number(&harness, "share_1") - 0.940111491813).abs() < 9.4e-6);
    lab.set_head(2 * 12 + 3).expect("there are 72 heads");
    lab.choices.kernel_pca.axis = 1;
    let mut harness = on(SIZE, lab);
    harness.run_steps(3);
    let gap = 1.0 - number(&harness, "eigenvalue_3") / number(&harness, "eigenvalue_2");
    assert!((gap - 0.152375072947).abs() < 1.5e-6, "{gap}");
    for check in &harness.state().readouts().checks {
        assert!(check.holds, "{check:?}");
    }
}

#[test]
fn the_lens_can_be_looked_at() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    std::fs::create_dir_all(&folder).expect("the folder for screenshots");
    let save = |harness: &mut Harness<'_, App>, name: &str| {
        let image = harness.render().expect("a picture");
        image
            .save(folder.join(format!("kernel-pca-{name}.png")))
            .expect("a file");
    };
    for (name, size) in [
        ("1440x900", [1440.0, 900.0]),
        ("1280x720", [1280.0, 720.0]),
        ("1920x1080", [1920.0, 1080.0]),
        ("phone", [390.0, 780.0]),
    ] {
        for theme in Theme::ALL {
            let mut harness = on(size, lab_in(*theme));
            save(&mut harness, &format!("{name}-{}", theme.key()));
        }
    }
    let mut phone = on([390.0, 780.0], lab_in(Theme::Light));
    for card in ["Score", "Similarity", "Sum"] {
        phone.get_by_label(card).click();
        phone.run();
        save(&mut phone, &format!("phone-{}", card.to_lowercase()));
    }
    for (name, text, head) in [("bank", TextId::Bank, 27), ("story", TextId::Story, 3)] {
        let mut lab = lab_in(Theme::Light);
        lab.select(Source::Text(text));
        lab.set_head(head).expect("there are 72 heads");
        let mut harness = on([1440.0, 900.0], lab);
        harness.run_steps(20);
        save(&mut harness, name);
    }
    for (name, id) in [("wall", PresetId::WallAndVillage), ("hexagon", PresetId::Hexagon)] {
        let mut lab = lab_in(Theme::Light);
        lab.select(Source::Preset(id));
        save(&mut on([1440.0, 900.0], lab), name);
    }
    let mut lab = lab_in(Theme::Dark);
    lab.choices.kernel_pca.values = ValuesFrom::Free;
    save(&mut on([1280.0, 720.0], lab.clone()), "free");
    lab.choices.kernel_pca.values = ValuesFrom::Constructed;
    let mut coefficients = on([1440.0, 900.0], lab.clone());
    coefficients.get_by_label("A").click();
    coefficients.run();
    save(&mut coefficients, "coefficients");
    lab.choices.kernel_pca.centred = false;
    save(&mut on([1280.0, 720.0], lab), "uncentred");
}
