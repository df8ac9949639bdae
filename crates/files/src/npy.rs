//! npy: a magic number, a version, a header that is a Python dictionary, then the elements of one array.
//!
//! The header is read here and not by `npyz`, which multiplies the shape unchecked, makes room for the header before
//! it is known to be there, and descends into nested literals without end. The literals that a header of numbers
//! needs are few: strings, two truth values and a tuple of lengths.

use std::borrow::Cow;
use std::ops::Range;

use crate::file::Entry;
use crate::format::NPY;
use crate::tensor::{Element, Layout};
use crate::{Error, Format, Index, Place, Tensor, TensorFile};

/// A file of one tensor, which has the name of the file.
pub(crate) fn read(name: &str, bytes: Vec<u8>) -> TensorFile {
    let mut file = TensorFile::new();
    file.add(name.to_owned(), NpyEntry(bytes));
    file
}

/// The bytes of a npy file, not yet decoded.
#[derive(Debug)]
struct NpyEntry(Vec<u8>);

impl Entry for NpyEntry {
    fn numbers(&self, name: &str) -> Result<Cow<'_, Tensor>, Error> {
        numbers(name, &self.0, u64::MAX).map(Cow::Owned)
    }

    fn strings(&self, name: &str) -> Result<Vec<String>, Error> {
        strings(name, &self.0, u64::MAX)
    }
}

/// The array of a npy file as numbers, which may take `bound` bytes as f64.
pub(crate) fn numbers(name: &str, bytes: &[u8], bound: u64) -> Result<Tensor, Error> {
    let header = Header::read(name, bytes)?;
    let unknown = || Error::ElementType {
        tensor: name.to_owned(),
        found: format!("`{}`", header.descr),
    };
    let (order, code) = split_order(&header.descr);
    let element = match code {
        "f2" => Element::F16,
        "f4" => Element::F32,
        "f8" => Element::F64,
        "i1" => Element::I8,
        "i2" => Element::I16,
        "i4" => Element::I32,
        "i8" => Element::I64,
        "u1" => Element::U8,
        "u2" => Element::U16,
        "u4" => Element::U32,
        "u8" => Element::U64,
        _ => return Err(unknown()),
    };
    let layout = Layout {
        element,
        big_endian: order == Some('>'),
        fortran: header.fortran,
        shape: header.shape.clone(),
    };
    let data = header.data(name, bytes, layout.bytes(name)?)?;
    let decoded = data.len() / element.bytes() * size_of::<f64>();
    require_within(bound, &format!("tensor `{name}` as f64"), decoded)?;
    layout.decode(name, data)
}

fn require_within(bound: u64, what: &str, decoded: usize) -> Result<(), Error> {
    let value = decoded as u64;
    if value <= bound {
        return Ok(());
    }
    Err(Error::TooLarge {
        what: what.to_owned(),
        value,
        bound,
    })
}

/// The byte order, if any, and the rest of a type such as `<f8`.
fn split_order(descr: &str) -> (Option<char>, &str) {
    match descr.chars().next() {
        Some(order @ ('<' | '>' | '|' | '=')) => (Some(order), descr.get(1..).unwrap_or_default()),
        _ => (None, descr),
    }
}

/// The array of a npy file as a list of strings: fixed-width Unicode (`<U5`), padded with NUL; or numbers, within
/// the bound of [`numbers`].
pub(crate) fn strings(name: &str, bytes: &[u8], bound: u64) -> Result<Vec<String>, Error> {
    let header = Header::read(name, bytes)?;
    let (order, code) = split_order(&header.descr);
    let Some(width) = code.strip_prefix('U').and_then(|w| w.parse::<usize>().ok()) else {
        return numbers(name, bytes, bound)?.strings(name);
    };
    let &[count] = header.shape.as_slice() else {
        return Err(Error::Shape {
            tensor: name.to_owned(),
            expected: "a list of strings".to_owned(),
            found: header.shape,
        });
    };
    let needed = count
        .checked_mul(width)
        .and_then(|characters| characters.checked_mul(size_of::<u32>()))
        .ok_or_else(|| Error::ShapeOverflow {
            tensor: name.to_owned(),
            shape: vec![count, width],
        })?;
    if needed == 0 {
        return Err(Error::NoElements {
            tensor: name.to_owned(),
            shape: vec![count, width],
        });
    }
    let data = header.data(name, bytes, needed)?;
    let decoded = count.saturating_mul(size_of::<String>() + width);
    require_within(bound, &format!("entry `{name}` as strings"), decoded)?;
    let (characters, _) = data.as_chunks::<4>();
    let decode = |(place, string): (usize, &[[u8; 4]])| {
        let codes = string.iter().map(|&code| match order {
            Some('>') => u32::from_be_bytes(code),
            _ => u32::from_le_bytes(code),
        });
        let text: Option<String> = codes.map(char::from_u32).collect();
        let text = text.ok_or_else(|| Error::Malformed {
            what: format!("entry `{name}`"),
            place: Place::Element(Index {
                along: vec![place],
                rank: 1,
            }),
            expected: "Unicode characters".to_owned(),
            found: "a code that is none".to_owned(),
        })?;
        Ok(text.trim_end_matches('\0').to_owned())
    };
    characters.chunks(width).enumerate().map(decode).collect()
}

/// What a npy file says before its data.
#[derive(Debug)]
struct Header {
    descr: String,
    fortran: bool,
    shape: Vec<usize>,
    data_at: usize,
}

impl Header {
    fn read(name: &str, bytes: &[u8]) -> Result<Self, Error> {
        let range = Self::range(name, bytes)?;
        let data_at = range.end;
        let text = bytes.get(range.clone()).unwrap_or_default();
        let mut literal = Literal {
            text,
            at: 0,
            name,
            base: range.start,
        };
        let (descr, fortran, shape) = literal.dictionary()?;
        Ok(Self {
            descr,
            fortran,
            shape,
            data_at,
        })
    }

    /// Where the dictionary is.
    fn range(name: &str, bytes: &[u8]) -> Result<Range<usize>, Error> {
        let malformed = |at: usize, expected: &str, found: String| Error::Malformed {
            what: format!("the npy header of `{name}`"),
            place: Place::Byte(at as u64),
            expected: expected.to_owned(),
            found,
        };
        let rest = bytes
            .strip_prefix(NPY)
            .ok_or_else(|| malformed(0, "the npy magic number", "other bytes".to_owned()))?;
        let end = || "the end of the file".to_owned();
        let Some((&[major, minor], rest)) = rest.split_first_chunk::<2>() else {
            return Err(malformed(bytes.len(), "a version", end()));
        };
        let (start, length) = match (major, minor, rest) {
            (1, 0, &[a, b, ..]) => (10, u64::from(u16::from_le_bytes([a, b]))),
            (2 | 3, 0, &[a, b, c, d, ..]) => (12, u64::from(u32::from_le_bytes([a, b, c, d]))),
            (1..=3, 0, _) => return Err(malformed(bytes.len(), "the length of the header", end())),
            _ => {
                let found = format!("{major}.{minor}");
                return Err(malformed(NPY.len(), "version 1.0, 2.0 or 3.0", found));
            }
        };
        let there = bytes.len().saturating_sub(start);
        match usize::try_from(length) {
            Ok(length) if length <= there => Ok(start..start + length),
            _ => Err(malformed(
                start,
                &format!("{length} bytes"),
                format!("{there} bytes to the end of the file"),
            )),
        }
    }

    /// The data, which must be exactly as long as type and shape say.
    fn data<'a>(&self, name: &str, bytes: &'a [u8], needed: usize) -> Result<&'a [u8], Error> {
        let data = bytes.get(self.data_at..).unwrap_or_default();
        if data.len() == needed {
            return Ok(data);
        }
        Err(Error::Malformed {
            what: format!("the data of `{name}`"),
            place: Place::Byte(self.data_at as u64),
            expected: format!("{needed} bytes for `{}` of shape {:?}", self.descr, self.shape),
            found: format!("{} bytes", data.len()),
        })
    }
}

/// Reads the few Python literals of a header.
struct Literal<'a> {
    text: &'a [u8],
    at: usize,
    /// The array, for messages.
    name: &'a str,
    /// Where the text begins in the file, for messages.
    base: usize,
}

impl Literal<'_> {
    /// `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }`, the keys in any order.
    fn dictionary(&mut self) -> Result<(String, bool, Vec<usize>), Error> {
        let (mut descr, mut fortran, mut shape) = (None, None, None);
        self.expect(b'{')?;
        while !self.accept(b'}') {
            let key_at = self.at;
            let key = self.string()?;
            self.expect(b':')?;
            let repeated = match key.as_str() {
                "descr" => descr.replace(self.descr()?).is_some(),
                "fortran_order" => fortran.replace(self.truth()?).is_some(),
                "shape" => shape.replace(self.lengths()?).is_some(),
                _ => true,
            };
            if repeated {
                self.at = key_at;
                return Err(self.wrong("descr, fortran_order and shape, once each"));
            }
            if !self.accept(b',') {
                self.expect(b'}')?;
                break;
            }
        }
        self.blanks();
        if self.at < self.text.len() {
            return Err(self.wrong("the end of the header"));
        }
        match (descr, fortran, shape) {
            (Some(descr), Some(fortran), Some(shape)) => Ok((descr, fortran, shape)),
            _ => Err(self.wrong("descr, fortran_order and shape")),
        }
    }

    /// The type of the elements. A list describes records, which are no numbers.
    fn descr(&mut self) -> Result<String, Error> {
        self.blanks();
        if self.peek() == Some(b'[') {
            return Err(Error::ElementType {
                tensor: self.name.to_owned(),
                found: "record (a structured array)".to_owned(),
            });
        }
        self.string()
    }

    /// A string without escapes: none of the known types has any.
    fn string(&mut self) -> Result<String, Error> {
        self.blanks();
        let Some(quote @ (b'\'' | b'"')) = self.peek() else {
            return Err(self.wrong("a string"));
        };
        let start = self.at + 1;
        let rest = self.text.get(start..).unwrap_or_default();
        let ended = rest.iter().position(|&byte| byte == quote);
        let text = ended.and_then(|length| std::str::from_utf8(rest.get(..length)?).ok());
        match text {
            Some(text) => {
                self.at = start + text.len() + 1;
                Ok(text.to_owned())
            }
            None => Err(self.wrong("a string that ends")),
        }
    }

    fn truth(&mut self) -> Result<bool, Error> {
        self.blanks();
        let rest = self.text.get(self.at..).unwrap_or_default();
        for (word, truth) in [(&b"True"[..], true), (b"False", false)] {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(truth);
            }
        }
        Err(self.wrong("True or False"))
    }

    /// A tuple of lengths: `()`, `(3,)`, `(3, 2)`.
    fn lengths(&mut self) -> Result<Vec<usize>, Error> {
        let mut lengths = Vec::new();
        self.expect(b'(')?;
        while !self.accept(b')') {
            lengths.push(self.length()?);
            if !self.accept(b',') {
                self.expect(b')')?;
                break;
            }
        }
        Ok(lengths)
    }

    /// A length; Python 2 wrote an `L` behind some.
    fn length(&mut self) -> Result<usize, Error> {
        self.blanks();
        let rest = self.text.get(self.at..).unwrap_or_default();
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let number = std::str::from_utf8(rest.get(..digits).unwrap_or_default());
        match number.map(str::parse) {
            Ok(Ok(length)) => {
                self.at += digits;
                if self.peek() == Some(b'L') {
                    self.at += 1;
                }
                Ok(length)
            }
            _ => Err(self.wrong(&format!("a length of 0 to {}", usize::MAX))),
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn accept(&mut self, byte: u8) -> bool {
        self.blanks();
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, byte: u8) -> Result<(), Error> {
        if self.accept(byte) {
            Ok(())
        } else {
            Err(self.wrong(&format!("`{}`", char::from(byte))))
        }
    }

    fn wrong(&self, expected: &str) -> Error {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let found = match rest.get(..rest.len().min(12)) {
            None | Some([]) => "the end of the header".to_owned(),
            Some(some) => format!("`{}`", String::from_utf8_lossy(some)),
        };
        Error::Malformed {
            what: format!("the npy header of `{}`", self.name),
            place: Place::Byte((self.base + self.at) as u64),
            expected: expected.to_owned(),
            found,
        }
    }
}

/// The only tensor of a file, as little-endian f64 in C order.
pub(crate) fn write(file: &TensorFile) -> Result<Vec<u8>, Error> {
    let names: Vec<&str> = file.names().collect();
    match names.as_slice() {
        &[name] if file.labels()?.is_none() => Ok(array(&*file.peek(name)?)),
        &[_] => Err(cannot("it holds one tensor, and there are labels too")),
        names => Err(cannot(&format!(
            "it holds one tensor, and there are {}: npz holds them",
            names.len()
        ))),
    }
}

fn cannot(why: &str) -> Error {
    Error::CannotHold {
        format: Format::Npy,
        why: why.to_owned(),
    }
}

/// A npy file of a tensor.
pub(crate) fn array(tensor: &Tensor) -> Vec<u8> {
    let mut bytes = header("<f8", tensor.shape());
    bytes.extend(tensor.data().iter().flat_map(|x| x.to_le_bytes()));
    bytes
}

/// A npy file of a list of strings.
pub(crate) fn string_array(strings: &[String]) -> Vec<u8> {
    let width = strings.iter().map(|s| s.chars().count()).max();
    let width = width.unwrap_or(0).max(1);
    let mut bytes = header(&format!("<U{width}"), &[strings.len()]);
    for string in strings {
        let padded = string.chars().map(u32::from).chain(std::iter::repeat(0));
        bytes.extend(padded.take(width).flat_map(u32::to_le_bytes));
    }
    bytes
}

/// Magic number, version and dictionary, padded so that the data begin at a multiple of 64.
fn header(descr: &str, shape: &[usize]) -> Vec<u8> {
    const ALIGNMENT: usize = 64;
    let lengths: Vec<String> = shape.iter().map(usize::to_string).collect();
    // A tuple of one has a comma behind it.
    let comma = if shape.len() == 1 { "," } else { "" };
    let shape = format!("({}{comma})", lengths.join(", "));
    let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    // Version 1.0 holds headers up to 64 KiB; a shape of thousands of axes needs version 2.0.
    let start = |wide: bool| if wide { 12 } else { 10 };
    let padding = |wide: bool| {
        let unpadded = start(wide) + text.len() + 1;
        unpadded.next_multiple_of(ALIGNMENT) - unpadded
    };
    let wide = text.len() + padding(false) + 1 > usize::from(u16::MAX);
    let padding = padding(wide);
    text.extend(std::iter::repeat_n(' ', padding));
    text.push('\n');
    let mut bytes = NPY.to_vec();
    if wide {
        bytes.extend([2, 0]);
        bytes.extend((text.len() as u32).to_le_bytes());
    } else {
        bytes.extend([1, 0]);
        bytes.extend((text.len() as u16).to_le_bytes());
    }
    bytes.extend(text.into_bytes());
    bytes
}
