//! The claims lens on the page: a card is opened with a press, its states by a button and by a link of the text, and the result of
//! `eigenlens claims` is a map whose heads open.

use eigenlens::lab::{Card, ValuesFrom};

use crate::{
    page::{Chromium, number},
    site::Site,
};

/// What `eigenlens claims` writes of two heads; the second is the one that is opened.
const RESULT: &str = r#"[
{"group":"long","layer":1,"head":1,"tokens":54,"value_dim":32,"axes":53,"kind":"gauge-free","test":"overlap","theorem":1.0,"value":0.5,"permuted":null,"random":null},
{"group":"long","layer":6,"head":12,"tokens":54,"value_dim":32,"axes":53,"kind":"gauge-free","test":"overlap","theorem":1.0,"value":0.25,"permuted":{"draws":4,"mean":0.5,"low":0.4,"high":0.6,"below":0},"random":null}
]"#;

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_card_is_pressed_and_a_result_is_opened() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.size(1440, 900);
    page.open(site.url());
    for command in ["lens 8", "cloud long", "head 0,7", "values free"] {
        assert_eq!(page.eval(&format!("eigenlens.command('{command}')")), true, "{command}");
    }
    page.until("the overlap", "eigenlens.readouts().numbers.overlap?.value > 0.8");
    page.until("the map", "eigenlens.readouts().numbers.map_null !== undefined");
    assert!((number(&page.numbers(), "overlap") - 0.805).abs() < 0.001);
    assert!((number(&page.numbers(), "map_mean") - 0.494).abs() < 0.001);
    page.screenshot("claims-1440x900");

    page.click(page.at("supports"));
    page.until("planted values", "eigenlens.readouts().numbers.overlap?.value > 0.999");
    assert_eq!(page.shown_lab().choices.kernel_pca.values, ValuesFrom::Constructed);

    // A link of the text is a state of the lab.
    page.until(
        "the text",
        "[...document.querySelectorAll('#explain a')].some((link) => link.hash.startsWith('#v1.'))",
    );
    page.eval(
        "[...document.querySelectorAll('#explain a')].find((link) => link.textContent.startsWith('breaks it')).click()",
    );
    page.until("the head", "eigenlens.readouts().numbers.overlap?.value < 0.9");
    assert_eq!(page.shown_lab().choices.kernel_pca.values, ValuesFrom::Free);

    page.eval("eigenlens.command('claim 3')");
    page.until("the training", "eigenlens.readouts().numbers.loss_after !== undefined");
    assert_eq!(page.shown_lab().choices.card, Card::Training);

    page.eval(&format!(
        "(() => {{ const files = new DataTransfer(); files.items.add(new File([{}], 'out.json'));
           const picker = document.getElementById('picker'); picker.files = files.files; picker.dispatchEvent(new Event('change')); }})()",
        serde_json::json!(RESULT)
    ));
    page.until(
        "the map of the file",
        "eigenlens.readouts().numbers.map_mean?.value === 0.375",
    );
    assert_eq!(number(&page.numbers(), "map_outside"), 1.0);
    page.quiet();
}
