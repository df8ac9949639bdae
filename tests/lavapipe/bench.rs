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
    let system = System {
        reduced_motion: true,
        explain_outside: size[0] < 1200.0,
        ..System::default()
    };
    let mut harness = Harness::builder()
        .with_size(size)
        .with_max_steps(30)
        .wgpu()
        .with_context_setup(|context| context.set_fonts(eigenlens::look::fonts::definitions()))
        .build_eframe(move |creation| App::new(&creation.egui_ctx, lab, system));
    harness.run();
    harness
}
