use proptest::prelude::*;

use super::*;
use crate::lab::arbitrary::{edit, is_valid, lab};
use crate::lab::{Lab, Library};

proptest! {
    #[test]
    fn edits_keep_a_lab_valid_and_failed_edits_change_nothing(
        lab in lab(),
        edits in proptest::collection::vec(edit(), 0..12),
    ) {
        let library = Library::default();
        let mut lab = lab;
        for edit in edits {
            let before = lab.clone();
            if edit.apply(&mut lab, &library).is_ok() {
                prop_assert!(is_valid(&lab), "{:?}", edit);
            } else {
                prop_assert_eq!(&lab, &before);
            }
        }
    }

    #[test]
    fn names_are_read_back(index in 0..5000_usize) {
        for token in [TokenRef::Key(index), TokenRef::Query(index)] {
            prop_assert_eq!(token.to_string().parse(), Ok(token));
        }
    }

    #[test]
    fn the_asking_query_stays_the_same_when_another_goes(
        n in 2..9_u16,
        asking in any::<prop::sample::Index>(),
        erased in any::<prop::sample::Index>(),
    ) {
        let mut scene = Scene::of(Source::File(FileSource::new("f", [0; 8], 1, 1, n)), 0);
        let (asking, erased) = (asking.index(n.into()), erased.index(n.into()));
        scene.ask(asking).expect("the query is there");
        let before = scene.queries[asking];
        scene.erase(TokenRef::Query(erased)).expect("it is not the last");
        if asking == erased {
            // The next one takes its place; after the last one the new last one.
            prop_assert_eq!(scene.asking(), erased.min(usize::from(n) - 2));
        } else {
            prop_assert_eq!(scene.queries[scene.asking()], before);
        }
    }
}

#[test]
fn tokens_are_counted_from_1() {
    assert_eq!(TokenRef::Key(2).to_string(), "key 3");
    assert_eq!("query 1".parse(), Ok(TokenRef::Query(0)));
    for name in [
        "",
        "key",
        "key 0",
        "key -1",
        "key +3",
        "key 03",
        "keys 3",
        "Key 3",
        "key  3",
        "key 99999999999999999999",
    ] {
        assert!(name.parse::<TokenRef>().is_err(), "{name}");
    }
}

#[test]
fn the_last_query_stays_and_all_keys_may_go() {
    let mut lab = Lab::default();
    assert_eq!(lab.erase(TokenRef::Query(0)), Err(EditError::LastQuery));
    for _ in 0..12 {
        lab.erase(TokenRef::Key(0)).expect("there is a key");
    }
    assert_eq!(
        lab.erase(TokenRef::Key(0)),
        Err(EditError::NoSuchToken {
            token: TokenRef::Key(0),
            has: 0
        })
    );
    lab.reset();
    assert_eq!(lab, Lab::default());
}

#[test]
fn errors_name_the_value_and_the_bound() {
    let mut lab = Lab::default();
    let at = GridPoint::ORIGIN;
    let missing = lab.move_key(12, at).expect_err("there are 12 keys");
    assert_eq!(missing.to_string(), "there is no key 13: the board has 12");
    assert!(lab.set_value(12, at).is_err() && lab.ask(1).is_err() && lab.move_query(1, at).is_err());
    assert_eq!(lab.set_head(1), Err(EditError::NoSuchHead { number: 2, has: 1 }));
    while lab.scene.keys.len() < MAX_TOKENS {
        lab.add_key(at).expect("there is room");
    }
    let full = lab.plant_outlier(at).expect_err("the board is full");
    assert_eq!(full.to_string(), "the board holds at most 1025 keys, and it has 1025");
    assert_eq!(
        lab.add_query(at),
        Ok(TokenRef::Query(1)),
        "queries have room of their own"
    );
}

#[test]
fn another_head_is_untouched_and_keeps_temperature_and_question() {
    let mut lab = Lab::of(Source::File(FileSource::new("f", [0; 8], 3, 4, 4)));
    lab.move_key(0, GridPoint::ORIGIN).expect("there is a key");
    lab.ask(2).expect("there is a query 3");
    let tau = Temperature::fixed(2.0).expect("2 is a temperature");
    lab.set_temperature(tau);
    lab.freeze();
    lab.set_head(2).expect("there are three heads");
    assert_eq!((lab.scene.head, lab.scene.asking, lab.scene.temperature), (2, 2, tau));
    assert_eq!((lab.scene.keys[0].at, lab.ghost), (None, None));
}

#[test]
fn names_of_files_can_be_shown() {
    let file = |name: &str| FileSource::new(name, [0; 8], 0, 0, u16::MAX);
    assert_eq!(file("a\nb\u{7f}").name, "ab");
    assert_eq!(file("").name, "file");
    assert_eq!(file(&"é".repeat(100)).name, "é".repeat(60));
    let file = file("x");
    assert_eq!((file.heads, file.keys, file.queries), (1, 1, 1025));
}
