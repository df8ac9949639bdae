//! `eigenlens gpu`: what the adapter is, and which kernels run on it.

use std::fmt::Write as _;

use eigenlens_gpu::{Gpu, OpenOptions, Precision, Report};

use super::error::Error;
use super::output::print;

/// Keeps a Vulkan layer of Mesa from complaining on standard error, which is for one line of ours: it looks for a Wayland
/// display to ask which GPU is meant, also where there can be none. Must be called before there are threads.
#[expect(unsafe_code, reason = "the environment is the only way to say it")]
pub(super) fn quieten_drivers() {
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() && std::env::var_os("NODEVICE_SELECT").is_none() {
        // SAFETY: the program has one thread so far, so nobody reads the environment meanwhile.
        unsafe { std::env::set_var("NODEVICE_SELECT", "1") };
    }
}

pub(super) fn run() -> Result<(), Error> {
    let gpu = Gpu::open_now(OpenOptions::default())?;
    print(text(gpu.report()).as_bytes())
}

/// One line for each thing, the name first.
fn text(report: &Report) -> String {
    let yes = |has: bool| if has { "yes" } else { "no" };
    let bytes = |bytes: u64| format!("{bytes} bytes");
    let software = if report.software {
        ", software: it computes on the CPU"
    } else {
        ""
    };
    let (least, most) = report.subgroup;
    let subgroup = if least == most {
        least.to_string()
    } else {
        format!("{least} to {most}")
    };
    let matrices = report.matrix_units.map_or_else(
        || "none that kernels use".to_owned(),
        |units| format!("{0}×{0}×{0}, f16 with f32 sums", units.tile),
    );
    let lines = [
        ("adapter", format!("{}{software}", report.adapter)),
        ("backend", report.backend.clone()),
        ("driver", report.driver.clone()),
        ("memory", report.memory.map_or_else(|| "not told".to_owned(), bytes)),
        ("largest buffer", bytes(report.buffer_bytes)),
        ("largest binding", bytes(report.binding_bytes)),
        ("workgroup memory", bytes(report.workgroup_bytes.into())),
        ("workgroup threads", report.workgroup_threads.to_string()),
        ("subgroup", subgroup),
        ("f16 in shaders", yes(report.f16).to_owned()),
        ("timestamps", yes(report.timestamps).to_owned()),
        ("matrix units", matrices),
    ];
    let tiers = Precision::ALL.map(|precision| {
        let tier = match precision {
            Precision::F16 if !report.f16 => "none, for want of f16 in shaders".to_owned(),
            _ => report.tier(precision).to_string(),
        };
        (format!("kernels for {precision}"), tier)
    });
    let lines = lines
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .chain(tiers);
    lines.fold(String::new(), |mut text, (name, value)| {
        // Writing to a `String` cannot fail.
        writeln!(text, "{name:<18}{value}").ok();
        text
    })
}
