//! A lab as text: `"#v1."` and then base64url of a checksum and the sections of `wire.rs`.
//!
//! Writing is canonical: the same lab always gives the same text. Reading is total: any text gives a valid lab, and a
//! [`LinkNotice`] when that lab is not exactly what the text meant. Links pass through mail and chat, so percent-encoding,
//! white space inside and around, a whole address and punctuation at the end are understood; the checksum says
//! whether the understanding is right.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{GeneralPurpose, general_purpose::NO_PAD};

use super::readout::text::count;
use super::readout::{Notice, Severity};
use super::{Lab, wire};

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

/// The version of links that is written.
pub const VERSION: u32 = 1;
/// Longest link that is read, in bytes of text. The longest that is written is shorter.
pub const MAX_LENGTH: usize = 1 << 17;

/// Bytes of the checksum at the front: four characters of the text.
const CHECKSUM_BYTES: usize = 3;
/// A text that was cut within a character may end in bits that belong to no byte.
const BASE64: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, NO_PAD.with_decode_allow_trailing_bits(true));

/// The link of a lab, from its `#` on.
pub fn encode(lab: &Lab) -> String {
    let payload = wire::encode(lab);
    let mut bytes = checksum(&payload).to_vec();
    bytes.extend(payload);
    let mut link = format!("#v{VERSION}.");
    BASE64.encode_string(bytes, &mut link);
    link
}

/// What is wrong with a link, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The text is no link of Eigenlens.
    NotALink,
    /// A version from before links were stable.
    OlderVersion(u32),
    /// A version from after this program.
    NewerVersion(u32),
    /// The text is longer than any link.
    TooLong {
        /// Length of the text in bytes.
        bytes: usize,
    },
    /// Characters are missing at the end.
    CutShort,
    /// Characters were changed.
    Damaged,
    /// The link has parts that only a newer version knows.
    UnknownParts(usize),
    /// The link asks for what a board cannot hold.
    OutOfRange(usize),
}

/// Why a lab is not exactly what its link meant, and what was opened instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkNotice {
    /// What is wrong with the link.
    pub fault: Fault,
    /// What is on the board now, as in "12 keys, Softmax".
    pub opened: String,
}

impl LinkNotice {
    fn new(fault: Fault, lab: &Lab) -> Self {
        let keys = lab.scene.keys.len();
        let s = if keys == 1 { "" } else { "s" };
        Self {
            fault,
            opened: format!("{keys} key{s}, {}", lab.lens.name()),
        }
    }
}

impl From<&LinkNotice> for Notice {
    fn from(LinkNotice { fault, opened }: &LinkNotice) -> Self {
        let (what, place) = match *fault {
            Fault::NotALink => (
                "This is not a link to a lab",
                format!("A link to a lab begins with #v{VERSION}."),
            ),
            Fault::OlderVersion(version) => (
                "This link was made by an older version",
                format!("It has version {version}, this program reads version {VERSION}."),
            ),
            Fault::NewerVersion(version) => (
                "This link was made by a newer version",
                format!("It has version {version}, this program reads version {VERSION}."),
            ),
            Fault::TooLong { bytes } => (
                "This link is too long",
                format!(
                    "It has {} characters, the bound is {}.",
                    count(bytes),
                    count(MAX_LENGTH)
                ),
            ),
            Fault::CutShort => (
                "This link is cut short",
                "Characters are missing at its end.".to_owned(),
            ),
            Fault::Damaged => (
                "This link is damaged",
                "Its checksum does not fit: characters were changed.".to_owned(),
            ),
            Fault::UnknownParts(1) => (
                "This link was made by a newer version",
                "It has 1 part that is unknown here.".to_owned(),
            ),
            Fault::UnknownParts(parts) => (
                "This link was made by a newer version",
                format!("It has {parts} parts that are unknown here."),
            ),
            Fault::OutOfRange(1) => (
                "This link asks for what a board cannot hold",
                "1 entry was left out or put on its bound.".to_owned(),
            ),
            Fault::OutOfRange(entries) => (
                "This link asks for what a board cannot hold",
                format!("{entries} entries were left out or put on their bounds."),
            ),
        };
        Self::new(
            Severity::Link,
            what,
            place,
            format!("Opened what could be read: {opened}."),
        )
    }
}

/// The lab of a link, or the valid lab nearest to it with a notice.
///
/// Never fails, and takes time and memory in proportion to the text, of which at most [`MAX_LENGTH`] bytes are read. An empty
/// text is the default lab. A text of another version is read as far as it has the form of this one.
pub fn decode(text: &str) -> (Lab, Option<LinkNotice>) {
    let (lab, fault) = decode_with_fault(text);
    let notice = fault.map(|fault| LinkNotice::new(fault, &lab));
    (lab, notice)
}

fn decode_with_fault(text: &str) -> (Lab, Option<Fault>) {
    let whole = text.trim();
    let text = whole.get(..whole.floor_char_boundary(MAX_LENGTH)).unwrap_or_default();
    let too_long = (text.len() < whole.len()).then_some(Fault::TooLong { bytes: whole.len() });
    let text = percent_decoded(text);
    // A whole address may have been pasted; what is before the fragment is not ours.
    let start = text.find("#v").or_else(|| text.find('#')).map_or(0, |hash| hash + 1);
    let fragment = text.get(start..).unwrap_or_default().trim();
    if fragment.is_empty() {
        let lost = !matches!(whole, "" | "#");
        return (Lab::default(), too_long.or(lost.then_some(Fault::NotALink)));
    }
    let Some((version, body)) = split_version(fragment) else {
        return (Lab::default(), Some(Fault::NotALink));
    };
    let version = match version {
        Version::This => None,
        Version::Other(fault) => Some(fault),
    };
    let (lab, body_fault) = match body {
        Some(body) => decode_body(body, version.is_some()),
        None => (Lab::default(), Some(Fault::CutShort)),
    };
    // The gravest fault is told.
    (lab, [version, too_long, body_fault].into_iter().flatten().min())
}

enum Version {
    This,
    Other(Fault),
}

/// Splits `v1.abc` into its version and `abc`; the text may end before the dot.
fn split_version(fragment: &str) -> Option<(Version, Option<&str>)> {
    let after_v = fragment.strip_prefix('v')?;
    let digits_end = after_v.find(|c: char| !c.is_ascii_digit()).unwrap_or(after_v.len());
    let (digits, rest) = after_v.split_at(digits_end);
    let body = rest.strip_prefix('.');
    if (body.is_none() && !rest.is_empty()) || (digits.is_empty() && body.is_some()) {
        return None;
    }
    // Digits beyond `u32` are a version from very far ahead.
    let version = digits
        .parse()
        .unwrap_or(if digits.is_empty() { VERSION } else { u32::MAX });
    let version = match version.cmp(&VERSION) {
        std::cmp::Ordering::Less => Version::Other(Fault::OlderVersion(version)),
        std::cmp::Ordering::Equal => Version::This,
        std::cmp::Ordering::Greater => Version::Other(Fault::NewerVersion(version)),
    };
    Some((version, body))
}

fn is_base64url(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// The longest front of a text that is base64url.
fn front(text: &str) -> &str {
    text.split(|c: char| !is_base64url(c)).next().unwrap_or_default()
}

/// Reads what follows the version.
fn decode_body(body: &str, other_version: bool) -> (Lab, Option<Fault>) {
    // In the order of how much is guessed: as it is; wrapped by a mail program; with emphasis marks around the link.
    let unwrapped: String = body.split_whitespace().collect();
    let plain = front(body);
    let unwrapped = front(&unwrapped);
    let unmarked = plain.trim_end_matches(['-', '_']);
    for candidate in [plain, unwrapped, unmarked] {
        if let Some(payload) = checked_payload(&base64_bytes(candidate)) {
            let (lab, losses) = wire::decode(payload);
            // With its checksum right the link was made so: what is missing was never there.
            let entries = losses.out_of_range + usize::from(losses.cut);
            let fault = if losses.unknown > 0 {
                Some(Fault::UnknownParts(losses.unknown))
            } else {
                (entries > 0).then_some(Fault::OutOfRange(entries))
            };
            return (lab, fault);
        }
    }
    // No reading fits the checksum. Words may follow the link, so what is recovered ends at the first white space.
    let bytes = base64_bytes(plain);
    let (lab, losses) = match bytes.split_at_checked(CHECKSUM_BYTES) {
        Some((_, payload)) if !other_version => wire::decode(payload),
        // Without its checksum nothing says that another version has the form of this one.
        Some(_) => (Lab::default(), wire::Losses::default()),
        None => (
            Lab::default(),
            wire::Losses {
                cut: true,
                ..wire::Losses::default()
            },
        ),
    };
    let fault = if losses.cut { Fault::CutShort } else { Fault::Damaged };
    (lab, Some(fault))
}

/// The bytes that are whole in a front of base64url.
fn base64_bytes(text: &str) -> Vec<u8> {
    // One character alone holds no byte.
    let whole = if text.len() % 4 == 1 {
        text.len() - 1
    } else {
        text.len()
    };
    let text = text.get(..whole).unwrap_or_default();
    BASE64.decode(text).unwrap_or_default()
}

/// The payload, when the checksum before it fits.
fn checked_payload(bytes: &[u8]) -> Option<&[u8]> {
    let (sum, payload) = bytes.split_at_checked(CHECKSUM_BYTES)?;
    (checksum(payload) == sum).then_some(payload)
}

/// CRC-24 of RFC 4880 §6.1: finds every change within 24 neighbouring bits (three characters), and one in 2²⁴ of others
/// goes unseen. It finds accidents; it is no signature.
fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    const POLYNOMIAL: u32 = 0x0186_4CFB;
    let mut crc: u32 = 0x00B7_04CE;
    for byte in bytes {
        crc ^= u32::from(*byte) << 16;
        for _ in 0..8 {
            crc <<= 1;
            if crc & 0x0100_0000 != 0 {
                crc ^= POLYNOMIAL;
            }
        }
    }
    let [_, a, b, c] = crc.to_be_bytes();
    [a, b, c]
}

/// Undoes percent-encoding, also where it was done twice. What is no ASCII character stays as it is.
fn percent_decoded(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..2 {
        if !text.contains('%') {
            break;
        }
        let mut decoded = String::with_capacity(text.len());
        let mut pieces = text.split('%');
        decoded.push_str(pieces.next().unwrap_or_default());
        for piece in pieces {
            // `from_str_radix` also takes a sign, which is not a digit.
            let digits = piece.get(..2).filter(|code| !code.starts_with('+'));
            let code = digits.and_then(|code| u8::from_str_radix(code, 16).ok());
            if let (Some(byte), Some(rest)) = (code.filter(u8::is_ascii), piece.get(2..)) {
                decoded.push(char::from(byte));
                decoded.push_str(rest);
            } else {
                decoded.push('%');
                decoded.push_str(piece);
            }
        }
        text = decoded;
    }
    text
}
