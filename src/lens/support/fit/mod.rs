//! The regression whose dual variables the values are: targets round the unrolled circle of the keys, the curve in its tube,
//! and the pull of each key (Nguyen et al. 2023, "A Primal-Dual Framework for Transformers and Neural Networks", Theorem 1).

mod board;
mod choices;
mod derive;
#[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
mod figures;
mod hand;
mod numbers;
mod paint;
mod plots;
mod say;
mod shapes;
mod solve;
mod strip;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

use std::cell::RefCell;
use std::num::NonZeroU16;
use std::sync::Arc;

use egui::{Painter, Rect, Ui};

use crate::board::{BoardToken, Mark, View};
use crate::command::{Edit, SupportEdit};
use crate::job::Job;
use crate::lab::readout::Readouts;
use crate::lab::support::SupportChoices;
use crate::lab::{Choices, Lab, LensId, Library, SceneError};
use crate::lens::common::{Common, Seen};
use crate::lens::family::Family;
use crate::lens::{Film, Lens, Out, Phrase, Stage, Tone};
use crate::look::Theme;
use crate::look::theme::motion;
use derive::Picture;
use hand::Hand;
use solve::{Answer, Wanted};

/// The view with what it remembers between frames.
#[derive(Default)]
pub(super) struct Fit {
    seen: Option<Seen<Choices>>,
    picture: Option<Result<Picture, SceneError>>,
    tokens: Vec<BoardToken>,
    known: Option<(Wanted, Answer)>,
    job: Job<Wanted, Answer>,
    /// The lab whose regression is under way.
    pending: Option<Lab>,
    hand: RefCell<Hand>,
    family: Family,
}

/// The edit that shows a sweep.
fn show_sweep(step: usize) -> Edit {
    let sweep = u16::try_from(step).unwrap_or(u16::MAX);
    Edit::Support(SupportEdit::Sweep(NonZeroU16::new(sweep)))
}

impl Fit {
    fn shown(&self) -> Option<&Picture> {
        self.picture.as_ref().and_then(|picture| picture.as_ref().ok())
    }

    /// The picture of a lab; nothing while its regression is under way.
    fn picture_of(&mut self, lab: &Lab, library: &Library) -> Option<Result<Picture, SceneError>> {
        let common = match Common::of(&lab.scene, library) {
            Ok(common) => common,
            Err(error) => return Some(Err(error)),
        };
        let strip = match derive::strip(lab, library, &common) {
            Ok(strip) => strip,
            Err(error) => return Some(Err(error)),
        };
        let wanted = Wanted::of(lab, &common, &strip);
        let answer = self.answered(&wanted)?;
        Some(match answer {
            Ok(solved) => Ok(Picture::new(lab, common, strip, &wanted, &solved)),
            Err(error) => Err(error.into()),
        })
    }

    /// What a lab wants: there, made now, or under way (nothing).
    fn answered(&mut self, wanted: &Wanted) -> Option<Answer> {
        if let Some((known, answer)) = &self.known
            && known == wanted
        {
            return Some(answer.clone());
        }
        let answer = if self.job.is_fresh(wanted) {
            self.job.answer()?.clone()
        } else {
            solve::within_frame(wanted, self.kernel(wanted))?
        };
        self.known = Some((wanted.clone(), answer.clone()));
        Some(answer)
    }

    /// Attention between the keys, where it is known already.
    fn kernel(&self, wanted: &Wanted) -> Option<Arc<solve::Kernel>> {
        let (known, answer) = self.known.as_ref()?;
        let solved = answer.as_ref().ok().filter(|_| known.kernel == wanted.kernel)?;
        Some(Arc::clone(&solved.kernel))
    }

    /// Brings the picture up to date. Returns true while work is under way.
    ///
    /// A regression that was begun is brought to its end even when a key has moved on since: else a long drag would show
    /// nothing until the hand rests.
    fn update(&mut self, lab: &Lab, library: &Library) -> bool {
        let working = self.job.poll();
        if let Some(pending) = self.pending.take() {
            if !is_comparable(&pending, lab) {
                self.job.cancel();
            } else if working {
                self.pending = Some(pending);
                return true;
            } else if let Some(picture) = self.picture_of(&pending, library) {
                self.picture = Some(picture);
            }
        }
        if let Some(picture) = self.picture_of(lab, library) {
            self.picture = Some(picture);
            return false;
        }
        // The picture of another cloud would stand beside the tokens of this one.
        let of_this = |picture: &Picture| {
            picture.source == lab.scene.source
                && picture.number == lab.scene.head
                && picture.value.len() == lab.scene.keys.len()
        };
        if !self.shown().is_some_and(of_this) {
            self.picture = None;
        }
        if let Some(wanted) = wanted(lab, library) {
            let kernel = self.kernel(&wanted);
            self.job.request(wanted.clone(), || solve::task(wanted, kernel));
            self.pending = Some(lab.clone());
        }
        true
    }
}

fn wanted(lab: &Lab, library: &Library) -> Option<Wanted> {
    let common = Common::of(&lab.scene, library).ok()?;
    let strip = derive::strip(lab, library, &common).ok()?;
    Some(Wanted::of(lab, &common, &strip))
}

/// Whether a picture of one lab may stand for a moment for that of another.
fn is_comparable(one: &Lab, other: &Lab) -> bool {
    one.scene.source == other.scene.source
        && one.scene.head == other.scene.head
        && one.scene.keys.len() == other.scene.keys.len()
}

impl Lens for Fit {
    fn id(&self) -> LensId {
        LensId::SupportVectors
    }

    fn derive(&mut self, lab: &Lab, library: &Library) -> bool {
        let seen = Seen::of(lab, library, lab.choices);
        if self.seen.as_ref() == Some(&seen) && self.pending.is_none() {
            return false;
        }
        let working = self.update(lab, library);
        self.tokens = say::tokens(&lab.scene, library, self.shown());
        if self.seen.as_ref() != Some(&seen) {
            self.family = Family::of(lab, library);
        }
        self.seen = Some(seen);
        working
    }

    fn step(&self, lab: &Lab, by: i32) -> Option<Edit> {
        let most = i32::from(SupportChoices::MAX_DEGREE);
        let at = lab.choices.support.degree.map_or(most + 1, i32::from);
        let next = (at + by).clamp(0, most + 1);
        let degree = u8::try_from(next).ok().filter(|_| next <= most);
        (next != at).then_some(Edit::Support(SupportEdit::Degree(degree)))
    }

    fn forget(&mut self) {
        self.seen = None;
        self.pending = None;
        self.job.cancel();
    }

    fn rest(&mut self) {
        self.forget();
    }

    fn first_switch(&self, lab: &Lab) -> Option<Edit> {
        Some(Edit::Support(SupportEdit::DragValues(!lab.choices.support.drag_values)))
    }

    fn film(&self, _lab: &Lab) -> Option<Film> {
        let picture = self.shown().filter(|picture| !picture.given)?;
        Some(Film {
            at: picture.step,
            first: 1.min(picture.steps()),
            last: picture.steps(),
            seconds: f64::from(motion::SVR_SWEEP),
            edit: show_sweep,
        })
    }

    fn takes_board(&self) -> bool {
        true
    }

    fn has_tools(&self, phone: bool) -> bool {
        !phone
    }

    fn small_board(&self, room: Rect, theme: &Theme, card: Option<usize>) -> Option<Rect> {
        match card {
            Some(1) => Some(room),
            Some(_) => None,
            None => paint::Parts::of(room, theme).board(),
        }
    }

    fn board_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if let Some(picture) = self.shown() {
            board::ui(ui, rect, stage, picture, &self.hand, out);
        }
    }

    fn headline(&self) -> Vec<Phrase> {
        vec![(
            say::headline(self.picture.as_ref(), self.pending.is_some()),
            Tone::Plain,
        )]
    }

    fn subline(&self) -> String {
        say::subline(self.shown(), self.job.progress())
    }

    fn tokens(&self) -> &[BoardToken] {
        &self.tokens
    }

    fn read_out(&self, readouts: &mut Readouts) {
        numbers::read_out(self.picture.as_ref(), (&self.tokens, self.pending.is_some()), readouts);
        self.family.read_out(readouts);
    }

    fn paint_under(&self, painter: &Painter, view: &View, stage: &Stage<'_>) {
        if let Some(picture) = self.shown() {
            paint::under(painter, view, stage, picture);
        }
    }

    fn marks(&self) -> Vec<Mark> {
        Vec::new()
    }

    fn paint_over(&self, painter: &Painter, view: &View, stage: &Stage<'_>) {
        if let Some(picture) = self.shown() {
            paint::over(painter, view, stage, picture);
        }
    }

    fn chart_height(&self) -> f32 {
        0.0
    }

    fn chart_ui(&self, _ui: &mut Ui, _rect: Rect, _stage: &Stage<'_>, _out: &mut Out) {}

    fn microscope_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if let Some(picture) = self.shown() {
            paint::microscope_ui(ui, rect, stage, picture, out);
        }
    }

    fn cards(&self) -> &'static [&'static str] {
        &["Sum", "Board", "Solver", "Kinds"]
    }

    fn card_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if let Some(picture) = self.shown() {
            paint::card_ui(ui, rect, stage, picture, out);
        }
    }

    fn hall_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if let Some(picture) = self.shown() {
            paint::hall_ui(ui, rect, stage, picture, out);
        }
    }

    fn choices_ui(&self, ui: &mut Ui, stage: &Stage<'_>, out: &mut Out) {
        choices::ui(ui, stage, self.shown(), out);
    }
}
