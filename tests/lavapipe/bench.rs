//! A harness with the app on it.

use egui::Pos2;
use egui_kittest::Harness;
use eigenlens::app::{App, System};
use eigenlens::lab::{Lab, Theme};

/// The app on a canvas of a size, in a theme.
pub(crate) fn app(size: [f32; 2], theme: Theme) -> Harness<'static, App> {
    let lab = Lab {
        theme: Some(theme),
        ..Lab::default()
    };
    on(size, lab)
}

/// The app on a lab.
pub(crate) fn on(size: [f32; 2], lab: Lab) -> Harness<'static, App> {
    in_system(size, System::default(), move |context, system| {
        App::new(context, lab, system)
    })
}

/// The app as it is made in a system; nothing moves, and a small window has no room for the words.
pub(crate) fn in_system(
    size: [f32; 2],
    system: System,
    make: impl FnOnce(&egui::Context, System) -> App + 'static,
) -> Harness<'static, App> {
    let system = System {
        reduced_motion: true,
        ..system
    };
    started(size, system, make)
}

/// The app on a lab, where things may move.
pub(crate) fn moving(size: [f32; 2], lab: Lab) -> Harness<'static, App> {
    started(size, System::default(), move |context, system| {
        App::new(context, lab, system)
    })
}

fn started(
    size: [f32; 2],
    system: System,
    make: impl FnOnce(&egui::Context, System) -> App + 'static,
) -> Harness<'static, App> {
    let system = System {
        explain_outside: size[0] < 1200.0,
        ..system
    };
    let mut harness = Harness::builder()
        .with_size(size)
        .with_max_steps(30)
        .wgpu()
        .with_context_setup(|context| context.set_fonts(eigenlens::look::fonts::definitions()))
        .build_eframe(move |creation| make(&creation.egui_ctx, system));
    settle(&mut harness);
    harness
}

/// Drives frames until the lens has computed what it was asked for, and then until nothing changes any more.
pub(crate) fn settle(harness: &mut Harness<'_, App>) {
    let mut quiet = 0;
    for _ in 0..1_000_000 {
        harness.step();
        // What a frame asks for is begun in the next one.
        quiet = if harness.state().is_working() { 0 } else { quiet + 1 };
        if quiet == 3 {
            break;
        }
        std::thread::yield_now();
    }
    harness.run();
}

/// The middle of what has a name.
pub(crate) fn centre(harness: &Harness<'_, App>, name: &str) -> Pos2 {
    harness
        .state()
        .place(name)
        .unwrap_or_else(|| panic!("{name} is somewhere"))
        .center()
}

/// A number of the readouts.
pub(crate) fn number(harness: &Harness<'_, App>, name: &str) -> f64 {
    harness
        .state()
        .readouts()
        .numbers
        .get(name)
        .unwrap_or_else(|| panic!("there is a number {name}"))
        .value
}

/// A drag in four steps.
pub(crate) fn drag(harness: &mut Harness<'_, App>, from: Pos2, to: Pos2) {
    harness.drag_at(from);
    settle(harness);
    for step in 1..=4 {
        harness.hover_at(from + (to - from) * (step as f32 / 4.0));
        settle(harness);
    }
    harness.drop_at(to);
    settle(harness);
}

/// Saves the picture of the window among the screenshots.
pub(crate) fn picture(harness: &mut Harness<'_, App>, name: &str) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
    std::fs::create_dir_all(&folder).expect("the folder for screenshots");
    let image = harness.render().expect("a picture");
    assert!(
        image.pixels().any(|pixel| pixel != image.get_pixel(0, 0)),
        "{name} is not empty"
    );
    image.save(folder.join(format!("{name}.png"))).expect("a screenshot");
}
