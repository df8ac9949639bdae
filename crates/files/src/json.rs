//! JSON: an object of nested arrays of numbers, and an array of strings under `labels`.
//!
//! The object is taken apart without looking into its values (their syntax is checked); a value becomes a tensor when
//! it is asked for, straight from the text to one flat list, with a check that no row is ragged.

use std::borrow::Cow;
use std::fmt;
use std::io::Write as _;
use std::ops::Range;
use std::sync::Arc;

use serde::de::{DeserializeSeed, Deserializer as _, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::file::Entry;
use crate::{Error, Format, Index, Place, Tensor, TensorFile, format};

/// Reads the object; its values are decoded when they are asked for.
pub(crate) fn read(bytes: Vec<u8>) -> Result<TensorFile, Error> {
    let text = format::text(&bytes);
    let skipped = bytes.len() - text.len();
    let object = Object::parse("the JSON text", text, skipped).map_err(|error| match error {
        // Text is read in an editor: lines and columns say more than bytes.
        Error::Malformed {
            what,
            place: Place::Byte(at),
            expected,
            found,
        } => Error::Malformed {
            what,
            place: line_of(&bytes, at as usize),
            expected,
            found,
        },
        other => other,
    })?;
    let mut file = TensorFile::new();
    let entries = object.entries;
    let bytes: Arc<[u8]> = bytes.into();
    for (name, range) in entries {
        let value = JsonValue {
            text: Arc::clone(&bytes),
            range: range.start + skipped..range.end + skipped,
        };
        file.add(name, value);
    }
    Ok(file)
}

/// The line and the column, both from 1, of a byte of a text.
fn line_of(text: &[u8], at: usize) -> Place {
    let before = text.get(..at).unwrap_or(text);
    let line = before.split(|&byte| byte == b'\n').count();
    let start = before.iter().rposition(|&byte| byte == b'\n');
    let in_line = before.get(start.map_or(0, |start| start + 1)..);
    // Count characters: continuation bytes of UTF-8 do not start one.
    let column = in_line
        .unwrap_or_default()
        .iter()
        .filter(|&&byte| byte & 0xc0 != 0x80)
        .count()
        + 1;
    Place::Line {
        line: line as u64,
        column: column as u64,
    }
}

/// A JSON object whose values are known to be JSON, and are not yet looked into.
pub(crate) struct Object {
    /// Names, and where in the text their values are; in the order of the text, duplicates included.
    pub(crate) entries: Vec<(String, Range<usize>)>,
}

impl Object {
    /// Splits a text. `what` it is and the place `base` at which it begins in its file are for messages.
    pub(crate) fn parse(what: &str, text: &[u8], base: usize) -> Result<Self, Error> {
        let mut deserializer = serde_json::Deserializer::from_slice(text);
        let parsed = deserializer
            .deserialize_map(Entries)
            .and_then(|entries| deserializer.end().map(|()| entries));
        match parsed {
            Ok(values) => {
                let entries = values
                    .into_iter()
                    .map(|(name, raw)| (name, position(text, raw.get())))
                    .collect();
                Ok(Self { entries })
            }
            Err(error) => Err(Error::Malformed {
                what: what.to_owned(),
                place: Place::Byte((base + byte_of(text, &error)) as u64),
                expected: "a JSON object".to_owned(),
                found: message(&error),
            }),
        }
    }
}

/// Where in `text` the part `part` of it is.
fn position(text: &[u8], part: &str) -> Range<usize> {
    let start = part.as_ptr().addr().saturating_sub(text.as_ptr().addr());
    start..start + part.len()
}

/// The place in bytes that an error of serde names by line and column.
fn byte_of(text: &[u8], error: &serde_json::Error) -> usize {
    let mut start = 0;
    for _ in 1..error.line() {
        let rest = text.get(start..).unwrap_or_default();
        match rest.iter().position(|&byte| byte == b'\n') {
            Some(end) => start += end + 1,
            None => break,
        }
    }
    (start + error.column().saturating_sub(1)).min(text.len())
}

/// The message without the place, which is said in front of it.
pub(crate) fn message(error: &serde_json::Error) -> String {
    let full = error.to_string();
    match full.rsplit_once(" at line ") {
        Some((message, _)) => message.to_owned(),
        None => full,
    }
}

/// Collects the entries of an object as raw text.
struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(entries)
    }
}

/// A value of the object, not yet decoded.
#[derive(Debug)]
struct JsonValue {
    text: Arc<[u8]>,
    range: Range<usize>,
}

impl JsonValue {
    fn malformed(&self, name: &str, expected: &str, error: &serde_json::Error) -> Error {
        let value = self.text.get(self.range.clone()).unwrap_or_default();
        Error::Malformed {
            what: format!("entry `{name}`"),
            place: line_of(&self.text, self.range.start + byte_of(value, error)),
            expected: expected.to_owned(),
            found: message(error),
        }
    }
}

impl Entry for JsonValue {
    fn numbers(&self, name: &str) -> Result<Cow<'_, Tensor>, Error> {
        let value = self.text.get(self.range.clone()).unwrap_or_default();
        numbers(name, value).map(Cow::Owned).map_err(|error| match error {
            NumbersError::Of(error) => error,
            NumbersError::Syntax(error) => self.malformed(name, "nested arrays of numbers", &error),
        })
    }

    fn strings(&self, name: &str) -> Result<Vec<String>, Error> {
        let value = self.text.get(self.range.clone()).unwrap_or_default();
        let expected = "an array of strings";
        let labels: Vec<serde_json::Value> =
            serde_json::from_slice(value).map_err(|error| self.malformed(name, expected, &error))?;
        let label = |(place, label)| match label {
            serde_json::Value::String(label) => Ok(label),
            // A number, such as a class, names a token as well.
            serde_json::Value::Number(label) => Ok(label.to_string()),
            other => Err(Error::Malformed {
                what: format!("entry `{name}`"),
                place: Place::Element(Index {
                    along: vec![place],
                    rank: 1,
                }),
                expected: "a string".to_owned(),
                found: kind(&other).to_owned(),
            }),
        };
        labels.into_iter().enumerate().map(label).collect()
    }
}

/// The kind of a JSON value, in words.
const fn kind(value: &serde_json::Value) -> &'static str {
    match value {
        serde_json::Value::Null => "null",
        serde_json::Value::Bool(_) => "a truth value",
        serde_json::Value::Number(_) => "a number",
        serde_json::Value::String(_) => "a string",
        serde_json::Value::Array(_) => "an array",
        serde_json::Value::Object(_) => "an object",
    }
}

/// Why a value is no tensor.
#[derive(Debug)]
pub(crate) enum NumbersError {
    /// The value is read, but is no tensor.
    Of(Error),
    /// The value is not read, at a line and a column of its own text.
    Syntax(serde_json::Error),
}

/// The tensor of nested arrays of numbers.
pub(crate) fn numbers(name: &str, value: &[u8]) -> Result<Tensor, NumbersError> {
    let mut nested = Nested {
        name,
        lengths: Vec::new(),
        rank: None,
        index: Vec::new(),
        data: Vec::new(),
        problem: None,
    };
    let mut deserializer = serde_json::Deserializer::from_slice(value);
    let parsed = Level(&mut nested)
        .deserialize(&mut deserializer)
        .and_then(|()| deserializer.end());
    match (nested.problem, parsed) {
        (Some(problem), _) => Err(NumbersError::Of(problem)),
        (None, Err(error)) => Err(NumbersError::Syntax(error)),
        (None, Ok(())) => {
            // A level whose arrays are all empty has no length yet.
            let shape = nested.lengths.into_iter().map(|l| l.unwrap_or(0)).collect();
            Tensor::new(name, shape, nested.data).map_err(NumbersError::Of)
        }
    }
}

/// What is known while nested arrays are read.
struct Nested<'a> {
    name: &'a str,
    /// The length of the arrays of each level, known when the first of the level has ended.
    lengths: Vec<Option<usize>>,
    /// The number of levels, known at the first number.
    rank: Option<usize>,
    /// The index of the element that is being read.
    index: Vec<usize>,
    data: Vec<f64>,
    /// What is wrong, with its place: more than a serde error can carry.
    problem: Option<Error>,
}

impl Nested<'_> {
    /// Notes what is wrong where, and gives the error that makes serde stop.
    fn stop<E: serde::de::Error>(&mut self, expected: String, found: String) -> E {
        self.problem = Some(Error::Malformed {
            what: format!("tensor `{}`", self.name),
            place: Place::Element(Index {
                along: self.index.clone(),
                rank: self.lengths.len(),
            }),
            expected,
            found,
        });
        E::custom("stopped")
    }

    fn number<E: serde::de::Error>(&mut self, number: f64) -> Result<(), E> {
        // A number stands at the deepest level: arrays that came before may have gone deeper, be they empty.
        if self.lengths.len() > self.index.len() {
            return Err(self.stop("an array".to_owned(), format!("the number {number}")));
        }
        self.rank = Some(self.index.len());
        self.data.push(number);
        Ok(())
    }

    fn other<E: serde::de::Error>(&mut self, found: &str) -> Result<(), E> {
        Err(self.stop("a number or an array".to_owned(), found.to_owned()))
    }
}

/// One value at some depth: an array of the next level, or a number.
struct Level<'a, 'b>(&'a mut Nested<'b>);

impl<'de> DeserializeSeed<'de> for Level<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number or an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let Self(nested) = self;
        let level = nested.index.len();
        if nested.rank.is_some_and(|rank| level >= rank) {
            return Err(nested.stop("a number".to_owned(), "an array".to_owned()));
        }
        if nested.lengths.len() == level {
            nested.lengths.push(None);
        }
        nested.index.push(0);
        let mut length = 0;
        while seq.next_element_seed(Level(nested))?.is_some() {
            length += 1;
            if let Some(along) = nested.index.last_mut() {
                *along = length;
            }
        }
        nested.index.truncate(level);
        let known = nested.lengths.get_mut(level);
        match known {
            Some(Some(expected)) if *expected != length => {
                let expected = *expected;
                Err(nested.stop(format!("{expected} entries"), format!("{length}")))
            }
            Some(known) => {
                *known = Some(length);
                Ok(())
            }
            None => Err(A::Error::custom("stopped")),
        }
    }

    fn visit_f64<E: serde::de::Error>(self, number: f64) -> Result<(), E> {
        self.0.number(number)
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<(), E> {
        self.0.number(number as f64)
    }

    fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<(), E> {
        self.0.number(number as f64)
    }

    fn visit_str<E: serde::de::Error>(self, _: &str) -> Result<(), E> {
        self.0.other("a string")
    }

    fn visit_bool<E: serde::de::Error>(self, _: bool) -> Result<(), E> {
        self.0.other("a truth value")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.0.other("null")
    }

    fn visit_map<A: MapAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        self.0.other("an object")
    }
}

/// All tensors as nested arrays, and the labels as an array of strings, on one line.
pub(crate) fn write(file: &TensorFile) -> Result<Vec<u8>, Error> {
    let mut text = Vec::new();
    for name in file.names() {
        let tensor = file.peek(name)?;
        text.push(if text.is_empty() { b'{' } else { b',' });
        write_string(&mut text, name)?;
        text.push(b':');
        write_tensor(&mut text, name, &tensor)?;
    }
    if let Some(labels) = file.labels()? {
        text.push(if text.is_empty() { b'{' } else { b',' });
        text.extend_from_slice(b"\"labels\":");
        write_strings(&mut text, &labels)?;
    }
    if text.is_empty() {
        text.push(b'{');
    }
    text.extend_from_slice(b"}\n");
    Ok(text)
}

/// A tensor as nested arrays. Numbers are the shortest decimals that read back as the same f64.
pub(crate) fn write_tensor(text: &mut Vec<u8>, name: &str, tensor: &Tensor) -> Result<(), Error> {
    tensor.require_finite(name)?;
    write_nested(text, tensor.shape(), tensor.data()).map_err(|error| cannot(&error))
}

fn write_nested(text: &mut Vec<u8>, shape: &[usize], data: &[f64]) -> std::io::Result<()> {
    let Some((&length, inner)) = shape.split_first() else {
        return match data.first() {
            Some(number) => serde_json::to_writer(text, number).map_err(Into::into),
            None => Ok(()),
        };
    };
    text.write_all(b"[")?;
    let step = (data.len() / length.max(1)).max(1);
    for (place, part) in data.chunks(step).enumerate() {
        if place > 0 {
            text.write_all(b",")?;
        }
        write_nested(text, inner, part)?;
    }
    text.write_all(b"]")
}

/// A string with its quotes.
pub(crate) fn write_string(text: &mut Vec<u8>, string: &str) -> Result<(), Error> {
    serde_json::to_writer(text, string).map_err(|error| cannot(&error.into()))
}

/// An array of strings.
pub(crate) fn write_strings(text: &mut Vec<u8>, strings: &[String]) -> Result<(), Error> {
    serde_json::to_writer(text, strings).map_err(|error| cannot(&error.into()))
}

fn cannot(error: &std::io::Error) -> Error {
    Error::CannotHold {
        format: Format::Json,
        why: error.to_string(),
    }
}
