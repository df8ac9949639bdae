//! safetensors: 8 bytes of length, a JSON header of that length, then the tensors as raw little-endian bytes.
//!
//! The header is taken apart entry by entry, and not by the `safetensors` crate, which refuses a file as a whole for
//! one tensor of a type that it does not know. Types of the header, and writing, are the crate's.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use ::safetensors::tensor::{Dtype, TensorInfo, TensorView};

use crate::file::Entry;
use crate::json::Object;
use crate::tensor::{Element, Layout};
use crate::{Error, Format, Place, Tensor, TensorFile};

/// The bytes that hold the length of the header.
const LENGTH: usize = size_of::<u64>();

/// The largest header that is read, as in the reference implementation.
const MAX_HEADER: u64 = 100_000_000;

/// The key of the header that is no tensor.
const METADATA: &str = "__metadata__";

/// Reads the header; tensors are decoded when they are asked for.
pub(crate) fn read(bytes: Vec<u8>) -> Result<TensorFile, Error> {
    let data_at = header_end(&bytes)?;
    let header = bytes.get(LENGTH..data_at).unwrap_or_default();
    let object = Object::parse("the safetensors header", header, LENGTH)?;
    let mut file = TensorFile::new();
    let mut infos = Vec::with_capacity(object.entries.len());
    for (name, range) in object.entries {
        let text = header.get(range.clone()).unwrap_or_default();
        if name == METADATA {
            let metadata = metadata(text, LENGTH + range.start)?;
            // Metadata are free text: what is no JSON list under this key is no list of labels either.
            let labels = metadata.get("labels").map(|text| serde_json::from_str(text));
            if let Some(Ok(labels)) = labels {
                file.set_labels(labels);
            }
            file.set_metadata(metadata);
        } else {
            infos.push((name, info(text, LENGTH + range.start)));
        }
    }
    let data_len = bytes.len() - data_at;
    let claims = Arc::new(Claims::of(&infos));
    claims.require_no_gap(data_at, data_len)?;
    let bytes: Arc<[u8]> = bytes.into();
    for (name, info) in infos {
        match info {
            Ok(info) => file.add(
                name,
                RawTensor {
                    bytes: Arc::clone(&bytes),
                    data_at,
                    info,
                    claims: Arc::clone(&claims),
                },
            ),
            Err(malformed) => {
                let error = malformed.of(&name);
                file.add(name, error);
            }
        }
    }
    Ok(file)
}

/// Where the header ends and the data begin.
fn header_end(bytes: &[u8]) -> Result<usize, Error> {
    let what = "the safetensors header";
    let Some(length) = bytes.first_chunk::<LENGTH>() else {
        return Err(Error::Malformed {
            what: what.to_owned(),
            place: Place::Byte(0),
            expected: format!("{LENGTH} bytes of its length"),
            found: format!("a file of {} bytes", bytes.len()),
        });
    };
    let length = u64::from_le_bytes(*length);
    if length > MAX_HEADER {
        return Err(Error::TooLarge {
            what: what.to_owned(),
            value: length,
            bound: MAX_HEADER,
        });
    }
    usize::try_from(length)
        .ok()
        .and_then(|length| length.checked_add(LENGTH))
        .filter(|&end| end <= bytes.len())
        .ok_or_else(|| Error::Malformed {
            what: what.to_owned(),
            place: Place::Byte(LENGTH as u64),
            expected: format!("{length} bytes"),
            found: format!("{} bytes to the end of the file", bytes.len() - LENGTH),
        })
}

/// The free text of the header.
fn metadata(text: &[u8], at: usize) -> Result<BTreeMap<String, String>, Error> {
    serde_json::from_slice(text).map_err(|error| Error::Malformed {
        what: format!("`{METADATA}` of the safetensors header"),
        place: Place::Byte(at as u64),
        expected: "an object of strings".to_owned(),
        found: error.to_string(),
    })
}

/// A description of a tensor that cannot be understood.
#[derive(Clone, Debug)]
struct MalformedInfo {
    at: usize,
    found: String,
}

impl MalformedInfo {
    fn of(self, name: &str) -> Error {
        Error::Malformed {
            what: format!("the description of tensor `{name}`"),
            place: Place::Byte(self.at as u64),
            expected: "dtype, shape and data_offsets".to_owned(),
            found: self.found,
        }
    }
}

fn info(text: &[u8], at: usize) -> Result<TensorInfo, MalformedInfo> {
    serde_json::from_slice(text).map_err(|error| MalformedInfo {
        at,
        found: error.to_string(),
    })
}

/// The bytes that the tensors of a file claim, in the order in which they begin.
#[derive(Debug)]
struct Claims {
    claims: Vec<(Range<usize>, String)>,
    /// Whether every tensor's claim could be read.
    complete: bool,
}

impl Claims {
    fn of(infos: &[(String, Result<TensorInfo, MalformedInfo>)]) -> Self {
        let mut claims: Vec<(Range<usize>, String)> = infos
            .iter()
            .filter_map(|(name, info)| {
                let (begin, end) = info.as_ref().ok()?.data_offsets;
                Some((begin..end, name.clone()))
            })
            .collect();
        claims.sort_by_key(|(range, _)| (range.start, range.end));
        let complete = claims.len() == infos.len();
        Self { claims, complete }
    }

    /// The format allows no bytes that belong to no tensor: they are a sign of damage.
    fn require_no_gap(&self, data_at: usize, data_len: usize) -> Result<(), Error> {
        if !self.complete {
            return Ok(());
        }
        let mut covered = 0;
        for (range, _) in &self.claims {
            if range.start > covered {
                break;
            }
            covered = covered.max(range.end);
        }
        if covered >= data_len {
            return Ok(());
        }
        let next = self.claims.iter().map(|(range, _)| range.start);
        let gap_end = next.filter(|&start| start > covered).min();
        Err(Error::Malformed {
            what: "the safetensors data".to_owned(),
            place: Place::Byte((data_at + covered) as u64),
            expected: "bytes of a tensor".to_owned(),
            found: format!(
                "{} bytes that belong to none",
                gap_end.unwrap_or(data_len).min(data_len) - covered
            ),
        })
    }

    /// Another tensor that claims some of these bytes.
    fn overlap(&self, name: &str, range: &Range<usize>) -> Option<&(Range<usize>, String)> {
        self.claims
            .iter()
            .find(|(other, owner)| owner != name && other.start.max(range.start) < other.end.min(range.end))
    }
}

/// A tensor of the file, not yet decoded.
#[derive(Debug)]
struct RawTensor {
    bytes: Arc<[u8]>,
    data_at: usize,
    info: TensorInfo,
    claims: Arc<Claims>,
}

impl Entry for RawTensor {
    fn numbers(&self, name: &str) -> Result<Cow<'_, Tensor>, Error> {
        let TensorInfo {
            dtype,
            shape,
            data_offsets: (begin, end),
        } = &self.info;
        let layout = Layout {
            element: element(name, *dtype)?,
            big_endian: false,
            fortran: false,
            shape: shape.clone(),
        };
        let needed = layout.bytes(name)?;
        let malformed = |expected: String, found: String| Error::Malformed {
            what: format!("tensor `{name}`"),
            place: Place::Byte((self.data_at as u64).saturating_add(*begin as u64)),
            expected,
            found,
        };
        if end.checked_sub(*begin) != Some(needed) {
            return Err(malformed(
                format!("{needed} bytes for {dtype} of shape {shape:?}"),
                format!("the offsets {begin} to {end}"),
            ));
        }
        let data = self.bytes.get(self.data_at..).unwrap_or_default();
        let Some(bytes) = data.get(*begin..*end) else {
            return Err(malformed(
                format!("data up to the offset {end}"),
                format!("{} bytes of data in the file", data.len()),
            ));
        };
        if let Some((range, other)) = self.claims.overlap(name, &(*begin..*end)) {
            return Err(malformed(
                format!("bytes of its own at the offsets {begin} to {end}"),
                format!("tensor `{other}` at {} to {}", range.start, range.end),
            ));
        }
        layout.decode(name, bytes).map(Cow::Owned)
    }
}

fn element(name: &str, dtype: Dtype) -> Result<Element, Error> {
    Ok(match dtype {
        Dtype::F16 => Element::F16,
        Dtype::BF16 => Element::Bf16,
        Dtype::F32 => Element::F32,
        Dtype::F64 => Element::F64,
        Dtype::I8 => Element::I8,
        Dtype::I16 => Element::I16,
        Dtype::I32 => Element::I32,
        Dtype::I64 => Element::I64,
        Dtype::U8 => Element::U8,
        Dtype::U16 => Element::U16,
        Dtype::U32 => Element::U32,
        Dtype::U64 => Element::U64,
        other => {
            return Err(Error::ElementType {
                tensor: name.to_owned(),
                found: other.to_string(),
            });
        }
    })
}

/// All tensors as F64, the labels as a JSON list in the metadata.
pub(crate) fn write(file: &TensorFile) -> Result<Vec<u8>, Error> {
    let cannot = |why: String| Error::CannotHold {
        format: Format::Safetensors,
        why,
    };
    let mut tensors = Vec::new();
    for name in file.names() {
        if name == METADATA {
            return Err(cannot(format!("the name `{METADATA}` is reserved")));
        }
        let tensor = file.peek(name)?;
        let bytes: Vec<u8> = tensor.data().iter().flat_map(|x| x.to_le_bytes()).collect();
        tensors.push((name, tensor.shape().to_vec(), bytes));
    }
    let views = tensors
        .iter()
        .map(|(name, shape, bytes)| Ok((*name, TensorView::new(Dtype::F64, shape.clone(), bytes)?)))
        .collect::<Result<Vec<_>, ::safetensors::SafeTensorError>>();
    let mut metadata = file.metadata().clone();
    if let Some(labels) = file.labels()? {
        let labels = serde_json::to_string(&labels).map_err(|error| cannot(error.to_string()))?;
        metadata.insert("labels".to_owned(), labels);
    }
    let metadata = (!metadata.is_empty()).then(|| metadata.into_iter().collect());
    views
        .and_then(|views| ::safetensors::serialize(views, metadata))
        .map_err(|error| cannot(error.to_string()))
}
