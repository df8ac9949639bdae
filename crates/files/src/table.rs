//! CSV: a header row, then one row per token.
//!
//! The columns `NAME_1`, `NAME_2`, … are the tensor NAME of shape [N, D]; the column `label` names the tokens. A group
//! of columns may have fewer rows than another (fewer queries than keys): its last cells are then blank. A table with
//! no columns of query, key or value, with a header or without, is one tensor `table` of all its columns that have a
//! name. Rows of blank cells only are no rows, as spreadsheets leave them behind.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use ::csv::{ByteRecord, ReaderBuilder, StringRecord};

use crate::file::Entry;
use crate::{Error, Format, Place, Tensor, TensorFile, format};

/// The column that names the tokens.
const LABEL: &str = "label";

/// The tensor that a table without columns of query, key or value is.
pub(crate) const TABLE: &str = "table";

/// Reads the rows; cells become numbers when their tensor is asked for.
pub(crate) fn read(bytes: &[u8]) -> Result<TensorFile, Error> {
    let grid = Arc::new(Grid::read(format::text(bytes))?);
    let has_header = grid.rows() > 0 && grid.cells(0).any(is_text);
    let header: Vec<String> = if has_header {
        grid.cells(0).map(str::to_owned).collect()
    } else {
        (1..=grid.width).map(|column| column.to_string()).collect()
    };
    let first_row = usize::from(has_header);
    if grid.rows() == first_row {
        return Err(Error::Malformed {
            what: "the CSV table".to_owned(),
            place: Place::Line { line: 1, column: 1 },
            expected: "a row of numbers".to_owned(),
            found: "none".to_owned(),
        });
    }
    let columns = |places: Vec<usize>| Columns {
        grid: Arc::clone(&grid),
        first_row,
        places,
    };
    let mut file = TensorFile::new();
    let groups = groups(&header);
    let is_cloud = groups.keys().any(|name| {
        let (_, last) = name.rsplit_once('.').unwrap_or(("", name));
        ["query", "key", "value"].contains(&last)
    });
    for (name, group) in groups {
        match group.in_order(&name) {
            Ok(places) => file.add(name, columns(places)),
            Err(error) => file.add(name, error),
        }
    }
    for (place, name) in header.iter().enumerate() {
        if name == LABEL {
            file.add("labels".to_owned(), columns(vec![place]));
        }
    }
    if !is_cloud {
        let named = |&(_, name): &(usize, &String)| !name.is_empty() && name != LABEL;
        let places = header.iter().enumerate().filter(named);
        file.add(TABLE.to_owned(), columns(places.map(|(at, _)| at).collect()));
    }
    Ok(file)
}

/// Whether this makes a row a header. (A blank cell among numbers is a gap in the data.)
fn is_text(cell: &str) -> bool {
    !cell.is_empty() && cell.parse::<f64>().is_err()
}

/// The cells of a table, rows that are blank left out, in one text: a table may have millions of short cells.
#[derive(Debug, Default)]
struct Grid {
    text: String,
    /// Where each cell ends in the text, row by row.
    ends: Vec<usize>,
    /// The line on which each row begins.
    lines: Vec<u64>,
    /// The number of cells of every row.
    width: usize,
}

impl Grid {
    fn read(text: &[u8]) -> Result<Self, Error> {
        let malformed = |line: u64, column: usize, expected: String, found: String| Error::Malformed {
            what: "the CSV table".to_owned(),
            place: Place::Line {
                line,
                column: column as u64 + 1,
            },
            expected,
            found,
        };
        let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
        let mut grid = Self::default();
        let mut record = ByteRecord::new();
        while reader.read_byte_record(&mut record).map_err(|error| {
            let line = error.position().map_or(1, ::csv::Position::line);
            malformed(line, 0, "a row".to_owned(), error.to_string())
        })? {
            let line = record.position().map_or(1, |position| line_of(text, position));
            record.trim();
            if record.iter().all(<[u8]>::is_empty) {
                continue;
            }
            if grid.lines.is_empty() {
                grid.width = record.len();
            }
            if record.len() != grid.width {
                let column = record.len().min(grid.width);
                let expected = format!("{} columns", grid.width);
                return Err(malformed(line, column, expected, record.len().to_string()));
            }
            for (column, cell) in record.iter().enumerate() {
                let cell = std::str::from_utf8(cell)
                    .map_err(|_| malformed(line, column, "UTF-8 text".to_owned(), "other bytes".to_owned()))?;
                grid.text.push_str(cell.trim());
                grid.ends.push(grid.text.len());
            }
            grid.lines.push(line);
        }
        Ok(grid)
    }

    fn rows(&self) -> usize {
        self.lines.len()
    }

    fn line(&self, row: usize) -> u64 {
        self.lines.get(row).copied().unwrap_or(1)
    }

    fn cell(&self, row: usize, column: usize) -> &str {
        let at = row * self.width + column;
        let start = match at.checked_sub(1) {
            Some(before) => self.ends.get(before),
            None => Some(&0),
        };
        match (start, self.ends.get(at)) {
            (Some(&start), Some(&end)) => self.text.get(start..end).unwrap_or_default(),
            _ => "",
        }
    }

    fn cells(&self, row: usize) -> impl Iterator<Item = &str> {
        (0..self.width).map(move |column| self.cell(row, column))
    }
}

/// The line on which a row begins: the position is that of the blank lines before it, if there are any.
fn line_of(text: &[u8], position: &::csv::Position) -> u64 {
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let rest = text.get(start..).unwrap_or_default().iter();
    let blank = rest.take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + blank.filter(|&&byte| byte == b'\n').count() as u64
}

/// The columns of one tensor: its number behind the underscore, and where it is in the row.
#[derive(Debug, Default)]
struct Group {
    places: BTreeMap<usize, usize>,
    repeated: Option<usize>,
}

impl Group {
    /// Where the columns 1, 2, … are.
    fn in_order(self, name: &str) -> Result<Vec<usize>, Error> {
        if let Some(number) = self.repeated {
            return Err(Error::Duplicate {
                name: format!("{name}_{number}"),
            });
        }
        for (expected, (&number, &place)) in (1..).zip(&self.places) {
            if number != expected {
                return Err(Error::Malformed {
                    what: format!("tensor `{name}`"),
                    place: Place::Line {
                        line: 1,
                        column: place as u64 + 1,
                    },
                    expected: format!("the column `{name}_{expected}`"),
                    found: format!("`{name}_{number}`"),
                });
            }
        }
        Ok(self.places.into_values().collect())
    }
}

/// The groups of columns that are called `NAME_1`, `NAME_2`, ….
fn groups(header: &[String]) -> BTreeMap<String, Group> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for (place, title) in header.iter().enumerate() {
        let Some((name, number)) = title.rsplit_once('_') else {
            continue;
        };
        let digits = number.bytes().all(|byte| byte.is_ascii_digit());
        let Some(number) = number.parse().ok().filter(|_| digits && !number.starts_with('0')) else {
            continue;
        };
        let group = groups.entry(name.to_owned()).or_default();
        if group.places.insert(number, place).is_some() {
            group.repeated = Some(number);
        }
    }
    groups
}

/// Some columns of the table, not yet numbers.
#[derive(Debug)]
struct Columns {
    grid: Arc<Grid>,
    /// The row behind the header.
    first_row: usize,
    places: Vec<usize>,
}

impl Columns {
    fn is_blank(&self, row: usize) -> bool {
        let blank = |&column| self.grid.cell(row, column).is_empty();
        self.places.iter().all(blank)
    }
}

impl Entry for Columns {
    fn numbers(&self, name: &str) -> Result<Cow<'_, Tensor>, Error> {
        let rows = self.first_row..self.grid.rows();
        let blank = rows.clone().rev().take_while(|&row| self.is_blank(row));
        let length = rows.len() - blank.count();
        let mut data = Vec::with_capacity(length.saturating_mul(self.places.len()));
        for row in rows.take(length) {
            for &column in &self.places {
                let cell = self.grid.cell(row, column);
                let number = cell.parse().map_err(|_| Error::Malformed {
                    what: format!("tensor `{name}`"),
                    place: Place::Line {
                        line: self.grid.line(row),
                        column: column as u64 + 1,
                    },
                    expected: "a number".to_owned(),
                    found: shortened(cell),
                })?;
                data.push(number);
            }
        }
        Tensor::new(name, vec![length, self.places.len()], data).map(Cow::Owned)
    }

    fn strings(&self, _name: &str) -> Result<Vec<String>, Error> {
        let column = self.places.first().copied().unwrap_or(0);
        let label = |row| self.grid.cell(row, column).to_owned();
        Ok((self.first_row..self.grid.rows()).map(label).collect())
    }
}

/// The beginning of a cell, for a message.
fn shortened(cell: &str) -> String {
    const SHOWN: usize = 24;
    match cell.char_indices().nth(SHOWN) {
        None if cell.is_empty() => "a blank cell".to_owned(),
        None => format!("`{cell}`"),
        Some((end, _)) => format!("`{}…`", cell.get(..end).unwrap_or_default()),
    }
}

/// Tensors of shape [N, D] side by side, the labels in front. Numbers are the shortest decimals that read back as the
/// same f64.
pub(crate) fn write(file: &TensorFile) -> Result<Vec<u8>, Error> {
    let labels = file.labels()?;
    let mut tensors = Vec::new();
    for name in file.names() {
        let tensor = file.peek(name)?;
        tensor.require_finite(name)?;
        let &[length, width] = tensor.shape() else {
            return Err(cannot(format!(
                "tensor `{name}` has the shape {:?}, and a table has the shape [N, D]",
                tensor.shape()
            )));
        };
        tensors.push((name, length, width, tensor));
    }
    let named = labels.as_ref().map_or(0, Vec::len);
    let length = tensors.iter().map(|&(_, length, ..)| length).fold(named, usize::max);
    if length == 0 {
        return Err(cannot("there is nothing to write".to_owned()));
    }
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let mut header = StringRecord::new();
    if labels.is_some() {
        header.push_field(LABEL);
    }
    for &(name, _, width, _) in &tensors {
        for column in 1..=width {
            header.push_field(&format!("{name}_{column}"));
        }
    }
    let failed = |error: ::csv::Error| cannot(error.to_string());
    writer.write_record(&header).map_err(failed)?;
    for row in 0..length {
        let mut cells = StringRecord::new();
        if let Some(labels) = &labels {
            cells.push_field(labels.get(row).map_or("", String::as_str));
        }
        for &(_, length, width, ref tensor) in &tensors {
            let start = row * width;
            match tensor.data().get(start..start + width) {
                Some(numbers) if row < length => {
                    for number in numbers {
                        cells.push_field(&format!("{number:?}"));
                    }
                }
                _ => (0..width).for_each(|_| cells.push_field("")),
            }
        }
        writer.write_record(&cells).map_err(failed)?;
    }
    writer.into_inner().map_err(|error| cannot(error.to_string()))
}

fn cannot(why: String) -> Error {
    Error::CannotHold {
        format: Format::Csv,
        why,
    }
}
