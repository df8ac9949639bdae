//! The formats, told apart by extension and by content.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// `.safetensors`: a JSON header, then raw little-endian tensors.
    Safetensors,
    /// `.npz`: a zip archive of `.npy` files, as `numpy.savez` writes it.
    Npz,
    /// `.npy`: one array, as `numpy.save` writes it.
    Npy,
    /// `.csv`: a table with one row per token.
    Csv,
    /// `.json`: an object of nested arrays.
    Json,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 5] = [Self::Safetensors, Self::Npz, Self::Npy, Self::Csv, Self::Json];

    /// The extension without its dot, in lower case.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Safetensors => "safetensors",
            Self::Npz => "npz",
            Self::Npy => "npy",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    /// The format that the extension of a file name (or of a path) says; upper and lower case are the same.
    pub fn of_name(name: &str) -> Result<Self, Error> {
        let unknown = || Error::UnknownExtension { name: name.to_owned() };
        let (_, extension) = name.rsplit_once('.').ok_or_else(unknown)?;
        extension.parse().map_err(|_: Error| unknown())
    }

    /// The extensions as the end of a sentence.
    pub(crate) fn list() -> String {
        let names = Self::ALL.map(|format| format!(".{}", format.extension()));
        names.join(", ")
    }

    /// Refuses content that is plainly of another format than `self`, by its first bytes.
    pub(crate) fn check(self, bytes: &[u8]) -> Result<(), Error> {
        if bytes.is_empty() {
            return Err(Error::EmptyFile { format: self });
        }
        let wrong = |found: String| Err(Error::WrongContent { format: self, found });
        match (by_magic(bytes), self) {
            (Some((found, _)), _) if found == Some(self) => Ok(()),
            (Some((_, name)), _) => wrong(name.to_owned()),
            (None, Self::Npz) => wrong(format!("no zip archive: {}", first(bytes))),
            (None, Self::Npy) => wrong(format!("no npy array: {}", first(bytes))),
            (None, Self::Safetensors | Self::Csv) if looks_like_json(bytes) => wrong("JSON text".to_owned()),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Csv => "CSV",
            Self::Json => "JSON",
            other => other.extension(),
        })
    }
}

impl FromStr for Format {
    type Err = Error;

    /// Reads an extension, with or without its dot.
    fn from_str(text: &str) -> Result<Self, Error> {
        let extension = text.strip_prefix('.').unwrap_or(text);
        Self::ALL
            .into_iter()
            .find(|format| format.extension().eq_ignore_ascii_case(extension))
            .ok_or_else(|| Error::UnknownExtension { name: text.to_owned() })
    }
}

/// What a npy file begins with.
pub(crate) const NPY: &[u8] = b"\x93NUMPY";

/// A UTF-8 byte order mark.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// The text without its byte order mark.
pub(crate) fn text(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BOM).unwrap_or(bytes)
}

/// The format that the first bytes name without doubt, and its name in words.
fn by_magic(bytes: &[u8]) -> Option<(Option<Format>, &'static str)> {
    if bytes.get(8) == Some(&b'{') && bytes.get(4..8) == Some(&[0; 4]) {
        // The length of a header below 4 GiB, then the header. Neither zip nor text has these NUL bytes before a brace.
        Some((Some(Format::Safetensors), "safetensors"))
    } else if bytes.starts_with(NPY) {
        Some((Some(Format::Npy), "a npy array"))
    } else if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        // A zip archive begins with its first file, or, when it has none, with its end record.
        Some((Some(Format::Npz), "a zip archive"))
    } else if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        Some((None, "UTF-16 text: save it as UTF-8"))
    } else {
        None
    }
}

/// An object is the only JSON that is read.
fn looks_like_json(bytes: &[u8]) -> bool {
    text(bytes).trim_ascii_start().starts_with(b"{")
}

/// The first bytes in words, for a message.
fn first(bytes: &[u8]) -> String {
    let shown: Vec<String> = bytes.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("it begins with the bytes {}", shown.join(" "))
}
