//! npz: a zip archive with one npy file per array, as `numpy.savez` and `numpy.savez_compressed` write it.

use std::borrow::Cow;
use std::io::{Cursor, Read as _, Write as _};
use std::sync::Arc;

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::file::Entry;
use crate::{Error, Format, Place, Tensor, TensorFile, npy};

/// The size up to which an entry is unpacked, and decoded: a small archive can claim, and produce, terabytes.
///
/// Where the archive is itself large the bounds grow with it, so that what is stored without compression is always
/// read: unpacked to the size of the archive, and decoded to eight times that (bytes that become f64).
const MAX_UNPACKED: u64 = 256 << 20;

type Archive = ZipArchive<Cursor<Arc<[u8]>>>;

/// Reads the directory; entries are unpacked and decoded when they are asked for.
pub(crate) fn read(bytes: Vec<u8>) -> Result<TensorFile, Error> {
    let size = bytes.len() as u64;
    let bytes: Arc<[u8]> = bytes.into();
    let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| Error::Malformed {
        what: "the zip archive".to_owned(),
        place: Place::Byte(0),
        expected: "a directory of its files".to_owned(),
        found: reason(&error),
    })?;
    let mut file = TensorFile::new();
    for place in 0..archive.len() {
        let name = match archive.name_for_index(place) {
            Some(Ok(name)) => name.into_owned(),
            // Nobody can ask for what has no readable name.
            Some(Err(_)) | None => continue,
        };
        let name = name.strip_suffix(".npy").unwrap_or(&name).to_owned();
        let entry = ZipEntry {
            archive: archive.clone(),
            place,
            max_unpacked: MAX_UNPACKED.max(size),
            max_decoded: MAX_UNPACKED.max(size.saturating_mul(size_of::<f64>() as u64)),
        };
        file.add(name, entry);
    }
    Ok(file)
}

/// What a zip error says, without its preamble.
fn reason(error: &ZipError) -> String {
    match error {
        ZipError::InvalidArchive(why) => why.to_string(),
        ZipError::UnsupportedArchive(why) => (*why).to_owned(),
        other => other.to_string(),
    }
}

/// An entry of the archive, not yet unpacked.
struct ZipEntry {
    archive: Archive,
    place: usize,
    max_unpacked: u64,
    max_decoded: u64,
}

impl std::fmt::Debug for ZipEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ZipEntry")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

impl ZipEntry {
    /// The bytes of the entry, no more than the bound; the checksum of the archive is compared.
    fn unpack(&self, name: &str) -> Result<Vec<u8>, Error> {
        let what = format!("entry `{name}` of the zip archive");
        let malformed = |at: u64, found: String| Error::Malformed {
            what: what.clone(),
            place: Place::Byte(at),
            expected: "packed bytes that can be read".to_owned(),
            found,
        };
        // A copy of the archive shares its bytes and directory.
        let mut archive = self.archive.clone();
        let mut entry = archive
            .by_index(self.place)
            .map_err(|error| malformed(0, reason(&error)))?;
        let declared = entry.size();
        if declared > self.max_unpacked {
            return Err(Error::TooLarge {
                what,
                value: declared,
                bound: self.max_unpacked,
            });
        }
        let at = entry.data_start().unwrap_or(0);
        let mut bytes = Vec::new();
        // Reading stops, with an error, where an entry is larger than it declares.
        entry
            .read_to_end(&mut bytes)
            .map_err(|error| malformed(at, error.to_string()))?;
        Ok(bytes)
    }
}

impl Entry for ZipEntry {
    fn numbers(&self, name: &str) -> Result<Cow<'_, Tensor>, Error> {
        npy::numbers(name, &self.unpack(name)?, self.max_decoded).map(Cow::Owned)
    }

    fn strings(&self, name: &str) -> Result<Vec<String>, Error> {
        npy::strings(name, &self.unpack(name)?, self.max_decoded)
    }
}

/// All tensors as f64 arrays, the labels as an array of strings, without compression as `numpy.savez` does.
pub(crate) fn write(file: &TensorFile) -> Result<Vec<u8>, Error> {
    let mut entries = Vec::new();
    for name in file.names() {
        entries.push((name, npy::array(&*file.peek(name)?)));
    }
    if let Some(labels) = file.labels()? {
        entries.push(("labels", npy::string_array(&labels)));
    }
    archive(&entries).map_err(|error| Error::CannotHold {
        format: Format::Npz,
        why: reason(&error),
    })
}

fn archive(entries: &[(&str, Vec<u8>)]) -> Result<Vec<u8>, ZipError> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .large_file(bytes.len() >= u32::MAX as usize);
        writer.start_file(format!("{name}.npy"), options)?;
        writer.write_all(bytes)?;
    }
    writer.finish().map(Cursor::into_inner)
}
