//! Without a network, and from one version of the site to the next: always one whole version, and the work stays.

use eigenlens::lab::{Lab, link};

use crate::{
    page::{Chromium, Page},
    site::{self, Site},
};

/// Moves a token and gives the numbers.
fn some_work(page: &Page) -> serde_json::Value {
    let before = page.numbers();
    let key = page.at("key 2");
    page.drag(&[key, key.by(25.0, 31.0)]);
    page.changed(&before);
    let numbers = page.numbers();
    page.until("the link in the address bar", "location.hash === eigenlens.link()");
    numbers
}

/// Waits until the whole site is in store.
fn stored(page: &Page) {
    page.until(
        "the whole site in store",
        "navigator.serviceWorker.ready.then((registration) => registration.active?.state === 'activated')",
    );
}

/// From now on the host has a new version.
fn deploy(site: &Site) {
    let edit = |path: &str, from: &str, to: &str| {
        let old = String::from_utf8(site::file(path)).expect("text");
        assert!(old.contains(from), "{path} has no {from}");
        site.replace(path, Some(old.replacen(from, to, 1).into_bytes()));
    };
    edit("index.html", "<title>", "<title>New: ");
    edit("explain/softmax.html", "<h1>", "<h1>New: ");
    edit("sw.js", "const BUILD = \"", "const BUILD = \"new-");
}

/// Waits until the page is the new version, all of it.
fn is_new(page: &Page) {
    page.until("the new page", "document.title.startsWith('New: ')");
    page.lab();
    page.until(
        "the new words",
        "document.querySelector('#prose h1').textContent.startsWith('New: ')",
    );
    page.until(
        "one version in store",
        "caches.keys().then((names) => names.length === 1 && names[0].includes('new-'))",
    );
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn it_works_without_a_network_after_the_first_load() {
    let (mut site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    stored(&page);
    let numbers = some_work(&page);
    site.stop();
    page.offline();
    page.reload();
    page.shows(&numbers);
    page.until("the words", "document.querySelector('#prose .try')");
    page.until(
        "all fonts",
        "document.fonts.ready.then(() => [...document.fonts].every((font) => font.status !== 'error'))",
    );
    some_work(&page);
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_new_version_takes_over_whole_at_the_next_load() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    stored(&page);
    page.reload();
    let numbers = some_work(&page);

    deploy(&site);
    page.eval("navigator.serviceWorker.getRegistration().then((registration) => registration.update())");
    page.until(
        "the new version in store",
        "navigator.serviceWorker.getRegistration().then((registration) => registration.waiting)",
    );
    // The page that runs keeps its version, the next load has the new one, all of it.
    assert_eq!(
        page.eval(
            "fetch('explain/softmax.html').then((answer) => answer.text()).then((text) => text.includes('New: '))"
        ),
        false
    );
    page.reload();
    is_new(&page);
    page.shows(&numbers);
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_load_asks_for_a_new_version_first() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    stored(&page);
    page.reload();
    let numbers = some_work(&page);
    deploy(&site);
    page.reload();
    is_new(&page);
    page.shows(&numbers);
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_page_that_stays_open_is_told_of_a_new_version_and_all_pages_go_over_together() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    stored(&page);
    page.reload();
    // A second page of the site, with a lab of its own: a frame is one as a tab is.
    page.eval(&format!(
        "window.other = document.body.appendChild(Object.assign(document.createElement('iframe'), {{ id: 'other', width: 700, height: 500, src: {:?} }})), other.style = 'position: fixed; top: 0; left: 0; opacity: 0; pointer-events: none', 0",
        format!("./?embed{}", link::encode(&Lab::default()))
    ));
    let second = |condition: &str| {
        format!(
            "((window, document) => {condition})(document.getElementById('other').contentWindow, document.getElementById('other').contentDocument)"
        )
    };
    let runs = second(
        "document.documentElement.dataset.state === 'running' && window.eigenlens.readouts() && window.navigator.serviceWorker.controller",
    );
    page.until("a second lab", &runs);
    page.eval(&second("window.eigenlens.app.nudge('key 1', 1, 0, true)"));
    let theirs = page.eval(&second("window.eigenlens.link()"));
    let numbers = some_work(&page);
    assert_eq!(page.eval("document.getElementById('update')"), serde_json::Value::Null);

    deploy(&site);
    page.eval("navigator.serviceWorker.getRegistration().then((registration) => registration.update())");
    let notice = "document.getElementById('update')";
    page.until("a notice", &format!("{notice}?.checkVisibility()"));
    page.screenshot("update");
    // Not in front of a hall.
    page.eval("eigenlens.command('theme projector')");
    page.until(
        "the projector",
        "document.documentElement.dataset.theme === 'projector'",
    );
    assert_eq!(page.eval(&format!("{notice}.checkVisibility()")), false);
    page.eval("eigenlens.command('theme light')");
    page.until("a notice", &format!("{notice}.checkVisibility()"));
    // Two pages use the old version: a load alone does not change it under the other.
    page.eval(&second("{ window.before = true; window.location.reload(); return 0; }"));
    page.until(
        "the second lab again",
        &second("window.before === undefined && document.documentElement.dataset.state === 'running'"),
    );
    assert_eq!(page.eval(&second("document.title.startsWith('New: ')")), false);
    page.eval(&second(&format!("window.eigenlens.open({theirs})")));

    // A page that gets another worker loads itself again, with its lab.
    page.eval(&second(
        "{ window.before = true; window.navigator.serviceWorker.dispatchEvent(new Event('controllerchange')); return 0; }",
    ));
    page.until("the second lab again", &second("window.before === undefined"));
    page.until("a second lab", &runs);
    assert_eq!(page.eval(&second("window.eigenlens.link()")), theirs);

    page.mark();
    page.eval(&format!("{notice}.querySelector('button').click()"));
    page.reloaded();
    is_new(&page);
    page.shows(&numbers);
    page.quiet();
}
