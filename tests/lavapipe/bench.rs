//! A harness with the app on it.

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
        explain_outside: size[0] < 1200.0,
        ..system
    };
    let mut harness = Harness::builder()
        .with_size(size)
        .with_max_steps(30)
        .wgpu()
        .with_context_setup(|context| context.set_fonts(eigenlens::look::fonts::definitions()))
        .build_eframe(move |creation| make(&creation.egui_ctx, system));
    harness.run();
    harness
}
