//! The full-size lens on the page: it fetches what was saved, shows a file that is picked, and says that it replays.

use eigenlens::lab::results;
use serde_json::json;

use crate::{
    page::{Chromium, Page, number},
    site::Site,
};

/// Numbers of no machine, near those of the design's picture.
const SAMPLE: &str = include_str!("../lavapipe/full_size.json");

fn pick(page: &Page, name: &str, content: &str) {
    page.eval(&format!(
        "(() => {{ const files = new DataTransfer(); files.items.add(new File([{}], {name:?}));
           const picker = document.getElementById('picker'); picker.files = files.files; picker.dispatchEvent(new Event('change')); }})()",
        json!(content)
    ));
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_file_of_results_is_replayed_and_saved_again() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.size(1440, 900);
    page.open(site.url());
    page.eval("eigenlens.command('lens 7')");
    page.until("the lens", "eigenlens.readouts().lens === 'full-size'");
    page.until(
        "the words of the lens",
        "document.documentElement.dataset.words === 'full-size'",
    );
    page.until(
        "what was saved",
        "performance.getEntriesByName(new URL('results.json', location.href).href).length === 1",
    );
    page.eval("eigenlens.command('full-size tokens 32k')");
    page.eval("eigenlens.command('lens 1')");
    pick(&page, "sample.json", SAMPLE);
    page.until(
        "the lens with the file",
        "eigenlens.readouts().spoken.includes('Replaying Test adapter, 2026-11-20.')",
    );
    assert_eq!(number(&page.numbers(), "moved of rpc"), 0.8);
    assert_eq!(
        page.eval("eigenlens.readouts().checks.every(({ holds }) => holds)"),
        true
    );
    page.screenshot("full-size-1440x900");
    // The file is caught on its way to the downloads.
    page.eval("URL.createObjectURL = (blob) => { window.saved = blob; return 'data:,'; }; URL.revokeObjectURL = () => undefined;");
    assert_eq!(page.eval("eigenlens.command('save results')"), true);
    page.until("a file", "window.saved?.size > 10000");
    page.eval("window.saved.text().then((text) => { window.text = text; })");
    page.until("its text", "window.text");
    let text = page.eval("window.text");
    let saved = results::read(text.as_str().expect("a text"));
    assert_eq!(saved, results::read(SAMPLE));
    // What is broken is refused, and the picture stays.
    let before = page.numbers();
    pick(&page, "broken.json", &SAMPLE[..2000]);
    page.until(
        "a notice",
        "eigenlens.readouts().notices.some((notice) => JSON.stringify(notice).includes('broken.json'))",
    );
    assert_eq!(page.numbers(), before);
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn without_webgpu_it_says_so_and_replays() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.before_load("Object.defineProperty(Navigator.prototype, 'gpu', { get: () => undefined });");
    page.open(site.url());
    page.eval("eigenlens.command('lens 7')");
    page.until(
        "the reason",
        "eigenlens.readouts().spoken.includes('No GPU reached: this browser')",
    );
    assert_eq!(page.eval("eigenlens.where('run')"), serde_json::Value::Null);
    pick(&page, "sample.json", SAMPLE);
    page.until(
        "the replay with the reason",
        "/Replaying Test adapter, 2026-11-20. No GPU reached: this browser/.test(eigenlens.readouts().spoken)",
    );
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn run_measures_on_webgpu_and_stops_when_asked() {
    let (site, chromium) = (Site::start(), Chromium::with_webgpu());
    let page = chromium.page();
    page.size(1440, 900);
    page.open(site.url());
    for command in ["lens 7", "full-size tokens 1k", "full-size precision f32"] {
        assert_eq!(page.eval(&format!("eigenlens.command({command:?})")), true, "{command}");
    }
    pick(&page, "sample.json", SAMPLE);
    page.until(
        "the replay",
        "eigenlens.readouts().spoken.includes('Replaying Test adapter')",
    );
    let replayed = page.numbers();
    page.until("an adapter", "eigenlens.where('run')");
    // Stopped at once, and begun again.
    page.click(page.at("run"));
    page.until("a run", "'progress' in eigenlens.readouts().numbers");
    page.key("Escape");
    page.until("that it stops", "!('progress' in eigenlens.readouts().numbers)");
    page.click(page.at("run"));
    page.until("a run", "'progress' in eigenlens.readouts().numbers");
    for rows in 1..=6 {
        page.until(
            &format!("{rows} rows"),
            &format!("((numbers) => 'seconds' in numbers || numbers.rows_done?.value >= {rows})(eigenlens.readouts().numbers)"),
        );
    }
    page.until("the end of the run", "'seconds' in eigenlens.readouts().numbers");
    page.screenshot("full-size-webgpu-1440x900");
    let numbers = page.numbers();
    assert_eq!(
        number(&numbers, "tokens"),
        1024.0,
        "heads are left out before tokens are"
    );
    for mechanism in ["softmax", "elliptical", "bn", "sh", "rpc", "smoother"] {
        for name in ["time", "error", "moved"] {
            let name = format!("{name} of {mechanism}");
            let value = number(&numbers, &name);
            assert!(value > 0.0 && value != number(&replayed, &name), "{name}: {value}");
        }
        let (error, tolerance) = (format!("error of {mechanism}"), format!("tolerance of {mechanism}"));
        assert!(number(&numbers, &error) <= number(&numbers, &tolerance), "{error}");
    }
    page.quiet();
}
