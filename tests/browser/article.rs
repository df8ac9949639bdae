//! The article: its figures are the lab's, its numbers are the lab's, and it can be read on every screen.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{page::Chromium, site::Site};

const DRAWN: &str = "document.documentElement.dataset.state === 'drawn'";

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn every_number_of_the_article_is_what_the_lab_computes() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.goto(&format!("{}article.html", site.url()));
    page.until("the figures", DRAWN);
    // A number belongs to the state that it is a link to, else to that of the figure of its section.
    let numbers = page.eval(
        "[...document.querySelectorAll('[data-readout]')].map((it) => [it.hash ?? it.closest('section').querySelector('figure a').hash, it.dataset.readout, it.textContent])",
    );
    let mut by_state: BTreeMap<String, Vec<[String; 2]>> = BTreeMap::new();
    for number in numbers.as_array().expect("a list") {
        let text = |i: usize| number[i].as_str().expect("a text").to_owned();
        by_state.entry(text(0)).or_default().push([text(1), text(2)]);
    }
    assert!(by_state.len() >= 11, "{} states", by_state.len());
    let lab = chromium.page();
    lab.open(&format!("{}?embed", site.url()));
    for (link, numbers) in &by_state {
        lab.eval(&format!("eigenlens.open({link:?})"));
        let known = numbers.iter().map(|[name, _]| json!(name)).collect::<Value>();
        lab.until(
            &format!("the numbers of {link}"),
            &format!("eigenlens.link() === {link:?} && {known}.every((name) => eigenlens.readouts().numbers[name])"),
        );
        lab.settle();
        for [name, text] in numbers {
            assert_eq!(
                lab.eval(&format!("eigenlens.readouts().numbers[{name:?}].text")),
                json!(text),
                "{name} of {link}"
            );
        }
    }
    page.quiet();
    lab.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn each_figure_is_drawn_from_its_state_and_opens_it() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.before_load(
        "window.drawn = new Map();
         const fillText = CanvasRenderingContext2D.prototype.fillText;
         CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) { const id = this.canvas.closest('figure').id; drawn.set(id, (drawn.get(id) ?? '') + text); return fillText.call(this, text, ...rest); };",
    );
    page.goto(&format!("{}article.html", site.url()));
    page.until("the figures", DRAWN);
    assert_eq!(
        page.eval("[...document.querySelectorAll('figure')].map((figure) => [figure.querySelectorAll('canvas[data-drawn]').length, figure.querySelector('canvas').getAttribute('aria-label').length > 40, figure.querySelector('noscript').textContent.length > 40, figure.querySelector('a').hash === figure.querySelector('figcaption a').hash])"),
        json!(vec![json!([1, true, true, true]); 8])
    );
    // Each says another thing than its neighbours, with the words of its own state.
    for (figure, words) in [
        ("fig-row", "animal"),
        ("fig-field", "score on axis 1"),
        ("fig-spectrum", "share of what differs"),
    ] {
        assert!(
            page.eval(&format!("drawn.get('{figure}')"))
                .as_str()
                .is_some_and(|text| text.contains(words)),
            "{figure}: {}",
            page.eval(&format!("drawn.get('{figure}')"))
        );
    }
    assert_eq!(page.eval("new Set(drawn.values()).size"), 8);
    let link = page.eval("document.querySelector('#fig-smoother a').hash");
    page.mark();
    page.eval("document.querySelector('#fig-smoother a').click()");
    page.reloaded();
    page.lab();
    assert_eq!(page.eval("eigenlens.link()"), link);
    assert_eq!(page.readouts()["lens"], "smoother");
    // And from the lab there is a way to it.
    assert_eq!(
        page.eval("new URL(document.querySelector('#more a').href).pathname.split('/').at(-1)"),
        "article.html"
    );
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn the_article_fits_every_screen_in_light_and_dark() {
    let (site, chromium) = (Site::start(), Chromium::start());
    for scheme in ["light", "dark"] {
        let page = chromium.page();
        page.prefers(&[("prefers-color-scheme", scheme)]);
        page.size(1280, 900);
        page.goto(&format!("{}article.html", site.url()));
        page.until("the figures", DRAWN);
        for (width, height) in [(320, 568), (390, 844), (700, 900), (1280, 900), (1920, 1080)] {
            page.size(width, height);
            let size = format!("{scheme} {width}×{height}");
            page.until(
                &format!("sharp figures at {size}"),
                "[...document.querySelectorAll('figure canvas')].every((canvas) => Math.abs(canvas.width - canvas.clientWidth * devicePixelRatio) <= 1)",
            );
            assert_eq!(
                page.eval("document.documentElement.scrollWidth <= innerWidth"),
                true,
                "{size} scrolls sideways"
            );
            assert_eq!(
                page.eval("[...document.querySelectorAll('.formula')].filter((it) => it.scrollWidth > it.clientWidth + 1).map((it) => it.closest('section').id)"),
                json!([]),
                "{size}: a formula is cut"
            );
            let background = page.eval("(() => { const canvas = document.querySelector('#fig-field canvas'); return [...canvas.getContext('2d').getImageData(2, 2, 1, 1).data].slice(0, 3); })()");
            assert_eq!(
                background,
                if scheme == "light" {
                    json!([255, 255, 255])
                } else {
                    json!([15, 20, 25])
                },
                "{size}"
            );
        }
        page.quiet();
    }
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_figure_that_does_not_come_leaves_its_words() {
    let (site, chromium) = (Site::start(), Chromium::start());
    site.replace("eigenlens_figures_bg.wasm", None);
    let page = chromium.page();
    page.goto(&format!("{}article.html", site.url()));
    page.until("its words", DRAWN);
    assert_eq!(page.eval("document.querySelectorAll('figure a .missing').length"), 8);
    assert!(
        page.eval("document.querySelector('#fig-field .missing').textContent")
            .as_str()
            .is_some_and(|text| text.contains("score"))
    );
    page.quiet();
}
