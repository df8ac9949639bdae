//! The smoother and the kernel PCA lens on the page: their numbers are those of the mathematics.

use std::io::Read as _;

use eigenlens::lab::{Lab, LensId, Library, Source, TextId, link};
use eigenlens_core::{Centring, Kernel, KernelPca, Mechanism, attend_row};

use crate::{
    page::{Chromium, Page, number},
    site::Site,
};

/// The head that the page shows, by its link alone.
fn head_of(page: &Page, library: &Library) -> (Lab, eigenlens_core::Head) {
    let lab = page.shown_lab();
    let head = lab.scene.head(library).expect("the cloud of the link");
    (lab, head)
}

/// The scores on the page against kernel PCA of the same keys, computed here.
fn scores_agree(page: &Page, library: &Library, axes: usize) {
    let numbers = page.numbers();
    let (lab, head) = head_of(page, library);
    let temperature = lab.scene.temperature.value(head.dim());
    let pca = KernelPca::new(head.keys(), Kernel::Exponential { temperature }, Centring::Centred).expect("axes");
    let query = head.query(lab.scene.asking()).expect("it asks");
    let scores = pca.scores(&query, pca.rank()).expect("scores");
    let frame = lab.choices.kernel_pca.frame.shown(pca.rank());
    for (shown, (canonical, sign)) in frame.into_iter().take(axes).enumerate() {
        let page = number(&numbers, &format!("h_{}", shown + 1));
        let core = sign * scores[canonical];
        assert!(
            (page - core).abs() <= 1e-12,
            "h_{}: {page} on the page, {core} here",
            shown + 1
        );
    }
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn the_scores_follow_the_query_to_the_last_digit() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.size(1440, 900);
    page.open(site.url());
    page.eval("eigenlens.command('lens 3')");
    page.until(
        "the words of the lens",
        "document.documentElement.dataset.words === 'kernel-pca' && !document.getElementById('prose').textContent.includes('…')",
    );
    page.screenshot("kernel-pca-1440x900");
    let library = Library::default();
    scores_agree(&page, &library, 11);
    for way in [(-150.0, 60.0), (90.0, 120.0)] {
        let before = page.numbers();
        let query = page.at("query 1");
        page.drag(&[query, query.by(0.5 * way.0, 0.5 * way.1), query.by(way.0, way.1)]);
        page.changed(&before);
        page.settle();
        scores_agree(&page, &library, 11);
    }
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_query_of_a_real_head_is_dragged_through_its_axes() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.size(1280, 720);
    let mut lab = Lab::of(Source::Text(TextId::Bank));
    lab.set_head(2 * 12 + 3).expect("there are 72 heads");
    lab.lens = LensId::KernelPca;
    page.open_lab(site.url(), &lab);
    page.until("the axes", "eigenlens.readouts().numbers.h_17 !== undefined");
    let mut library = Library::default();
    let packed = std::fs::File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/data/heads/bank.heads"));
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(packed.expect("the text is there"))
        .read_to_end(&mut bytes)
        .expect("the text is packed");
    library.insert_text(TextId::Bank, &bytes).expect("the text is whole");
    scores_agree(&page, &library, 12);
    let before = page.numbers();
    let asking = page.eval("eigenlens.readouts().tokens.find(({ role }) => role === 'query').name");
    let query = page.at(asking.as_str().expect("a name"));
    page.drag(&[query, query.by(-40.0, -30.0), query.by(-90.0, -70.0)]);
    page.changed(&before);
    page.settle();
    scores_agree(&page, &library, 12);
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn the_smoother_has_both_rows() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    page.eval("eigenlens.command('lens 2')");
    page.until("the lens", "eigenlens.readouts().lens === 'smoother'");
    let before = page.numbers();
    let key = page.at("key 6");
    page.drag(&[key, key.by(10.0, -30.0)]);
    page.changed(&before);
    page.settle();
    let numbers = page.numbers();
    let (lab, head) = head_of(&page, &Library::default());
    for (mechanism, name) in [
        (Mechanism::Softmax, "weight of key"),
        (Mechanism::Smoother, "distance weight of key"),
    ] {
        let scoring = mechanism.scoring(head.dim()).expect("D = 2");
        let weights = attend_row(&head, &scoring, lab.scene.asking()).expect("a row").weights;
        for (key, weight) in weights.iter().enumerate() {
            let page = number(&numbers, &format!("{name} {}", key + 1));
            assert!((page - weight).abs() <= 1e-12, "{name} {}: {page}, {weight}", key + 1);
        }
    }
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn the_lens_draws_its_own_figures() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    page.eval("eigenlens.command('lens 3')");
    page.until("the lens", "eigenlens.readouts().lens === 'kernel-pca'");
    page.eval("eigenlens.command('figures')");
    for name in ["spectrum", "field"] {
        page.until(
            name,
            &format!(
                "(() => {{
                    const choice = document.querySelector('#figure[open] select');
                    if (![...choice?.options ?? []].some((option) => option.value === '{name}')) return false;
                    choice.value = '{name}';
                    choice.dispatchEvent(new Event('change'));
                    return true;
                }})()"
            ),
        );
        page.until(
            "the figure",
            "(() => {
                const canvas = document.querySelector('#figure[open] canvas');
                if (!canvas?.checkVisibility() || canvas.width < 100) return false;
                const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
                const colours = new Set();
                for (let i = 0; i < data.length; i += 4 * 97) colours.add(data[i] << 16 | data[i + 1] << 8 | data[i + 2]);
                return colours.size > 6;
            })()",
        );
    }
    page.key("Escape");
    page.until("the end of the dialogue", "!document.querySelector('#figure[open]')");
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn points_and_links_are_pasted() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    let paste = |text: &str| {
        page.eval(&format!(
            "(() => {{
                const clipboardData = new DataTransfer();
                clipboardData.setData('text/plain', {text:?});
                document.body.dispatchEvent(new ClipboardEvent('paste', {{ clipboardData, bubbles: true, cancelable: true }}));
            }})()"
        ));
    };
    paste("x\ty\n1\t2\n-1\t0.5\n0.25\t-2\n");
    page.until("three keys", "eigenlens.readouts().numbers.n_keys?.value === 3");
    assert_eq!(number(&page.numbers(), "x of key 3"), 0.25);
    let compass = link::encode(&Lab::of(Source::Preset(eigenlens::lab::PresetId::Compass)));
    paste(&format!("https://elsewhere.example/{compass}"));
    page.until(
        "the lab of the link",
        "eigenlens.readouts().numbers.n_keys?.value === 4",
    );
    paste("no table, no link");
    page.until(
        "a notice",
        "document.getElementById('notices').textContent.includes('pasted.csv')",
    );
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn an_npz_is_dropped_on_the_page() {
    use base64::Engine as _;
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.open(site.url());
    let cloud = r#"{"heads": [{"query": [[1, 2, 3]], "key": [[1, 0, 0.5], [0, 1, -0.5], [2, 2, 2]], "value": [[1], [2], [3]]}], "labels": []}"#;
    let bytes = eigenlens_files::page::write("npz", cloud).expect("a file");
    let text = base64::engine::general_purpose::STANDARD.encode(bytes);
    page.eval(&format!(
        "(() => {{
            const bytes = Uint8Array.from(atob('{text}'), (letter) => letter.charCodeAt(0));
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([bytes], 'three.npz'));
            for (const kind of ['dragover', 'drop']) {{
                document.querySelector('canvas').dispatchEvent(new DragEvent(kind, {{ dataTransfer, bubbles: true, cancelable: true }}));
            }}
        }})()"
    ));
    page.until(
        "three keys of three dimensions",
        "eigenlens.readouts().numbers.n_keys?.value === 3 && eigenlens.readouts().headline.length > 0",
    );
    page.eval("eigenlens.command('lens 3')");
    page.until("its axes", "eigenlens.readouts().numbers.axes?.value === 2");
    page.quiet();
}
