//! `cargo xtask bench`: our benches, then the same work in other tools, on the same machine in the same run.

use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::{
    progress::say,
    workspace::{self, cargo, files_below, shown},
};

/// Runs everything that measures.
pub(crate) fn run() -> Result<()> {
    say("criterion: eigenlens-core");
    let status = cargo()
        .args(["bench", "--package", "eigenlens-core"])
        .status()
        .context("cargo did not start")?;
    if !status.success() {
        bail!("cargo bench: {status}");
    }

    let root = workspace::root();
    let peers = root.join("benches/peers");
    let scripts: Vec<_> = files_below(&peers)?
        .into_iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "py"))
        // Full size takes minutes and a GPU, and `eigenlens bench` is what it is compared with.
        .filter(|file| file.file_stem().is_some_and(|stem| stem != "attention_torch"))
        .collect();
    let Some(python) = workspace::python_with_numpy() else {
        say("The peers were not measured: python3 with numpy is not installed (pip install numpy).");
        return Ok(());
    };
    for script in scripts {
        say(&format!("\n{}", shown(&script, &root)));
        let status = Command::new(&python)
            .arg(&script)
            .current_dir(&root)
            .status()
            .context("python3 did not start")?;
        if !status.success() {
            bail!("{}: {status}", shown(&script, &root));
        }
    }
    Ok(())
}
