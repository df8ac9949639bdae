//! From a request to a reply: the files below one folder and nothing else.

use std::{
    collections::HashMap,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use percent_encoding::percent_decode_str;

use super::Request;
use crate::{build, workspace::content_id};

/// The files of one folder, served from the disk so that a new build is seen at once.
pub(crate) struct Site {
    folder: PathBuf,
    /// Where the build leaves `<content id>.br`.
    compressed: PathBuf,
    cache: Mutex<HashMap<Key, Arc<[u8]>>>,
}

/// A content and how it is compressed.
type Key = (String, Coding);

/// What is sent back.
pub(crate) struct Reply {
    /// The status code of HTTP.
    pub(crate) status: u16,
    /// The headers, without those that the server adds.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The body, encoded as the headers say; the server leaves it out for HEAD.
    pub(crate) body: Arc<[u8]>,
}

impl Reply {
    /// A line of words.
    pub(crate) fn message(status: u16, text: &str) -> Self {
        let headers = vec![
            ("Content-Type", media_type("txt").into()),
            ("Cache-Control", "no-cache".into()),
        ];
        Self {
            status,
            headers,
            body: format!("{text}\n").into_bytes().into(),
        }
    }
}

/// How a body is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Coding {
    Brotli,
    Gzip,
}

impl Coding {
    fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }
}

impl Site {
    /// The site in `folder`, with compressed files kept in `compressed`.
    pub(crate) fn new(folder: &Path, compressed: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
            compressed: compressed.to_path_buf(),
            cache: Mutex::default(),
        }
    }

    /// The reply to `request`.
    pub(crate) fn reply(&self, request: &Request) -> Reply {
        if !matches!(request.method.as_str(), "GET" | "HEAD") {
            let mut reply = Reply::message(405, "Only GET and HEAD are served here.");
            reply.headers.push(("Allow", "GET, HEAD".into()));
            return reply;
        }
        let Some(path) = self.file(&request.target) else {
            return Reply::message(404, "Not found.");
        };
        let Ok(bytes) = fs::read(&path) else {
            return Reply::message(404, "Not found.");
        };
        let extension = path
            .extension()
            .and_then(|extension| extension.to_str())
            .unwrap_or_default();
        let coding = build::compresses(extension)
            .then(|| accepted(request.header("Accept-Encoding").unwrap_or_default()))
            .flatten();
        let id = content_id([bytes.as_slice()]);
        let tag = coding.map_or_else(|| format!("\"{id}\""), |coding| format!("\"{id}-{}\"", coding.name()));
        let mut headers = vec![
            ("ETag", tag.clone()),
            ("Cache-Control", "no-cache".into()),
            ("Vary", "Accept-Encoding".into()),
        ];
        let known = request.header("If-None-Match").is_some_and(|tags| {
            tags.split(',')
                .map(str::trim)
                .any(|known| known == "*" || known.trim_start_matches("W/") == tag)
        });
        if known {
            return Reply {
                status: 304,
                headers,
                body: Arc::default(),
            };
        }
        headers.push(("Content-Type", media_type(extension).into()));
        headers.push(("X-Content-Type-Options", "nosniff".into()));
        let body = match coding.map(|coding| (coding, self.encoded(&id, &bytes, coding))) {
            Some((coding, Some(encoded))) => {
                headers.push(("Content-Encoding", coding.name().into()));
                encoded
            }
            _ => bytes.into(),
        };
        Reply {
            status: 200,
            headers,
            body,
        }
    }

    /// The file that `target` names, if it is one below the folder.
    fn file(&self, target: &str) -> Option<PathBuf> {
        let path = target.split(['?', '#']).next()?.strip_prefix('/')?;
        let root = self.folder.canonicalize().ok()?;
        let mut file = root.clone();
        for segment in path.split('/') {
            let name = percent_decode_str(segment).decode_utf8().ok()?;
            // A name is a name: nothing that means another place on any system, and nothing hidden.
            if name.starts_with('.') || name.contains(['/', '\\', ':', '\0']) {
                return None;
            }
            file.push(&*name);
        }
        if path.is_empty() || path.ends_with('/') {
            file.push("index.html");
        }
        // A symbolic link may still lead out.
        let file = file.canonicalize().ok()?;
        (file.starts_with(&root) && file.is_file()).then_some(file)
    }

    /// `bytes` in `coding`: as the build left them, or compressed once.
    fn encoded(&self, id: &str, bytes: &[u8], coding: Coding) -> Option<Arc<[u8]>> {
        let key = (id.to_owned(), coding);
        let lock = || self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(encoded) = lock().get(&key) {
            return Some(Arc::clone(encoded));
        }
        let encoded: Arc<[u8]> = match coding {
            Coding::Brotli => match fs::read(self.compressed.join(format!("{id}.br"))) {
                Ok(encoded) => encoded,
                Err(_) => build::brotli(bytes, 5).ok()?,
            },
            Coding::Gzip => gzip(bytes).ok()?,
        }
        .into();
        lock().insert(key, Arc::clone(&encoded));
        Some(encoded)
    }
}

fn gzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

/// The coding to use for an Accept-Encoding header: Brotli before gzip, none that is refused with `q=0`.
fn accepted(header: &str) -> Option<Coding> {
    let weight = |coding: &str| {
        header.split(',').find_map(|entry| {
            let mut parts = entry.split(';').map(str::trim);
            parts.next().filter(|name| name.eq_ignore_ascii_case(coding))?;
            let q = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
            Some(q.map_or(1.0, |q| q.trim().parse::<f32>().unwrap_or(0.0)))
        })
    };
    [Coding::Brotli, Coding::Gzip]
        .into_iter()
        .find(|coding| weight(coding.name()).or_else(|| weight("*")).unwrap_or(0.0) > 0.0)
}

/// The media type for a file's extension.
fn media_type(extension: &str) -> &'static str {
    match extension {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "webmanifest" => "application/manifest+json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "ttf" => "font/ttf",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use anyhow::Result;

    use super::*;

    fn site() -> Result<(tempfile::TempDir, Site)> {
        let folder = tempfile::tempdir()?;
        let dist = folder.path().join("dist");
        fs::create_dir_all(dist.join("sub folder"))?;
        fs::write(folder.path().join("secret.txt"), "secret")?;
        fs::write(dist.join("index.html"), "<!doctype html>")?;
        fs::write(dist.join(".hidden.txt"), "hidden")?;
        fs::write(dist.join("sub folder/a.js"), "let a = 1; ".repeat(500))?;
        fs::write(dist.join("a.png"), "png")?;
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(folder.path().join("secret.txt"), dist.join("link.txt"))?;
            std::os::unix::fs::symlink(folder.path(), dist.join("up"))?;
        }
        let site = Site::new(&dist, &folder.path().join("br"));
        Ok((folder, site))
    }

    fn get(site: &Site, target: &str) -> Reply {
        site.reply(&Request::new("GET", target, &[]))
    }

    fn get_as(site: &Site, target: &str, coding: &str) -> Reply {
        site.reply(&Request::new("GET", target, &[("accept-encoding", coding)]))
    }

    fn header<'a>(reply: &'a Reply, name: &str) -> Option<&'a str> {
        reply
            .headers
            .iter()
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value.as_str())
    }

    #[test]
    fn files_have_their_types() -> Result<()> {
        let (_folder, site) = site()?;
        for (target, kind) in [
            ("/", "text/html; charset=utf-8"),
            ("/index.html?x=../..", "text/html; charset=utf-8"),
            ("/sub%20folder/a.js", "text/javascript; charset=utf-8"),
            ("/a.png", "image/png"),
        ] {
            let reply = get(&site, target);
            assert_eq!(
                (reply.status, header(&reply, "Content-Type")),
                (200, Some(kind)),
                "{target}"
            );
            assert_eq!(header(&reply, "Cache-Control"), Some("no-cache"));
        }
        assert_eq!(media_type("wasm"), "application/wasm");
        Ok(())
    }

    #[test]
    fn nothing_else_can_be_reached() -> Result<()> {
        let (_folder, site) = site()?;
        for target in [
            "/none",
            "/sub%20folder",
            "/sub%20folder/",
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "/..%2fsecret.txt",
            "/%2e%2e%2fsecret.txt",
            "/..%5csecret.txt",
            "/sub%20folder/../../secret.txt",
            "/link.txt",
            "/up/secret.txt",
            "/up/dist/index.html/",
            "//etc/passwd",
            "/%2fetc/passwd",
            "/.hidden.txt",
            "/index.html%00",
            "/index.html/",
            "/%ff",
            "/C:/x",
            "secret.txt",
            "",
            "*",
            "http://x/index.html",
        ] {
            assert_eq!(get(&site, target).status, 404, "{target}");
        }
        Ok(())
    }

    #[test]
    fn other_methods_are_refused() -> Result<()> {
        let (_folder, site) = site()?;
        let reply = site.reply(&Request::new("POST", "/", &[]));
        assert_eq!((reply.status, header(&reply, "Allow")), (405, Some("GET, HEAD")));
        Ok(())
    }

    #[test]
    fn bodies_are_compressed_as_asked() -> Result<()> {
        let (_folder, site) = site()?;
        let plain = get(&site, "/sub%20folder/a.js").body;
        for (asked, given) in [
            ("gzip, deflate, br", Some("br")),
            ("gzip", Some("gzip")),
            ("br;q=0, gzip;q=0.5", Some("gzip")),
            ("*", Some("br")),
            ("*;q=0", None),
            ("identity", None),
            ("", None),
            ("br;q=x", None),
        ] {
            let reply = get_as(&site, "/sub%20folder/a.js", asked);
            assert_eq!(header(&reply, "Content-Encoding"), given, "{asked}");
            let mut body = Vec::new();
            match given {
                Some("br") => brotli::Decompressor::new(&*reply.body, 4096).read_to_end(&mut body)?,
                Some(_) => flate2::read::GzDecoder::new(&*reply.body).read_to_end(&mut body)?,
                None => (&*reply.body).read_to_end(&mut body)?,
            };
            assert_eq!(body, *plain, "{asked}");
            assert_eq!(header(&reply, "Vary"), Some("Accept-Encoding"));
        }
        let picture = get_as(&site, "/a.png", "br");
        assert_eq!(header(&picture, "Content-Encoding"), None);
        Ok(())
    }

    #[test]
    fn a_known_tag_is_not_sent_again() -> Result<()> {
        let (folder, site) = site()?;
        let ask = |coding: &str, tag: &str| {
            let headers = [("Accept-Encoding", coding), ("If-None-Match", tag)];
            site.reply(&Request::new("GET", "/sub%20folder/a.js", &headers))
        };
        let tag = |reply: &Reply| header(reply, "ETag").unwrap_or_default().to_owned();
        let (plain, small) = (tag(&ask("", "")), tag(&ask("br", "")));
        assert_ne!(plain, small);
        assert_eq!(ask("br", &format!("\"x\", W/{small}")).status, 304);
        assert_eq!(ask("br", &plain).status, 200);
        fs::write(folder.path().join("dist/sub folder/a.js"), "new")?;
        assert_eq!(ask("", &plain).status, 200);
        Ok(())
    }

    #[test]
    fn what_the_build_compressed_is_used() -> Result<()> {
        let (folder, site) = site()?;
        fs::create_dir(folder.path().join("br"))?;
        fs::write(
            folder
                .path()
                .join("br")
                .join(format!("{}.br", content_id([b"<!doctype html>".as_slice()]))),
            "kept",
        )?;
        let reply = get_as(&site, "/", "br");
        assert_eq!(*reply.body, *b"kept");
        Ok(())
    }
}
