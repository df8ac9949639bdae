//! Figures on the page: the dialogue, its canvas, what is saved, and what is said when it cannot be had.

use std::collections::BTreeSet;

use eigenlens::lab::{Lab, LensId, Library, PresetId, Source, TextId, link};
use eigenlens::look;
use eigenlens::studio::Studio;
use eigenlens_figures::{Format, svg};
use eigenlens_files::TensorFile;
use serde_json::{Value, json};

use crate::{
    page::{Chromium, Page},
    site::{self, Site},
};

/// A plane of keys and a head of a text with the map of all heads, through a lens with bars and a field.
fn labs() -> [Lab; 2] {
    [Source::Preset(PresetId::Compass), Source::Text(TextId::Pronoun)].map(|source| {
        let mut lab = Lab {
            lens: LensId::KernelPca,
            ..Lab::of(source)
        };
        lab.choices.heads.open = matches!(lab.scene.source, Source::Text(_));
        lab
    })
}

fn studio(lab: &Lab) -> Studio {
    Studio::finished(lab.clone(), Library::default()).expect("a studio")
}

/// Asks for the figures of a lab, as the app does, and waits until the first one is on the canvas.
fn show(page: &Page, lab: &Lab, theme: &str) {
    wish(
        page,
        &json!({ "link": link::encode(lab), "theme": theme, "clouds": "[]", "results": "" }),
    );
    drawn(page);
}

fn drawn(page: &Page) {
    page.until(
        "a figure",
        "(() => { const canvas = document.querySelector('#figure[open] canvas'); return canvas?.checkVisibility() && canvas.width > 100; })()",
    );
}

fn wish(page: &Page, detail: &Value) {
    let detail = json!(detail.to_string());
    page.eval(&format!(
        "window.drawn = []; dispatchEvent(new CustomEvent('eigenlens-figures', {{ detail: {detail} }}))"
    ));
}

/// Chooses another figure in the dialogue.
fn pick(page: &Page, key: &str) {
    page.eval(&format!(
        "(() => {{
            window.drawn = [];
            const choice = document.querySelector('#figure select');
            choice.value = '{key}';
            choice.dispatchEvent(new Event('change'));
        }})()"
    ));
}

fn choose(page: &Page, key: &str) {
    pick(page, key);
    drawn(page);
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

/// Presses a button of the dialogue, and waits until its file is on its way to the downloads.
fn save(page: &Page, button: &str) {
    catch(page);
    page.eval(&format!("document.querySelector('#figure [{button}]').click()"));
    page.until("a file", "window.saved");
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_figure_is_on_the_canvas_and_in_the_files_that_are_saved() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = page(&chromium);
    page.open(site.url());
    let fetched = "performance.getEntriesByType('resource').map((entry) => entry.name.split('/').at(-1))";
    let late = ["eigenlens_figures_bg.wasm", "figures.js"];
    let early = strings(&page.eval(fetched));
    assert!(
        !late.iter().any(|name| early.contains(*name)),
        "loaded before it was asked for"
    );
    for lab in &labs() {
        show(&page, lab, "light");
        let names = page.eval("[...document.querySelectorAll('#figure option')].map((option) => option.value)");
        let wanted: Vec<&str> = studio(lab).figures().iter().map(|figure| figure.key).collect();
        assert_eq!(names, json!(wanted));
        for key in wanted {
            let Ok(figure) = studio(lab).figure(key, &look::theme::LIGHT) else {
                assert_eq!((key, lab.choices.heads.open), ("heads", false), "a plane has no heads");
                pick(&page, key);
                page.until(
                    "words",
                    "document.querySelector('#figure [role=status]').textContent.includes('nothing to show')",
                );
                continue;
            };
            choose(&page, key);
            let drawn = svg(&figure, Format::default()).expect("an SVG");
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
            assert!(distinct > 15, "{key}: {distinct} colours");
            assert!(
                count(figure.look.canvas) > 10_000 && count(figure.look.ink) > 500,
                "{key}: {colours}"
            );

            // The same words on the canvas, in the saved SVG, and in the one that the window saves.
            save(&page, "data-save=svg");
            let words = page.eval(
                "saved.text().then((text) => {
                   const svg = new DOMParser().parseFromString(text, 'image/svg+xml');
                   if (svg.querySelector('parsererror')) return [];
                   return [...svg.querySelectorAll('text')].map((element) => element.textContent); })",
            );
            let words = strings(&words);
            assert_eq!(strings(&page.eval("window.drawn")), words);
            let texts = drawn.split("<text ").skip(1).filter_map(|rest| rest.split_once('>'));
            let natively: BTreeSet<String> = texts
                .filter_map(|(_, rest)| Some(plain(rest.split('<').next()?.trim())))
                .collect();
            assert_eq!(words, natively, "{key}");

            save(&page, "data-save=png");
            assert_eq!(
                page.eval("createImageBitmap(saved).then(({ width, height }) => [saved.type, width, height])"),
                json!(["image/png", 3840, 2400])
            );
        }
        page.eval("document.querySelector('#figure [data-close]').click()");
        assert_eq!(page.eval("document.querySelector('#figure').open"), false);
    }
    let fetched = strings(&page.eval(fetched));
    assert!(late.iter().all(|name| fetched.contains(*name)), "{fetched:?}");
    page.quiet();
}

/// The text of an XML element.
fn plain(text: &str) -> String {
    let marks = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&apos;", "'"),
        ("&amp;", "&"),
    ];
    marks
        .iter()
        .fold(text.to_owned(), |text, (mark, character)| text.replace(mark, character))
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn the_arrays_and_their_script_are_those_of_the_window() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = page(&chromium);
    page.open(site.url());
    for lab in &labs() {
        show(&page, lab, "dark");
        let studio = studio(lab);
        save(&page, "data-data=py");
        assert_eq!(page.eval("saved.text()"), json!(studio.script()));
        save(&page, "data-data=csv");
        let csv = page.eval("saved.text()");
        let lines = csv.as_str().expect("a text").lines().count();
        assert_eq!(lines, studio.arrays().expect("arrays").to_csv().lines().count());
        save(&page, "data-data=npz");
        let bytes = page.eval("saved.arrayBuffer().then((buffer) => [...new Uint8Array(buffer)])");
        let bytes: Vec<u8> = bytes
            .as_array()
            .expect("bytes")
            .iter()
            .map(|byte| byte.as_u64().expect("a byte") as u8)
            .collect();
        let file = TensorFile::read("saved.npz", bytes).expect("an npz");
        for array in studio.arrays().expect("arrays").all() {
            let (shape, data) = file.tensor(array.name).expect(array.name).into_parts();
            assert_eq!(shape, array.shape, "{}", array.name);
            let size = array.data.iter().fold(0.0, |most: f64, number| most.max(number.abs()));
            let apart = std::iter::zip(&data, &array.data).map(|(ours, theirs)| (ours - theirs).abs());
            let apart = apart.fold(0.0, f64::max);
            assert!(apart <= 1e-9 * size, "{}: {apart:e} of {size:e}", array.name);
        }
    }
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn width_and_font_of_a_figure_are_chosen() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = page(&chromium);
    page.open(site.url());
    show(&page, &labs()[0], "light");
    let set = |name: &str, value: f64| {
        page.eval(&format!(
            "(() => {{
                const input = document.querySelector('#figure [name={name}]');
                input.value = {value};
                input.dispatchEvent(new Event('input'));
            }})()"
        ));
    };
    set("width", 640.0);
    let status = "document.querySelector('#figure [role=status]').textContent";
    page.until(
        "words",
        &format!("{status}.includes('font size in pixels is 25: expected 4 to 17.7')"),
    );
    assert_eq!(
        page.eval("document.querySelector('#figure [data-save=svg]').disabled"),
        true
    );
    set("font", 16.0);
    page.until("no words", &format!("{status} === ''"));
    save(&page, "data-save=svg");
    let head = page.eval("saved.text().then((text) => text.slice(0, 120))");
    let head = head.as_str().expect("a text");
    assert!(
        head.contains("width=\"640\" height=\"400\" viewBox=\"0 0 10000 6250\""),
        "{head}"
    );
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
    show(&page, &labs()[0], "light");
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
    let lab = &labs()[0];
    let told = json!({ "link": link::encode(lab), "theme": "light", "clouds": "", "results": "" });
    wish(&page, &told);
    page.until("words", &format!("{status}.includes('did not load')"));
    assert_eq!(page.eval(disabled), true);
    page.key("Escape");
    page.until("no dialogue", "!document.querySelector('#figure').open");
    // Asked again, with a network, it comes.
    site.replace("eigenlens_figures_bg.wasm", Some(module));
    show(&page, lab, "light");
    assert_eq!(page.eval(disabled), false);

    // What is no lab is refused by the module, in its own words.
    let mut broken = told;
    broken["link"] = json!("#v1.AAAA");
    wish(&page, &broken);
    page.until("words", &format!("{status}.includes('This link is damaged')"));
    assert_eq!(page.eval(disabled), true);
    assert_eq!(
        page.eval("document.querySelector('#figure canvas').checkVisibility()"),
        false
    );
    page.quiet();

    let page = chromium.page();
    page.open(site.url());
    site.replace("figures.js", None);
    wish(&page, &json!({}));
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
    for (name, [width, height, scale]) in [
        ("light", [1280, 720, 1]),
        ("dark", [1920, 1080, 1]),
        ("projector", [1280, 720, 1]),
        ("light", [390, 844, 3]),
        ("dark", [844, 390, 2]),
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
        show(&page, &labs()[0], name);
        choose(&page, "field");
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
