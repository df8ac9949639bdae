//! Figures on the page: the dialogue, its canvas, what is saved, and what is said when it cannot be had.

use std::collections::BTreeSet;

use eigenlens::look::{self, Theme};
use eigenlens_figures::{Content, Figure, Key, Query, ScoreField, Spectrum, svg};
use serde_json::{Value, json};

use crate::{
    page::{Chromium, Page},
    site::{self, Site},
};

fn spectrum(theme: &Theme) -> Figure {
    Figure {
        title: "Two axes hold 77 % of what differs.".to_owned(),
        subtitle: "Principal axes by eigenvalue.".to_owned(),
        alt: "Bars: 46 %, 31 %, then little.".to_owned(),
        look: look::figure::look(theme),
        content: Content::Spectrum(Spectrum {
            shares: vec![0.46, 0.31, 0.12, 0.06, 0.05],
            eigenvalues: vec![0.023, 0.0155, 0.006, 0.003, 0.0025],
            kept: 2,
            chosen: Some(0),
        }),
    }
}

/// A hill beside a valley.
fn field(theme: &Theme) -> Figure {
    let points = 61;
    let hill = |x: f64, y: f64| 1.0 / (1.0 + x * x + y * y);
    let along = |index: usize| -3.0 + 6.0 * index as f64 / (points - 1) as f64;
    let score = |x: f64, y: f64| 0.06 * (hill(x - 1.0, y) - hill(x + 1.0, y + 0.5));
    let key = |name: &str, x, y| Key {
        x,
        y,
        name: name.to_owned(),
    };
    Figure {
        title: "Axis 1 tells left from right. The query scores +0.009 on it.".to_owned(),
        subtitle: "Colour: the score a query would get there. Solid lines +, dashed lines −, heavy line 0.".to_owned(),
        alt: "A map of the plane with a hill on the right & a valley on the left.".to_owned(),
        look: look::figure::look(theme),
        content: Content::ScoreField(ScoreField {
            axis: 1,
            x: [-3.0, 3.0],
            y: [-3.0, 3.0],
            x_title: "coordinate 1".to_owned(),
            y_title: "coordinate 2".to_owned(),
            columns: points,
            rows: points,
            scores: (0..points * points)
                .map(|at| score(along(at % points), along(at / points)))
                .collect(),
            step: 0.01,
            keys: vec![key("k₁", -1.1, -0.4), key("k₂", 1.0, 0.2), key("“it’s” <&>", 2.0, -1.0)],
            query: Some(Query {
                x: 0.65,
                y: 0.8,
                name: "q".to_owned(),
                score: score(0.65, 0.8),
            }),
        }),
    }
}

/// Hands a figure to the page, as the app does, and waits until it is on the canvas.
fn show(page: &Page, figure: &Figure) {
    wish(page, &json!(serde_json::to_string(figure).expect("JSON")));
    page.until(
        "a figure",
        "(() => { const canvas = document.querySelector('#figure[open] canvas'); return canvas?.checkVisibility() && canvas.width > 100; })()",
    );
}

fn wish(page: &Page, detail: &Value) {
    page.eval(&format!(
        "window.drawn = []; dispatchEvent(new CustomEvent('eigenlens-figure', {{ detail: {detail} }}))"
    ));
}

/// A page on which texts of 2D canvases are written down, and files are caught on their way to the downloads.
fn page(chromium: &Chromium) -> Page {
    let page = chromium.page();
    page.before_load(
        "window.drawn = [];
         const fillText = CanvasRenderingContext2D.prototype.fillText;
         CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) { window.drawn.push(text); return fillText.call(this, text, ...rest); };",
    );
    page
}

fn catch(page: &Page) {
    page.eval("window.saved = null; URL.createObjectURL = (blob) => { window.saved = blob; return 'data:,'; }; URL.revokeObjectURL = () => undefined;");
}

fn strings(list: &Value) -> BTreeSet<String> {
    let strings = list.as_array().expect("a list").iter();
    strings
        .map(|text| text.as_str().expect("a text").trim().to_owned())
        .collect()
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_figure_is_on_the_canvas_and_in_the_files_that_are_saved() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = page(&chromium);
    page.open(site.url());
    let fetched = "performance.getEntriesByType('resource').map((entry) => entry.name.split('/').at(-1))";
    assert!(
        !strings(&page.eval(fetched)).iter().any(|name| name.contains("figures")),
        "loaded before it was asked for"
    );
    for figure in [spectrum(&look::theme::LIGHT), field(&look::theme::LIGHT)] {
        let drawn = svg(&figure).expect("an SVG");
        show(&page, &figure);
        let told = page.eval(
            "(() => { const canvas = document.querySelector('#figure canvas');
               return [canvas.getAttribute('role'), canvas.getAttribute('aria-label'), document.querySelector('#figure').getAttribute('aria-label'), document.querySelector('#figure [role=status]').textContent]; })()",
        );
        assert_eq!(told, json!(["img", figure.alt, figure.title, ""]));

        // The pixels: the background, ink, and more colours than a blank or broken drawing has.
        let colours = page.eval(
            "(() => { const canvas = document.querySelector('#figure canvas');
               const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
               const counts = new Map();
               for (let i = 0; i < data.length; i += 4) { const key = [data[i], data[i + 1], data[i + 2], data[i + 3]].join(); counts.set(key, (counts.get(key) ?? 0) + 1); }
               return Object.fromEntries([...counts].filter(([, count]) => count > 20)); })()",
        );
        let count = |[red, green, blue]: eigenlens_figures::Rgb| {
            colours[format!("{red},{green},{blue},255")].as_u64().unwrap_or(0)
        };
        let distinct = colours.as_object().map_or(0, serde_json::Map::len);
        assert!(distinct > 20, "{distinct} colours");
        assert!(
            count(figure.look.canvas) > 10_000 && count(figure.look.ink) > 1000,
            "{colours}"
        );
        if matches!(figure.content, Content::ScoreField(_)) {
            assert!(count(figure.look.query) > 100, "the query's diamond: {colours}");
        }

        // The same words on the canvas, in the saved SVG, and in the one that the window saves.
        catch(&page);
        page.eval("document.querySelector('#figure [data-save=svg]').click()");
        page.until("a file", "window.saved");
        assert_eq!(page.eval("saved.text()"), json!(drawn));
        let words = page.eval(
            "saved.text().then((text) => {
               const svg = new DOMParser().parseFromString(text, 'image/svg+xml');
               if (svg.querySelector('parsererror')) return [];
               return [...svg.querySelectorAll('text')].map((element) => element.textContent); })",
        );
        let words = strings(&words);
        assert_eq!(strings(&page.eval("window.drawn")), words);
        let titles: &[&str] = match figure.content {
            Content::Spectrum(_) => &[
                "axis, and its eigenvalue",
                "share of what differs, %",
                "2 of 5 kept: 77\u{a0}%",
            ],
            Content::ScoreField(_) => &[
                "coordinate 1",
                "coordinate 2",
                "score on axis 1",
                "\u{2212}0.02",
                "+0.02",
                "“it’s” <&>",
            ],
        };
        for title in titles {
            assert!(words.contains(*title), "{title}: {words:?}");
        }

        catch(&page);
        page.eval("document.querySelector('#figure [data-save=png]').click()");
        page.until("a file", "window.saved");
        assert_eq!(
            page.eval("createImageBitmap(saved).then(({ width, height }) => [saved.type, width, height])"),
            json!(["image/png", 3840, 2400])
        );
        page.eval("document.querySelector('#figure [data-close]').click()");
        assert_eq!(page.eval("document.querySelector('#figure').open"), false);
    }
    assert!(strings(&page.eval(fetched)).contains("eigenlens_figures_bg.wasm"));
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn escape_closes_a_figure_and_the_focus_returns() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = page(&chromium);
    page.open(site.url());
    page.until("the tools", "document.querySelector('#controls [data-name=\"reset\"]')");
    page.eval("document.querySelector('#controls [data-name=\"reset\"]').focus()");
    show(&page, &spectrum(&look::theme::LIGHT));
    assert_eq!(page.eval("document.activeElement.textContent"), "Close");
    // Letters are the figure's now, that is, nobody's; Tab stays within.
    let theme = page.readouts()["theme"].clone();
    page.key("t");
    page.key("Delete");
    for _ in 0..6 {
        page.key("Tab");
        let within = "document.activeElement === document.body || document.activeElement.closest('#figure') !== null";
        assert_eq!(
            page.eval(within),
            true,
            "{}",
            page.eval("document.activeElement.outerHTML")
        );
    }
    assert_eq!(page.readouts()["theme"], theme);
    page.eval("document.querySelector('#figure [data-save=png]').focus()");
    page.key("Escape");
    page.until("no dialogue", "!document.querySelector('#figure').open");
    assert_eq!(page.eval("document.activeElement.dataset.name"), "reset");
    page.key("t");
    page.until(
        "the keys of the lab",
        &format!("eigenlens.readouts().theme !== {theme}"),
    );
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_figure_that_cannot_be_had_is_said_in_words() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let module = site::file("eigenlens_figures_bg.wasm");
    let status = "document.querySelector('#figure [role=status]').textContent";
    let disabled = "[...document.querySelectorAll('#figure [data-save]')].every((button) => button.disabled)";

    let page = page(&chromium);
    page.open(site.url());
    site.replace("eigenlens_figures_bg.wasm", None);
    let figure = spectrum(&look::theme::LIGHT);
    wish(&page, &json!(serde_json::to_string(&figure).expect("JSON")));
    page.until("words", &format!("{status}.includes('did not load')"));
    assert_eq!(page.eval(disabled), true);
    page.key("Escape");
    page.until("no dialogue", "!document.querySelector('#figure').open");
    // Asked again, with a network, it comes.
    site.replace("eigenlens_figures_bg.wasm", Some(module));
    show(&page, &figure);
    assert_eq!(page.eval(disabled), false);

    // What is no figure is refused by the module, in its own words.
    let mut broken = serde_json::to_value(&figure).expect("JSON");
    broken["content"]["spectrum"]["shares"][1] = json!(7);
    wish(&page, &json!(broken.to_string()));
    page.until("words", &format!("{status}.includes('a share is 7: expected 0 to 1')"));
    assert_eq!(page.eval(disabled), true);
    assert_eq!(
        page.eval("document.querySelector('#figure canvas').checkVisibility()"),
        false
    );
    page.quiet();

    let page = chromium.page();
    page.open(site.url());
    site.replace("figures.js", None);
    wish(&page, &json!("{}"));
    page.until(
        "a notice",
        "document.querySelector('#notices')?.textContent.includes('shows figures did not load')",
    );
    assert_eq!(page.eval("document.documentElement.dataset.state"), "running");
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_figure_fits_every_screen_and_is_sharp() {
    let (site, chromium) = (Site::start(), Chromium::start());
    for (theme, name, [width, height, scale]) in [
        (&look::theme::LIGHT, "light", [1280, 720, 1]),
        (&look::theme::DARK, "dark", [1920, 1080, 1]),
        (&look::theme::PROJECTOR, "projector", [1280, 720, 1]),
        (&look::theme::LIGHT, "light", [390, 844, 3]),
        (&look::theme::DARK, "dark", [844, 390, 2]),
    ] {
        let page = page(&chromium);
        if width < 900 {
            page.phone_of(width, height, scale);
        } else {
            page.size(width, height);
        }
        page.open(site.url());
        page.until(
            name,
            &format!(
                "document.documentElement.dataset.theme === '{name}' || (eigenlens.command('theme {name}'), false)"
            ),
        );
        show(&page, &field(theme));
        page.until(
            "a sharp picture",
            "(() => { const canvas = document.querySelector('#figure canvas');
               return Math.abs(canvas.width - canvas.clientWidth * devicePixelRatio) < 2 && Math.abs(canvas.height / canvas.width - 0.625) < 0.01; })()",
        );
        let size = format!("{name} {width}×{height}");
        let inside = "(({ left, top, right, bottom }) => left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight)(document.querySelector('#figure').getBoundingClientRect())";
        assert_eq!(page.eval(inside), true, "{size}: the dialogue leaves the screen");
        assert_eq!(
            page.eval("document.documentElement.scrollWidth <= innerWidth"),
            true,
            "{size}"
        );
        assert_eq!(
            page.eval("document.querySelector('#figure').scrollWidth <= document.querySelector('#figure').clientWidth"),
            true,
            "{size}"
        );
        // Words of 25 units: readable, in a hall from the back.
        let words = page.eval("document.querySelector('#figure canvas').clientWidth * 25 / 1280");
        let least = if name == "projector" { 19.0 } else { 12.0 };
        assert!(words.as_f64().is_some_and(|size| size > least), "{size}: {words}");
        page.screenshot(&format!("figure-{name}-{width}x{height}"));
        page.quiet();
    }
}
