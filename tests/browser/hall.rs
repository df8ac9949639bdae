//! In a hall: the presenter's window in step with the audience's, the QR code, a lesson from a file, laser and pen.

use serde_json::json;

use crate::{
    page::{Chromium, Page},
    site::Site,
};

/// The presenter's window of a page, in the same browser.
fn presenter(chromium: &Chromium, site: &Site, audience: &Page) -> Page {
    // Headless, a window that the page opens cannot be driven: it is opened at the address that the page would open.
    audience.eval("window.open = (url) => { window.asked = url; return null; }");
    assert_eq!(audience.eval("eigenlens.command('aid presenter')"), true);
    audience.until("the wish for a window", "window.asked");
    let path = audience.eval("window.asked");
    let page = chromium.beside(audience);
    page.size(1389, 868);
    page.goto(&format!("{}{}", site.url(), path.as_str().expect("a path")));
    page
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn two_windows_are_in_step() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let audience = chromium.page();
    audience.open(&format!("{}?lesson=3-robust-split&step=2", site.url()));
    audience.until("the second step", "eigenlens.readouts().lesson?.step === 2");
    let presenter = presenter(&chromium, &site, &audience);
    presenter.until(
        "its notes",
        "document.querySelector('#notes h1').textContent === 'One wrong number'",
    );
    assert_eq!(
        presenter.eval("document.querySelectorAll('#steps li').length"),
        14,
        "twelve steps and two exercises"
    );
    presenter.until(
        "the picture of what comes next",
        "!document.getElementById('sketch').hidden && document.getElementById('sketch').ariaLabel",
    );
    presenter.until(
        "the picture of the wall",
        "document.querySelector('#wall').naturalWidth > 100",
    );
    assert_eq!(
        presenter.eval("document.getElementById('guess').textContent"),
        "not shown yet"
    );
    presenter.screenshot("presenter-asking-1389x868");
    // The truth is shown by the presenter's key, and the gap is told there.
    presenter.key("PageDown");
    audience.until("the truth", "eigenlens.readouts().lesson.phase === 'revealed'");
    presenter.until(
        "the gap",
        "document.getElementById('guess').textContent.startsWith('You guessed ')",
    );
    presenter.until(
        "its numbers",
        "[...document.querySelectorAll('#notes [data-readout]')].every((slot) => slot.textContent !== '…')",
    );
    presenter.screenshot("presenter-revealed-1389x868");
    // And back: the presenter follows the audience's window.
    audience.key("PageDown");
    presenter.until(
        "the third step",
        "document.querySelector('#steps [aria-current]').dataset.command === 'lesson step 3'",
    );
    presenter.eval("document.querySelector('#steps li:nth-child(5) button').click()");
    audience.until("the fifth step", "eigenlens.readouts().lesson.step === 5");
    // What is no command of a presenter is not done: by the time that what was asked for after it is.
    audience.eval(
        "{ const other = new BroadcastChannel(`eigenlens ${sessionStorage.getItem('eigenlens.presenter')}`);
           for (const name of ['theme dark', 'lesson step 6']) other.postMessage({ kind: 'command', name }); }",
    );
    audience.until("the sixth step", "eigenlens.readouts().lesson.step === 6");
    audience.settle();
    assert_eq!(audience.eval("eigenlens.readouts().theme"), "light");
    // Loaded again, the audience's window finds its presenter.
    audience.reload();
    audience.until("the sixth step again", "eigenlens.readouts().lesson?.step === 6");
    audience.until(
        "the channel",
        "performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/hall.js'))",
    );
    presenter.key("PageUp");
    audience.until("the step before", "eigenlens.readouts().lesson.step === 5");
    audience.quiet();
    presenter.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn the_code_is_read_as_the_same_link() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    page.eval("eigenlens.command('aid code')");
    page.until(
        "the code",
        "document.querySelector('#code[open] path')?.getAttribute('d')",
    );
    page.screenshot("code-1280x720");
    let link = page.eval("location.origin + location.pathname + eigenlens.link()");
    assert_eq!(decoded(&page), link.as_str().expect("a link"));
    assert!(page.eval("document.querySelector('#code svg').clientWidth").as_f64() >= Some(280.0));
    let notes = page.eval("document.querySelector('#code ul').textContent");
    assert!(
        notes
            .as_str()
            .is_some_and(|notes| notes.contains("phones do not reach it")),
        "{notes}"
    );
    page.key("Escape");
    // A site that says where it is, and a lesson: the address is that of the step.
    page.eval("document.querySelector('meta[name=\"eigenlens-address\"]').content = 'https://example.org/lab/'");
    page.open(&format!("{}?lesson=3-robust-split&step=2", site.url()));
    page.until("the second step", "eigenlens.readouts().lesson?.step === 2");
    page.eval("document.querySelector('meta[name=\"eigenlens-address\"]').content = 'https://example.org/lab/'");
    page.eval("eigenlens.command('aid code')");
    page.until(
        "the code",
        "document.querySelector('#code[open] path')?.getAttribute('d')",
    );
    assert_eq!(decoded(&page), "https://example.org/lab/?lesson=3-robust-split&step=2");
    assert_eq!(page.eval("document.querySelector('#code ul').textContent"), "");
    page.quiet();
}

/// What a camera reads of the code that is shown.
fn decoded(page: &Page) -> String {
    let box_of = page.eval("document.querySelector('#code svg').getAttribute('viewBox')");
    let side: usize = box_of
        .as_str()
        .and_then(|text| text.rsplit(' ').next())
        .expect("a view box")
        .parse()
        .expect("a number");
    let picture = page.eval(
        "(async () => {
           const svg = document.querySelector('#code svg').cloneNode(true);
           svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
           svg.setAttribute('width', 512);
           svg.setAttribute('height', 512);
           const image = new Image();
           image.src = `data:image/svg+xml,${encodeURIComponent(new XMLSerializer().serializeToString(svg))}`;
           await image.decode();
           const canvas = Object.assign(document.createElement('canvas'), { width: 512, height: 512 });
           const pens = canvas.getContext('2d');
           pens.fillStyle = '#fff';
           pens.fillRect(0, 0, 512, 512);
           pens.drawImage(image, 0, 0, 512, 512);
           const { data } = pens.getImageData(0, 0, 512, 512);
           return [...data].filter((_, i) => i % 4 === 0);
         })()",
    );
    let pixels: Vec<u8> = serde_json::from_value(picture).expect("pixels");
    assert!(side > 20 && pixels.len() == 512 * 512);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(512, 512, |x, y| pixels[512 * y + x]);
    let grids = image.detect_grids();
    let [grid] = grids.as_slice() else {
        panic!("{} codes", grids.len())
    };
    grid.decode().expect("it can be read").1
}

const FILE: &str = "title = \"From a file\"\n[[step]]\ntitle = \"One\"\nstate = [\"cloud compass\", \"lens smoother\"]\nnotes = \"Say **one** thing.\"\n\
    [[step]]\ntitle = \"Two\"\nstate = [\"cloud compass\"]\nask = { question = \"How much?\", guess.number = { read = \"weight of key 1\", from = 0.0, to = 1.0 } }\n";

/// Hands a file over as a drop does.
fn drop_file(page: &Page, name: &str, text: &str) {
    page.eval(&format!(
        "(() => {{
           const dataTransfer = new DataTransfer();
           dataTransfer.items.add(new File([{text}], {name}));
           document.getElementById('canvas').dispatchEvent(new DragEvent('drop', {{ dataTransfer, bubbles: true, cancelable: true }}));
         }})()",
        text = json!(text),
        name = json!(name),
    ));
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_lesson_is_opened_from_a_file() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    drop_file(&page, "mine.toml", FILE);
    page.until("the lesson", "eigenlens.readouts().lesson?.of === 2");
    page.until(
        "its words",
        "document.querySelector('#lesson h1')?.textContent === 'One'",
    );
    assert_eq!(page.eval("location.search"), "", "no address opens a file");
    page.key("PageDown");
    page.until(
        "the question",
        "document.querySelector('#lesson h1')?.textContent === 'How much?'",
    );
    page.eval("eigenlens.command('lesson reveal')");
    page.until("an answer", "eigenlens.readouts().lesson.phase === 'revealed'");
    page.eval("{ const make = document.createElement.bind(document); document.createElement = (tag) => { const made = make(tag); if (tag === 'a') made.click = () => { window.saved = made.download; }; return made; }; }");
    assert_eq!(page.eval("eigenlens.command('save answers')"), true);
    page.until("the file", "window.saved === 'answers.csv'");
    // What is no lesson says in which line.
    for (name, wrong, says) in [
        ("broken.toml", "title = \"x\"\nsteps = 3\n", "line 2"),
        ("none.toml", "title = \"x\"\nstep = []\n", "1 to 100"),
    ] {
        drop_file(&page, name, wrong);
        page.until(
            "a notice",
            &format!("eigenlens.readouts().notices.some((notice) => notice.where.includes({says:?}))"),
        );
    }
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn the_pen_draws_and_moves_no_token() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    let before = page.eval("eigenlens.link()");
    page.eval("eigenlens.command('aid last-keys')");
    page.until("the list of keys", "document.getElementById('last-keys')");
    page.key("d");
    page.until("the pen", "document.getElementById('ink')?.dataset.mode === 'pen'");
    let at = page.at("key 1");
    page.drag(&[at, at.by(60.0, 40.0), at.by(120.0, -10.0)]);
    let painted = "document.getElementById('ink').getContext('2d').getImageData(0, 0, document.getElementById('ink').width, document.getElementById('ink').height).data.some((x) => x > 0)";
    page.until("ink", painted);
    page.screenshot("pen-1280x720");
    assert_eq!(page.eval("eigenlens.link()"), before);
    page.until("no ink", &format!("!({painted})"));
    page.key("l");
    page.until("the laser", "document.getElementById('ink').dataset.mode === 'laser'");
    page.eval("document.activeElement.blur()");
    page.key("Escape");
    page.until(
        "nothing in the hand",
        "document.getElementById('ink').dataset.mode === ''",
    );
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_lesson_is_made_on_the_page_and_given_from_its_file() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.size(1440, 900);
    page.open(site.url());
    page.eval("eigenlens.command('aid author')");
    page.until(
        "the panel",
        "document.querySelector('#author:not([hidden]) [data-press=add]')",
    );
    let press = |name: &str| {
        page.eval(&format!(
            "document.querySelector('#author [data-press=\"{name}\"]').click()"
        ))
    };
    let write = |field: &str, text: &str| {
        page.eval(&format!(
            "(() => {{ const field = document.querySelectorAll('#author [name=\"{field}\"]'); const last = field[field.length - 1]; last.value = {}; last.dispatchEvent(new Event('input', {{ bubbles: true }})); }})()",
            json!(text)
        ))
    };
    press("add");
    page.until("a step", "document.querySelectorAll('#author li').length === 1");
    write("title", "Three groups");
    write("notes", "Wait *here*.");
    assert_eq!(
        page.eval("eigenlens.command('move query 1 1.5 0.5') && eigenlens.command('lens 2')"),
        true
    );
    page.settle();
    let moved = page.shown_lab();
    press("add");
    page.until("two steps", "document.querySelectorAll('#author li').length === 2");
    write("title", "The query moved");
    press("earlier");
    page.until(
        "another order",
        "document.querySelector('#author li button').textContent === 'The query moved'",
    );
    page.screenshot("author-1440x900");
    press("preview");
    page.until(
        "the lesson",
        "eigenlens.readouts().lesson?.step === 1 && eigenlens.readouts().lesson.of === 2",
    );
    page.until(
        "its words",
        "document.querySelector('#lesson h1')?.textContent === 'The query moved'",
    );
    // The file is the same lesson; it is caught on its way to the downloads.
    page.eval("{ const make = URL.createObjectURL.bind(URL); URL.createObjectURL = (blob) => { window.saved = blob.text(); return make(blob); }; }");
    press("save");
    page.until("the file", "window.saved");
    let text = page.eval("window.saved");
    let text = text.as_str().expect("a text");
    let lesson = eigenlens_words::lesson::read(text).expect("a lesson");
    let titles: Vec<&str> = lesson.steps.iter().map(|step| step.title.as_str()).collect();
    assert_eq!(titles, ["The query moved", "Three groups"]);
    assert_eq!(lesson.steps[1].notes, "Wait *here*.");
    let other = chromium.page();
    other.open(site.url());
    drop_file(&other, "two.toml", text);
    other.until("the lesson", "eigenlens.readouts().lesson?.name === 'two'");
    other.settle();
    let shown = other.shown_lab();
    assert_eq!((shown.lens, &shown.scene), (moved.lens, &moved.scene));
    other.key("PageDown");
    other.until("the second step", "eigenlens.readouts().lesson.step === 2");
    page.quiet();
    other.quiet();
}
