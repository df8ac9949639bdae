//! The native window, once, on an X server without a screen and a Vulkan without a GPU.

use std::{fs, path::Path, process::Command, time::Duration};

use anyhow::{Context as _, Result};

use super::{
    picture,
    sandbox::{Display, isolate, run_within},
    use_lavapipe,
};

/// Longer than a window needs on a slow machine; the limit only ends one that hangs.
const LIMIT: Duration = Duration::from_mins(3);

/// Opens the window of `eigenlens`, lets it draw, and looks at its picture.
pub(super) fn open(eigenlens: &Path, xvfb: &Path, lavapipe: &Path, screenshot: &Path) -> Result<()> {
    if screenshot.exists() {
        fs::remove_file(screenshot)?;
    }
    let display = Display::start(xvfb)?;
    let home = tempfile::tempdir()?;
    let mut command = Command::new(eigenlens);
    command
        .args(["--exit-after-frames", "30", "--screenshot"])
        .arg(screenshot);
    display.show(&mut command);
    // What a person has saved must not matter here, and what this run saves must not matter to them.
    isolate(&mut command, home.path());
    use_lavapipe(&mut command, lavapipe);
    run_within(&mut command, LIMIT).context("the window")?;
    picture::require(screenshot)
}
