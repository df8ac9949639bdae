//! The tests of many heads, as `eigenlens claims` writes them (CSV or JSON) or as they are computed here: what the map of the
//! heads shows. A file is read whole or refused.

use eigenlens_core::claims::Spread;

use super::claims::{HeadClaims, TESTS};
use crate::json::{Reader, Unexpected};

/// Longest file of tests that is read, in bytes.
pub const MOST_BYTES: usize = 32 << 20;
/// Most layers, and most heads in one.
const MOST: u64 = 1000;
/// Most groups.
const MOST_GROUPS: usize = 256;
/// What layers and heads are counted by, and tokens.
const HEADS: &str = "a number from 1 to 1000";
const COUNTS: &str = "a whole number from 0 to 4294967295";
/// Characters of the name of a group.
const MOST_CHARACTERS: usize = 200;
/// The columns of a file of CSV.
pub const COLUMNS: &str = "group,layer,head,tokens,value_dim,axes,kind,test,theorem,value,permuted_draws,permuted_mean,\
                       permuted_low,permuted_high,permuted_below,random_draws,random_mean,random_low,random_high,random_below";

/// Why a file of tests was not opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TestedError {
    /// It is longer than such files are.
    #[error("it has {bytes} bytes, and files of tests have at most {MOST_BYTES}")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// Something else stands where a value should.
    #[error(transparent)]
    Unexpected(#[from] Unexpected),
    /// One test of one head stands twice.
    #[error("{test} of layer {layer}, head {head} of “{group}” stands twice")]
    Twice {
        /// The group.
        group: String,
        /// From 1.
        layer: usize,
        /// From 1.
        head: usize,
        /// Its name in files.
        test: &'static str,
    },
    /// The heads of a group have not the same shape.
    #[error("layer {layer}, head {head} of “{group}” has {has} {what}, and the first of them has {first}")]
    Shapes {
        /// The group.
        group: String,
        /// From 1.
        layer: usize,
        /// From 1.
        head: usize,
        /// "tokens" or "value columns".
        what: &'static str,
        /// How many it has.
        has: usize,
        /// How many the first head of the group has.
        first: usize,
    },
    /// There are more groups than can be chosen from.
    #[error("it has more than {MOST_GROUPS} groups of heads")]
    Groups,
    /// No line is of a test that is known here.
    #[error("it has no test that is known here")]
    Empty,
}

/// What chance gives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Null {
    /// The mean of the draws.
    pub mean: f64,
    /// Between which two numbers 95 % of them are.
    pub interval: [f64; 2],
    /// All of them, where they were drawn here.
    pub range: Option<Range>,
}

impl Null {
    /// That of draws.
    pub fn of(spread: &Spread) -> Self {
        Self {
            mean: spread.mean(),
            interval: spread.interval(),
            range: Some(Range {
                draws: spread.count(),
                least: spread.least(),
                greatest: spread.greatest(),
            }),
        }
    }
}

/// From where to where draws go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// How many there are.
    pub draws: usize,
    /// The least.
    pub least: f64,
    /// The greatest.
    pub greatest: f64,
}

/// One test of one head.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cell {
    /// Nothing where it cannot be tested.
    pub value: Option<f64>,
    /// Under permuted tokens, or under random values where an order of the tokens is not seen.
    pub null: Option<Null>,
}

impl Cell {
    /// Whether the value is where 95 % of the null are not; nothing without either.
    pub fn outside(self) -> Option<bool> {
        let (value, null) = (self.value?, self.null?);
        let [low, high] = null.interval;
        Some(value < low || value > high)
    }
}

/// The tests of a head, in the order of [`TESTS`].
pub type Cells = [Cell; TESTS.len()];

/// The heads of one text.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Its name in the file of the heads; empty where that has one without a name.
    pub name: String,
    /// How many keys each head has.
    pub tokens: usize,
    /// `D_v`.
    pub value_dim: usize,
    /// How many heads a layer has.
    pub heads_in_layer: usize,
    /// Layer by layer; nothing where the file has no line of a head.
    pub heads: Vec<Option<Cells>>,
}

impl Group {
    /// A test over all heads.
    pub fn test(&self, test: usize) -> Vec<Cell> {
        let of = |head: &Option<Cells>| head.and_then(|cells| cells.get(test).copied()).unwrap_or_default();
        self.heads.iter().map(of).collect()
    }
}

/// The tests of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Tested {
    /// Name of the file.
    pub name: String,
    /// At least one.
    pub groups: Vec<Group>,
}

/// Whether a text is meant as tests, and not as a cloud.
pub fn are_tests(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let mut rest = text.strip_prefix('[').map(str::trim_start);
    rest = rest.and_then(|rest| rest.strip_prefix('{')).map(str::trim_start);
    rest.is_some_and(|rest| rest.starts_with("\"group\"")) || text.starts_with("group,layer,head,")
}

/// Reads a file of tests.
///
/// # Errors
/// [`TestedError`].
pub fn read(name: &str, text: &str) -> Result<Tested, TestedError> {
    if text.len() > MOST_BYTES {
        return Err(TestedError::TooLarge { bytes: text.len() });
    }
    let text = text.trim_start_matches('\u{feff}');
    let lines = if text.trim_start().starts_with('[') {
        json(text)?
    } else {
        csv(text)?
    };
    let mut building: Vec<Building> = Vec::new();
    for line in lines {
        put(&mut building, line)?;
    }
    if building.is_empty() {
        return Err(TestedError::Empty);
    }
    Ok(Tested {
        name: name.to_owned(),
        groups: building.into_iter().map(Building::finish).collect(),
    })
}

/// The cells of tests that were computed here.
pub fn cells(claims: &HeadClaims) -> Cells {
    let mut cells = Cells::default();
    for (cell, test) in std::iter::zip(&mut cells, &TESTS) {
        let Some(reading) = claims.reading(test.key) else {
            continue;
        };
        let spread = reading.permuted.as_ref().or(reading.random.as_ref());
        *cell = Cell {
            value: reading.value,
            null: spread.map(Null::of),
        };
    }
    cells
}

/// One line of a file.
#[derive(Default)]
struct Line {
    group: String,
    /// From 1.
    layer: usize,
    /// From 1.
    head: usize,
    tokens: usize,
    value_dim: usize,
    /// Its place among [`TESTS`]; nothing for one that is not known here.
    test: Option<usize>,
    value: Option<f64>,
    permuted: Option<Null>,
    random: Option<Null>,
}

/// A group while its lines come.
struct Building {
    name: String,
    tokens: usize,
    value_dim: usize,
    /// Layer and head from 1, and what is known of it.
    heads: Vec<([usize; 2], [Option<Cell>; TESTS.len()])>,
}

impl Building {
    fn finish(self) -> Group {
        let most = |at: usize| self.heads.iter().map(|(place, _)| place[at]).max().unwrap_or_default();
        let [layers, heads_in_layer] = [0, 1].map(most);
        let mut heads = vec![None; layers * heads_in_layer];
        for ([layer, head], cells) in self.heads {
            if let Some(slot) = heads.get_mut((layer - 1) * heads_in_layer + head - 1) {
                *slot = Some(cells.map(Option::unwrap_or_default));
            }
        }
        Group {
            name: self.name,
            tokens: self.tokens,
            value_dim: self.value_dim,
            heads_in_layer,
            heads,
        }
    }
}

fn put(groups: &mut Vec<Building>, line: Line) -> Result<(), TestedError> {
    let Some((at, test)) = line.test.and_then(|at| Some((at, TESTS.get(at)?))) else {
        return Ok(());
    };
    // Lines of a group stand together, so the last is looked at first.
    let known = groups.iter().rposition(|group| group.name == line.group);
    let known = known.unwrap_or_else(|| {
        groups.push(Building {
            name: line.group.clone(),
            tokens: line.tokens,
            value_dim: line.value_dim,
            heads: Vec::new(),
        });
        groups.len() - 1
    });
    if groups.len() > MOST_GROUPS {
        return Err(TestedError::Groups);
    }
    let Some(group) = groups.get_mut(known) else {
        return Ok(());
    };
    for (what, has, first) in [
        ("tokens", line.tokens, group.tokens),
        ("value columns", line.value_dim, group.value_dim),
    ] {
        if has != first {
            return Err(TestedError::Shapes {
                group: line.group,
                layer: line.layer,
                head: line.head,
                what,
                has,
                first,
            });
        }
    }
    let place = [line.layer, line.head];
    let head = group.heads.iter().rposition(|(other, _)| *other == place);
    let head = head.unwrap_or_else(|| {
        group.heads.push((place, [None; TESTS.len()]));
        group.heads.len() - 1
    });
    let slot = group.heads.get_mut(head).and_then(|(_, cells)| cells.get_mut(at));
    let cell = Cell {
        value: line.value,
        null: line.permuted.or(line.random),
    };
    match slot {
        Some(slot) if slot.is_none() => *slot = Some(cell),
        _ => {
            return Err(TestedError::Twice {
                group: line.group,
                layer: line.layer,
                head: line.head,
                test: test.key,
            });
        }
    }
    Ok(())
}

fn place_of(test: &str) -> Option<usize> {
    TESTS.iter().position(|other| other.key == test)
}

/// The lines of a file of JSON.
fn json(text: &str) -> Result<Vec<Line>, Unexpected> {
    let mut lines = Vec::new();
    let mut reader = Reader::new(text);
    reader.list(&mut |reader| {
        lines.push(json_line(reader)?);
        Ok(())
    })?;
    reader.end()?;
    Ok(lines)
}

fn json_line(reader: &mut Reader<'_>) -> Result<Line, Unexpected> {
    let mut line = Line::default();
    let before = reader.place();
    let whole = |reader: &mut Reader<'_>| {
        let whole = reader.whole_to(u64::from(u32::MAX), COUNTS)?;
        Ok::<usize, Unexpected>(whole as usize)
    };
    let (mut layer, mut head) = (0, 0);
    reader.object(&mut |reader, name| {
        match name {
            "group" => {
                let place = reader.place();
                line.group = reader.text()?;
                if line.group.chars().count() > MOST_CHARACTERS {
                    return Err(place.expected("at most 200 characters"));
                }
            }
            "layer" => layer = reader.whole_to(MOST, HEADS)? as usize,
            "head" => head = reader.whole_to(MOST, HEADS)? as usize,
            "tokens" => line.tokens = whole(reader)?,
            "value_dim" => line.value_dim = whole(reader)?,
            "test" => line.test = place_of(&reader.text()?),
            "value" if !reader.null() => line.value = Some(reader.number()?),
            "permuted" => line.permuted = json_null(reader)?,
            "random" => line.random = json_null(reader)?,
            "value" => {}
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    if layer == 0 || head == 0 {
        return Err(before.expected("layer and head, from 1"));
    }
    (line.layer, line.head) = (layer, head);
    Ok(line)
}

fn json_null(reader: &mut Reader<'_>) -> Result<Option<Null>, Unexpected> {
    if reader.null() {
        return Ok(None);
    }
    let before = reader.place();
    let [mut mean, mut low, mut high] = [None; 3];
    reader.object(&mut |reader, name| {
        match name {
            "mean" => mean = Some(reader.number()?),
            "low" => low = Some(reader.number()?),
            "high" => high = Some(reader.number()?),
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    null(mean, low, high).map_err(|expected| before.expected(expected))
}

/// A null of all its numbers, or none of none.
fn null(mean: Option<f64>, low: Option<f64>, high: Option<f64>) -> Result<Option<Null>, &'static str> {
    match (mean, low, high) {
        (Some(mean), Some(low), Some(high)) if low <= high => Ok(Some(Null {
            mean,
            interval: [low, high],
            range: None,
        })),
        (None, None, None) => Ok(None),
        _ => Err("a null with mean, low and high"),
    }
}

/// The lines of a file of CSV.
fn csv(text: &str) -> Result<Vec<Line>, Unexpected> {
    let mut rows = text.lines().enumerate();
    let unexpected = |at: usize, column: usize, expected: &'static str, found: &str| Unexpected {
        line: at + 1,
        column,
        expected,
        found: found.chars().take(20).collect(),
    };
    let (_, first) = rows.next().unwrap_or_default();
    if first.trim_end() != COLUMNS {
        return Err(unexpected(0, 1, "the columns of eigenlens claims", first));
    }
    let mut lines = Vec::new();
    for (at, row) in rows.filter(|(_, row)| !row.trim().is_empty()) {
        lines.push(
            csv_line(row.trim_end()).map_err(|(column, expected, found)| unexpected(at, column, expected, &found))?,
        );
    }
    Ok(lines)
}

/// Where a field stands in its row, from 1, what it should be, and what it is.
type FieldError = (usize, &'static str, String);

fn csv_line(row: &str) -> Result<Line, FieldError> {
    let (group, rest) = csv_name(row).ok_or_else(|| (1, "a name in quotation marks", row.to_owned()))?;
    if group.chars().count() > MOST_CHARACTERS {
        return Err((1, "at most 200 characters", group));
    }
    let mut fields = Vec::new();
    let mut column = row.chars().count() - rest.chars().count() + 1;
    for field in rest.split(',') {
        fields.push((column, field));
        column += field.chars().count() + 1;
    }
    let wanted = COLUMNS.split(',').count() - 1;
    if fields.len() != wanted {
        return Err((1, "20 fields", format!("{}", fields.len() + 1)));
    }
    let field = |at: usize| fields.get(at).copied().unwrap_or_default();
    let whole = |at: usize, least: usize, most: usize, expected: &'static str| {
        let (column, text) = field(at);
        let number = text.parse::<usize>().ok();
        let number = number.filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| (column, expected, text.to_owned()))
    };
    let number = |at: usize| {
        let (column, text) = field(at);
        if text.is_empty() {
            return Ok(None);
        }
        let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
        number
            .map(Some)
            .ok_or_else(|| (column, "a finite number", text.to_owned()))
    };
    let null = |mean: usize| {
        null(number(mean)?, number(mean + 1)?, number(mean + 2)?)
            .map_err(|expected| (field(mean).0, expected, field(mean).1.to_owned()))
    };
    Ok(Line {
        group,
        layer: whole(0, 1, MOST as usize, HEADS)?,
        head: whole(1, 1, MOST as usize, HEADS)?,
        tokens: whole(2, 0, u32::MAX as usize, COUNTS)?,
        value_dim: whole(3, 0, u32::MAX as usize, COUNTS)?,
        test: place_of(field(6).1),
        value: number(8)?,
        permuted: null(10)?,
        random: null(15)?,
    })
}

/// A name in quotation marks, those within it doubled, and what follows the comma behind it.
fn csv_name(row: &str) -> Option<(String, &str)> {
    let mut rest = row.strip_prefix('"')?;
    let mut name = String::new();
    loop {
        let (before, after) = rest.split_once('"')?;
        name.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                name.push('"');
                rest = after;
            }
            None => return Some((name, after.strip_prefix(',')?)),
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
