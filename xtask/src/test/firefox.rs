//! The real page in Firefox, once: it starts, says its headline, and draws.
//!
//! `firefox --screenshot` waits for the page's load event and for nothing else. So the page gets one more picture, which
//! this server does not send before a small script beside it has reported that the lab runs. And it leaves WebGL out, so
//! the script lays a copy of what the canvas shows over it, and looks whether there is something on it.

use std::{
    fs,
    path::Path,
    process::Command,
    sync::{Arc, Condvar, Mutex, PoisonError},
    time::Duration,
};

use super::{
    picture,
    sandbox::{Display, isolate, run_within},
};
use crate::serve::{Reply, Request, Running, Site, listen};
use anyhow::{Context as _, Result, bail, ensure};

/// Longer than the page needs on a slow machine; the limits only end a run that hangs.
const PAGE_LIMIT: Duration = Duration::from_secs(90);
const LIMIT: Duration = Duration::from_mins(3);

/// Put in front of all else in the page.
const HEAD: &str = "<head><script src=\"probe.js\"></script>";
/// Put behind all else.
const TAIL: &str = "<img src=\"probe.svg\" alt=\"\" width=\"1\" height=\"1\"></body>";
/// Reports the headline, or why there is none.
const SCRIPT: &str = include_str!("probe.js");
const DOT: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"/>";

/// What the page has said: its headline, or why it has none.
#[derive(Default)]
struct Report {
    said: Mutex<Option<Result<String, String>>>,
    changed: Condvar,
}

impl Report {
    fn say(&self, query: &str) {
        let decoded = |text: &str| {
            percent_encoding::percent_decode_str(text)
                .decode_utf8_lossy()
                .into_owned()
        };
        let said = match query.split_once('=') {
            Some(("headline", text)) => Ok(decoded(text)),
            Some((_, text)) => Err(decoded(text)),
            None => Err("the page reported nothing".into()),
        };
        *self.said.lock().unwrap_or_else(PoisonError::into_inner) = Some(said);
        self.changed.notify_all();
    }

    /// Waits until the page has spoken, or for the limit.
    fn wait(&self, limit: Duration) -> Option<Result<String, String>> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let (said, _) = self
            .changed
            .wait_timeout_while(said, limit, |said| said.is_none())
            .unwrap_or_else(PoisonError::into_inner);
        said.clone()
    }
}

/// Opens the site in Firefox and leaves a picture of it.
pub(super) fn smoke(firefox: &Path, xvfb: &Path, dist: &Path, compressed: &Path, screenshot: &Path) -> Result<()> {
    if screenshot.exists() {
        fs::remove_file(screenshot)?;
    }
    let report = Arc::new(Report::default());
    let heard = Arc::clone(&report);
    let site = Site::new(dist, compressed);
    let server = Running::start(listen(0)?, move |request| answer(&site, request, &heard))?;

    let home = tempfile::tempdir()?;
    let profile = home.path().join("profile");
    fs::create_dir(&profile)?;
    // Software drawing is allowed, and nothing asks or calls home.
    let preferences = "user_pref(\"webgl.force-enabled\", true);\nuser_pref(\"datareporting.policy.dataSubmissionEnabled\", false);\n\
        user_pref(\"browser.shell.checkDefaultBrowser\", false);\nuser_pref(\"app.update.enabled\", false);\n";
    fs::write(profile.join("user.js"), preferences)?;
    let mut command = Command::new(firefox);
    command
        .args(["--headless", "--no-remote", "--window-size", "1440,900", "--profile"])
        .arg(&profile);
    command
        .arg("--screenshot")
        .arg(screenshot)
        .arg(format!("http://localhost:{}/", server.port));
    // Without a GPU even a headless Firefox has WebGL only where there is an X server.
    let display = Display::start(xvfb)?;
    display.show(&mut command);
    isolate(&mut command, home.path());
    run_within(&mut command, LIMIT).context("Firefox")?;

    match report.wait(Duration::ZERO) {
        Some(Ok(headline)) => ensure!(!headline.is_empty(), "the page has no headline"),
        Some(Err(why)) => bail!("the page did not start: {why}"),
        None => bail!("the page did not start within {} s", PAGE_LIMIT.as_secs()),
    }
    picture::require(screenshot)
}

/// The site, with the probe in its page and what the probe asks for.
fn answer(site: &Site, request: &Request, report: &Report) -> Reply {
    let own = |kind: &str, body: &str| Reply {
        status: 200,
        headers: vec![
            ("Content-Type", kind.to_owned()),
            ("Cache-Control", "no-store".to_owned()),
        ],
        body: body.as_bytes().into(),
    };
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    match path {
        "/" => {
            let page = site.reply(&request.plain());
            let text = String::from_utf8_lossy(&page.body);
            let probed = text.replacen("<head>", HEAD, 1).replacen("</body>", TAIL, 1);
            own("text/html; charset=utf-8", &probed)
        }
        "/probe.js" => own("text/javascript; charset=utf-8", SCRIPT),
        "/probe-report" => {
            report.say(query);
            own("text/plain", "")
        }
        "/probe.svg" => {
            report.wait(PAGE_LIMIT);
            own("image/svg+xml", DOT)
        }
        _ => site.reply(request),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_heard() {
        let report = Report::default();
        assert_eq!(report.wait(Duration::ZERO), None);
        report.say("headline=21%20%25");
        assert_eq!(report.wait(PAGE_LIMIT), Some(Ok("21 %".into())));
        report.say("failure=no%20WebGL");
        assert_eq!(report.wait(PAGE_LIMIT), Some(Err("no WebGL".into())));
    }
}
