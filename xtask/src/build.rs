//! `cargo xtask build`: the web app as a static site in `dist/`, for any host and any sub-path.

mod bare;
mod names;
mod order;
mod site;
mod sizes;
mod unreached;
mod wasm;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use eigenlens_words::lesson;

use crate::{
    explain, install,
    progress::{Bytes, Steps, say},
    workspace::{self, cache_dir, files_below, shown},
};
use site::Site;
pub(crate) use sizes::{brotli, compresses};

/// The web app's modules: cargo package, its features, and the name of its files.
const MODULES: [(&str, &str, &str); 5] = [
    ("eigenlens", "", "eigenlens"),
    ("eigenlens-files", "", "eigenlens_files"),
    ("eigenlens-figures", "draw", "eigenlens_figures"),
    ("eigenlens-gpu", "device", "eigenlens_gpu"),
    ("eigenlens-studio", "", "eigenlens_studio"),
];
/// The most that a first load may weigh, in bytes of Brotli 11.
const BUDGET: u64 = 1_300_000;
/// What a first load should weigh.
const AIM: u64 = 1_000_000;

/// How to build.
#[derive(Default, clap::Args)]
pub(crate) struct Options {
    /// Where the site will be, for its QR codes, as in `https://example.org/lab/`; without it they carry the address of the page
    #[arg(long, value_name = "URL", value_parser = address)]
    public_url: Option<String>,
}

/// An address that others can reach, and that stands in an attribute of HTML as it is.
fn address(text: &str) -> Result<String, String> {
    let name = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match name {
        None | Some("") => Err("it must begin with https:// or http://".to_owned()),
        Some(name) if name.contains(|c: char| c.is_whitespace() || c.is_control() || "\"'<>&?#".contains(c)) => {
            Err("it must be the address of a folder, without ? and #".to_owned())
        }
        Some(_) => Ok(text.to_owned()),
    }
}

/// A site that has been built.
pub(crate) struct Built {
    /// The site.
    pub(crate) dist: PathBuf,
    /// `<content id>.br` for every file that compresses.
    pub(crate) compressed: PathBuf,
    /// Bytes of Brotli 11 until a token can be dragged.
    pub(crate) first_load: u64,
}

impl Built {
    /// Fails when the first load weighs more than the budget.
    pub(crate) fn within_budget(&self) -> Result<()> {
        anyhow::ensure!(
            self.first_load <= BUDGET,
            "the first load weighs {} in Brotli, the budget is {}",
            Bytes(self.first_load),
            Bytes(BUDGET)
        );
        Ok(())
    }
}

/// Builds the site into `dist/`; what has not changed is not done again.
pub(crate) fn run(options: &Options) -> Result<Built> {
    let root = workspace::root();
    let cache = cache_dir()?;
    // Two builds at once would tread on each other's feet; the second waits here.
    let lock = fs::File::create(cache.join("lock")).context("cannot make the lock of the build")?;
    lock.lock().context("cannot take the lock of the build")?;

    let mut steps = Steps::new(5);
    let step = steps.child("compile for the browser, in release (the first time takes minutes)");
    install::ensure_wasm_target()?;
    let modules = MODULES
        .into_iter()
        .map(|(package, features, name)| wasm::compile(package, features, name))
        .collect::<Result<Vec<_>>>()?;
    step.done("compiled");

    let step = steps.work("make the modules");
    let made = wasm::finish(&modules, &cache.join("wasm"), |message| step.at(message))?;
    step.done(&made.how);

    let step = steps.work("gather the site");
    let mut site = Site::default();
    for (name, bytes) in made.files {
        let bytes = bare::of(&name, bytes);
        site.add(name, bytes)?;
    }
    gather(&root, &mut site)?;
    site.fill(
        "index.html",
        "PUBLIC_URL",
        options.public_url.as_deref().unwrap_or_default(),
    )?;
    site.seal()?;
    step.done(format!("{} files", site.files().len()));

    let step = steps.work("compress");
    let compressed = cache.join("br");
    let sizes = sizes::measure(site.files(), &compressed, |message| step.at(message))?;
    step.done(format!("{} new", sizes.new));

    let step = steps.work("put it into dist/");
    let dist = root.join("dist");
    replace(&dist, &site)?;
    step.done("done");

    let (table, first_load) = sizes.table(site.first_load(), AIM);
    say(&format!("\n{table}"));
    Ok(Built {
        dist,
        compressed,
        first_load,
    })
}

/// Everything of the site that is not compiled.
fn gather(root: &Path, site: &mut Site) -> Result<()> {
    site.add("index.html", read(&root.join("index.html"))?)?;
    copy(&root.join("web"), "", site, |_| true)?;
    let assets = root.join("assets");
    copy(&assets.join("fonts"), "fonts/", site, |extension| {
        matches!(extension, "ttf" | "woff2" | "txt")
    })?;
    let icons = assets.join("icons");
    if icons.is_dir() {
        copy(&icons, "icons/", site, |extension| {
            matches!(extension, "svg" | "png" | "ico")
        })?;
    }
    copy(&assets.join("data"), "data/", site, |extension| extension == "heads")?;
    site.add("results.json", results(&assets.join("data/results"))?)?;
    lessons(&assets.join("lessons"), root, site)?;
    for file in explain::files(root)? {
        let text = String::from_utf8(read(&file)?).with_context(|| format!("{} is not UTF-8", shown(&file, root)))?;
        let document = eigenlens_words::explain::parse(&shown(&file, root), &text)?;
        let name = file
            .file_stem()
            .and_then(|name| name.to_str())
            .context("an explanation has a name that is not UTF-8")?;
        site.add(
            format!("explain/{name}.html"),
            eigenlens_words::explain::fragment(&document)?.into_bytes(),
        )?;
    }
    Ok(())
}

/// Each lesson as the page reads it.
fn lessons(folder: &Path, root: &Path, site: &mut Site) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for file in files_below(folder)? {
        if file.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let shown = shown(&file, root);
        let text = String::from_utf8(read(&file)?).with_context(|| format!("{shown} is not UTF-8"))?;
        let lesson = lesson::read(&text).with_context(|| shown.clone())?;
        let compiled = lesson::compile(&lesson).with_context(|| shown.clone())?;
        let name = file
            .file_stem()
            .and_then(|name| name.to_str())
            .context("a lesson without a name")?;
        site.add(format!("lessons/{name}.json"), serde_json::to_vec(&compiled)?)?;
    }
    Ok(())
}

/// The files of results as one list.
fn results(folder: &Path) -> Result<Vec<u8>> {
    let mut all = Vec::new();
    if folder.is_dir() {
        for file in files_below(folder)? {
            let text = read(&file)?;
            let value: serde_json::Value =
                serde_json::from_slice(&text).with_context(|| format!("{} is no JSON", file.display()))?;
            all.push(value);
        }
    }
    Ok(serde_json::to_vec(&all)?)
}

/// Adds the files below `folder` whose extension is wanted.
fn copy(folder: &Path, to: &str, site: &mut Site, wanted: impl Fn(&str) -> bool) -> Result<()> {
    for file in files_below(folder)? {
        if wanted(
            file.extension()
                .and_then(|extension| extension.to_str())
                .unwrap_or_default(),
        ) {
            let name = shown(&file, folder);
            let bytes = read(&file)?;
            let bytes = bare::of(&name, bytes);
            site.add(format!("{to}{name}"), bytes)?;
        }
    }
    Ok(())
}

fn read(file: &Path) -> Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

/// Writes the site beside `dist` and puts it in its place: who looks sees the old site or the new one, never half of it.
fn replace(dist: &Path, site: &Site) -> Result<()> {
    let beside = |suffix: &str| dist.with_file_name(format!(".dist-{suffix}"));
    let (new, old) = (beside("new"), beside("old"));
    for left_over in [&new, &old] {
        if left_over.exists() {
            fs::remove_dir_all(left_over).with_context(|| format!("cannot remove {}", left_over.display()))?;
        }
    }
    for (name, bytes) in site.files() {
        let file = new.join(name);
        let folder = file.parent().context("a file without a folder")?;
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        fs::write(&file, bytes).with_context(|| format!("cannot write {}", file.display()))?;
    }
    if dist.exists() {
        fs::rename(dist, &old).with_context(|| format!("cannot move the old site out of {}", dist.display()))?;
    }
    fs::rename(&new, dist).with_context(|| format!("cannot put the new site into {}", dist.display()))?;
    if old.exists() {
        fs::remove_dir_all(&old).with_context(|| format!("cannot remove {}", old.display()))?;
    }
    Ok(())
}

/// `build` as a command: the site, and where it is.
pub(crate) fn command(options: &Options) -> Result<()> {
    let built = run(options)?;
    say(&format!("\nThe site is in {}", built.dist.display()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_site_takes_the_place_of_the_old() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let dist = folder.path().join("dist");
        fs::create_dir(&dist)?;
        fs::write(dist.join("old"), "")?;
        fs::create_dir(folder.path().join(".dist-new"))?;
        fs::write(folder.path().join(".dist-new/half"), "")?;
        let mut site = Site::default();
        site.add("a/b.txt", b"x".to_vec())?;
        replace(&dist, &site)?;
        let left: Vec<String> = files_below(folder.path())?
            .iter()
            .map(|file| shown(file, folder.path()))
            .collect();
        assert_eq!(left, ["dist/a/b.txt"]);
        assert_eq!(fs::read_dir(folder.path())?.count(), 1);
        Ok(())
    }

    #[test]
    fn results_become_one_list() -> Result<()> {
        let folder = tempfile::tempdir()?;
        assert_eq!(results(&folder.path().join("none"))?, b"[]");
        fs::write(folder.path().join("b.json"), "{\"version\": 1}")?;
        fs::write(folder.path().join("a.json"), "{}\n")?;
        assert_eq!(results(folder.path())?, b"[{},{\"version\":1}]");
        fs::write(folder.path().join("c.json"), "{")?;
        let message = results(folder.path()).expect_err("it is cut").to_string();
        assert!(message.ends_with("c.json is no JSON"), "{message}");
        Ok(())
    }

    #[test]
    fn a_public_address_is_one_of_a_folder() {
        assert_eq!(
            address("https://example.org/lab/").as_deref(),
            Ok("https://example.org/lab/")
        );
        for wrong in [
            "",
            "example.org",
            "ftp://example.org",
            "https://",
            "https://a/?b",
            "https://a/#b",
            "https://a/\"b",
            "https://a b",
        ] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_budget_is_a_bound() {
        let built = |first_load| Built {
            dist: PathBuf::new(),
            compressed: PathBuf::new(),
            first_load,
        };
        assert!(built(BUDGET).within_budget().is_ok());
        let message = built(BUDGET + 10_000)
            .within_budget()
            .expect_err("too heavy")
            .to_string();
        assert_eq!(
            message,
            "the first load weighs 1.31 MB in Brotli, the budget is 1.30 MB"
        );
    }
}
