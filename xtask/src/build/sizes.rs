//! What the site weighs on the wire: every file in Brotli 11, kept by content so that it is compressed once.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write as _,
    path::Path,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use anyhow::{Context as _, Result};

use super::site::extension;
use crate::{progress::Bytes, workspace::content_id};

/// Sizes of the files of a site.
pub(crate) struct Sizes {
    /// Raw and on the wire, by name.
    files: BTreeMap<String, (u64, u64)>,
    /// How many had to be compressed.
    pub(crate) new: usize,
}

/// Does a file with this extension get smaller in Brotli? The others are compressed already.
pub(crate) fn compresses(extension: &str) -> bool {
    matches!(
        extension,
        "html" | "css" | "js" | "mjs" | "json" | "webmanifest" | "svg" | "wasm" | "ttf" | "txt"
    )
}

/// `bytes` in Brotli of this quality.
pub(crate) fn brotli(bytes: &[u8], quality: u32) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut out, 1 << 16, quality, 22);
    writer.write_all(bytes)?;
    writer.flush()?;
    drop(writer);
    Ok(out)
}

/// Compresses what is not yet in `kept`, on all cores, and forgets what is no longer used.
pub(crate) fn measure(
    files: &BTreeMap<String, Vec<u8>>,
    kept: &Path,
    progress: impl Fn(String) + Sync,
) -> Result<Sizes> {
    fs::create_dir_all(kept).with_context(|| format!("cannot make {}", kept.display()))?;
    let mut jobs: Vec<(&String, &Vec<u8>)> = files.iter().collect();
    // The largest first, so that no core ends with it alone.
    jobs.sort_by_key(|(_, bytes)| std::cmp::Reverse(bytes.len()));
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<Result<Weighed>>> = Mutex::default();
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    thread::scope(|scope| {
        for _ in 0..cores.min(jobs.len()) {
            scope.spawn(|| {
                while let Some((name, bytes)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    progress((*name).clone());
                    let result = weigh(name, bytes, kept);
                    done.lock().unwrap_or_else(PoisonError::into_inner).push(result);
                }
            });
        }
    });

    let mut sizes = Sizes {
        files: BTreeMap::new(),
        new: 0,
    };
    let mut used = BTreeSet::new();
    for result in done.into_inner().unwrap_or_else(PoisonError::into_inner) {
        let Weighed {
            name,
            raw,
            wire,
            kept,
            new,
        } = result?;
        sizes.files.insert(name, (raw, wire));
        sizes.new += usize::from(new);
        used.extend(kept);
    }
    for entry in fs::read_dir(kept)? {
        let entry = entry?;
        if !entry.file_name().to_str().is_some_and(|name| used.contains(name)) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(sizes)
}

/// One file on the scales.
struct Weighed {
    name: String,
    raw: u64,
    wire: u64,
    /// Its compressed file, where it has one.
    kept: Option<String>,
    /// Was that made now?
    new: bool,
}

fn weigh(name: &str, bytes: &[u8], kept: &Path) -> Result<Weighed> {
    let raw = bytes.len() as u64;
    if !compresses(extension(name)) {
        return Ok(Weighed {
            name: name.to_owned(),
            raw,
            wire: raw,
            kept: None,
            new: false,
        });
    }
    let file = format!("{}.br", content_id([bytes]));
    let path = kept.join(&file);
    let (wire, new) = if let Ok(known) = fs::metadata(&path) {
        (known.len(), false)
    } else {
        let compressed = brotli(bytes, 11).with_context(|| format!("cannot compress {name}"))?;
        // Written beside and renamed: a build that is killed leaves no half file under this name.
        let half = kept.join(format!("{file}.half"));
        fs::write(&half, &compressed)
            .and_then(|()| fs::rename(&half, &path))
            .with_context(|| format!("cannot write {}", path.display()))?;
        (compressed.len() as u64, true)
    };
    Ok(Weighed {
        name: name.to_owned(),
        raw,
        wire,
        kept: Some(file),
        new,
    })
}

impl Sizes {
    /// The table, and what the first load weighs.
    pub(crate) fn table(&self, first_load: &[String], aim: u64) -> (String, u64) {
        let row = |name: &str, raw: u64, wire: u64| format!("  {name:<32}{:>10}{:>12}", Bytes(raw), Bytes(wire));
        let (first, later): (Vec<_>, Vec<_>) = self.files.iter().partition(|(name, _)| first_load.contains(name));
        let total = |files: &[(&String, &(u64, u64))]| {
            files
                .iter()
                .fold((0, 0), |sum, (_, size)| (sum.0 + size.0, sum.1 + size.1))
        };
        let mut lines = vec![format!("  {:<32}{:>10}{:>12}", "fetched first", "raw", "brotli 11")];
        lines.extend(first.iter().map(|(name, (raw, wire))| row(name, *raw, *wire)));
        let (raw, wire) = total(&first);
        lines.push(row("= first load", raw, wire));
        let (later_raw, later_wire) = total(&later);
        lines.push(row(&format!("+ {} files later", later.len()), later_raw, later_wire));
        let verdict = if wire <= aim {
            "within the aim of"
        } else {
            "over the aim of"
        };
        lines.push(format!("  first load {}: {verdict} {}", Bytes(wire), Bytes(aim)));
        (lines.join("\n"), wire)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn files_are_compressed_once_and_forgotten_when_gone() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let text = "let a = 1; ".repeat(1000);
        let mut files = BTreeMap::from([
            ("a.js".to_owned(), text.clone().into_bytes()),
            ("b.woff2".to_owned(), vec![7; 5000]),
        ]);
        let kept = || fs::read_dir(folder.path()).map(Iterator::count);
        let sizes = measure(&files, folder.path(), |_| {})?;
        assert_eq!((sizes.new, kept()?), (1, 1));
        let wire = sizes.files.get("a.js").map(|size| size.1).unwrap_or_default();
        assert!(wire > 0 && wire < 200, "{wire}");
        assert_eq!(sizes.files.get("b.woff2"), Some(&(5000, 5000)));
        assert_eq!(measure(&files, folder.path(), |_| {})?.new, 0);
        let (table, first) = sizes.table(&["a.js".into()], 1);
        assert_eq!(first, wire);
        assert!(
            table.contains("+ 1 files later") && table.ends_with("over the aim of 1 B"),
            "{table}"
        );

        let compressed = fs::read(folder.path().join(format!("{}.br", content_id([text.as_bytes()]))))?;
        let mut back = String::new();
        brotli::Decompressor::new(&*compressed, 4096).read_to_string(&mut back)?;
        assert_eq!(back, text);

        files.remove("a.js");
        measure(&files, folder.path(), |_| {})?;
        assert_eq!(kept()?, 0);
        Ok(())
    }
}
