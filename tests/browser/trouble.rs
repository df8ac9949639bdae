//! What must not break the lab: each leaves a visible message, and the state, which is in the link.

use serde_json::json;

use crate::{
    page::{Chromium, Page},
    site::{self, Site},
};

/// Moves a token and gives link and numbers.
fn some_work(page: &Page) -> (String, serde_json::Value) {
    let before = page.numbers();
    let key = page.at("key 2");
    page.drag(&[key, key.by(25.0, 31.0)]);
    page.changed(&before);
    let numbers = page.numbers();
    page.until("the link in the address bar", "location.hash === eigenlens.link()");
    (page.eval("location.hash").as_str().expect("a link").to_owned(), numbers)
}

/// Waits for the page in the place of the canvas and gives its words; the prose stays.
fn halted(page: &Page) -> String {
    page.until(
        "a message",
        "document.documentElement.dataset.state === 'halted' && document.getElementById('halt').checkVisibility()",
    );
    page.until("the prose", "document.querySelector('#prose .try')?.checkVisibility()");
    assert_eq!(
        page.eval("document.getElementById('halt-reload').checkVisibility()"),
        true
    );
    page.eval("document.getElementById('halt').innerText")
        .as_str()
        .expect("words")
        .to_owned()
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn forbidden_storage_is_told_and_nothing_else_changes() {
    let (site, chromium) = (Site::start(), Chromium::start());
    for forbid in [
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('forbidden', 'SecurityError'); } });",
        "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };",
    ] {
        let page = chromium.page();
        page.before_load(forbid);
        page.open(site.url());
        page.until(
            "a notice",
            "document.querySelector('#notices [role]')?.textContent.length > 0",
        );
        let (_, numbers) = some_work(&page);
        page.reload();
        page.shows(&numbers);
        page.quiet();
    }
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn without_webgl_or_wasm_the_page_says_what_is_missing() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let work = chromium.page();
    work.open(site.url());
    let (link, _) = some_work(&work);
    for (remove, word) in [
        ("HTMLCanvasElement.prototype.getContext = () => null;", "WebGL 2"),
        ("delete window.WebAssembly;", "WebAssembly"),
        ("WebAssembly.validate = () => false;", "SIMD"),
    ] {
        let page = chromium.page();
        page.before_load(remove);
        page.goto(&format!("{}{link}", site.url()));
        let words = halted(&page);
        assert!(words.contains(word), "{words}");
        assert_eq!(page.eval("location.hash"), link);
        page.quiet();
        page.eval("document.fonts.ready");
        assert_eq!(
            page.eval("getComputedStyle(document.getElementById('canvas')).visibility"),
            "hidden"
        );
    }
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_file_that_does_not_arrive_is_named() {
    let chromium = Chromium::start();
    let mut cut = site::file("eigenlens_bg.wasm");
    cut.truncate(cut.len() / 2);
    for (file, content, word) in [
        ("eigenlens_bg.wasm", None, "404"),
        ("eigenlens_bg.wasm", Some(cut), "WebAssembly"),
        ("eigenlens.js", None, "eigenlens.js"),
        ("fonts/inter-regular.ttf", None, "inter-regular"),
    ] {
        let site = Site::start();
        site.replace(file, content);
        let page = chromium.page();
        page.goto(site.url());
        let words = halted(&page);
        assert!(words.contains(word), "{file}: {words}");
    }
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_lost_picture_comes_back_with_the_work() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    let (link, numbers) = some_work(&page);
    page.eval("window.extension = document.getElementById('canvas').getContext('webgl2').getExtension('WEBGL_lose_context'), extension.loseContext()");
    let words = halted(&page);
    assert!(words.contains("picture") && words.contains("link"), "{words}");
    assert_eq!(page.eval("location.hash"), link);
    page.mark();
    page.eval("extension.restoreContext()");
    page.reloaded();
    page.lab();
    page.shows(&numbers);

    // Lost again at once: the page does not reload for ever, the button does.
    page.eval("window.extension = document.getElementById('canvas').getContext('webgl2').getExtension('WEBGL_lose_context'), extension.loseContext()");
    halted(&page);
    page.mark();
    page.eval(
        "new Promise((done) => {
           document.getElementById('canvas').addEventListener('webglcontextrestored', () => requestAnimationFrame(() => requestAnimationFrame(() => done())));
           extension.restoreContext();
         })",
    );
    assert_eq!(page.eval("window.before"), true, "the page was loaded again by itself");
    page.eval("document.getElementById('halt-reload').click()");
    page.reloaded();
    page.lab();
    page.shows(&numbers);
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_panic_is_shown_with_its_words() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    let (link, numbers) = some_work(&page);
    // No input makes the app panic; so the flag that the page watches is raised by hand.
    page.eval("eigenlens.app.panic_message = () => 'panicked at some/file.rs:1\\nthe reason'; eigenlens.app.has_panicked = () => true;");
    let words = halted(&page);
    assert!(
        words.contains("Eigenlens stopped") && words.contains("the reason"),
        "{words}"
    );
    assert_eq!(page.eval("location.hash"), link);
    page.mark();
    page.eval("document.getElementById('halt-reload').click()");
    page.reloaded();
    page.lab();
    page.shows(&numbers);
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_file_that_is_no_cloud_leaves_a_notice_and_one_with_a_link_opens() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    let pick = |name: &str, content: &serde_json::Value| {
        page.eval(&format!(
            "(() => {{ const files = new DataTransfer(); files.items.add(new File([{content}], {name:?}));
               const picker = document.getElementById('picker'); picker.files = files.files; picker.dispatchEvent(new Event('change')); }})()"
        ));
    };
    let (link, numbers) = some_work(&page);
    page.ctrl("z");
    page.until("the first lab", "!eigenlens.readouts().can_undo");
    pick("broken.safetensors", &json!("broken"));
    page.until(
        "a notice",
        "eigenlens.readouts().notices.some((notice) => JSON.stringify(notice).includes('broken.safetensors'))",
    );
    some_work(&page);
    let cloud =
        json!({ "query": [[1.0, 0.0]], "key": [[1.0, 0.5], [0.0, 1.0], [-1.0, 0.0]], "value": [[1.0], [2.0], [4.0]] });
    pick("cloud.json", &json!(cloud.to_string()));
    page.until("its tokens", "eigenlens.readouts().tokens.length === 4");
    pick("work.eigenlens", &json!(format!("https://example.org/lab/{link}\n")));
    page.shows(&numbers);
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_saved_cloud_opens_again_and_one_that_cannot_be_saved_leaves_a_notice() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    let (_, numbers) = some_work(&page);
    page.until(
        "the tools",
        "document.querySelector('#controls [data-name=\"save safetensors\"]')",
    );
    // The file is caught on its way to the downloads.
    page.eval("URL.createObjectURL = (blob) => { window.saved = blob; return 'data:,'; }; URL.revokeObjectURL = () => undefined;");
    let save = || page.eval("document.querySelector('#controls [data-name=\"save safetensors\"]').click()");
    save();
    page.until("a file", "window.saved?.size > 100");
    page.ctrl("z");
    page.until("the first lab", "!eigenlens.readouts().can_undo");
    page.eval(
        "(() => { const files = new DataTransfer(); files.items.add(new File([saved], 'again.safetensors'));
           const picker = document.getElementById('picker'); picker.files = files.files; picker.dispatchEvent(new Event('change')); })()",
    );
    page.shows(&numbers);

    page.eval("eigenlens.app.cloud_json = () => { throw 'nothing to save'; }");
    save();
    page.until(
        "a notice",
        "document.querySelector('#notices')?.textContent.includes('nothing to save')",
    );
    assert_eq!(page.eval("document.documentElement.dataset.state"), "running");
    page.quiet();
}

/// Words of scripts that the fonts do not have, and what shaping texts of them may come to.
const SCRIPTS: [&str; 14] = [
    "مرحبا بالعالم",
    "שָׁלוֹם",
    "नमस्ते",
    "สวัสดี",
    "한국어",
    "漢字かな",
    "e\u{301}\u{302} a\u{308}\u{323}",
    "👩‍👩‍👧‍👦 🏳️‍🌈 🇨🇭",
    "1⁄2 ½ ﬁ ﬀ",
    "\u{202e}right to left\u{202c}",
    "zero\u{200b}width\u{200d}joined\u{2060}",
    "private \u{e000} \u{10ffff}",
    "Tiếng Việt, İstanbul, Ǆ",
    "\u{1e900}\u{11000}\u{1f1e6}\u{fe0f}\u{20e3}",
];

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn labels_of_all_scripts_are_drawn_or_left_out_and_nothing_breaks() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    let n = SCRIPTS.len();
    let rows: Vec<[f64; 2]> = (0..n)
        .map(|i| {
            let angle = i as f64;
            [2.0 * angle.cos(), 2.0 * angle.sin()]
        })
        .collect();
    let cloud = json!({ "heads": [{ "query": [[1.0, 0.5]], "key": rows, "value": rows }], "labels": SCRIPTS });
    let bytes = eigenlens_files::page::write("npz", &cloud.to_string()).expect("a file");
    page.eval(&format!(
        "(() => {{
            const bytes = Uint8Array.from({bytes:?}), dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([bytes], 'scripts.npz'));
            document.querySelector('canvas').dispatchEvent(new DragEvent('drop', {{ dataTransfer, bubbles: true, cancelable: true }}));
        }})()"
    ));
    page.until(
        "the keys",
        &format!("eigenlens.readouts().numbers.n_keys?.value === {n}"),
    );
    for lens in 1..=8 {
        page.eval(&format!("eigenlens.command('lens {lens}')"));
        page.until(
            "its headline",
            "eigenlens.readouts().headline.length > 0 && document.documentElement.dataset.state !== 'halted'",
        );
        for theme in ["dark", "projector", "light"] {
            page.eval(&format!("eigenlens.command('theme {theme}')"));
        }
    }
    page.eval("eigenlens.command('lens 1')");
    some_work(&page);
    page.screenshot("scripts");
    page.quiet();
}
