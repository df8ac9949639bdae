//! Who cannot or does not use a mouse: keys, fingers, screen readers, small screens.

use std::collections::BTreeSet;

use eigenlens::lab::{EllipticalView, SupportView};
use serde_json::{Value, json};

use crate::{
    page::{Chromium, Page, Point},
    site::Site,
};

/// What has the focus, in a word: a token or tool by name, else an id or tag.
const FOCUS: &str = "((e) => e.dataset?.name ?? (e.id || e.closest('[id]')?.id || e.tagName))(document.activeElement)";

fn lists(page: &Page) {
    page.until(
        "the lists",
        "document.querySelector('#tokens button') && document.querySelector('#controls button')",
    );
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn tab_goes_through_tokens_and_tools_and_leaves() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    lists(&page);
    let tokens: Vec<Value> = page
        .eval("eigenlens.readouts().tokens.map((token) => token.name)")
        .as_array()
        .cloned()
        .unwrap_or_default();
    assert!(tokens.len() > 12, "{tokens:?}");
    let step = || {
        page.key("Tab");
        page.eval(FOCUS)
    };
    assert_eq!(step(), "skip", "the page begins at its beginning");
    for token in &tokens {
        assert_eq!(&step(), token);
        let name = page.eval("document.activeElement.getAttribute('aria-label')");
        assert_eq!(
            page.eval(&format!(
                "eigenlens.readouts().tokens.find(({{ name }}) => name === {token}).spoken"
            )),
            name
        );
    }
    assert_eq!(step(), "tool move");
    page.shift("Tab");
    assert_eq!(&page.eval(FOCUS), tokens.last().expect("a token"));
    let mut seen = Vec::new();
    let last = loop {
        let now = step();
        if page.eval("document.activeElement.closest('#explain') !== null || document.activeElement === document.body")
            == true
        {
            break now;
        }
        seen.push(now);
        assert!(seen.len() < 60, "Tab does not leave the lab: {seen:?}");
    };
    for tool in ["tool add", "tool erase", "tool noise", "tool outlier", "undo", "redo"] {
        assert!(seen.contains(&json!(tool)), "{tool} is not in {seen:?}, then {last}");
    }
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn escape_leaves_the_board() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    lists(&page);
    page.key("Tab");
    page.key("Tab");
    page.key("Escape");
    assert_eq!(page.eval(FOCUS), "explain");
    // From the canvas itself: the click lands on a token, the first Escape lets go of it or leaves at once.
    page.click(page.at("key 1"));
    assert_eq!(page.eval(FOCUS), "canvas");
    for _ in 0..3 {
        page.key("Escape");
    }
    page.until("the focus outside", &format!("{FOCUS} === 'explain'"));
    page.key("Tab");
    page.until(
        "Tab goes on through the words",
        "document.activeElement.closest('#explain a, #explain summary, #explain button')",
    );
    // Who asks for it goes into the canvas, where Tab is the app's own, and comes back to the same place.
    page.eval("document.querySelector('#controls [data-name=\"canvas\"]').focus()");
    page.key("Enter");
    assert_eq!(page.eval(FOCUS), "canvas");
    page.key("Tab");
    assert_eq!(page.eval(FOCUS), "canvas");
    page.key("Escape");
    assert_eq!(page.eval(FOCUS), "canvas", "the button of this name");
    assert_eq!(page.eval("document.activeElement.tagName"), "BUTTON");
    // And without Escape, Tab goes from the canvas to the tokens: it is no trap.
    page.click(page.at("key 1"));
    page.key("Tab");
    page.until("the focus on a token", "document.activeElement.closest('#tokens')");
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn arrows_move_the_token_and_the_focus_stays() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    lists(&page);
    page.eval("document.querySelector('#tokens [data-name=\"key 3\"]').focus()");
    let (start, before) = (page.at("key 3"), page.numbers());
    page.key("ArrowRight");
    page.changed(&before);
    let small = page.at("key 3").x - start.x;
    assert!(small > 0.0, "right is to the right: {small}");
    page.shift("ArrowRight");
    page.until(
        "a larger step",
        &format!("eigenlens.where('key 3').x - {} > {}", start.x, 3.0 * small),
    );
    let level = page.at("key 3");
    page.key("ArrowUp");
    page.until("a step up", &format!("eigenlens.where('key 3').y < {}", level.y));
    assert_eq!(page.eval(FOCUS), "key 3");
    page.until(
        "the name in step",
        "document.activeElement.getAttribute('aria-label') === eigenlens.readouts().tokens.find(({ name }) => name === 'key 3').spoken",
    );
    // The last key, so that its button goes: the focus goes on to a neighbour, not to the top of the page.
    let count = page
        .eval("eigenlens.readouts().tokens.length")
        .as_u64()
        .expect("a number");
    page.eval("[...document.querySelectorAll('#tokens [data-name^=key]')].at(-1).focus()");
    page.key("Delete");
    page.until(
        "one token less",
        &format!("document.querySelectorAll('#tokens button').length === {}", count - 1),
    );
    page.until("the focus on a token", "document.activeElement.closest('#tokens')");
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn keys_that_are_not_listed_belong_to_the_browser() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    page.click(page.at("key 1"));
    assert_eq!(page.eval(FOCUS), "canvas");
    let prevented = |init: &str| {
        page.eval(&format!(
            "!document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {{ bubbles: true, cancelable: true, ...{init} }}))"
        ))
    };
    for free in [
        "{ key: 'p', code: 'KeyP', ctrlKey: true }",
        "{ key: 'f', code: 'KeyF', ctrlKey: true }",
        "{ key: 's', code: 'KeyS', ctrlKey: true }",
        "{ key: 'o', code: 'KeyO', ctrlKey: true }",
        "{ key: 'r', code: 'KeyR', ctrlKey: true }",
        "{ key: 't', code: 'KeyT', ctrlKey: true }",
        "{ key: 'l', code: 'KeyL', ctrlKey: true }",
        "{ key: 'F5', code: 'F5' }",
        "{ key: 'Tab', code: 'Tab' }",
        "{ key: 'Backspace', code: 'Backspace' }",
        "{ key: 'PageDown', code: 'PageDown' }",
        "{ key: 'PageUp', code: 'PageUp' }",
        "{ key: 'Home', code: 'Home' }",
        "{ key: 'End', code: 'End' }",
        "{ key: '/', code: 'Slash' }",
    ] {
        assert_eq!(prevented(free), false, "{free}");
    }
    page.eval("eigenlens.app.nudge('key 1', 1, 0, false)");
    page.until("something to undo", "eigenlens.readouts().can_undo");
    for taken in [
        "{ key: 'z', code: 'KeyZ', ctrlKey: true }",
        "{ key: 'n', code: 'KeyN' }",
        "{ key: 'm', code: 'KeyM' }",
    ] {
        assert_eq!(prevented(taken), true, "{taken}");
    }
    // The same letters also work while the words have the focus, but not while someone writes.
    page.eval("document.getElementById('explain').focus()");
    assert_eq!(prevented("{ key: 'n', code: 'KeyN' }"), true);
    page.eval("document.getElementById('halt-link').hidden = false; document.getElementById('halt').hidden = false; document.getElementById('halt-link').focus()");
    assert_eq!(page.eval(FOCUS), "halt-link");
    assert_eq!(prevented("{ key: 'n', code: 'KeyN' }"), false);
    page.quiet();
}

/// A place of the board that is as far from every token as there is one.
fn empty_place(page: &Page) -> Point {
    let best = page.eval(
        "(() => {
           const box = document.getElementById('canvas').getBoundingClientRect();
           const tokens = eigenlens.readouts().tokens.map(({ name }) => eigenlens.where(name));
           const heights = tokens.map(({ y }) => y).sort((a, b) => a - b);
           let best = { d: 0 };
           for (let x = 30; x < box.width - 30; x += 10) for (let y = heights[0]; y < heights.at(-1); y += 10) {
             const d = Math.min(...tokens.map((at) => Math.hypot(at.x - x, at.y - y)));
             if (d > best.d) best = { x, y, d };
           }
           return best;
         })()",
    );
    Point {
        x: best["x"].as_f64().expect("x"),
        y: best["y"].as_f64().expect("y"),
    }
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn two_fingers_on_the_empty_board_zoom_it() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.phone(390, 844);
    page.open(site.url());
    let numbers = page.numbers();
    let apart = |page: &Page| {
        let (a, b) = (page.at("key 4"), page.at("key 9"));
        (a.x - b.x).hypot(a.y - b.y)
    };
    let before = apart(&page);
    let empty = empty_place(&page);
    page.spread(empty.by(-10.0, 0.0), empty.by(30.0, 0.0), 40.0);
    page.settle();
    let after = apart(&page);
    assert!(after > 1.1 * before, "{before} → {after}");
    assert_eq!(
        page.eval("[scrollY, visualViewport.scale]"),
        json!([0, 1]),
        "the page itself stays"
    );
    assert_eq!(page.numbers(), numbers, "nothing moved on the board");
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn on_a_phone_a_finger_moves_a_token_and_the_empty_board_scrolls() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.phone(390, 844);
    page.open(site.url());
    let before = page.numbers();
    let key = page.at("key 6");
    page.swipe(key, key.by(30.0, 60.0));
    page.changed(&before);
    assert_eq!(page.eval("scrollY"), 0, "a drag does not scroll");
    let moved = page.at("key 6");
    assert!((moved.y - key.y - 60.0).abs() < 12.0, "{key:?} → {moved:?}");
    page.settle();

    let after = page.numbers();
    let empty = empty_place(&page);
    page.swipe(empty, empty.by(0.0, -120.0));
    page.until("a page that scrolled", "scrollY > 60");
    assert_eq!(page.numbers(), after, "nothing moved on the board");

    // The app has not kept a finger that it never had: the next drag works.
    page.eval("scrollTo({ top: 0, behavior: 'instant' })");
    page.until("the top", "scrollY === 0");
    let key = page.at("key 6");
    page.swipe(key, key.by(-20.0, -50.0));
    page.changed(&after);
    page.screenshot("phone-390x844");
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn the_sheet_opens_and_closes() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.phone(390, 844);
    page.prefers(&[("prefers-reduced-motion", "reduce")]);
    page.open(site.url());
    page.until(
        "the checks",
        "document.getElementById('checks').textContent.endsWith('checks hold')",
    );
    let top = "document.getElementById('explain').getBoundingClientRect().top";
    assert_eq!(page.eval(&format!("Math.round({top})")), 844 - 52);
    page.eval("document.getElementById('sheet').click()");
    page.until(
        "an open sheet",
        &format!("Math.abs({top} - 0.4 * 844) < 2 && document.getElementById('sheet').ariaExpanded === 'true'"),
    );
    assert_eq!(
        page.eval("document.getElementById('canvas').getBoundingClientRect().top"),
        0,
        "the board stands while the sheet slides"
    );
    page.eval("eigenlens.app.select('key 1')");
    page.screenshot("phone-390x844-explain");
    page.eval("document.getElementById('sheet').click()");
    page.until(
        "a closed sheet",
        "scrollY === 0 && document.getElementById('sheet').ariaExpanded === 'false'",
    );
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn nothing_overlaps_or_scrolls_sideways_at_any_width() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    page.until("the words", "document.querySelector('#prose .try')");
    for theme in ["light", "dark", "projector"] {
        page.until(
            theme,
            &format!("document.documentElement.dataset.theme === '{theme}' || (eigenlens.command('theme'), false)"),
        );
        for (width, height) in [
            (320, 568),
            (390, 844),
            (599, 900),
            (600, 900),
            (839, 700),
            (844, 390),
            (1199, 800),
            (1200, 800),
            (1280, 720),
            (1920, 1080),
            (2560, 1440),
        ] {
            page.size(width, height);
            page.until("the new size", &format!("innerWidth === {width}"));
            page.settle();
            let size = format!("{theme} {width}×{height}");
            assert_eq!(
                page.eval("document.documentElement.scrollWidth <= innerWidth"),
                true,
                "{size} scrolls sideways"
            );
            let box_of = |id: &str| {
                page.eval(&format!("(({{ x, y, width, height }}) => [x, y, width, height])(document.getElementById('{id}').getBoundingClientRect())"))
            };
            let (canvas, explain) = (box_of("canvas"), box_of("explain"));
            let side = |rect: &Value, i: usize| rect[i].as_f64().expect("a number");
            let beside = side(&canvas, 0) + side(&canvas, 2) <= side(&explain, 0) + 0.5;
            let below = side(&canvas, 1) + side(&canvas, 3) <= side(&explain, 1) + 0.5;
            assert!(beside || below, "{size}: {canvas} and {explain} overlap");
            assert!(side(&canvas, 3) >= 300.0, "{size}: the canvas is {canvas}");
            let wide = page.eval("[...document.querySelectorAll('#prose *, #sheet *')].filter((e) => e.checkVisibility() && !e.closest('math') && e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 80))");
            assert_eq!(wide, json!([]), "{size}");
        }
    }
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn the_picture_is_there_as_a_table() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    page.until("the column", "document.getElementById('data').checkVisibility()");
    page.eval("document.querySelector('#data summary').click()");
    page.until(
        "the table",
        "document.querySelectorAll('#data tbody tr').length === eigenlens.readouts().table.rows.length
         && document.querySelectorAll('#data thead th').length === eigenlens.readouts().table.columns.length",
    );
    let before = page.eval("document.querySelector('#data tbody').textContent");
    page.eval("eigenlens.app.nudge('key 2', 1, 1, true)");
    page.until(
        "a table in step",
        &format!("document.querySelector('#data tbody').textContent !== {before}"),
    );
    // The file is caught on its way to the downloads.
    page.eval("window.saved = null; URL.createObjectURL = (blob) => { window.saved = blob; return 'data:,'; }; URL.revokeObjectURL = () => undefined;");
    page.eval("document.getElementById('csv').click()");
    let text = page.eval("saved.text()");
    let text = text.as_str().expect("CSV");
    let rows: Vec<&str> = text.split_terminator("\r\n").collect();
    assert_eq!(
        rows.len() as u64,
        1 + page
            .eval("eigenlens.readouts().table.rows.length")
            .as_u64()
            .expect("a number")
    );
    assert!(!text.contains('\u{2212}'), "{text}");
    page.quiet();
}

/// A formula that is cut teaches nothing; with the numbers of the preset that each lens opens with.
#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn formulae_fit_their_column() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.size(1440, 900);
    page.open(site.url());
    let elliptical = EllipticalView::ALL.map(|view| format!("elliptical view {}", view.key()));
    let support = SupportView::ALL.map(|view| format!("support view {}", view.key()));
    let mut seen = BTreeSet::new();
    for (lens, views) in [
        (1, &[][..]),
        (2, &[]),
        (3, &[]),
        (4, &elliptical),
        (5, &support),
        (6, &[]),
    ] {
        page.eval(&format!("eigenlens.command('lens {lens}')"));
        for view in views.iter().map(Some).chain(views.is_empty().then_some(None)) {
            if let Some(view) = view {
                assert_eq!(page.eval(&format!("eigenlens.command('{view}')")), true, "{view}");
            }
            page.until(
                "its text",
                "document.documentElement.dataset.words === eigenlens.readouts().explain",
            );
            page.settle();
            let cut = page.eval("[...document.querySelectorAll('.formula')].filter((it) => it.scrollWidth > it.clientWidth + 1).map((it) => it.textContent).join()");
            assert_eq!(cut, "", "lens {lens} {view:?}");
            assert_ne!(
                page.eval("document.querySelectorAll('.formula').length"),
                0,
                "lens {lens} {view:?}"
            );
            seen.insert(page.eval("document.documentElement.dataset.words").to_string());
        }
    }
    assert_eq!(seen.len(), 12, "each has a text of its own: {seen:?}");
}
