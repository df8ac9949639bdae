//! CSV: a header row, then one row per token.
//!
//! The columns `NAME_1`, `NAME_2`, … are the tensor NAME of shape [N, D]; the column `label` names the tokens. A group
//! of columns may have fewer rows than another (fewer queries than keys): its last cells are then blank. A table with
//! no columns of query, key or value, with a header or without, is one tensor `table` of all its columns that have a
//! name. Rows of blank cells only are no rows, as spreadsheets leave them behind.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use ::csv::{ReaderBuilder, StringRecord};

use crate::file::Entry;
use crate::{Error, Format, Place, Tensor, TensorFile, format};

/// The column that names the tokens.
const LABEL: &str = "label";

/// The tensor that a table without columns of query, key or value is.
pub(crate) const TABLE: &str = "table";

/// Reads the rows; cells become numbers when their tensor is asked for.
pub(crate) fn read(bytes: &[u8]) -> Result<TensorFile, Error> {
    let mut rows = rows(format::text(bytes))?;
    let header = if rows.first().is_some_and(Row::is_numbers) {
        (1..=rows.first().map_or(0, |row| row.cells.len()))
            .map(|column| column.to_string())
            .collect()
    } else if rows.is_empty() {
        Vec::new()
    } else {
        let header = rows.remove(0);
        header.cells.iter().map(str::to_owned).collect::<Vec<_>>()
    };
    if rows.is_empty() {
        return Err(Error::Malformed {
            what: "the CSV table".to_owned(),
            place: Place::Line { line: 1, column: 1 },
            expected: "a row of numbers".to_owned(),
            found: "none".to_owned(),
        });
    }
    let rows: Arc<[Row]> = rows.into();
    let columns = |columns: Vec<usize>| Columns {
        rows: Arc::clone(&rows),
        columns,
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
        file.add(
            TABLE.to_owned(),
            columns(places.map(|(at, _)| at).collect()),
        );
    }
    Ok(file)
}

/// A row with the line on which it begins.
#[derive(Debug)]
struct Row {
    line: u64,
    cells: StringRecord,
}

impl Row {
    /// Whether this can be no header: no cell has text. (A blank cell among numbers is a gap in the data.)
    fn is_numbers(&self) -> bool {
        let is_text = |cell: &str| !cell.is_empty() && cell.parse::<f64>().is_err();
        !self.cells.iter().any(is_text)
    }
}

/// The rows that are not blank, all of the same length, their cells without surrounding blanks.
fn rows(text: &[u8]) -> Result<Vec<Row>, Error> {
    let malformed = |line: u64, column: u64, expected: String, found: String| Error::Malformed {
        what: "the CSV table".to_owned(),
        place: Place::Line { line, column },
        expected,
        found,
    };
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text);
    let mut rows: Vec<Row> = Vec::new();
    for record in reader.byte_records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(1, ::csv::Position::line);
            malformed(line, 1, "a row".to_owned(), error.to_string())
        })?;
        let line = record
            .position()
            .map_or(1, |position| line_of(text, position));
        let mut cells = StringRecord::from_byte_record(record).map_err(|error| {
            let column = error.utf8_error().field() as u64 + 1;
            malformed(
                line,
                column,
                "UTF-8 text".to_owned(),
                "other bytes".to_owned(),
            )
        })?;
        cells.trim();
        if cells.iter().all(str::is_empty) {
            continue;
        }
        let expected = rows.first().map_or(cells.len(), |row| row.cells.len());
        if cells.len() != expected {
            let column = cells.len().min(expected) as u64 + 1;
            let found = format!("{}", cells.len());
            return Err(malformed(
                line,
                column,
                format!("{expected} columns"),
                found,
            ));
        }
        rows.push(Row { line, cells });
    }
    Ok(rows)
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
        let Some(number) = number
            .parse()
            .ok()
            .filter(|_| digits && !number.starts_with('0'))
        else {
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
    rows: Arc<[Row]>,
    columns: Vec<usize>,
}

impl Columns {
    /// The cells of these columns in a row.
    fn cells<'a>(&'a self, row: &'a Row) -> impl Iterator<Item = &'a str> {
        let cell = |&column| row.cells.get(column).unwrap_or_default();
        self.columns.iter().map(cell)
    }
}

impl Entry for Columns {
    fn numbers(&self, name: &str) -> Result<Cow<'_, Tensor>, Error> {
        let is_blank = |row: &&Row| self.cells(row).all(str::is_empty);
        let length = self.rows.len() - self.rows.iter().rev().take_while(is_blank).count();
        let mut data = Vec::with_capacity(length.saturating_mul(self.columns.len()));
        for row in self.rows.iter().take(length) {
            for (cell, &column) in self.cells(row).zip(&self.columns) {
                let number = cell.parse().map_err(|_| Error::Malformed {
                    what: format!("tensor `{name}`"),
                    place: Place::Line {
                        line: row.line,
                        column: column as u64 + 1,
                    },
                    expected: "a number".to_owned(),
                    found: shortened(cell),
                })?;
                data.push(number);
            }
        }
        Tensor::new(name, vec![length, self.columns.len()], data).map(Cow::Owned)
    }

    fn strings(&self, _name: &str) -> Result<Vec<String>, Error> {
        let row = |row| self.cells(row).next().unwrap_or_default().to_owned();
        Ok(self.rows.iter().map(row).collect())
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
    let length = tensors
        .iter()
        .map(|&(_, length, ..)| length)
        .fold(named, usize::max);
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
    writer
        .into_inner()
        .map_err(|error| cannot(error.to_string()))
}

fn cannot(why: String) -> Error {
    Error::CannotHold {
        format: Format::Csv,
        why,
    }
}
