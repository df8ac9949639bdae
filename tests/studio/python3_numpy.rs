//! The scripts are run.

use std::process::Command;
use std::{env, fs};

use crate::labs::{finished, labs};

#[test]
fn the_script_of_every_lens_reproduces_its_numbers() {
    // `cargo xtask test` looks for one that has numpy: the first on the PATH need not have it.
    let python = env::var_os("EIGENLENS_PYTHON").unwrap_or_else(|| "python3".into());
    let folder = tempfile::tempdir().expect("a folder");
    for (name, lab, library) in labs() {
        let studio = finished(&lab, library);
        let stem = format!("eigenlens-{}", studio.stem());
        fs::write(
            folder.path().join(&stem).with_extension("npz"),
            studio.file("npz").expect("arrays"),
        )
        .expect("a file");
        fs::write(
            folder.path().join(&stem).with_extension("py"),
            studio.file("py").expect("a script"),
        )
        .expect("a file");
        let output = Command::new(&python)
            .arg(format!("{stem}.py"))
            .current_dir(&folder)
            .output()
            .expect("python3 with numpy");
        let [said, complained] =
            [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        assert!(output.status.success(), "{name}:\n{said}{complained}");
        assert!(
            said.lines().count() > 0 && complained.is_empty(),
            "{name}:\n{said}{complained}"
        );
    }
}
