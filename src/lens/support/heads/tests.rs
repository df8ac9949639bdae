//! Distances of the heads of a layer, read from what the view says.

use super::*;
use crate::app::texts::embedded;
use crate::command::Edit as Done;
use crate::lab::{GridPoint, PresetId, Source, TextId, TokenRef};
use crate::lens::testing::number;

fn library() -> Library {
    let mut library = Library::default();
    for text in [TextId::Pronoun, TextId::Long] {
        let bytes = embedded(text).expect("it is inside");
        library.insert_text(text, &bytes).expect("it is whole");
    }
    library
}

fn view_of(lab: &Lab, library: &Library) -> Heads {
    let mut view = Heads::default();
    while view.derive(lab, library) {
        std::thread::yield_now();
    }
    view
}

fn said(lab: &Lab, library: &Library) -> Readouts {
    let mut readouts = Readouts::default();
    view_of(lab, library).read_out(&mut readouts);
    readouts
}

fn pronoun() -> Lab {
    Lab::of(Source::Text(TextId::Pronoun))
}

#[test]
fn the_distances_are_those_of_the_maps() {
    let library = library();
    let lab = pronoun();
    let view = view_of(&lab, &library);
    let picture = view.shown().expect("the maps are there");
    assert_eq!(picture.maps.len(), 12);
    let mut readouts = Readouts::default();
    view.read_out(&mut readouts);
    for (a, b) in [(1, 2), (3, 7), (11, 12)] {
        let squares = (&picture.maps[a - 1] - &picture.maps[b - 1]).map(|x| x * x).sum();
        let distance = number(&readouts, &format!("distance of heads {a} and {b}"));
        assert!((distance - squares.sqrt()).abs() < 1e-13, "{a} and {b}");
    }
    let all: Vec<f64> = readouts
        .numbers
        .iter()
        .filter(|(name, _)| name.starts_with("distance of heads"))
        .map(|(_, number)| number.value)
        .collect();
    assert_eq!(all.len(), 66);
    let mean = all.iter().sum::<f64>() / 66.0;
    assert!((number(&readouts, "mean_distance") - mean).abs() < 1e-13);
    let least = all.iter().copied().fold(f64::INFINITY, f64::min);
    assert!((number(&readouts, "nearest") - least).abs() < 1e-15);
    assert!(readouts.checks.iter().all(|check| check.holds), "{:?}", readouts.checks);
}

#[test]
fn a_head_that_is_duplicated_is_at_0() {
    let library = library();
    let mut lab = pronoun();
    let before = number(&said(&lab, &library), "distance of heads 1 and 2");
    assert!(before > 0.1, "they are different heads: {before}");
    lab.choices.support.duplicate = true;
    let readouts = said(&lab, &library);
    assert!(number(&readouts, "distance of heads 1 and 2").total_cmp(&0.0).is_eq());
    assert!(
        readouts.headline.starts_with("Heads 1 and 2 are copies: distance 0."),
        "{}",
        readouts.headline
    );
    assert!(number(&readouts, "nearest") > 0.0, "of the others");
}

#[test]
fn a_token_that_is_moved_changes_its_own_head_alone() {
    let library = library();
    let mut lab = pronoun();
    let before = said(&lab, &library);
    Done::Move(TokenRef::Key(3), GridPoint::from_world([3.0, 3.0]))
        .apply(&mut lab, &library)
        .expect("the key is there");
    let after = said(&lab, &library);
    let own = usize::from(lab.scene.head % 12) + 1;
    let other = |skip: usize| {
        (1..=12)
            .find(|head| *head != own && *head != skip)
            .expect("there are twelve")
    };
    let (a, b) = (other(0), other(other(0)));
    let name = |a: usize, b: usize| format!("distance of heads {} and {}", a.min(b), a.max(b));
    assert!(
        number(&before, &name(a, b))
            .total_cmp(&number(&after, &name(a, b)))
            .is_eq()
    );
    assert!((number(&before, &name(own, a)) - number(&after, &name(own, a))).abs() > 1e-3);
    Done::Erase(TokenRef::Key(0))
        .apply(&mut lab, &library)
        .expect("there is one");
    let fewer = view_of(&lab, &library);
    let shape = fewer
        .shown()
        .and_then(|picture| picture.maps.first())
        .map(nalgebra::DMatrix::shape);
    let tokens = usize::from(TextId::Pronoun.text().count());
    assert_eq!(shape, Some((tokens, tokens - 1)), "erased everywhere");
}

#[test]
fn one_head_is_compared_with_nothing() {
    let library = Library::default();
    let alone = said(&Lab::of(Source::Preset(PresetId::Crowd)), &library);
    assert!(alone.headline.starts_with("One head"), "{}", alone.headline);
    assert_eq!(said(&Lab::of(Source::Blank), &library).headline, "No keys yet.");
    let waiting = said(&pronoun(), &library);
    assert!(waiting.numbers.is_empty(), "{}", waiting.headline);
}

#[test]
fn a_long_text_is_a_job_that_ends() {
    let library = library();
    let lab = Lab::of(Source::Text(TextId::Long));
    let view = view_of(&lab, &library);
    let maps = view.shown().map(|picture| picture.maps.len());
    assert_eq!(maps, Some(12));
}
