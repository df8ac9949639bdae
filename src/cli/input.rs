//! What a subcommand reads.

use std::fs;
use std::io;
use std::path::Path;

use eigenlens_files::Format;

use super::error::{Error, failed};

/// Reads a file as `parse` does, which is given its name and its bytes.
pub(super) fn read<T>(
    path: &Path,
    parse: impl FnOnce(&str, Vec<u8>) -> Result<T, eigenlens_files::Error>,
) -> Result<T, Error> {
    let unreadable = |source| Error::File {
        path: path.to_owned(),
        source: Box::new(source),
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Format::of_name(&name).map_err(unreadable)?;
    let failed = failed("read", path);
    // Neither a folder nor a device without end.
    if !fs::metadata(path).map_err(&failed)?.is_file() {
        return Err(failed(io::Error::other("it is not a file")));
    }
    let bytes = fs::read(path).map_err(&failed)?;
    parse(&name, bytes).map_err(unreadable)
}
