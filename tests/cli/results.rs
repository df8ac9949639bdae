//! Where results go: files that are replaced as a whole, standard output, and what cannot be written.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Case, refuses, works};

/// The names in a folder.
fn names(folder: &Path) -> Vec<PathBuf> {
    let mut names: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    names.sort();
    names
}

#[test]
fn an_output_that_cannot_be_written() {
    let case = Case::new(&[1, 2], &[2, 2], &[2, 1]);
    fs::create_dir(case.path().join("folder.json")).unwrap();
    fs::write(case.path().join("file"), "").unwrap();
    let before = names(case.path());
    // The extension is refused before the input is looked at.
    for name in ["out.csv", "out.npy", "out.txt", "out"] {
        let line = refuses(
            &["attend", "--mechanism", "softmax", "--input", "none", "--output", name],
            case.path(),
        );
        assert_eq!(
            line,
            format!("`{name}`: results are written as .safetensors, .npz or .json")
        );
    }
    for (name, problem) in [
        ("folder.json", "it is not a file"),
        ("none/out.json", "No such file"),
        ("file/out.json", "Not a directory"),
    ] {
        let line = refuses(
            &[
                "attend",
                "--mechanism",
                "softmax",
                "--input",
                "in.npz",
                "--output",
                name,
            ],
            case.path(),
        );
        assert!(line.contains(problem) && line.contains(&format!("`{name}`")), "{line}");
    }
    assert_eq!(names(case.path()), before);
}

#[test]
fn a_failure_leaves_the_old_result_and_success_replaces_it() {
    let case = Case::new(&[1, 2], &[2, 2], &[2, 1]);
    let result = case.path().join("out.json");
    fs::write(&result, "old").unwrap();
    fs::write(case.path().join("bad.json"), "{}").unwrap();
    let before = names(case.path());
    refuses(
        &[
            "attend",
            "--mechanism",
            "softmax",
            "--input",
            "bad.json",
            "--output",
            "out.json",
        ],
        case.path(),
    );
    assert_eq!(fs::read_to_string(&result).unwrap(), "old");
    works(
        &[
            "attend",
            "--mechanism",
            "softmax",
            "--input",
            "in.json",
            "--output",
            "out.json",
        ],
        case.path(),
    );
    assert!(fs::read_to_string(&result).unwrap().starts_with("{\"output\":[["));
    assert_eq!(names(case.path()), before);
    // The result may take the place of the input.
    works(
        &[
            "attend",
            "--mechanism",
            "softmax",
            "--input",
            "in.json",
            "--output",
            "in.json",
        ],
        case.path(),
    );
    assert!(
        fs::read_to_string(case.path().join("in.json"))
            .unwrap()
            .starts_with("{\"output\":[[")
    );
}

#[cfg(unix)]
#[test]
fn links_and_permissions_of_a_result_stay() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let case = Case::new(&[1, 2], &[2, 2], &[2, 1]);
    let real = case.path().join("real.json");
    fs::write(&real, "old").unwrap();
    fs::set_permissions(&real, fs::Permissions::from_mode(0o600)).unwrap();
    let link = case.path().join("link.json");
    symlink("real.json", &link).unwrap();
    works(
        &[
            "attend",
            "--mechanism",
            "softmax",
            "--input",
            "in.npz",
            "--output",
            "link.json",
        ],
        case.path(),
    );
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&real).unwrap().starts_with("{\"output\""));
    assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);
}

#[cfg(unix)]
#[test]
fn a_reader_that_leaves_early_is_no_error() {
    // More than a pipe holds.
    let case = Case::new(&[300, 2], &[300, 2], &[300, 40]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_eigenlens"))
        .args(["attend", "--mechanism", "softmax", "--input", "in.npz"])
        .current_dir(case.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(
        (output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()),
        (Some(0), "")
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said() {
    let case = Case::new(&[1, 2], &[2, 2], &[2, 1]);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_eigenlens"))
        .args(["attend", "--mechanism", "softmax", "--input", "in.npz"])
        .current_dir(case.path())
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let line = String::from_utf8(output.stderr).unwrap();
    assert!(
        line.starts_with("eigenlens: cannot write to standard output: No space left"),
        "{line}"
    );
}
