//! The tokens on the board: where they come from and what was done to them.

use std::fmt;
use std::str::FromStr;

use super::corruption::{Corruption, Lift};
use super::planted::Planted;
use super::preset::PresetId;
use super::text::{self, TextId};
use super::{EditError, GridPoint, Temperature};

/// Most keys, and most queries, on one board: 1024 and one beside them, as the patches of a picture and its class token.
pub const MAX_TOKENS: usize = 1025;
/// Longest name of a file that a source keeps, in bytes.
pub const MAX_NAME_BYTES: usize = 120;

/// Where the untouched tokens of a scene come from. A link names it; its coordinates are exact.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// A cloud that is built in.
    Preset(PresetId),
    /// A cloud that a person opened from a file.
    File(FileSource),
    /// An empty plane, D = 2, values = keys.
    Blank,
    /// The heads of a sentence encoder for a sentence; every token has a query.
    Text(TextId),
    /// A planted instance of the phase diagram: low rank, with sparse wrong entries.
    Planted(Planted),
}

/// A file of heads, known by its content. Made by [`super::Library::insert`] or read from a link.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileSource {
    /// Name of the file, at most [`MAX_NAME_BYTES`] bytes; only for people.
    pub name: String,
    /// The first eight bytes of the content's hash: what the file is known by.
    pub hash: [u8; 8],
    /// Number of heads.
    pub heads: u16,
    /// Keys in each head, at most [`MAX_TOKENS`].
    pub keys: u16,
    /// Queries in each head, at least 1 and at most [`MAX_TOKENS`].
    pub queries: u16,
}

impl Source {
    /// Number of keys, queries and heads of the untouched source.
    pub fn counts(&self) -> Counts {
        match self {
            Self::Preset(id) => {
                let preset = id.preset();
                Counts {
                    heads: 1,
                    keys: preset.keys.rows() as u16,
                    queries: preset.queries.rows() as u16,
                }
            }
            Self::File(file) => Counts {
                heads: file.heads,
                keys: file.keys,
                queries: file.queries,
            },
            Self::Blank => Counts {
                heads: 1,
                keys: 0,
                queries: 0,
            },
            Self::Planted(_) => Counts {
                heads: 1,
                keys: Planted::SIDE as u16,
                queries: 1,
            },
            Self::Text(id) => {
                let tokens = id.text().count();
                Counts {
                    heads: text::LAYERS * text::HEADS_IN_LAYER,
                    keys: tokens,
                    queries: tokens,
                }
            }
        }
    }

    /// The row that asks in the untouched source.
    fn asks(&self) -> u16 {
        match self {
            Self::Text(id) => id.text().asks,
            Self::Preset(_) | Self::File(_) | Self::Blank | Self::Planted(_) => 0,
        }
    }

    /// A head's name on the screen, where heads are counted from 1.
    pub fn head_name(&self, head: u16) -> String {
        match self {
            Self::Text(_) => text::head_name(head),
            Self::Preset(_) | Self::File(_) | Self::Blank | Self::Planted(_) => {
                format!("head {}", u32::from(head) + 1)
            }
        }
    }
}

impl FileSource {
    /// A source whose name is fit to be shown and whose counts are within their bounds: control characters are left out of
    /// the name, which is cut at [`MAX_NAME_BYTES`] ("file" when nothing is left), and counts are clamped.
    pub fn new(name: &str, hash: [u8; 8], heads: u16, keys: u16, queries: u16) -> Self {
        let mut name: String = name.chars().filter(|c| !c.is_control()).collect();
        name.truncate(name.floor_char_boundary(MAX_NAME_BYTES));
        if name.is_empty() {
            name.push_str("file");
        }
        Self {
            name,
            hash,
            heads: heads.max(1),
            keys: keys.clamp(1, MAX_TOKENS as u16),
            queries: queries.clamp(1, MAX_TOKENS as u16),
        }
    }
}

/// How much an untouched source holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Heads.
    pub heads: u16,
    /// Keys in each head.
    pub keys: u16,
    /// Queries in each head.
    pub queries: u16,
}

/// Where a token was born.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// This row of the source (from 0), with its exact coordinates.
    Row(u16),
    /// Added on the board; the token's `at` is then `Some`.
    Added,
}

/// A key with its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Where it was born.
    pub origin: Origin,
    /// Where a gesture put it in the board's plane; `None`: where the source has it, exactly.
    pub at: Option<GridPoint>,
    /// The value a gesture gave it (its first two coordinates); `None`: the source's value, or the key itself on a board
    /// whose values are the keys.
    pub value: Option<GridPoint>,
    /// Its value in the layer before, as far as a gesture gave it one (its first two coordinates); `None`: the source's, or 0.
    pub previous: Option<GridPoint>,
    /// The target of the regression at this key, in thousandths, where a gesture gave it one; `None`: the source's, or 0.
    pub target: Option<i16>,
    /// The dual variable v at this key, in thousandths, where it was dragged; `None`: the solver's.
    pub dual: Option<i16>,
    /// Planted as an outlier.
    pub outlier: bool,
}

/// A query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    /// Where it was born.
    pub origin: Origin,
    /// Where a gesture put it in the board's plane; `None`: where the source has it, exactly.
    pub at: Option<GridPoint>,
}

/// A token by role and position in its list, counted from 0. Written "key 3", "query 1", counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenRef {
    /// The key at this position.
    Key(usize),
    /// The query at this position.
    Query(usize),
}

impl fmt::Display for TokenRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(index) => write!(f, "key {}", index.saturating_add(1)),
            Self::Query(index) => write!(f, "query {}", index.saturating_add(1)),
        }
    }
}

/// A text that names no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("“{0}” names no token; tokens are “key 1”, “query 1” and so on")]
pub struct NotAToken(String);

impl FromStr for TokenRef {
    type Err = NotAToken;

    fn from_str(name: &str) -> Result<Self, NotAToken> {
        let not_a_token = || NotAToken(name.chars().take(40).collect());
        let (role, number) = name.split_once(' ').ok_or_else(not_a_token)?;
        let index = number
            .parse::<usize>()
            .ok()
            // `parse` also takes "+3" and "03", which are not how a token is written.
            .filter(|value| value.to_string() == number)
            .and_then(|value| value.checked_sub(1))
            .ok_or_else(not_a_token)?;
        match role {
            "key" => Ok(Self::Key(index)),
            "query" => Ok(Self::Query(index)),
            _ => Err(not_a_token()),
        }
    }
}

/// The tokens on the board, as edits of a source.
///
/// Valid scenes, which every method keeps and every link decodes to: at most [`MAX_TOKENS`] keys and as many queries, at
/// least one query, each row of the source at most once, and `asking` names a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene {
    /// Where untouched tokens come from.
    pub source: Source,
    /// Which head of the source, counted from 0.
    pub head: u16,
    /// The keys, in order.
    pub keys: Vec<Key>,
    /// The queries, in order.
    pub queries: Vec<Query>,
    /// The query whose row is shown, as an index into `queries`.
    pub asking: u16,
    /// The temperature τ.
    pub temperature: Temperature,
    /// What was added to single entries of the keys; the keys without it are the clean ones.
    pub corruption: Corruption,
    /// The space in which keys of the plane are corrupted and taken apart.
    pub lift: Lift,
}

impl Scene {
    /// The untouched source. A source without queries (a blank board) gets one, at the origin.
    pub fn of(source: Source, head: u16) -> Self {
        let counts = source.counts();
        let mut queries: Vec<Query> = (0..counts.queries).map(Query::row).collect();
        if queries.is_empty() {
            queries.push(Query::added(GridPoint::ORIGIN));
        }
        Self {
            asking: source.asks(),
            head: head.min(counts.heads.saturating_sub(1)),
            keys: (0..counts.keys).map(Key::row).collect(),
            queries,
            temperature: Temperature::RootD,
            corruption: Corruption::of(&source),
            lift: Lift::of(&source),
            source,
        }
    }

    /// Every token: the keys in order, then the queries in order.
    pub fn tokens(&self) -> impl Iterator<Item = TokenRef> + use<> {
        let keys = (0..self.keys.len()).map(TokenRef::Key);
        keys.chain((0..self.queries.len()).map(TokenRef::Query))
    }

    /// Whether the board has this token.
    pub fn has(&self, token: TokenRef) -> bool {
        match token {
            TokenRef::Key(index) => index < self.keys.len(),
            TokenRef::Query(index) => index < self.queries.len(),
        }
    }

    /// The query whose row is shown.
    pub fn asking(&self) -> usize {
        usize::from(self.asking)
    }

    pub(super) fn missing(&self, token: TokenRef) -> EditError {
        EditError::NoSuchToken {
            token,
            has: match token {
                TokenRef::Key(_) => self.keys.len(),
                TokenRef::Query(_) => self.queries.len(),
            },
        }
    }

    /// Puts a token at `to`.
    pub fn move_token(&mut self, token: TokenRef, to: GridPoint) -> Result<(), EditError> {
        let missing = self.missing(token);
        let at = match token {
            TokenRef::Key(index) => self.keys.get_mut(index).map(|key| &mut key.at),
            TokenRef::Query(index) => self.queries.get_mut(index).map(|query| &mut query.at),
        };
        *at.ok_or(missing)? = Some(to);
        Ok(())
    }

    /// Adds a key at the end of the list.
    pub fn add_key(&mut self, at: GridPoint, outlier: bool) -> Result<TokenRef, EditError> {
        let index = room(self.keys.len(), "keys")?;
        self.keys.push(Key {
            outlier,
            ..Key::added(at)
        });
        Ok(TokenRef::Key(index))
    }

    /// Adds a query at the end of the list. The asking query stays the same.
    pub fn add_query(&mut self, at: GridPoint) -> Result<TokenRef, EditError> {
        let index = room(self.queries.len(), "queries")?;
        self.queries.push(Query::added(at));
        Ok(TokenRef::Query(index))
    }

    /// Takes a token off the board. The last query stays: without one there is no row to show.
    ///
    /// When the asking query goes, the one that takes its place (or the new last one) asks.
    pub fn erase(&mut self, token: TokenRef) -> Result<(), EditError> {
        if !self.has(token) {
            return Err(self.missing(token));
        }
        match token {
            TokenRef::Key(index) => {
                self.keys.remove(index);
                self.corruption.remove_key(index);
            }
            TokenRef::Query(_) if self.queries.len() == 1 => return Err(EditError::LastQuery),
            TokenRef::Query(index) => {
                self.queries.remove(index);
                let shift = u16::from(index < self.asking());
                let last = self.queries.len().saturating_sub(1) as u16;
                self.asking = self.asking.saturating_sub(shift).min(last);
            }
        }
        Ok(())
    }

    /// Gives a key a value of its own: its first two coordinates (the first, where values have one), the rest stays.
    pub fn set_value(&mut self, key: usize, value: GridPoint) -> Result<(), EditError> {
        let missing = self.missing(TokenRef::Key(key));
        self.keys.get_mut(key).ok_or(missing)?.value = Some(value);
        Ok(())
    }

    /// Gives a key a value in the layer before.
    pub fn set_previous(&mut self, key: usize, value: GridPoint) -> Result<(), EditError> {
        let missing = self.missing(TokenRef::Key(key));
        self.keys.get_mut(key).ok_or(missing)?.previous = Some(value);
        Ok(())
    }

    /// Gives a key a target, in thousandths.
    pub fn set_target(&mut self, key: usize, target: i16) -> Result<(), EditError> {
        let missing = self.missing(TokenRef::Key(key));
        self.keys.get_mut(key).ok_or(missing)?.target = Some(target);
        Ok(())
    }

    /// Gives a key a dual variable, in thousandths.
    pub fn set_dual(&mut self, key: usize, dual: i16) -> Result<(), EditError> {
        let missing = self.missing(TokenRef::Key(key));
        self.keys.get_mut(key).ok_or(missing)?.dual = Some(dual);
        Ok(())
    }

    /// Makes a query the one whose row is shown.
    pub fn ask(&mut self, query: usize) -> Result<(), EditError> {
        let token = TokenRef::Query(query);
        if !self.has(token) {
            return Err(self.missing(token));
        }
        self.asking = query as u16;
        Ok(())
    }
}

/// The index of a new token, when there is room for one.
fn room(has: usize, role: &'static str) -> Result<usize, EditError> {
    if has < MAX_TOKENS {
        Ok(has)
    } else {
        Err(EditError::BoardFull {
            role,
            has,
            bound: MAX_TOKENS,
        })
    }
}

impl Key {
    /// The untouched key of a row of the source.
    pub fn row(row: u16) -> Self {
        Self {
            origin: Origin::Row(row),
            at: None,
            value: None,
            previous: None,
            target: None,
            dual: None,
            outlier: false,
        }
    }

    /// A key added on the board.
    pub fn added(at: GridPoint) -> Self {
        Self {
            origin: Origin::Added,
            at: Some(at),
            ..Self::row(0)
        }
    }
}

impl Query {
    /// The untouched query of a row of the source.
    pub fn row(row: u16) -> Self {
        Self {
            origin: Origin::Row(row),
            at: None,
        }
    }

    /// A query added on the board.
    pub fn added(at: GridPoint) -> Self {
        Self {
            origin: Origin::Added,
            at: Some(at),
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
