//! What the view says: headline, subline, sentences for the screen reader.

use eigenlens_core::KktCase;

use super::derive::Picture;
use super::strip::Kind;
use crate::board::BoardToken;
use crate::lab::readout::{Notice, Severity, text};
use crate::lab::{Library, Scene, SceneError};
use crate::lens::common::{self, Said};

/// The sentence that says the point.
pub(super) fn headline(picture: Option<&Result<Picture, SceneError>>, working: bool) -> String {
    match picture {
        Some(Ok(picture)) => point(picture),
        Some(Err(error)) => common::refusal(error),
        None if working => "The regression is on its way.".to_owned(),
        None => String::new(),
    }
}

fn point(picture: &Picture) -> String {
    let n = picture.value.len();
    let held = picture.support();
    if picture.given {
        return "Values given; the targets they aim at are hollow.".to_owned();
    }
    if !picture.is_optimal() {
        let sweep = picture.progress().sweep;
        if picture.step >= picture.steps() {
            return format!("After {} sweeps the curve is not there yet.", text::count(sweep));
        }
        let push = if held == 1 { "pushes" } else { "push" };
        let after = if sweep == 1 {
            "one sweep".to_owned()
        } else {
            format!("{sweep} sweeps")
        };
        return format!("After {after} {held} of {n} keys {push} the curve, and it still moves.");
    }
    let idle = picture.count(KktCase::Inside);
    match (held, idle) {
        (0, _) if picture.targets.iter().all(|target| *target == 0.0) => {
            "Every target is 0, so no key has to hold the curve.".to_owned()
        }
        (0, _) => "The tube is so wide that no key holds the curve.".to_owned(),
        (_, 0) if n == 1 => "The only key holds the curve.".to_owned(),
        (_, 0) => format!("All {n} keys hold the curve; none lies inside the tube."),
        _ => {
            let hold = if held == 1 { "holds" } else { "hold" };
            let lie = if idle == 1 {
                "lies inside the tube and does"
            } else {
                "lie inside the tube and do"
            };
            format!("{held} of {n} keys {hold} the curve; {idle} {lie} nothing.")
        }
    }
}

/// How to read the picture.
pub(super) fn subline(picture: Option<&Picture>, progress: Option<(usize, usize)>) -> String {
    let Some(picture) = picture else {
        return match progress {
            Some((done, of)) => format!("{} of the work is done.", text::percent(done as f64 / of.max(1) as f64)),
            None => "Choose a cloud.".to_owned(),
        };
    };
    let how = match picture.strip.kind {
        Kind::Circle => "The circle of keys, unrolled.".to_owned(),
        Kind::Mean => "Keys by their angle, ticks are f at the keys.".to_owned(),
        Kind::Line => "The line of keys.".to_owned(),
        Kind::Angle => format!(
            "Keys by angle on the board. Ticks: f at the keys; no curve in {} dimensions.",
            picture.common.head.dim()
        ),
    };
    let reads = picture.reading.as_ref().map_or_else(
        || "At the query the kernel is not defined.".to_owned(),
        |reading| {
            let what = if picture.strip.query_on_curve && picture.strip.kind != Kind::Angle {
                "the curve"
            } else {
                "f"
            };
            format!("At the query {what} reads {}.", text::signed(reading.value))
        },
    );
    match failure(picture) {
        Some(failure) => format!("{failure} {reads}"),
        None => format!("{how} {reads}"),
    }
}

/// The solver has given up: how far it is.
pub(super) fn failure(picture: &Picture) -> Option<String> {
    let progress = picture.solved.solution.last.progress;
    picture.has_failed().then(|| {
        format!(
            "Not converged in {} sweeps: the duality gap is {}.",
            text::count(progress.sweep),
            text::residual(progress.gap)
        )
    })
}

/// The same as a notice of the page.
pub(super) fn notice(picture: &Picture) -> Option<Notice> {
    let progress = picture.solved.solution.last.progress;
    picture.has_failed().then(|| {
        Notice::new(
            Severity::Undefined,
            "The regression has not converged",
            format!(
                "After {} sweeps a condition is violated by {}, the duality gap is {}.",
                text::count(progress.sweep),
                text::residual(progress.violation),
                text::residual(progress.gap)
            ),
            "Widen the tube, lower the cap, or move equal keys apart.",
        )
    })
}

/// The same for the ear.
pub(super) fn spoken(picture: &Picture) -> String {
    let n = picture.value.len();
    let reads = picture.reading.as_ref().map_or_else(String::new, |reading| {
        format!(" f of q is {}.", text::spoken(&text::number(reading.value)))
    });
    if picture.given {
        return format!("Values given.{reads}");
    }
    if !picture.is_optimal() {
        return format!(
            "Sweep {} of {}.{reads}",
            picture.progress().sweep,
            picture.solved.solution.last.progress.sweep
        );
    }
    format!(
        "{} of {n} keys hold the curve, {} inside.{reads}",
        picture.support(),
        picture.count(KktCase::Inside)
    )
}

/// What a key does, in words.
pub(super) const fn case(case: KktCase) -> &'static str {
    match case {
        KktCase::Inside => "inside the tube",
        KktCase::Edge => "on the edge",
        KktCase::Capped => "capped",
    }
}

/// The tokens for the board.
pub(super) fn tokens(scene: &Scene, library: &Library, picture: Option<&Picture>) -> Vec<BoardToken> {
    let current = picture.filter(|picture| picture.value.len() == scene.keys.len());
    let Some(picture) = current else {
        let order: Vec<usize> = (0..scene.keys.len()).collect();
        return common::board_tokens(scene, library, 1.0, &order, &|_| Said::default());
    };
    let say = |key: usize| {
        let number = |numbers: &[f64]| text::spoken(&text::signed(numbers.get(key).copied().unwrap_or_default()));
        let case = match picture.cases.get(key) {
            Some(of_key) if !picture.given => format!(", {}", case(*of_key)),
            _ => String::new(),
        };
        Said {
            note: None,
            spoken: format!(
                ", value {}, target {}{case}",
                number(&picture.value),
                number(&picture.targets)
            ),
            ..Said::default()
        }
    };
    common::board_tokens(scene, library, picture.common.scale, &picture.order, &say)
}
