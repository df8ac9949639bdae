//! The numbers of lesson 5.11 and of the mock-up, and sentences that no factor fits, read from what the view says.

use eigenlens_core::{ClassToken, Remainder};

use super::*;
use crate::app::texts::embedded;
use crate::command::Edit as Done;
use crate::lab::{GridPoint, PresetId, Source, TextId, TokenRef};
use crate::lens::testing::{self, number};

fn sentence() -> Lab {
    Lab::of(Source::Preset(PresetId::Sentence))
}

fn with(change: impl FnOnce(&mut SupportChoices)) -> Lab {
    let mut lab = sentence();
    change(&mut lab.choices.support);
    lab
}

/// A lab through the view, all work done.
fn said(lab: &Lab, library: &Library) -> Readouts {
    testing::said(&mut Sh::default(), lab, library)
}

fn close(ours: f64, theirs: f64, tolerance: f64) {
    assert!((ours - theirs).abs() <= tolerance, "{ours} and {theirs}");
}

fn all_hold(readouts: &Readouts) {
    for check in &readouts.checks {
        assert!(check.holds, "{check:?} in {}", readouts.headline);
    }
    for (name, number) in &readouts.numbers {
        assert!(number.value.is_finite(), "{name} is {}", number.value);
    }
}

#[test]
fn a_spike_of_8_is_averaged_away() {
    let readouts = said(&sentence(), &Library::default());
    for (head, (spike, coarse)) in [(8.0, 8.0), (4.0, 4.0), (2.0, 2.0), (1.0, 1.0)].into_iter().enumerate() {
        let head = head + 1;
        close(number(&readouts, &format!("spike_{head}")), spike, 8e-6);
        close(number(&readouts, &format!("coarse_{head}")), coarse, 0.0);
    }
    assert_eq!(
        readouts.headline,
        "Head 2 asks 4 averages instead of 8 keys: a spike of 8 becomes 4."
    );
    all_hold(&readouts);
}

#[test]
fn the_query_reads_less_from_a_coarser_head() {
    let readouts = said(&sentence(), &Library::default());
    // The mock-up, whose keys are drawn to two decimals.
    for (head, read) in [(1, 2.79), (2, 2.24), (3, 1.33), (4, 1.00)] {
        close(number(&readouts, &format!("read_{head}")), read, 0.015);
    }
    for (average, weight) in [(1, 0.105), (2, 0.56), (3, 0.28), (4, 0.05)] {
        close(number(&readouts, &format!("weight of average {average}")), weight, 0.01);
    }
}

#[test]
fn the_cost_falls_to_its_limit() {
    let readouts = said(&sentence(), &Library::default());
    for (name, share, tolerance) in [
        ("cost_12_512", 0.8125, 8.1e-7),
        ("cost_12_4096", 0.761_029_411_765, 8.1e-7),
        ("limit_12", 0.75, 7.5e-7),
        ("limit_1124", 0.6875, 6.9e-7),
        ("limit_8", 0.468_75, 4.7e-7),
        ("limit", 0.468_75, 4.7e-7),
        ("cost", 0.60, 0.005),
        ("cost_4096", 0.49, 0.005),
    ] {
        close(number(&readouts, name), share, tolerance);
    }
}

#[test]
fn what_the_paper_leaves_open_is_a_choice() {
    let library = Library::default();
    let apart = with(|choices| choices.class_token = ClassToken::Apart);
    let readouts = said(&apart, &library);
    // 1 + ⌈7/2⌉ blocks; the last is short.
    close(number(&readouts, "coarse_2"), 5.0, 0.0);
    close(number(&readouts, "left_out"), 0.0, 0.0);
    let mut dropped = apart;
    dropped.choices.support.remainder = Remainder::Drop;
    let readouts = said(&dropped, &library);
    close(number(&readouts, "coarse_2"), 4.0, 0.0);
    close(number(&readouts, "left_out"), 1.0, 0.0);
    all_hold(&readouts);
}

#[test]
fn a_factor_that_does_not_fit_is_a_sentence() {
    let library = Library::default();
    let mut lab = with(|choices| choices.sh_head = 3);
    for _ in 0..3 {
        Done::Erase(TokenRef::Key(7))
            .apply(&mut lab, &library)
            .or_else(|_| Done::Erase(TokenRef::Key(4)).apply(&mut lab, &library))
            .expect("there is a key");
    }
    let readouts = said(&lab, &library);
    assert_eq!(readouts.headline, "Head 4 wants means of 8 tokens, but there are 5.");
    assert!(!readouts.numbers.contains_key("read_4"), "it reads nothing");
    close(number(&readouts, "coarse_3"), 2.0, 0.0);
    all_hold(&readouts);
    let empty = said(&Lab::of(Source::Blank), &library);
    assert_eq!(empty.headline, "No keys yet.");
}

#[test]
fn a_value_that_is_dragged_is_averaged_too() {
    let library = Library::default();
    let mut lab = sentence();
    Done::Value(3, GridPoint::from_world([8.0, 0.0]))
        .apply(&mut lab, &library)
        .expect("the key is there");
    let readouts = said(&lab, &library);
    close(number(&readouts, "spike_2"), 8.0, 1e-12);
    assert!(
        readouts.headline.ends_with("a spike of 8 stays 8."),
        "{}",
        readouts.headline
    );
}

#[test]
fn another_head_does_not_make_the_maps_again() {
    let library = Library::default();
    let mut view = Sh::default();
    view.derive(&sentence(), &library);
    let revision = view.maps.revision();
    view.derive(&with(|choices| choices.sh_head = 0), &library);
    assert_eq!(view.maps.revision(), revision);
    view.derive(&with(|choices| choices.factors = [1, 1, 2, 4]), &library);
    assert!(view.maps.revision() > revision);
}

#[test]
fn maps_have_a_row_for_each_token_and_the_query_is_framed() {
    let library = Library::default();
    let mut view = Sh::default();
    let mut lab = sentence();
    let shapes = |view: &Sh| {
        let four = view.maps.four().expect("the maps are there");
        four.clone().map(|map| map.map_or((0, 0), |map| map.shape()))
    };
    view.derive(&lab, &library);
    assert_eq!(shapes(&view), [(8, 8), (8, 4), (8, 2), (8, 1)]);
    assert_eq!(
        view.shown().map(|picture| picture.askers.framed),
        Some(3),
        "the query is token 4"
    );
    Done::Move(TokenRef::Query(0), GridPoint::from_world([0.0, 0.0]))
        .apply(&mut lab, &library)
        .expect("the query is there");
    view.derive(&lab, &library);
    assert_eq!(
        shapes(&view)[0],
        (9, 8),
        "a query that is no token has a row of its own"
    );
    assert_eq!(view.shown().map(|picture| picture.askers.framed), Some(0));
}

#[test]
fn a_text_shows_the_length_of_its_values() {
    let mut library = Library::default();
    let bytes = embedded(TextId::Pronoun).expect("it is inside");
    library.insert_text(TextId::Pronoun, &bytes).expect("it is whole");
    let readouts = said(&Lab::of(Source::Text(TextId::Pronoun)), &library);
    assert!(
        readouts.headline.contains("the longest value, "),
        "{}",
        readouts.headline
    );
    assert!(readouts.headline.chars().count() <= 90, "{}", readouts.headline);
    all_hold(&readouts);
}
