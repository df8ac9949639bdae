use proptest::prelude::*;

use super::*;
use crate::lab::arbitrary::{edit, lab};
use crate::lab::{GridPoint, Library, Temperature, TokenRef};

fn move_key(index: usize, x: f64) -> impl Fn(&mut Lab) -> Result<(), EditError> {
    move |lab| lab.move_key(index, GridPoint::from_world([x, 0.0]))
}

/// Three edits on the default lab, and the labs before, between and after them.
fn three_edits() -> (History, Vec<Lab>) {
    let mut history = History::default();
    let mut labs = vec![history.lab().clone()];
    for (label, index) in [("Move key 1", 0), ("Move key 2", 1), ("Move key 3", 2)] {
        history.edit(label, move_key(index, 3.0)).expect("the key is there");
        labs.push(history.lab().clone());
    }
    (history, labs)
}

proptest! {
    #[test]
    fn undone_fully_it_is_the_first_lab_and_redone_fully_the_last(
        first in lab(),
        edits in proptest::collection::vec((edit(), any::<bool>()), 0..20),
    ) {
        let library = Library::default();
        let mut history = History::new(first);
        let mut states = vec![Edits::of(history.lab())];
        for (edit, as_gesture) in edits {
            // An edit that fails leaves the gesture where it was last.
            if as_gesture {
                history.begin("Gesture");
                history.update(|lab| lab.move_query(0, GridPoint::ORIGIN)).expect("there is a query");
                history.update(|lab| edit.apply(lab, &library)).ok();
                history.commit();
            } else {
                history.edit("Edit", |lab| edit.apply(lab, &library)).ok();
            }
            let state = Edits::of(history.lab());
            if states.last() != Some(&state) {
                states.push(state);
            }
        }
        for state in states.iter().rev().skip(1) {
            prop_assert!(history.undo().is_some());
            prop_assert_eq!(&Edits::of(history.lab()), state);
        }
        prop_assert_eq!(history.undo(), None);
        for state in states.iter().skip(1) {
            prop_assert!(history.redo().is_some());
            prop_assert_eq!(&Edits::of(history.lab()), state);
        }
        prop_assert_eq!(history.redo(), None);
    }

    #[test]
    fn a_gesture_is_a_function_of_where_it_began(
        first in lab(),
        way in proptest::collection::vec(edit(), 0..6),
        end in edit(),
    ) {
        let library = Library::default();
        let mut history = History::new(first.clone());
        history.begin("Gesture");
        for edit in way {
            history.update(|lab| edit.apply(lab, &library)).ok();
        }
        let done = history.update(|lab| end.apply(lab, &library)).is_ok();
        let mut expected = first.clone();
        if done && end.apply(&mut expected, &library).is_ok() {
            prop_assert!(Edits::of(history.lab()) == Edits::of(&expected));
        }
        history.cancel();
        prop_assert!(Edits::of(history.lab()) == Edits::of(&first));
        prop_assert!(!history.can_undo() && !history.can_redo());
    }
}

#[test]
fn labels_say_what_is_undone() {
    let (mut history, _) = three_edits();
    assert_eq!((history.undo_label(), history.redo_label()), (Some("Move key 3"), None));
    assert_eq!(history.undo().as_deref(), Some("Move key 3"));
    assert_eq!(
        (history.undo_label(), history.redo_label()),
        (Some("Move key 2"), Some("Move key 3"))
    );
    assert_eq!(history.redo().as_deref(), Some("Move key 3"));
}

#[test]
fn a_new_edit_ends_the_future() {
    let (mut history, _) = three_edits();
    history.undo();
    history.edit("Move key 4", move_key(3, 1.0)).expect("the key is there");
    assert!(!history.can_redo());
    assert_eq!(history.undo_label(), Some("Move key 4"));
}

#[test]
fn one_gesture_is_one_entry() {
    let mut history = History::default();
    history.begin("Move key 1");
    for step in 1..10 {
        history
            .update(move_key(0, f64::from(step) / 4.0))
            .expect("the key is there");
    }
    assert!(history.in_gesture());
    assert!(history.commit());
    assert_eq!(history.undo().as_deref(), Some("Move key 1"));
    assert_eq!((history.lab(), history.can_undo()), (&Lab::default(), false));
}

#[test]
fn what_changes_nothing_is_no_entry() {
    let mut history = History::default();
    history.begin("Move key 1");
    assert!(!history.commit(), "nothing was dragged");
    history.begin("Move key 1");
    history.update(move_key(0, 1.0)).expect("the key is there");
    history.update(|_| Ok(())).expect("nothing can fail");
    assert!(!history.commit(), "it was dragged back");
    let root_d = |lab: &mut Lab| {
        lab.set_temperature(Temperature::RootD);
        Ok(())
    };
    history.edit("Temperature", root_d).expect("nothing can fail");
    assert!(history.edit("Erase", |lab| lab.erase(TokenRef::Query(0))).is_err());
    assert_eq!((history.lab(), history.can_undo()), (&Lab::default(), false));
}

#[test]
fn undo_drops_a_running_gesture_first() {
    let (mut history, labs) = three_edits();
    history.begin("Move key 5");
    history.update(move_key(4, 1.0)).expect("the key is there");
    assert_eq!(history.undo_label(), Some("Move key 5"));
    assert_eq!(history.undo().as_deref(), Some("Move key 5"));
    assert_eq!((history.lab(), history.in_gesture()), (&labs[3], false));
    // A gesture that has not moved yet is nothing to undo.
    history.begin("Move key 5");
    assert_eq!(history.undo().as_deref(), Some("Move key 3"));
    assert_eq!((history.lab(), history.in_gesture()), (&labs[2], false));
}

#[test]
fn a_second_gesture_commits_the_first() {
    let mut history = History::default();
    history.begin("Move key 1");
    history.update(move_key(0, 1.0)).expect("the key is there");
    history.begin("Move key 2");
    history.update(move_key(1, 1.0)).expect("the key is there");
    history.commit();
    assert_eq!(history.undo().as_deref(), Some("Move key 2"));
    assert_eq!(history.undo().as_deref(), Some("Move key 1"));
}

#[test]
fn the_view_is_no_entry_and_survives_an_undo() {
    let (mut history, labs) = three_edits();
    let camera = Camera::at([1.0, 1.0], 2.0);
    history.set_theme(Some(Theme::Dark));
    history.set_camera(camera);
    history.set_brush(Brush {
        strength: 7,
        seed: 99,
        ..Brush::default()
    });
    history.set_lens(LensId::Softmax);
    assert_eq!(history.lab().brush.seed, 1, "the seed counts strokes");
    history.undo();
    let lab = history.lab();
    assert_eq!(lab.scene, labs[2].scene);
    assert_eq!(
        (lab.theme, lab.camera, lab.brush.strength),
        (Some(Theme::Dark), camera, 7)
    );
}

#[test]
fn a_stroke_is_undone_with_its_seed() {
    let library = Library::default();
    let mut history = History::default();
    let stroke = |lab: &mut Lab| lab.noise_stroke(&[TokenRef::Key(0)], &library);
    history.edit("Noise", stroke).expect("the key is there");
    let first = history.lab().clone();
    history.undo();
    assert_eq!(history.lab(), &Lab::default());
    history.edit("Noise", stroke).expect("the key is there");
    assert_eq!(history.lab(), &first, "the same stroke again");
}

#[test]
fn the_oldest_entries_are_forgotten() {
    let mut history = History::default();
    for step in 0..MAX_ENTRIES + 3 {
        let x = if step % 2 == 0 { 1.0 } else { 2.0 };
        history
            .edit(step.to_string(), move_key(0, x))
            .expect("the key is there");
    }
    let mut labels = Vec::new();
    while let Some(label) = history.undo() {
        labels.push(label);
    }
    assert_eq!(labels.len(), MAX_ENTRIES);
    assert_eq!(labels.last().map(String::as_str), Some("3"));
}

#[test]
fn back_is_undo_and_forward_is_redo() {
    let (mut history, labs) = three_edits();
    assert_eq!(history.adopt(labs[2].clone(), "Open link"), Adopted::Undone);
    assert_eq!(history.adopt(labs[1].clone(), "Open link"), Adopted::Undone);
    assert_eq!(history.lab(), &labs[1]);
    assert_eq!(history.adopt(labs[2].clone(), "Open link"), Adopted::Redone);
    assert_eq!((history.lab(), history.redo_label()), (&labs[2], Some("Move key 3")));
    // The same tokens seen otherwise are no edit, and the future stays.
    let dark = Lab {
        theme: Some(Theme::Dark),
        ..labs[2].clone()
    };
    assert_eq!(history.adopt(dark.clone(), "Open link"), Adopted::View);
    assert_eq!((history.lab(), history.can_redo()), (&dark, true));
    // Anything else is an entry of its own.
    let mut other = labs[0].clone();
    other.add_key(GridPoint::ORIGIN).expect("there is room");
    assert_eq!(history.adopt(other.clone(), "Open link"), Adopted::Opened);
    assert_eq!(
        (history.lab(), history.undo_label(), history.can_redo()),
        (&other, Some("Open link"), false)
    );
    history.undo();
    assert_eq!(history.lab().scene, labs[2].scene);
}
