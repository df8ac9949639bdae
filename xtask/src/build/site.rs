//! The files of the site before they are written: what the page fetches first, and what the service worker keeps.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, bail};

use crate::workspace::content_id;

/// What `boot.js` fetches by names that it puts together, and the faces of the words that the page opens with.
pub(super) const FETCHED_AT_START: [&str; 5] = [
    "eigenlens_bg.wasm",
    "fonts/inter-regular.ttf",
    "fonts/inter-semibold.ttf",
    "fonts/stix-text-italic.ttf",
    "fonts/stix-math-symbols.ttf",
];

/// The files of the site, by their path below `dist/`.
#[derive(Default)]
pub(crate) struct Site {
    files: BTreeMap<String, Vec<u8>>,
    first_load: Vec<String>,
}

impl Site {
    /// Adds a file; two files of one name are a mistake.
    pub(crate) fn add(&mut self, name: impl Into<String>, bytes: Vec<u8>) -> Result<()> {
        let name = name.into();
        if self.files.contains_key(&name) {
            bail!("two files want to be {name} in the site");
        }
        self.files.insert(name, bytes);
        Ok(())
    }

    /// The files by name.
    pub(crate) fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.files
    }

    /// What is fetched until a token can be dragged.
    pub(crate) fn first_load(&self) -> &[String] {
        &self.first_load
    }

    /// Fills in what the pages need to know of the other files, and writes `first-load.json`.
    pub(crate) fn seal(&mut self) -> Result<()> {
        let size = self
            .files
            .get("eigenlens_bg.wasm")
            .context("eigenlens_bg.wasm is missing in the site")?
            .len();
        self.fill("index.html", "WASM_BYTES", &size.to_string())?;
        self.first_load = self.fetched_first()?;
        let list = serde_json::to_vec(&serde_json::json!({ "files": self.first_load }))?;

        let kept: Vec<&String> = self
            .files
            .keys()
            // What is fetched only when it is needed is kept only then.
            .filter(|name| *name != "sw.js" && extension(name) != "txt" && !name.starts_with("data/"))
            .collect();
        let kept = serde_json::to_string(&kept)?;
        let version = content_id(self.files.iter().flat_map(|(name, bytes)| [name.as_bytes(), bytes]));
        self.fill("sw.js", "/*PRECACHE*/[]/*END*/", &kept)?;
        self.fill("sw.js", "\"VERSION\"", &format!("\"{version}\""))?;
        self.add("first-load.json", list)
    }

    /// Replaces `mark`, which must stand in `name` exactly once.
    pub(super) fn fill(&mut self, name: &str, mark: &str, value: &str) -> Result<()> {
        let text = self.text(name)?;
        let count = text.matches(mark).count();
        if count != 1 {
            bail!("{name}: {mark} must stand there once, and stands there {count} times");
        }
        let filled = text.replacen(mark, value, 1);
        self.files.insert(name.to_owned(), filled.into_bytes());
        Ok(())
    }

    fn text(&self, name: &str) -> Result<&str> {
        let bytes = self
            .files
            .get(name)
            .with_context(|| format!("{name} is missing in the site"))?;
        std::str::from_utf8(bytes).with_context(|| format!("{name} is not UTF-8"))
    }

    /// The page, what its head asks for, what those modules import, and what they fetch at the start.
    fn fetched_first(&self) -> Result<Vec<String>> {
        let mut found = BTreeSet::from(["index.html".to_owned()]);
        let mut open = asked_for(self.text("index.html")?);
        open.extend(FETCHED_AT_START.map(str::to_owned));
        while let Some(name) = open.pop() {
            if !self.files.contains_key(&name) {
                bail!("the page fetches {name} first, and the site has no such file");
            }
            if !found.insert(name.clone()) {
                continue;
            }
            if extension(&name) == "js" && !name.starts_with("eigenlens") {
                open.extend(imported(self.text(&name)?));
            }
        }
        Ok(found.into_iter().collect())
    }
}

/// The extension of a name, or nothing.
pub(super) fn extension(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// The files of the site that the tags in `html` make a browser fetch.
fn asked_for(html: &str) -> Vec<String> {
    html.split('<')
        .filter_map(|tag| {
            let tag = tag.split('>').next()?;
            let attribute = |name: &str| {
                tag.split_once(&format!(" {name}=\""))
                    .and_then(|(_, value)| value.split('"').next())
            };
            let url = match tag.split_whitespace().next()? {
                "script" => attribute("src")?,
                "link" if matches!(attribute("rel")?, "stylesheet" | "preload" | "modulepreload") => attribute("href")?,
                _ => return None,
            };
            local(url)
        })
        .collect()
}

/// The modules that `js` imports at its head.
fn imported(js: &str) -> Vec<String> {
    js.lines()
        .filter(|line| line.starts_with("import ") || line.starts_with("export ") || line.starts_with("} from "))
        .filter_map(|line| {
            let (_, from) = line.split_once("from ").or_else(|| line.split_once("import "))?;
            let quote = from.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
            local(from.split(quote).nth(1)?)
        })
        .collect()
}

/// A relative URL as the name of a file of the site.
fn local(url: &str) -> Option<String> {
    let name = url.strip_prefix("./").unwrap_or(url);
    (!name.contains(':') && !name.starts_with('/')).then(|| name.split(['?', '#']).next().unwrap_or(name).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const INDEX: &str = "<meta name=\"n\" content=\"WASM_BYTES\"><link rel=\"icon\" href=\"data:x\"><link rel=\"stylesheet\" href=\"style.css\">\
        <link rel=\"modulepreload\" href=\"eigenlens.js\"><script type=\"module\" src=\"./boot.js?v\"></script><a href=\"late.html\">x</a>";

    fn site(changed: &str, text: &str) -> Result<Site> {
        let mut files = BTreeMap::from([
            ("index.html", INDEX),
            ("style.css", ""),
            (
                "boot.js",
                "import { a } from \"./a.js\";\nimport {\n  c,\n} from './c.js';\nconst lazy = () => import(\"./lazy.js\");\n",
            ),
            ("a.js", "import \"./b.js\";\nexport { x } from \"./boot.js\";\n"),
            ("b.js", ""),
            ("c.js", ""),
            ("lazy.js", ""),
            ("eigenlens.js", "import x from './not-ours.js';"),
            (
                "sw.js",
                "const FILES = /*PRECACHE*/[]/*END*/; const BUILD = \"VERSION\";",
            ),
            ("fonts/OFL.txt", ""),
        ]);
        files.extend(FETCHED_AT_START.map(|name| (name, "12345")));
        files.insert(changed, text);
        let mut site = Site::default();
        for (name, text) in files {
            site.add(name, text.into())?;
        }
        site.seal()?;
        Ok(site)
    }

    #[test]
    fn the_first_load_is_the_page_its_modules_and_the_start() -> Result<()> {
        let site = site("x", "")?;
        let mut expected = vec![
            "a.js",
            "b.js",
            "boot.js",
            "c.js",
            "eigenlens.js",
            "index.html",
            "style.css",
        ];
        expected.extend(FETCHED_AT_START);
        expected.sort_unstable();
        assert_eq!(site.first_load(), expected);
        let json: serde_json::Value = serde_json::from_str(site.text("first-load.json")?)?;
        assert_eq!(json["files"].as_array().map(Vec::len), Some(expected.len()));
        assert!(site.text("index.html")?.contains("content=\"5\""));
        Ok(())
    }

    #[test]
    fn the_worker_keeps_every_file_under_a_version_of_their_content() -> Result<()> {
        let first = site("x", "1")?;
        let worker = first.text("sw.js")?;
        assert!(
            worker.contains("FILES = [\"a.js\",") && worker.contains("\"lazy.js\""),
            "{worker}"
        );
        assert!(
            !worker.contains("sw.js") && !worker.contains("OFL") && !worker.contains("VERSION"),
            "{worker}"
        );
        assert_eq!(worker, site("x", "1")?.text("sw.js")?);
        assert_ne!(worker, site("x", "2")?.text("sw.js")?);
        Ok(())
    }

    #[test]
    fn a_site_with_holes_is_refused() {
        for (name, text, words) in [
            ("sw.js", "\"VERSION\"", "/*PRECACHE*/[]/*END*/ must stand there once"),
            (
                "sw.js",
                "/*PRECACHE*/[]/*END*/ \"VERSION\" \"VERSION\"",
                "stands there 2 times",
            ),
            ("boot.js", "import \"./gone.js\";", "fetches gone.js first"),
            ("index.html", "", "WASM_BYTES must stand there once"),
        ] {
            let message = site(name, text)
                .err()
                .map(|error| error.to_string())
                .unwrap_or_default();
            assert!(message.contains(words), "{name} {text}: {message:?}");
        }
        let mut twice = Site::default();
        assert!(twice.add("a", Vec::new()).is_ok() && twice.add("a", Vec::new()).is_err());
    }
}
