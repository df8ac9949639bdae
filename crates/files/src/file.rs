//! A file as a map from names to tensors that are decoded when they are asked for.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Debug;

use crate::{Error, Format, Tensor, json, npy, npz, safetensors, table};

/// The entry that holds the names of the tokens.
const LABELS: &str = "labels";

/// One entry of a file, not yet decoded.
pub(crate) trait Entry: Debug {
    /// The entry as numbers; `name` is for messages.
    fn numbers(&self, name: &str) -> Result<Cow<'_, Tensor>, Error>;

    /// The entry as a list of strings; `name` is for messages. A list of numbers names tokens too, such as their class.
    fn strings(&self, name: &str) -> Result<Vec<String>, Error> {
        let tensor = self.numbers(name)?;
        if tensor.shape().len() == 1 {
            Ok(tensor.data().iter().map(f64::to_string).collect())
        } else {
            Err(Error::Shape {
                tensor: name.to_owned(),
                expected: "a list of strings or numbers".to_owned(),
                found: tensor.shape().to_vec(),
            })
        }
    }
}

impl Entry for Tensor {
    fn numbers(&self, _name: &str) -> Result<Cow<'_, Self>, Error> {
        Ok(Cow::Borrowed(self))
    }
}

impl Entry for Vec<String> {
    fn numbers(&self, name: &str) -> Result<Cow<'_, Tensor>, Error> {
        Err(Error::ElementType {
            tensor: name.to_owned(),
            found: "text".to_owned(),
        })
    }

    fn strings(&self, _name: &str) -> Result<Vec<String>, Error> {
        Ok(self.clone())
    }
}

/// An entry that is known to be wrong before it is decoded, and harms only who asks for it.
impl Entry for Error {
    fn numbers(&self, _name: &str) -> Result<Cow<'_, Tensor>, Error> {
        Err(self.clone())
    }

    fn strings(&self, _name: &str) -> Result<Vec<String>, Error> {
        Err(self.clone())
    }
}

/// Named tensors, and names of tokens.
///
/// Entries are decoded when they are asked for: one that nobody asks for never causes an error, whatever it holds.
#[derive(Debug, Default)]
pub struct TensorFile {
    entries: BTreeMap<String, Box<dyn Entry>>,
    metadata: BTreeMap<String, String>,
}

impl TensorFile {
    /// A file without entries, to be filled and written.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a file. The format is what the extension of `name` says, and the content has to agree.
    ///
    /// Fails when the file as a whole cannot be understood; what is wrong with one entry is said when it is asked for.
    pub fn read(name: &str, bytes: impl Into<Vec<u8>>) -> Result<Self, Error> {
        let format = Format::of_name(name)?;
        let bytes = bytes.into();
        format.check(&bytes)?;
        match format {
            Format::Safetensors => safetensors::read(bytes),
            Format::Npz => npz::read(bytes),
            Format::Npy => Ok(npy::read(stem(name), bytes)),
            Format::Csv => table::read(&bytes),
            Format::Json => json::read(bytes),
        }
    }

    /// The file as bytes of a format. Numbers are written as f64, so that reading them gives the same bits.
    ///
    /// npy holds a single tensor without labels, CSV holds tensors of shape [N, D]; JSON and CSV hold finite numbers.
    pub fn write(&self, format: Format) -> Result<Vec<u8>, Error> {
        match format {
            Format::Safetensors => safetensors::write(self),
            Format::Npz => npz::write(self),
            Format::Npy => npy::write(self),
            Format::Csv => table::write(self),
            Format::Json => json::write(self),
        }
    }

    /// The names of the tensors, in alphabetical order. Some may turn out not to be readable.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str).filter(|&name| name != LABELS)
    }

    /// Whether a tensor of this name is there.
    pub fn contains(&self, name: &str) -> bool {
        name != LABELS && self.entries.contains_key(name)
    }

    /// Decodes a tensor.
    pub fn tensor(&self, name: &str) -> Result<Tensor, Error> {
        self.peek(name).map(Cow::into_owned)
    }

    /// A tensor, without a copy where it is already decoded.
    pub(crate) fn peek(&self, name: &str) -> Result<Cow<'_, Tensor>, Error> {
        match self.entries.get(name) {
            Some(entry) => entry.numbers(name),
            None => Err(Error::Missing {
                name: name.to_owned(),
                there: self.names().map(str::to_owned).collect(),
            }),
        }
    }

    /// The names of the tokens, if the file has any: the entry `labels` of JSON and npz, the column `label` of CSV,
    /// the key `labels` of a safetensors file's metadata (a JSON list).
    pub fn labels(&self) -> Result<Option<Vec<String>>, Error> {
        self.entries.get(LABELS).map(|entry| entry.strings(LABELS)).transpose()
    }

    /// Free text by key, as only safetensors files have it.
    pub const fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    /// Adds a tensor, or replaces the one of the same name.
    pub fn insert(&mut self, name: impl Into<String>, tensor: Tensor) {
        self.entries.insert(name.into(), Box::new(tensor));
    }

    /// Sets the names of the tokens.
    pub fn set_labels(&mut self, labels: Vec<String>) {
        self.entries.insert(LABELS.to_owned(), Box::new(labels));
    }

    /// Adds an entry as a reader finds it. A name that comes twice harms only who asks for it.
    pub(crate) fn add(&mut self, name: String, entry: impl Entry + 'static) {
        let entry: Box<dyn Entry> = if self.entries.contains_key(&name) {
            Box::new(Error::Duplicate { name: name.clone() })
        } else {
            Box::new(entry)
        };
        self.entries.insert(name, entry);
    }

    /// Sets the free text.
    pub(crate) fn set_metadata(&mut self, metadata: BTreeMap<String, String>) {
        self.metadata = metadata;
    }
}

/// The name of a file without folders and extension.
fn stem(name: &str) -> &str {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}
