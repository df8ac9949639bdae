//! The diagram over time: what is computed when, and what stays.

use super::*;
use crate::lab::RobustView;
use crate::lab::readout::Readouts;

fn lab(instance: Option<Planted>) -> Lab {
    let mut lab = Lab::default();
    lab.choices.robust.view = RobustView::Phase;
    lab.choices.robust.instance = instance;
    lab
}

/// Derives until something holds.
fn until(phase: &mut Phase, lab: &Lab, holds: impl Fn(&Phase) -> bool) {
    while !holds(phase) {
        assert!(phase.derive(lab), "it rests before that");
        std::thread::yield_now();
    }
}

fn readouts(phase: &Phase) -> Readouts {
    let mut readouts = Readouts::default();
    phase.read_out(&mut readouts);
    readouts
}

#[test]
fn the_chosen_cell_comes_first_and_then_the_coarse_ones() {
    let mut phase = Phase::default();
    let lab = lab(Planted::new(2, 3, 1));
    until(&mut phase, &lab, |phase| phase.diagram.done() > 3);
    let wanted: Vec<Planted> = compute::order()
        .into_iter()
        .take(2)
        .chain(Planted::new(2, 3, 0))
        .collect();
    for place in wanted {
        assert!(phase.diagram.cell(place).is_some(), "{place:?}");
    }
    until(&mut phase, &lab, |phase| phase.instance().is_some());
    let said = readouts(&phase);
    assert_eq!(said.numbers["cell_rank"].value, 2.0);
    assert_eq!(said.numbers["cell_share"].text, "7.5\u{a0}%");
    assert_eq!(said.numbers["recovered"].value, 5.0);
    assert_eq!(said.numbers["cells_done"].value, phase.diagram.done() as f64);
    assert!(said.numbers["error 5"].value < 1e-5);
    let ids: Vec<&str> = said.checks.iter().map(|check| check.id).collect();
    assert_eq!(ids, ["same_seed", "recovered_rank"]);
    assert!(
        said.checks.iter().all(|check| check.holds && check.residual == 0.0),
        "{:?}",
        said.checks
    );
    assert_eq!(said.checks[1].text, "5 of 5");
    assert_eq!(said.table.rows.len(), phase.diagram.done());
    let row = ["1", "0.025", "5"];
    assert_eq!(said.table.rows[0][..3], row);
    assert!(said.table.rows.iter().all(|row| row.len() == said.table.columns.len()));
}

#[test]
fn escape_keeps_what_is_done_and_a_choice_is_still_answered() {
    let mut phase = Phase::default();
    let begun = lab(None);
    until(&mut phase, &begun, |phase| phase.diagram.done() > 2);
    assert!(phase.escape(), "something was under way");
    assert!(!phase.escape(), "now nothing is");
    let done = phase.diagram.done();
    until(&mut phase, &begun, |phase| phase.instance().is_some());
    for _ in 0..50 {
        phase.derive(&begun);
    }
    assert_eq!((phase.diagram.done(), phase.is_running()), (done, false));
    // A cell that is asked for comes, and nothing else.
    let asked = Planted::new(1, 2, 4);
    let other = lab(asked);
    until(&mut phase, &other, |phase| {
        phase.diagram.done() > done && phase.instance().is_some()
    });
    for _ in 0..50 {
        phase.derive(&other);
    }
    assert_eq!((phase.diagram.done(), phase.is_running()), (done + 1, false));
    let old = phase.diagram.clone();
    phase.wish.set(Some(Wish::Run));
    until(&mut phase, &other, |phase| phase.diagram.done() > done + 2);
    for (place, cell) in old.finished() {
        assert_eq!(
            phase.diagram.cell(place),
            Some(cell),
            "what was there is not computed again"
        );
    }
}

#[test]
fn another_view_stops_the_work_and_the_next_look_goes_on() {
    let mut phase = Phase::default();
    let lab = lab(None);
    until(&mut phase, &lab, |phase| phase.diagram.done() > 1);
    phase.rest();
    assert!(!phase.is_running());
    let done = phase.diagram.done();
    assert!(phase.derive(&lab), "it goes on by itself");
    until(&mut phase, &lab, |phase| phase.diagram.done() > done);
}

#[test]
fn the_words_fit_the_count() {
    let words = |diagram: &Diagram| say::headline(diagram)[0].0.clone();
    let mut phase = Phase::default();
    assert_eq!(
        words(&phase.diagram),
        "Recovery ends at a cliff. The first cell is under way."
    );
    until(&mut phase, &lab(Planted::new(1, 1, 0)), |phase| {
        phase.diagram.done() > 1
    });
    let said = words(&phase.diagram);
    assert!(said.ends_with("finished cells lie between all and nothing."), "{said}");
    assert_eq!(say::error(0.068), "7·10⁻²");
    assert_eq!(say::error(0.62), "0.6");
    assert_eq!(say::error(2e-7), "2·10⁻⁷");
    assert_eq!(say::error(f64::NAN), "broke off");
    assert!(say::subline().contains("spikes ±3.5, 5 draws"), "{}", say::subline());
}
