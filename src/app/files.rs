//! Files in and out. The page decodes files itself (in a module of its own); the window does it here.

use std::sync::Arc;

use eigenlens_core::{Cloud, Head};
use nalgebra::DMatrix;
use serde::Serialize;

use super::App;
use crate::command::Edit;
use crate::json::{Reader, Unexpected};
#[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
use crate::lab::Library;
use crate::lab::{Notice, Severity, Source};
#[cfg(not(target_arch = "wasm32"))]
use crate::{command::SaveAs, studio::Studio};

/// The key under which the last lab is kept. The version is that of the links.
#[cfg(not(target_arch = "wasm32"))]
pub(super) const AUTOSAVE_KEY: &str = "eigenlens.v1";

/// A decoded cloud on its way between the files module and the app.
#[derive(Default, Serialize)]
pub(super) struct Exchange {
    /// Name of the file.
    pub name: String,
    /// Hash of the decoded content, in hexadecimal.
    pub hash: String,
    /// The heads.
    pub heads: Vec<ExchangeHead>,
    /// One label per key, or none.
    pub labels: Vec<String>,
}

/// One head, rows are tokens.
#[derive(Default, Serialize)]
pub(super) struct ExchangeHead {
    /// `N_q`×D.
    pub query: Vec<Vec<f64>>,
    /// N×D.
    pub key: Vec<Vec<f64>>,
    /// N×`D_v`.
    pub value: Vec<Vec<f64>>,
    /// N×`D_v`: the values of the layer before, where they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_prev: Option<Vec<Vec<f64>>>,
}

fn matrix(rows: &[Vec<f64>]) -> Result<DMatrix<f64>, String> {
    let columns = rows.first().map_or(0, Vec::len);
    if rows.iter().any(|row| row.len() != columns) {
        return Err("rows of different lengths".to_owned());
    }
    Ok(DMatrix::from_row_iterator(
        rows.len(),
        columns,
        rows.iter().flatten().copied(),
    ))
}

fn rows(matrix: &DMatrix<f64>) -> Vec<Vec<f64>> {
    matrix.row_iter().map(|row| row.iter().copied().collect()).collect()
}

/// The rows of a matrix.
fn read_rows(reader: &mut Reader<'_>) -> Result<Vec<Vec<f64>>, Unexpected> {
    let mut rows = Vec::new();
    reader.list(&mut |reader| {
        let mut row = Vec::new();
        reader.list(&mut |reader| {
            row.push(reader.number()?);
            Ok(())
        })?;
        rows.push(row);
        Ok(())
    })?;
    Ok(rows)
}

impl ExchangeHead {
    fn read(reader: &mut Reader<'_>) -> Result<Self, Unexpected> {
        let mut head = Self::default();
        reader.object(&mut |reader, name| {
            match name {
                "query" => head.query = read_rows(reader)?,
                "key" => head.key = read_rows(reader)?,
                "value" => head.value = read_rows(reader)?,
                "value_prev" if !reader.null() => head.value_prev = Some(read_rows(reader)?),
                "value_prev" => {}
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(head)
    }
}

impl Exchange {
    fn read(text: &str) -> Result<Self, Unexpected> {
        let mut reader = Reader::new(text);
        let exchange = Self::read_from(&mut reader)?;
        reader.end()?;
        Ok(exchange)
    }

    fn read_from(reader: &mut Reader<'_>) -> Result<Self, Unexpected> {
        let mut exchange = Self::default();
        let Self {
            name: of_file,
            hash,
            heads,
            labels,
        } = &mut exchange;
        reader.object(&mut |reader, name| {
            match name {
                "name" => *of_file = reader.text()?,
                "hash" => *hash = reader.text()?,
                "heads" => reader.list(&mut |reader| {
                    heads.push(ExchangeHead::read(reader)?);
                    Ok(())
                })?,
                "labels" => reader.list(&mut |reader| {
                    labels.push(reader.text()?);
                    Ok(())
                })?,
                _ => reader.skip()?,
            }
            Ok(())
        })?;
        Ok(exchange)
    }

    /// An opened file, untouched.
    #[cfg(target_arch = "wasm32")]
    fn of(file: &crate::lab::FileSource, cloud: &Cloud) -> Self {
        let before = cloud.previous_values();
        let heads = cloud.heads().iter().enumerate().map(|(at, head)| ExchangeHead {
            query: rows(head.queries()),
            key: rows(head.keys()),
            value: rows(head.values()),
            value_prev: before.get(at).map(rows),
        });
        Self {
            name: file.name.clone(),
            hash: format!("{:016x}", u64::from_be_bytes(file.hash)),
            heads: heads.collect(),
            labels: cloud.labels().to_vec(),
        }
    }

    fn cloud(&self) -> Result<Cloud, String> {
        let head = |head: &ExchangeHead| -> Result<Head, String> {
            Head::new(matrix(&head.query)?, matrix(&head.key)?, matrix(&head.value)?).map_err(|error| error.to_string())
        };
        let heads = self.heads.iter().map(head).collect::<Result<Vec<Head>, String>>()?;
        let cloud = Cloud::new(heads, self.labels.clone()).map_err(|error| error.to_string())?;
        let before = self.heads.iter().filter_map(|head| head.value_prev.as_deref());
        let before = before.map(matrix).collect::<Result<Vec<_>, String>>()?;
        if before.is_empty() {
            return Ok(cloud);
        }
        cloud.with_previous_values(before).map_err(|error| error.to_string())
    }
}

/// Eight bytes from sixteen hexadecimal digits.
fn hash_from_hex(text: &str) -> Option<[u8; 8]> {
    u64::from_str_radix(text, 16)
        .ok()
        .filter(|_| text.len() == 16)
        .map(u64::to_be_bytes)
}

/// Puts a list of `Exchange`s in JSON into a library; an empty text is an empty list.
#[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
pub(crate) fn open_clouds(list: &str, library: &mut Library) -> Result<(), String> {
    if list.is_empty() {
        return Ok(());
    }
    let mut reader = Reader::new(list);
    let mut opened = Vec::new();
    reader
        .list(&mut |reader| {
            opened.push(Exchange::read_from(reader)?);
            Ok(())
        })
        .and_then(|()| reader.end())
        .map_err(|error| error.to_string())?;
    opened
        .iter()
        .try_for_each(|exchange| insert(exchange, library).map(drop))
}

/// Puts a cloud that the files module decoded (an `Exchange` in JSON) into a library.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn open_cloud(json: &str, library: &mut Library) -> Result<Source, String> {
    insert(&Exchange::read(json).map_err(|error| error.to_string())?, library)
}

#[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
fn insert(exchange: &Exchange, library: &mut Library) -> Result<Source, String> {
    let hash = hash_from_hex(&exchange.hash).ok_or("the content has no hash")?;
    library
        .insert(&exchange.name, hash, Arc::new(exchange.cloud()?))
        .map_err(|error| error.to_string())
}

impl App {
    /// Puts a cloud that the files module decoded (an `Exchange` in JSON) on the board.
    pub fn open_exchange(&mut self, json: &str) {
        let opened = Exchange::read(json)
            .map_err(|error| error.to_string())
            .and_then(|exchange| {
                let hash = hash_from_hex(&exchange.hash).ok_or("the content has no hash")?;
                Ok((exchange.name.clone(), hash, exchange.cloud()?))
            });
        match opened {
            Ok((name, hash, cloud)) => self.open_cloud(&name, hash, cloud),
            Err(error) => self.file_error("The file", &error),
        }
    }

    /// Puts a cloud on the board; where the lab was made on this very file, its edits stay.
    pub fn open_cloud(&mut self, name: &str, hash: [u8; 8], cloud: Cloud) {
        match self.library.insert(name, hash, Arc::new(cloud)) {
            Ok(source) => {
                self.begin_with_something_else();
                self.notices.retain(|notice| notice.severity == Severity::Info);
                let same = matches!((&source, &self.lab().scene.source), (Source::File(new), Source::File(old)) if new.hash == old.hash);
                if same {
                    let mut lab = self.lab().clone();
                    lab.reconcile(&self.library);
                    self.history.adopt(lab, "Open a file");
                    self.stale = true;
                    self.context.request_repaint();
                } else {
                    self.run(vec![crate::command::Command::Edit(Edit::Select(source))], 0.0);
                }
            }
            Err(error) => self.notify(Notice::new(
                Severity::Error,
                "This file is too large for the board",
                format!("{error}."),
                "The command line takes files of any size.",
            )),
        }
    }

    /// Says that a file could not be opened or saved.
    pub fn file_error(&mut self, name: &str, message: &str) {
        let mut place = message.trim().to_owned();
        if !place.ends_with('.') {
            place.push('.');
        }
        self.notify(Notice::new(
            Severity::Error,
            format!("{name} was not opened"),
            place,
            "The board is as it was.",
        ));
    }

    /// The present cloud as an `Exchange` in JSON: what is on the board, edits and all.
    pub fn exchange_json(&self) -> Result<String, String> {
        let lab = self.lab();
        let head = lab.scene.head(&self.library).map_err(|error| error.to_string())?;
        let before = lab
            .scene
            .previous_values(&self.library)
            .map_err(|error| error.to_string())?;
        let labels = (0..head.n_keys())
            .map(|i| lab.scene.label(crate::lab::TokenRef::Key(i), &self.library))
            .collect();
        let exchange = Exchange {
            name: "eigenlens".to_owned(),
            hash: String::new(),
            heads: vec![ExchangeHead {
                query: rows(head.queries()),
                key: rows(head.keys()),
                value: rows(head.values()),
                value_prev: before.as_ref().map(rows),
            }],
            labels,
        };
        serde_json::to_string(&exchange).map_err(|error| error.to_string())
    }

    /// The table of the lens as CSV: what its picture holds.
    pub fn table_csv(&self) -> Result<String, String> {
        let table = &self.readouts.table;
        if table.rows.is_empty() {
            Err("The table has no rows yet".to_owned())
        } else {
            Ok(table.to_csv())
        }
    }

    /// The opened files that the lab stands on, as a list of `Exchange`s in JSON; empty where it stands on none.
    #[cfg(target_arch = "wasm32")]
    pub fn opened_json(&self) -> Result<String, String> {
        let lab = self.lab();
        let mut opened = Vec::new();
        for scene in std::iter::once(&lab.scene).chain(lab.ghost.as_deref()) {
            if let (Source::File(file), Some(cloud)) = (&scene.source, self.library.cloud(&scene.source)) {
                opened.push(Exchange::of(file, &cloud));
            }
        }
        serde_json::to_string(&opened).map_err(|error| error.to_string())
    }

    /// What the menu offers to take away, each with its words.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn takeaways(&self) -> Vec<(String, SaveAs)> {
        let figures = crate::studio::figures(self.lab()).iter();
        let figures = figures.map(|figure| (format!("Figure: {} …", figure.name), SaveAs::Figure(figure.key)));
        let arrays = [
            ("npz", "Arrays as npz"),
            ("csv", "Arrays as CSV"),
            ("py", "Script for the arrays (numpy)"),
        ];
        let arrays = arrays.map(|(extension, words)| (words.to_owned(), SaveAs::Arrays(extension)));
        figures.chain(arrays).collect()
    }

    /// The studio of the present lab, with all that it stands on.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn studio(&self) -> impl FnOnce() -> Result<Studio, String> + Send + use<> {
        let lab = self.lab().clone();
        let mut library = self.library.clone();
        let lens = self.lenses.get(self.lens_index());
        if let Some(results) = lens.and_then(|lens| lens.results()) {
            library.results.open(results.clone());
        }
        move || Studio::finished(lab, library)
    }

    /// Says that something was not saved.
    pub fn not_saved(&mut self, error: &str) {
        self.notify(Notice::new(
            Severity::Error,
            "Nothing was saved",
            format!("{error}."),
            "",
        ));
    }

    /// Files that were dropped on the window. In the browser the page takes them before egui does.
    #[cfg(target_arch = "wasm32")]
    #[expect(clippy::unused_self, reason = "the same surface as in the window")]
    pub(super) fn drop_files(&mut self, _context: &egui::Context) {}

    /// Files that were dropped on the window, and what was pasted: a link, or a table of points.
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) fn drop_files(&mut self, context: &egui::Context) {
        let pasted = context.input(|input| {
            input.events.iter().find_map(|event| match event {
                egui::Event::Paste(text) => Some(text.trim().to_owned()),
                _ => None,
            })
        });
        if let Some(text) = pasted.filter(|text| !text.is_empty() && !context.text_edit_focused()) {
            self.paste(&text);
        }
        let dropped = context.input(|input| input.raw.dropped_files.clone());
        for file in dropped {
            self.open_path(file.path());
        }
    }
}

#[cfg(test)]
mod tests;
