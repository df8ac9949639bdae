//! The lab itself: load, drag, undo, link.

use std::collections::BTreeSet;

use crate::{
    page::{Chromium, Page},
    site::{self, Site},
};

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_token_can_be_dragged_after_the_first_load_and_no_more() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    let list: serde_json::Value = serde_json::from_slice(&site::file("first-load.json")).expect("JSON");
    let listed: BTreeSet<String> = list["files"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|file| file.as_str().map(str::to_owned))
        .collect();
    // What the page asks for beyond the list, it asks for without need: the token moves before any of it comes.
    site.hold_back_all_but(&listed);
    page.open_bare(site.url());
    drag_a_key(&page);
    let mut fetched: Vec<String> = site
        .log()
        .into_iter()
        .map(|path| if path.is_empty() { "index.html".into() } else { path })
        .filter(|path| listed.contains(path))
        .collect();
    fetched.sort_unstable();
    let once: Vec<String> = listed.into_iter().collect();
    assert_eq!(fetched, once, "left: fetched, right: dist/first-load.json");
    site.let_go();
    page.quiet();
}

/// Drags key 3 and gives the numbers before and after.
fn drag_a_key(page: &Page) -> (serde_json::Value, serde_json::Value) {
    let before = page.numbers();
    let key = page.at("key 3");
    page.drag(&[key, key.by(37.0, -28.0)]);
    page.changed(&before);
    (before, page.numbers())
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn undo_brings_the_same_numbers_back() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    let (before, after) = drag_a_key(&page);
    assert_ne!(before, after);
    page.click(page.at("undo"));
    page.shows(&before);
    page.ctrl("z");
    page.shows(&before);
    page.click(page.at("redo"));
    page.shows(&after);
    page.ctrl("z");
    page.shows(&before);
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn the_words_and_the_picture_show_the_same_number() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    let filled = "[...document.querySelectorAll('#prose [data-readout]')].length > 0
        && [...document.querySelectorAll('#prose [data-readout]')].every((slot) => slot.textContent === eigenlens.readouts().numbers[slot.dataset.readout]?.text)";
    page.until("numbers in the words", filled);
    let checks = "[...document.querySelectorAll('#prose [data-check]')].length === eigenlens.readouts().checks.length
        && [...document.querySelectorAll('#prose [data-check]')].every((row) => {
             const check = eigenlens.readouts().checks.find(({ id }) => id === row.dataset.check);
             return check?.holds === true && row.dataset.holds === 'true' && row.querySelector('.residual').textContent === check.text;
           })";
    page.until("checks that hold", checks);
    let words = page.eval("document.getElementById('prose').textContent");
    drag_a_key(&page);
    page.until("numbers in the words", filled);
    assert_ne!(page.eval("document.getElementById('prose').textContent"), words);
    assert!(page.eval("document.querySelectorAll('#prose math').length").as_u64() > Some(0));
    page.until(
        "the sentence for a screen reader",
        "document.getElementById('live').textContent === eigenlens.readouts().spoken",
    );
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn the_link_holds_the_lab_to_the_last_digit() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    let (_, after) = drag_a_key(&page);
    page.until("the link in the address bar", "location.hash === eigenlens.link()");
    let address = page.eval("location.href");
    let address = address.as_str().expect("an address");
    page.reload();
    page.shows(&after);
    // Someone else's browser: nothing is shared but the link.
    let other = chromium.page();
    other.open(address);
    other.shows(&after);
    page.quiet();
    other.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn back_is_undo() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    let (before, after) = drag_a_key(&page);
    page.until("the link in the address bar", "location.hash === eigenlens.link()");
    page.eval("void setTimeout(() => history.back())");
    page.shows(&before);
    page.eval("void setTimeout(() => history.forward())");
    page.shows(&after);
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn the_lab_is_there_again_without_a_link() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    let (_, after) = drag_a_key(&page);
    page.until(
        "the autosave",
        "localStorage.getItem('eigenlens.v1') === eigenlens.link()",
    );
    page.open_bare(site.url());
    page.shows(&after);
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_noise_stroke_moves_the_tokens_it_passes_and_is_one_undo() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    let before = page.numbers();
    page.click(page.at("tool noise"));
    let stroke = ["key 1", "key 2", "key 4", "key 3"].map(|name| page.at(name));
    page.drag(&stroke);
    page.changed(&before);
    let after = page.numbers();
    page.until("the link in the address bar", "location.hash === eigenlens.link()");
    page.reload();
    page.shows(&after);
    page.click(page.at("tool noise"));
    let stroke = ["key 5", "key 8"].map(|name| page.at(name));
    page.drag(&stroke);
    page.changed(&after);
    page.ctrl("z");
    page.shows(&after);
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn the_temperature_is_a_choice() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    page.until(
        "the tools",
        "document.querySelector('#controls [data-name=\"temperature higher\"]')",
    );
    let before = page.numbers();
    page.eval("document.querySelector('#controls [data-name=\"temperature higher\"]').click()");
    page.changed(&before);
    let temperature = |numbers: &serde_json::Value| numbers["temperature"]["value"].as_f64().expect("a temperature");
    assert!(temperature(&page.numbers()) > temperature(&before));
    page.eval("document.querySelector('#controls [data-name=\"temperature root\"]').click()");
    page.shows(&before);
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_broken_link_opens_the_nearest_lab_and_says_so() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    let (plain, _) = drag_a_key(&page);
    page.until("the link in the address bar", "location.hash === eigenlens.link()");
    let good = page.eval("location.hash");
    let good = good.as_str().expect("a link");
    let cut = &good[..good.len() - 3];
    let long = format!("#v1.{}", "A".repeat(100_000));
    for link in [
        cut,
        "#v1.%00%ff",
        "#v1.____",
        "#v999.AAAA",
        "#<script>alert(1)</script>",
        "#\u{202e}\u{1F9FF}",
        long.as_str(),
    ] {
        let shown: String = link.chars().take(40).collect();
        let page = chromium.page();
        page.open(&format!("{}{link}", site.url()));
        page.until(
            &format!("a notice for {shown}"),
            "document.querySelector('#notices [role]')?.textContent.length > 0",
        );
        assert!(
            page.eval("eigenlens.readouts().notices.length").as_u64() > Some(0),
            "{shown}"
        );
        let (before, after) = drag_a_key(&page);
        assert_ne!(before, after, "{shown}");
        page.quiet();
    }
    // On a page that runs, too: the person edits the address bar.
    page.eval("location.hash = '#v1.____'");
    page.until("a notice", "document.querySelector('#notices [role]')");
    assert_eq!(
        plain.as_object().map(serde_json::Map::len),
        page.numbers().as_object().map(serde_json::Map::len)
    );
    page.quiet();
}
