//! Layers stacked on the same tokens: `X ← attn(X, X, X)`, and how alike the tokens become
//! (Nielsen et al. 2024, arXiv 2406.13770, section 3.3 and Proposition 2).

mod board;
mod derive;
#[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
mod figures;
mod film;
mod marks;
mod paint;
mod say;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use egui::{Painter, Rect, Ui};

use crate::board::{BoardToken, Mark, View};
use crate::command::{Edit, EllipticalEdit};
use crate::job::Job;
use crate::lab::readout::Readouts;
use crate::lab::{Choices, Lab, LensId, Library, SceneError, TokenRef};
use crate::lens::common::{self, Said, Seen};
use crate::lens::{Film, Lens, Out, Phrase, Shape, Stage};
use crate::look::theme::motion;
use derive::Picture;
use film::{Films, Wanted};

/// Multiplications that fit into a frame beside its picture.
const IN_FRAME: usize = 400_000;

/// The view with what it remembers between frames.
#[derive(Default)]
pub(super) struct Collapse {
    seen: Option<Seen<Choices>>,
    picture: Option<Result<Picture, SceneError>>,
    tokens: Vec<BoardToken>,
    /// The films that are there.
    films: Option<(Wanted, Arc<Films>)>,
    job: Job<Wanted, Films>,
    /// What the job is at: it is brought to its end even when a token has moved on since.
    pending: Option<Wanted>,
    hand: board::Hand,
}

/// The edit that shows a layer.
fn show_layer(layer: usize) -> Edit {
    Edit::Elliptical(EllipticalEdit::Layer(Some(u8::try_from(layer).unwrap_or(u8::MAX))))
}

/// Whether films of one may stand for a moment for those of the other.
fn is_comparable(one: &Wanted, other: &Wanted) -> bool {
    one.tokens.shape() == other.tokens.shape() && Arc::ptr_eq(&one.ground, &other.ground)
}

impl Collapse {
    fn current(&self) -> Option<&Picture> {
        self.picture.as_ref().and_then(|picture| picture.as_ref().ok())
    }

    /// Brings the films as near to what is wanted as they are; true when they are it.
    fn make(&mut self, wanted: &Wanted) -> bool {
        if let Some(pending) = &self.pending {
            if !is_comparable(pending, wanted) {
                self.job.cancel();
                self.pending = None;
            } else if self.job.is_fresh(pending) {
                self.films = self
                    .job
                    .answer()
                    .map(|films| (pending.clone(), Arc::new(films.clone())));
                self.pending = None;
            }
        }
        if self.films.as_ref().is_some_and(|(known, _)| known == wanted) {
            return true;
        }
        if wanted.cost() <= IN_FRAME {
            self.job.cancel();
            self.pending = None;
            let mut filming = film::Filming::new(wanted.clone());
            while !filming.advance() {}
            self.films = Some((wanted.clone(), Arc::new(filming.finish())));
            return true;
        }
        if !self
            .films
            .as_ref()
            .is_some_and(|(known, _)| is_comparable(known, wanted))
        {
            self.films = None;
        }
        if self.pending.is_none() {
            self.job.request(wanted.clone(), || film::task(wanted.clone()));
            self.pending = Some(wanted.clone());
        }
        false
    }

    fn update(&mut self, lab: &Lab, library: &Library) -> Option<Result<Picture, SceneError>> {
        let wanted = match derive::wanted(lab, library) {
            Ok(wanted) => wanted,
            Err(error) => {
                self.rest();
                return Some(Err(error));
            }
        };
        self.make(&wanted);
        let (wanted, films) = self.films.as_ref()?;
        Some(Picture::new(lab, library, wanted, Arc::clone(films)))
    }
}

impl Lens for Collapse {
    fn id(&self) -> LensId {
        LensId::Elliptical
    }

    fn derive(&mut self, lab: &Lab, library: &Library) -> bool {
        let seen = Seen::of(lab, library, lab.choices);
        self.job.poll();
        let finished = self.pending.as_ref().is_some_and(|pending| self.job.is_fresh(pending));
        if self.seen.as_ref() != Some(&seen) || finished {
            self.picture = self.update(lab, library);
            let order: Vec<usize> = (0..lab.scene.keys.len()).collect();
            let scale = self.current().map_or(1.0, |picture| picture.common.scale);
            let mut tokens = common::board_tokens(&lab.scene, library, scale, &order, &|_| Said::default());
            tokens.retain(|token| matches!(token.token, TokenRef::Key(_)));
            self.tokens = tokens;
            self.seen = Some(seen);
        }
        self.pending.is_some()
    }

    fn explain(&self, _lab: &Lab) -> Option<&'static str> {
        Some("elliptical-collapse")
    }

    fn forget(&mut self) {
        self.rest();
        self.seen = None;
    }

    fn rest(&mut self) {
        self.job.cancel();
        self.pending = None;
        self.seen = None;
    }

    /// The residual stream.
    fn first_switch(&self, lab: &Lab) -> Option<Edit> {
        let residual = !lab.choices.elliptical.residual;
        Some(Edit::Elliptical(EllipticalEdit::Residual(residual)))
    }

    fn film(&self, _lab: &Lab) -> Option<Film> {
        let picture = self.current()?;
        Some(Film {
            at: picture.layer,
            first: 0,
            last: picture.last,
            seconds: f64::from(motion::FILM_LAYER),
            edit: show_layer,
        })
    }

    fn shape(&self) -> Shape {
        Shape::Whole
    }

    fn takes_board(&self) -> bool {
        true
    }

    fn has_tools(&self, _phone: bool) -> bool {
        true
    }

    fn board_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if let Some(picture) = self.current() {
            paint::board_ui(ui, rect, stage, picture, &self.hand, out);
        }
    }

    fn headline(&self) -> Vec<Phrase> {
        say::headline(self.picture.as_ref(), self.job.progress())
    }

    fn subline(&self) -> String {
        say::subline(self.current(), self.job.progress())
    }

    fn tokens(&self) -> &[BoardToken] {
        &self.tokens
    }

    fn read_out(&self, readouts: &mut Readouts) {
        say::read_out(self.picture.as_ref(), self.job.progress(), &self.tokens, readouts);
    }

    fn paint_under(&self, _painter: &Painter, _view: &View, _stage: &Stage<'_>) {}

    fn marks(&self) -> Vec<Mark> {
        Vec::new()
    }

    fn paint_over(&self, _painter: &Painter, _view: &View, _stage: &Stage<'_>) {}

    fn chart_ui(&self, _ui: &mut Ui, _rect: Rect, _stage: &Stage<'_>, _out: &mut Out) {}

    fn microscope_ui(&self, _ui: &mut Ui, _rect: Rect, _stage: &Stage<'_>, _out: &mut Out) {}

    fn cards(&self) -> &'static [&'static str] {
        &["Cosine", "Numbers", "Choices"]
    }

    fn card_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        let Some(picture) = self.current() else { return };
        match stage.card {
            0 => paint::chart_ui(ui, rect, stage, picture, out),
            1 => paint::numbers_ui(ui, rect, stage, picture),
            _ => paint::choices_card_ui(ui, rect, stage, picture, out),
        }
    }

    fn hall_ui(&self, _ui: &mut Ui, _rect: Rect, _stage: &Stage<'_>, _out: &mut Out) {}

    fn choices_ui(&self, ui: &mut Ui, stage: &Stage<'_>, out: &mut Out) {
        paint::choices_ui(ui, stage, self.current(), out);
    }
}
