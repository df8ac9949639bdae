//! Real heads on the page: their numbers come when they are needed, and a page without them works.

use eigenlens::lab::{Lab, Source, TextId, link};
use serde_json::json;

use crate::{
    page::{Chromium, Page},
    site::{self, Site},
};

const ANIMAL: &str = "eigenlens.readouts().headline === '“it” gives 69\\u00a0% of its attention to “animal”.'";
const PRONOUN: &str = "data/heads/pronoun.heads";

/// The link of a text, untouched.
fn link_of(text: TextId) -> String {
    link::encode(&Lab::of(Source::Text(text)))
}

fn notice(page: &Page, words: &str) {
    page.until(
        words,
        &format!("document.getElementById('notices').textContent.includes({words:?})"),
    );
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_fresh_page_becomes_the_real_head_and_nobody_did_anything() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.before_load(
        "window.headlines = [];
         addEventListener('eigenlens-readouts', (event) => headlines.push(JSON.parse(event.detail).headline));",
    );
    page.open_bare(site.url());
    page.until("the real head", ANIMAL);
    let first = page.eval("headlines[0]");
    assert!(
        first
            .as_str()
            .is_some_and(|words| words.starts_with("The query gives 21")),
        "{first}"
    );
    assert_eq!(page.eval("eigenlens.readouts().can_undo"), false);
    assert_eq!(page.eval("localStorage.getItem('eigenlens.v1')"), json!(null));
    page.until("its link in the address bar", "location.hash === eigenlens.link()");
    assert_eq!(page.eval("location.hash"), json!(link_of(TextId::Pronoun)));
    let numbers = page.numbers();
    assert!(
        (numbers["weight_1"]["value"].as_f64().unwrap_or_default() - 0.687907853054).abs() < 6.9e-6,
        "{numbers}"
    );
    page.reload();
    page.shows(&numbers);
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_key_of_the_real_head_is_dragged_and_the_link_opens_elsewhere() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open_bare(site.url());
    page.until("the real head", ANIMAL);
    let before = page.numbers();
    let key = page.at("key 3");
    page.drag(&[key, key.by(-60.0, 45.0)]);
    page.changed(&before);
    let after = page.numbers();
    let weight = |numbers: &serde_json::Value| numbers["weight of key 3"]["value"].as_f64().expect("a weight");
    assert!(
        weight(&after) < 0.9 * weight(&before),
        "{} and {}",
        weight(&after),
        weight(&before)
    );
    page.until("the link in the address bar", "location.hash === eigenlens.link()");
    let address = page.eval("location.href");
    page.ctrl("z");
    page.shows(&before);
    // Someone else's browser: the link names the text, and its numbers come.
    let other = chromium.page();
    other.open(address.as_str().expect("an address"));
    other.shows(&after);
    assert_eq!(other.eval("history.length"), json!(2), "a blank page and this one");
    page.quiet();
    other.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn numbers_that_do_not_come_are_told_and_choosing_again_tries_again() {
    let (site, chromium) = (Site::start(), Chromium::start());
    for (content, words) in [
        (None, "The server answered 404"),
        (Some(b"<!doctype html>".to_vec()), "arrived damaged"),
    ] {
        site.replace(PRONOUN, content);
        let page = chromium.page();
        page.open_bare(site.url());
        notice(&page, words);
        assert!(
            page.eval("eigenlens.readouts().headline")
                .as_str()
                .is_some_and(|words| words.contains("21"))
        );
        assert_eq!(page.eval("location.hash"), "", "what stands in has no link of its own");
        // Everything else works, and undo leads back to it.
        let before = page.numbers();
        let key = page.at("key 3");
        page.drag(&[key, key.by(37.0, -28.0)]);
        page.changed(&before);
        page.ctrl("z");
        page.shows(&before);
        site.replace(PRONOUN, Some(site::file(PRONOUN)));
        page.eval(&format!("eigenlens.open({:?})", link_of(TextId::Pronoun)));
        page.until("the real head", ANIMAL);
        page.until("no notice", "document.getElementById('notices').textContent === ''");
        page.quiet();
    }
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn what_was_read_once_is_there_without_a_network() {
    let (mut site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open_bare(site.url());
    page.until("the real head", ANIMAL);
    page.until(
        "the numbers in store",
        "caches.match(new URL('data/heads/pronoun.heads', location.href)).then(Boolean)",
    );
    page.until(
        "the whole site in store",
        "navigator.serviceWorker.ready.then((registration) => registration.active?.state === 'activated')",
    );
    site.stop();
    page.offline();
    page.reload();
    page.until("the real head", ANIMAL);
    page.eval(&format!("eigenlens.open({:?})", link_of(TextId::Bank)));
    notice(&page, "There is no connection");
    page.until(
        "a headline",
        "eigenlens.readouts().headline === '“bank” is not here yet.'",
    );
    page.ctrl("z");
    page.until("the real head", ANIMAL);
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_link_and_a_host_page_are_never_overridden() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let three_groups = link::encode(&Lab::default());
    let host = format!(
        "<!doctype html><title>Host</title><iframe id=lab src='./?embed=1{three_groups}' width=1240 height=680></iframe>"
    );
    site.replace("host.html", Some(host.into()));
    let page = chromium.page();
    page.goto(&format!("{}host.html", site.url()));
    page.until("the lab in the frame", "lab.contentWindow?.eigenlens?.readouts()");
    page.until(
        "the words, which come after everything that the lab asks for",
        "lab.contentDocument.querySelector('#prose [data-holds=\"true\"]')",
    );
    assert!(
        !site.log().iter().any(|path| path.starts_with("data/")),
        "{:?}",
        site.log()
    );
    assert_eq!(page.eval("lab.contentWindow.eigenlens.link()"), json!(three_groups));
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn the_heads_of_a_text_can_be_reached_with_the_keyboard() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open_bare(site.url());
    page.until("the real head", ANIMAL);
    page.key("]");
    page.until("the next head", "eigenlens.readouts().numbers.head.value === 3");
    page.key("[");
    page.until("the real head", ANIMAL);
    page.eval("document.querySelector('#controls [data-name=\"head before\"]').click()");
    page.until("the head before", "eigenlens.readouts().numbers.head.value === 1");
    page.quiet();
}
