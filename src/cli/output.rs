//! Where results go: a file, replaced as a whole, or standard output.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use eigenlens_files::{Format, TensorFile};

use super::error::{Error, failed};

/// The formats that results are written in: those that hold tensors of any shape by name.
const FORMATS: [Format; 3] = [Format::Safetensors, Format::Npz, Format::Json];

/// A place for results that is known to be one, before the work.
#[derive(Debug)]
pub(super) struct Destination<'a> {
    /// None is standard output.
    path: Option<&'a Path>,
    format: Format,
}

impl<'a> Destination<'a> {
    /// The file, or without one standard output, as JSON.
    pub(super) fn new(path: Option<&'a Path>) -> Result<Self, Error> {
        let format = match path {
            Some(path) => {
                let format = output_format(path)?;
                check_output(path)?;
                format
            }
            None => Format::Json,
        };
        Ok(Self { path, format })
    }

    /// Writes the results, as a whole or not at all.
    pub(super) fn write(&self, results: &TensorFile) -> Result<(), Error> {
        let results = results.write(self.format)?;
        match self.path {
            Some(path) => replace(path, &results),
            None => print(&results),
        }
    }
}

fn output_format(path: &Path) -> Result<Format, Error> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Format::of_name(&name)
        .ok()
        .filter(|format| FORMATS.contains(format))
        .ok_or_else(|| Error::OutputFormat(path.to_owned()))
}

/// Refuses at once what could only fail after the work: a folder, a missing folder, a file that must not be written.
pub(super) fn check_output(path: &Path) -> Result<(), Error> {
    let failed = failed("write", path);
    match fs::metadata(path) {
        Ok(there) if there.is_file() => {
            // Renaming over a file asks only for leave to write to its folder.
            let writable = fs::OpenOptions::new().write(true).open(path);
            writable.map(drop).map_err(failed)
        }
        Ok(_) => Err(failed(io::Error::other("it is not a file"))),
        Err(error) if error.kind() == ErrorKind::NotFound => match fs::metadata(folder(path)) {
            Ok(folder) if folder.is_dir() => Ok(()),
            Ok(_) => Err(failed(ErrorKind::NotADirectory.into())),
            Err(error) => Err(failed(error)),
        },
        Err(error) => Err(failed(error)),
    }
}

/// The folder that a file is in.
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Writes a file as a whole or not at all: beside its place first, and then into it.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    // A link stays a link: the file that it points to is replaced.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}.part", std::process::id()));
    let part = folder(&target).join(name);
    let written = write_new(&part, bytes, &target).and_then(|()| fs::rename(&part, &target));
    written.map_err(|error| {
        fs::remove_file(&part).ok();
        failed("write", path)(error)
    })
}

/// Writes a new file, with the permissions of the one that it will replace.
fn write_new(path: &Path, bytes: &[u8], like: &Path) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).open(path)?;
    if let Ok(there) = fs::metadata(like) {
        file.set_permissions(there.permissions())?;
    }
    file.write_all(bytes)?;
    // A disk may say only now that it is full.
    file.sync_all()
}

/// Writes to standard output. A reader that has had enough is no error.
pub(super) fn print(bytes: &[u8]) -> Result<(), Error> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Error::Stdout(error)),
        _ => Ok(()),
    }
}
