//! The full-size lens on the page: it fetches what was saved, shows a file that is picked, and says that it replays.

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
    let saved: serde_json::Value =
        serde_json::from_str(page.eval("window.text").as_str().expect("a text")).expect("JSON");
    assert_eq!(saved, serde_json::from_str::<serde_json::Value>(SAMPLE).expect("JSON"));
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
