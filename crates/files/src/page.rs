//! The cloud as the page passes it on: one JSON text between the module that reads files and the app.
//!
//! `{"name": "cloud.npz", "hash": "0123456789abcdef", "heads": [{"query": [[…]], "key": [[…]], "value": [[…]]}],
//! "labels": ["…"]}`; `hash` is [`hash`] in hexadecimal digits, `labels` may be empty. Every head has `value_prev` too where
//! the cloud has the values of the layer before.

use eigenlens_core::{Cloud, Head};
use nalgebra::DMatrix;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::cloud::{PARTS, PREVIOUS, Rank, hash, read_cloud_for_board, tensors};
use crate::json::{self, NumbersError};
use crate::{Error, Format, Place, Tensor, TensorFile};

/// Reads a file for the board, and writes its cloud as the text that the app takes.
pub fn read(name: &str, bytes: impl Into<Vec<u8>>) -> Result<String, Error> {
    let (cloud, _) = read_cloud_for_board(&TensorFile::read(name, bytes)?)?;
    to_text(name, &cloud)
}

/// Writes the cloud that the app gives as a file of a format, named by its extension.
///
/// A cloud of one head becomes tensors [N, D], one of several [H, N, D].
pub fn write(format: &str, cloud: &str) -> Result<Vec<u8>, Error> {
    let format: Format = format.parse()?;
    let cloud = from_text(cloud)?;
    let rank = match cloud.heads() {
        [_] => Rank::Single,
        _ => Rank::Heads,
    };
    tensors(&cloud, rank)?.write(format)
}

/// The text of a cloud.
pub fn to_text(name: &str, cloud: &Cloud) -> Result<String, Error> {
    let mut text = b"{\"name\":".to_vec();
    json::write_string(&mut text, name)?;
    let hash = u64::from_be_bytes(hash(cloud));
    text.extend_from_slice(format!(",\"hash\":\"{hash:016x}\",\"heads\":[").as_bytes());
    for (place, head) in cloud.heads().iter().enumerate() {
        for (at, (name, part)) in PARTS.into_iter().enumerate() {
            let matrix = part(head);
            let before = match (place, at) {
                (0, 0) => "{\"",
                (_, 0) => "},{\"",
                _ => ",\"",
            };
            text.extend_from_slice(format!("{before}{name}\":").as_bytes());
            json::write_tensor(&mut text, name, &Tensor::of_matrix(name, matrix)?)?;
        }
        if let Some(before) = cloud.previous_values().get(place) {
            text.extend_from_slice(format!(",\"{PREVIOUS}\":").as_bytes());
            json::write_tensor(&mut text, PREVIOUS, &Tensor::of_matrix(PREVIOUS, before)?)?;
        }
    }
    text.extend_from_slice(b"}],\"labels\":");
    json::write_strings(&mut text, cloud.labels())?;
    text.push(b'}');
    String::from_utf8(text).map_err(|error| Error::CannotHold {
        format: Format::Json,
        why: error.to_string(),
    })
}

/// What the app gives; what it does not need of [`to_text`]'s entries may be missing.
#[derive(Deserialize)]
struct PageCloud<'a> {
    #[serde(borrow)]
    heads: Vec<PageHead<'a>>,
    #[serde(default)]
    labels: Vec<String>,
}

#[derive(Deserialize)]
struct PageHead<'a> {
    #[serde(borrow)]
    query: &'a RawValue,
    #[serde(borrow)]
    key: &'a RawValue,
    #[serde(borrow)]
    value: &'a RawValue,
    #[serde(borrow, default)]
    value_prev: Option<&'a RawValue>,
}

/// The cloud of a text.
pub fn from_text(text: &str) -> Result<Cloud, Error> {
    let page: PageCloud<'_> = serde_json::from_str(text).map_err(|error| malformed(&error))?;
    let heads = page
        .heads
        .iter()
        .enumerate()
        .map(|(place, head)| {
            Head::new(
                matrix("query", head.query)?,
                matrix("key", head.key)?,
                matrix("value", head.value)?,
            )
            .map_err(|source| Error::Head { head: place, source })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let cloud = Cloud::new(heads, page.labels)?;
    let before = page.heads.iter().filter_map(|head| head.value_prev);
    let before = before
        .map(|value| matrix(PREVIOUS, value))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(if before.is_empty() {
        cloud
    } else {
        cloud.with_previous_values(before)?
    })
}

fn matrix(name: &str, value: &RawValue) -> Result<DMatrix<f64>, Error> {
    let tensor = json::numbers(name, value.get().as_bytes()).map_err(|error| match error {
        NumbersError::Of(error) => error,
        NumbersError::Syntax(error) => malformed(&error),
    })?;
    tensor.matrix(name)
}

fn malformed(error: &serde_json::Error) -> Error {
    Error::Malformed {
        what: "the cloud".to_owned(),
        place: Place::Line {
            line: error.line() as u64,
            column: error.column() as u64,
        },
        expected: "heads with query, key and value, and labels".to_owned(),
        found: json::message(error),
    }
}
