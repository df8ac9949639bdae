//! The numbers of lessons 5.9 and 5.10, and clouds at the edge, read from what the view says.

use eigenlens_core::BnForm;

use super::*;
use crate::app::texts::embedded;
use crate::command::Edit as Done;
use crate::lab::{GridPoint, PresetId, Source, TextId, TokenRef};
use crate::lens::testing::number;

fn crowd() -> Lab {
    Lab::of(Source::Preset(PresetId::Crowd))
}

fn with(change: impl FnOnce(&mut SupportChoices)) -> Lab {
    let mut lab = crowd();
    change(&mut lab.choices.support);
    lab
}

fn said(lab: &Lab, library: &Library) -> Readouts {
    let mut view = Bn::default();
    assert!(!view.derive(lab, library), "nothing is left to do");
    let mut readouts = Readouts::default();
    view.read_out(&mut readouts);
    readouts
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
fn the_crowd_fades_as_the_query_is_shifted() {
    let library = Library::default();
    for (beta, share) in [
        (0, 0.768_200_355_213),
        (500, 0.590_540_096_135),
        (1000, 0.344_141_266_442),
        (1500, 0.139_651_291_334),
    ] {
        let readouts = said(&with(|choices| choices.beta = beta), &library);
        close(number(&readouts, "crowd"), share, 7.7e-7);
        close(number(&readouts, "crowd_before"), 0.768_200_355_213, 7.7e-7);
        all_hold(&readouts);
    }
}

#[test]
fn each_key_pays_its_penalty() {
    let readouts = said(&crowd(), &Library::default());
    let penalties = [
        -2.616_295_090_39,
        -2.790_714_763_08,
        -2.790_714_763_08,
        -2.965_134_435_78,
        0.0,
        -1.744_196_726_93,
    ];
    for (key, penalty) in penalties.into_iter().enumerate() {
        close(number(&readouts, &format!("penalty of key {}", key + 1)), penalty, 3e-6);
    }
    assert_eq!(readouts.numbers["penalty of key 5"].text, "0.00", "written out");
    let plain = [
        0.172_184_643_672,
        0.184_800_726_2,
        0.198_341_197_425,
        0.212_873_787_916,
        0.059_615_001_114_6,
        0.172_184_643_672,
    ];
    for (key, weight) in plain.into_iter().enumerate() {
        close(
            number(&readouts, &format!("plain weight of key {}", key + 1)),
            weight,
            2.1e-7,
        );
    }
    close(number(&readouts, "mean_1"), 1.233_333_333_33, 1.2e-6);
    close(number(&readouts, "mean_2"), 1.233_333_333_33, 1.2e-6);
    assert_eq!(
        readouts.headline,
        "Centring the keys does nothing. Shifting the query takes the crowd from 77 to 34\u{a0}%."
    );
    assert_eq!(readouts.numbers["difference"].text, "0");
}

#[test]
fn the_full_form_is_an_ellipse_and_a_bias() {
    let readouts = said(&with(|choices| choices.bn_form = BnForm::Full), &Library::default());
    close(number(&readouts, "metric_1"), 0.628_049_091_108, 8e-6);
    close(number(&readouts, "metric_2"), 7.963_967_471_62, 8e-6);
    let weights = [
        0.151_555_274_58,
        0.141_998_439_392,
        0.116_530_482_164,
        0.109_182_254_822,
        0.402_608_853_532,
        0.078_124_695_511_7,
    ];
    for (key, weight) in weights.into_iter().enumerate() {
        close(number(&readouts, &format!("weight of key {}", key + 1)), weight, 4e-7);
    }
    close(number(&readouts, "crowd"), 0.519_266_450_957, 5.2e-7);
    assert!(number(&readouts, "difference") <= 1e-13);
    all_hold(&readouts);
}

#[test]
fn to_shift_the_keys_alone_changes_nothing() {
    let library = Library::default();
    let keys = said(&with(|choices| choices.shift = Shift::Keys), &library);
    close(number(&keys, "crowd"), number(&keys, "crowd_before"), 0.0);
    assert!(number(&keys, "difference") <= 1e-14);
    assert!(
        keys.headline.ends_with("the crowd keeps its 77\u{a0}%."),
        "{}",
        keys.headline
    );
    let both = said(&with(|choices| choices.shift = Shift::Both), &library);
    close(number(&both, "crowd"), 0.344_141_266_442, 7.7e-7);
}

#[test]
fn the_query_that_is_shifted_is_hollow_and_the_crowd_has_one_name() {
    let library = Library::default();
    let mut view = Bn::default();
    view.derive(&crowd(), &library);
    let token = |token: TokenRef| {
        view.tokens()
            .iter()
            .find(|other| other.token == token)
            .expect("it is there")
    };
    assert!(
        !token(TokenRef::Query(0)).asking,
        "it asks from where it was shifted to"
    );
    assert_eq!(token(TokenRef::Key(0)).name, "");
    assert_eq!(token(TokenRef::Key(4)).name, "k₅");
    let mut readouts = Readouts::default();
    view.read_out(&mut readouts);
    assert_eq!(
        readouts.tokens[0].label, "k₁",
        "the list beside the canvas names every token"
    );
}

#[test]
fn the_crowd_that_moves_to_the_other_side_wins() {
    let library = Library::default();
    let mut lab = crowd();
    for key in 0..4_u8 {
        let at = [-2.0 - 0.2 * f64::from(key % 2), -1.0 - 0.2 * f64::from(key / 2)];
        let edit = Done::Move(TokenRef::Key(usize::from(key)), GridPoint::from_world(at));
        edit.apply(&mut lab, &library).expect("the key is there");
    }
    let readouts = said(&lab, &library);
    assert!(number(&readouts, "mean_1") < 0.0, "the mean follows it");
    assert!(number(&readouts, "penalty of key 1") < 0.0, "it pays again");
    all_hold(&readouts);
}

#[test]
fn clouds_at_the_edge_are_spoken_of() {
    let library = Library::default();
    let mut lab = Lab::of(Source::Blank);
    assert_eq!(said(&lab, &library).headline, "No keys yet.");
    lab.add_key(GridPoint::from_world([1.0, 2.0])).expect("there is room");
    let one = said(&lab, &library);
    assert!(one.headline.starts_with("There is one key"), "{}", one.headline);
    all_hold(&one);
    lab.add_key(GridPoint::from_world([-1.0, -2.0])).expect("there is room");
    let centred = said(&lab, &library);
    assert!(
        centred.headline.starts_with("The mean key is at 0"),
        "{}",
        centred.headline
    );
    for _ in 0..4 {
        lab.add_key(GridPoint::from_world([3.0, 1.0])).expect("there is room");
    }
    all_hold(&said(&lab, &library));
    let mut equal = Lab::of(Source::Blank);
    for _ in 0..3 {
        equal.add_key(GridPoint::from_world([3.0, 1.0])).expect("there is room");
    }
    equal.choices.support.bn_form = BnForm::Full;
    all_hold(&said(&equal, &library));
}

#[test]
fn flags_without_room_are_spoken_of() {
    let library = Library::default();
    let words = |lab: &Lab| {
        let mut view = Bn::default();
        view.derive(lab, &library);
        (view.subline(), view.shown().and_then(board::reading))
    };
    let (subline, reading) = words(&crowd());
    assert!(subline.starts_with("A flag is the penalty"), "{subline}");
    assert_eq!(reading, None, "six flags have their numbers");
    let many = |n: u16| {
        let mut lab = Lab::of(Source::Blank);
        for key in 0..n {
            let at = [f64::from(key % 15) / 5.0, f64::from(key / 15) / 5.0];
            lab.add_key(GridPoint::from_world(at)).expect("there is room");
        }
        lab
    };
    let (subline, reading) = words(&many(200));
    assert!(subline.starts_with("A flag is the penalty"), "{subline}");
    assert!(reading.is_some_and(|words| words.ends_with("point at a key for its own.")));
    let mut more = many(201);
    for (form, shift, words_of) in [
        (
            BnForm::Recentred,
            Shift::Query,
            "A flag at each of the first 200 keys is",
        ),
        (
            BnForm::Recentred,
            Shift::Both,
            "A ring at each of the first 200 keys is",
        ),
        (
            BnForm::Full,
            Shift::Query,
            "a flag at each of the first 200 keys the bias",
        ),
    ] {
        more.choices.support.bn_form = form;
        more.choices.support.shift = shift;
        let (subline, _) = words(&more);
        assert!(
            subline.ends_with(" 201 keys.") && subline.contains(words_of),
            "{subline}"
        );
    }
    more.choices.support.shift = Shift::Keys;
    assert_eq!(words(&more).1, None, "no flag, no words for flags");
}

#[test]
fn a_text_is_waited_for_and_then_read() {
    let mut library = Library::default();
    let lab = Lab::of(Source::Text(TextId::Pronoun));
    let mut view = Bn::default();
    view.derive(&lab, &library);
    let mut readouts = Readouts::default();
    view.read_out(&mut readouts);
    assert!(readouts.numbers.is_empty(), "{}", readouts.headline);
    let bytes = embedded(TextId::Pronoun).expect("it is inside");
    library.insert_text(TextId::Pronoun, &bytes).expect("it is whole");
    view.derive(&lab, &library);
    view.read_out(&mut readouts);
    assert!(readouts.headline.contains("the half near μ"), "{}", readouts.headline);
    assert!(readouts.headline.chars().count() <= 90, "{}", readouts.headline);
    all_hold(&readouts);
    let mut full = lab;
    full.choices.support.bn_form = BnForm::Full;
    all_hold(&said(&full, &library));
}
