//! JSON as a stream of what the reader asks for (RFC 8259), and as serde writes it: small in the page, and no tree of what is
//! read.
//!
//! Numbers come out as the nearest f64. What is not asked for is passed over.

use std::{fmt, io};

use serde::Serialize;
use serde_json::ser::Formatter;

/// Lists and objects within each other that are passed over; what is deeper is refused.
const DEEPEST: usize = 64;
/// Characters of what is there that are told.
const FOUND: usize = 20;

/// A value as JSON.
///
/// # Errors
/// What serde says of a value that JSON cannot hold.
pub fn write(value: &impl Serialize) -> Result<String, String> {
    let mut bytes = Vec::new();
    let written = value.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, Plain));
    written.map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}

/// Numbers as the standard library writes them, shortest and exact as well: the page need not have tables of powers twice.
struct Plain;

impl Formatter for Plain {
    fn write_f32<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f32) -> io::Result<()> {
        write!(writer, "{value:?}")
    }

    fn write_f64<W: ?Sized + io::Write>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        write!(writer, "{value:?}")
    }
}

/// What stands where something else was expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unexpected {
    /// The line, from 1.
    pub line: usize,
    /// The character of the line, from 1.
    pub column: usize,
    /// What was expected.
    pub expected: &'static str,
    /// The first characters of what is there.
    pub found: String,
}

impl fmt::Display for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            line,
            column,
            expected,
            found,
        } = self;
        write!(f, "line {line}, character {column}: expected {expected}, found {found}")
    }
}

impl std::error::Error for Unexpected {}

/// What is left of a text.
pub struct Reader<'a> {
    text: &'a str,
    at: usize,
}

/// Reads one entry of a list.
type Entry<'e, 'a> = &'e mut dyn FnMut(&mut Reader<'a>) -> Result<(), Unexpected>;

/// Reads the value of a name in an object.
type Named<'e, 'a> = &'e mut dyn FnMut(&mut Reader<'a>, &str) -> Result<(), Unexpected>;

impl<'a> Reader<'a> {
    /// A reader at the beginning of a text.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The present place, to speak of later.
    #[must_use]
    pub fn place(&mut self) -> Self {
        self.peek();
        Self { ..*self }
    }

    /// The error of this place.
    pub fn expected(&self, expected: &'static str) -> Unexpected {
        let (before, rest) = self.text.split_at_checked(self.at).unwrap_or((self.text, ""));
        let line = before.rsplit('\n').next().unwrap_or_default();
        let end = |c: char| matches!(c, ',' | ']' | '}') || c.is_whitespace();
        let found: String = rest.split(end).next().unwrap_or_default().chars().take(FOUND).collect();
        Unexpected {
            line: before.matches('\n').count() + 1,
            column: line.chars().count() + 1,
            expected,
            found: match rest.chars().next() {
                Some(first) if found.is_empty() => first.to_string(),
                Some(_) => found,
                None => "the end".to_owned(),
            },
        }
    }

    /// The next character that is no white space.
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = bytes.get(self.at) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    /// Whether the next character is this one, which is then taken.
    fn take(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    /// Nothing follows but white space.
    pub fn end(&mut self) -> Result<(), Unexpected> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.expected("the end of the text")),
        }
    }

    /// Whether a `null` is next, which is then taken.
    pub fn null(&mut self) -> bool {
        self.word("null")
    }

    fn word(&mut self, word: &str) -> bool {
        self.peek();
        let found = self.text.get(self.at..).is_some_and(|rest| rest.starts_with(word));
        self.at += if found { word.len() } else { 0 };
        found
    }

    /// A `true` or a `false`.
    pub fn bool(&mut self) -> Result<bool, Unexpected> {
        if self.word("true") {
            Ok(true)
        } else if self.word("false") {
            Ok(false)
        } else {
            Err(self.expected("true or false"))
        }
    }

    /// The characters of a number.
    fn digits(&mut self) -> &'a str {
        self.peek();
        let rest = self.text.get(self.at..).unwrap_or_default();
        let is_part = |c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.' | 'e' | 'E');
        let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    }

    /// A finite number.
    pub fn number(&mut self) -> Result<f64, Unexpected> {
        self.number_that("a finite number", |_| true)
    }

    /// A finite number that fits.
    pub fn number_that(&mut self, expected: &'static str, fits: fn(f64) -> bool) -> Result<f64, Unexpected> {
        let digits = self.digits();
        match digits.parse::<f64>() {
            Ok(number) if number.is_finite() && is_number(digits) && fits(number) => {
                self.at += digits.len();
                Ok(number)
            }
            _ => Err(self.expected(expected)),
        }
    }

    /// A whole number from 0 to `most`, which `expected` names.
    pub fn whole_to(&mut self, most: u64, expected: &'static str) -> Result<u64, Unexpected> {
        let digits = self.digits();
        match digits.parse() {
            Ok(number) if is_number(digits) && number <= most => {
                self.at += digits.len();
                Ok(number)
            }
            _ => Err(self.expected(expected)),
        }
    }

    /// A string.
    pub fn text(&mut self) -> Result<String, Unexpected> {
        const EXPECTED: &str = "a string in quotation marks";
        if !self.take(b'"') {
            return Err(self.expected(EXPECTED));
        }
        let mut text = String::new();
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let plain = rest.find(|c| matches!(c, '"' | '\\' | '\0'..='\x1f'));
            let (plain, rest) = rest.split_at_checked(plain.unwrap_or(rest.len())).unwrap_or_default();
            text.push_str(plain);
            self.at += plain.len();
            match rest.as_bytes() {
                [b'"', ..] => {
                    self.at += 1;
                    return Ok(text);
                }
                [b'\\', escape, ..] => {
                    self.at += 2;
                    text.push(match escape {
                        b'b' => '\x08',
                        b'f' => '\x0c',
                        b'n' => '\n',
                        b'r' => '\r',
                        b't' => '\t',
                        b'u' => self.escaped()?,
                        b'"' | b'\\' | b'/' => char::from(*escape),
                        _ => {
                            self.at -= 1;
                            return Err(self.expected("one of \" \\ / b f n r t u"));
                        }
                    });
                }
                _ => return Err(self.expected(EXPECTED)),
            }
        }
    }

    /// The character behind `\u`; a pair of surrogates is one, a lone one is U+FFFD.
    fn escaped(&mut self) -> Result<char, Unexpected> {
        let high = self.unit()?;
        if (0xD800..0xDC00).contains(&high) && self.text.get(self.at..).is_some_and(|rest| rest.starts_with("\\u")) {
            let before = self.at;
            self.at += 2;
            let low = self.unit()?;
            if (0xDC00..0xE000).contains(&low) {
                let code = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            self.at = before;
        }
        Ok(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Result<u32, Unexpected> {
        let digits = self.text.get(self.at..self.at + 4);
        // `from_str_radix` also takes a sign.
        let unit = digits.filter(|digits| !digits.starts_with('+'));
        let unit = unit.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let unit = unit.ok_or_else(|| self.expected("four hexadecimal digits"))?;
        self.at += 4;
        Ok(unit)
    }

    /// A list; `each` reads an entry.
    pub fn list(&mut self, each: Entry<'_, 'a>) -> Result<(), Unexpected> {
        if !self.take(b'[') {
            return Err(self.expected("a list"));
        }
        if self.take(b']') {
            return Ok(());
        }
        loop {
            each(self)?;
            if self.take(b']') {
                return Ok(());
            }
            if !self.take(b',') {
                return Err(self.expected("a comma or the end of the list"));
            }
        }
    }

    /// An object; `each` reads the value of a name.
    pub fn object(&mut self, each: Named<'_, 'a>) -> Result<(), Unexpected> {
        if !self.take(b'{') {
            return Err(self.expected("an object"));
        }
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            let name = self.text()?;
            if !self.take(b':') {
                return Err(self.expected("a colon"));
            }
            each(self, &name)?;
            if self.take(b'}') {
                return Ok(());
            }
            if !self.take(b',') {
                return Err(self.expected("a comma or the end of the object"));
            }
        }
    }

    /// Passes over a value, whatever it is.
    pub fn skip(&mut self) -> Result<(), Unexpected> {
        self.skip_below(DEEPEST)
    }

    fn skip_below(&mut self, deeper: usize) -> Result<(), Unexpected> {
        let Some(deeper) = deeper.checked_sub(1) else {
            return Err(self.expected("fewer lists and objects within each other"));
        };
        match self.peek() {
            Some(b'[') => self.list(&mut |reader| reader.skip_below(deeper)),
            Some(b'{') => self.object(&mut |reader, _| reader.skip_below(deeper)),
            Some(b'"') => self.text().map(drop),
            Some(b't' | b'f') => self.bool().map(drop),
            Some(b'n') if self.null() => Ok(()),
            _ => self.number().map(drop),
        }
    }
}

/// What `str::parse` takes and JSON does not: a plus in front, a point without a digit on each side, zeros in front.
fn is_number(digits: &str) -> bool {
    let size = digits.strip_prefix('-').unwrap_or(digits);
    let whole = size.split(['.', 'e', 'E']).next().unwrap_or_default();
    let fraction = size.split_once('.').map(|(_, rest)| rest);
    size.starts_with(|c: char| c.is_ascii_digit())
        && (whole.len() == 1 || !whole.starts_with('0'))
        && fraction.is_none_or(|fraction| fraction.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    /// The same text as the tree that serde makes of it.
    fn tree(reader: &mut Reader<'_>) -> Result<Value, Unexpected> {
        Ok(match reader.peek() {
            Some(b'[') => {
                let mut entries = Vec::new();
                reader.list(&mut |reader| {
                    entries.push(tree(reader)?);
                    Ok(())
                })?;
                Value::from(entries)
            }
            Some(b'{') => {
                let mut entries = serde_json::Map::new();
                reader.object(&mut |reader, name| {
                    entries.insert(name.to_owned(), tree(reader)?);
                    Ok(())
                })?;
                Value::from(entries)
            }
            Some(b'"') => Value::from(reader.text()?),
            Some(b't' | b'f') => Value::from(reader.bool()?),
            Some(b'n') if reader.null() => Value::Null,
            _ => Value::from(reader.number()?),
        })
    }

    fn whole(text: &str) -> Result<Value, Unexpected> {
        let mut reader = Reader::new(text);
        let value = tree(&mut reader)?;
        reader.end()?;
        Ok(value)
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>()
                .prop_filter("finite", |x| x.is_finite())
                .prop_map(Value::from),
            (-1e6..1e6_f64).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::btree_map(any::<String>(), inner, 0..6)
                    .prop_map(|entries| Value::from(entries.into_iter().collect::<serde_json::Map<_, _>>())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_serde_writes_is_read_to_the_last_digit(value in any_json(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let text = text.expect("JSON");
            prop_assert_eq!(whole(&text), Ok(value));
            let mut reader = Reader::new(&text);
            prop_assert!(reader.skip().is_ok() && reader.end().is_ok());
        }

        #[test]
        fn any_text_is_read_as_serde_reads_it(text in r#"[ \[\]{},:"\\u0-9a-fntre.+-]{0,24}"#) {
            let serde = serde_json::from_str::<Value>(&text);
            match whole(&text) {
                Ok(_) => prop_assert!(serde.is_ok() || text.contains("\\u"), "{}: {:?}", text, serde),
                Err(error) => prop_assert!(serde.is_err(), "{}: {}", text, error),
            }
        }
    }

    proptest! {
        #[test]
        fn numbers_are_written_to_the_last_bit(bits: u64, small: u32) {
            let (number, short) = (f64::from_bits(bits), f32::from_bits(small));
            let json = write(&(number, short, [f64::NAN])).expect("JSON");
            let (number_back, short_back, nothing): (Option<f64>, Option<f32>, [Option<f64>; 1]) =
                serde_json::from_str(&json).expect("JSON");
            prop_assert_eq!(number_back.map(f64::to_bits), Some(bits).filter(|_| number.is_finite()), "{}", json);
            prop_assert_eq!(short_back.map(f32::to_bits), Some(small).filter(|_| short.is_finite()));
            prop_assert_eq!(nothing, [None]);
        }
    }

    #[test]
    fn a_place_is_said_with_what_was_expected() {
        for (text, said) in [
            ("", "line 1, character 1: expected a finite number, found the end"),
            ("[1,\n 2,,", "line 2, character 4: expected a finite number, found ,"),
            (
                "[1 2]",
                "line 1, character 4: expected a comma or the end of the list, found 2",
            ),
            ("{\"a\" 1}", "line 1, character 6: expected a colon, found 1"),
            (
                "{a}",
                "line 1, character 2: expected a string in quotation marks, found a",
            ),
            (
                "\"ä\\x\"",
                "line 1, character 4: expected one of \" \\ / b f n r t u, found x\"",
            ),
            (
                "\"\\u12\"",
                "line 1, character 4: expected four hexadecimal digits, found 12\"",
            ),
            ("1e999", "line 1, character 1: expected a finite number, found 1e999"),
            ("NaN", "line 1, character 1: expected a finite number, found NaN"),
            ("1 1", "line 1, character 3: expected the end of the text, found 1"),
        ] {
            assert_eq!(
                whole(text).map_err(|error| error.to_string()),
                Err(said.to_owned()),
                "{text}"
            );
        }
        let pair = |text: &str| Reader::new(text).text().expect("a string");
        assert_eq!(pair(r#""\ud83d\ude00 \ud83d \u00e4""#), "\u{1f600} \u{fffd} ä");
    }

    #[test]
    fn a_hostile_depth_is_refused_and_not_followed() {
        let deep = "[".repeat(1_000_000);
        let error = Reader::new(&deep).skip().expect_err("too deep");
        assert_eq!((error.line, error.column), (1, DEEPEST + 1));
    }

    #[test]
    fn whole_numbers_are_whole() {
        let whole = |text: &str| Reader::new(text).whole_to(u64::MAX, "a whole number");
        assert_eq!(whole("18446744073709551615"), Ok(u64::MAX));
        assert_eq!(Reader::new(" 7 ").whole_to(7, "at most 7"), Ok(7));
        assert!(Reader::new("8").whole_to(7, "at most 7").is_err());
        for wrong in ["18446744073709551616", "-1", "1.0", "1e3", "01", "+1", ""] {
            assert!(whole(wrong).is_err(), "{wrong}");
        }
    }
}
