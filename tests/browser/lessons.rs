//! Lessons on the page: opened by a link, led through by keys, guessed before the truth, and refused where there is none.

use serde_json::json;

use crate::{
    page::{Chromium, number},
    site::Site,
};

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_lesson_is_opened_by_link_and_led_through_by_keys() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.size(1440, 900);
    page.open(&format!("{}?lesson=3-robust-split&step=2", site.url()));
    page.until("the second step", "eigenlens.readouts().lesson?.step === 2");
    page.until("its words", "document.querySelector('#lesson h1')?.textContent");
    // It asks, and the truth is nowhere.
    assert_eq!(page.eval("eigenlens.readouts().lesson.phase"), "asking");
    assert_eq!(page.numbers(), json!({}));
    page.screenshot("lesson-asking-1440x900");
    page.key("PageDown");
    page.until(
        "the truth",
        "eigenlens.readouts().lesson.phase === 'revealed' && 'swing_seen' in eigenlens.readouts().numbers",
    );
    assert!((number(&page.numbers(), "swing_seen") - 86.2).abs() < 0.1);
    page.until("the gap", "eigenlens.readouts().spoken.startsWith('You guessed ')");
    page.until(
        "the words with numbers",
        "document.querySelector('#lesson math, #lesson p')",
    );
    page.screenshot("lesson-revealed-1440x900");
    page.key("PageDown");
    page.until("the third step", "eigenlens.readouts().lesson.step === 3");
    assert_eq!(page.eval("new URLSearchParams(location.search).get('step')"), "3");
    page.key("Home");
    page.until("the first step", "eigenlens.readouts().lesson.step === 1");
    assert_eq!(
        page.eval("eigenlens.command('lesson back')"),
        false,
        "there is none before it"
    );
    // A reload goes on where it was.
    page.key("PageDown");
    page.until("the second step", "eigenlens.readouts().lesson.step === 2");
    page.mark();
    page.reload();
    page.until("the second step again", "eigenlens.readouts().lesson?.step === 2");
    assert_eq!(page.eval("eigenlens.command('lesson close')"), true);
    page.until("the explanation", "!document.getElementById('prose').hidden");
    assert_eq!(page.eval("location.search"), "");
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn exercises_are_opened_by_link_in_the_variant_of_a_seed() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.size(1440, 900);
    page.open(&format!("{}?lesson=1-kernel-smoother&step=12&seed=10", site.url()));
    page.until("the exercise", "eigenlens.readouts().lesson?.step === 12");
    assert_eq!(page.eval("eigenlens.readouts().lesson.seed"), 10);
    // Seven variants: the fourth has the query (2, 1).
    page.until(
        "its question",
        "document.querySelector('#lesson h1')?.textContent.includes('query (2, 1)')",
    );
    page.screenshot("exercise-asking-1440x900");
    page.key("PageDown");
    page.until("its numbers", "'weight of key 1' in eigenlens.readouts().numbers");
    assert!((number(&page.numbers(), "weight of key 1") - 16.0 / 27.0).abs() < 1e-9);
    page.until(
        "its answer",
        "document.querySelector('#lesson').textContent.includes('16 : 8 : 1 : 2, out of 27')",
    );
    page.screenshot("exercise-revealed-1440x900");
    assert_eq!(page.eval("eigenlens.command('lesson another')"), true);
    page.until(
        "the next variant",
        "document.querySelector('#lesson h1').textContent.includes('query (3, 0)')",
    );
    assert_eq!(
        page.eval("location.search"),
        "?lesson=1-kernel-smoother&step=12&seed=11"
    );
    // A clicker does not run from the last step into them.
    assert_eq!(page.eval("eigenlens.command('lesson step 11')"), true);
    page.until("the last step", "eigenlens.readouts().lesson.step === 11");
    page.until(
        "its words",
        "eigenlens.readouts().lesson.phase !== 'asking' || eigenlens.command('lesson reveal')",
    );
    assert_eq!(page.eval("eigenlens.command('lesson next')"), false);
    assert_eq!(page.eval("eigenlens.command('lesson exercises')"), true);
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_lesson_that_is_not_there_is_said_to_be() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    for wrong in ["8-none", "../../x", "%00"] {
        page.open(&format!("{}?lesson={wrong}", site.url()));
        page.until(
            "a notice",
            "eigenlens.readouts().notices.some((notice) => notice.what === 'The lesson was not opened')",
        );
        assert_eq!(page.eval("eigenlens.readouts().lesson"), serde_json::Value::Null);
    }
}
