//! The neighbourhood of the query under the metric M, and the weights that come of it (Elliptical Attention, §2 and §3).

mod board;
mod derive;
mod draws;
#[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
pub(in crate::lens::elliptical) mod figures;
mod numbers;
mod panels;
mod say;
#[cfg(all(test, not(target_arch = "wasm32")))]
pub(super) mod tests;

use std::cell::Cell;

use egui::{Painter, Rect, Ui};
use eigenlens_core::RegressionError;

use crate::board::{BoardToken, Mark, View};
use crate::command::{Edit, EllipticalEdit};
use crate::lab::elliptical::EllipticalChoices;
use crate::lab::preset::Truth;
use crate::lab::readout::Readouts;
use crate::lab::{Lab, LensId, Library, SceneError, SmootherForm};
use crate::lens::common::Seen;
use crate::lens::{Lens, Out, Phrase, Stage};
use derive::Picture;
pub(super) use derive::{delta_cancels, entropy};
use draws::{Draws, Wanted};
pub(super) use say::{UNDEFINED, origin};

/// The view with what it remembers between frames.
#[derive(Default)]
pub(super) struct Ellipse {
    seen: Option<Seen<EllipticalChoices>>,
    picture: Option<Result<Picture, SceneError>>,
    tokens: Vec<BoardToken>,
    draws: Draws,
    kept: board::Kept,
    full: Cell<f64>,
}

impl Ellipse {
    fn shown(&self) -> Option<&Picture> {
        self.picture.as_ref().and_then(|picture| picture.as_ref().ok())
    }

    /// What the draws of the noise depend on, where the function behind the values is known everywhere.
    fn wanted(&self) -> Option<Wanted> {
        let picture = self.shown()?;
        (picture.truth == Some(Truth::SineOfTheFirst) && picture.m.len() == 2).then(|| Wanted {
            seed: self
                .seen
                .as_ref()
                .map_or(EllipticalChoices::SEED, |seen| seen.choices.seed),
            form: picture.form,
            m: picture.m.clone(),
            sigma: picture.sigmas[0],
            circle_sigma: picture.sigmas[1],
        })
    }

    /// The errors with M and with M = I: exact ones, or those of the draws.
    fn errors(&self) -> Option<[RegressionError; 2]> {
        let picture = self.shown()?;
        picture
            .exact
            .or_else(|| self.wanted().and_then(|_| self.draws.answer()))
    }

    fn parts<'a>(&'a self, picture: &'a Picture) -> panels::Parts<'a> {
        panels::Parts {
            picture,
            errors: self.errors(),
            progress: self.draws.progress(),
            full: &self.full,
        }
    }
}

impl Lens for Ellipse {
    fn id(&self) -> LensId {
        LensId::Elliptical
    }

    fn derive(&mut self, lab: &Lab, library: &Library) -> bool {
        let seen = Seen::of(lab, library, lab.choices.elliptical);
        if self.seen.as_ref() != Some(&seen) {
            let picture = derive::picture(lab, library);
            self.tokens = say::tokens(&lab.scene, library, picture.as_ref().ok());
            self.picture = Some(picture);
            self.seen = Some(seen);
        }
        self.draws.derive(self.wanted())
    }

    fn forget(&mut self) {
        self.seen = None;
    }

    fn rest(&mut self) {
        self.draws.rest();
    }

    /// The next of the three forms.
    fn first_switch(&self, lab: &Lab) -> Option<Edit> {
        let next = match lab.choices.elliptical.form {
            SmootherForm::NadarayaWatson => SmootherForm::Dot,
            SmootherForm::Dot => SmootherForm::DotWithBias,
            SmootherForm::DotWithBias => SmootherForm::NadarayaWatson,
        };
        Some(Edit::Elliptical(EllipticalEdit::Form(next)))
    }

    fn headline(&self) -> Vec<Phrase> {
        say::headline(self.picture.as_ref(), self.errors())
    }

    fn subline(&self) -> String {
        say::subline(self.shown())
    }

    fn tokens(&self) -> &[BoardToken] {
        &self.tokens
    }

    fn read_out(&self, readouts: &mut Readouts) {
        let seen = self.seen.as_ref();
        let of = seen.map(|seen| (&seen.scene, &seen.choices));
        numbers::read_out(self.picture.as_ref(), of, self.errors(), &self.tokens, readouts);
    }

    fn paint_under(&self, painter: &Painter, view: &View, stage: &Stage<'_>) {
        if let Some(picture) = self.shown() {
            board::paint_under(painter, view, stage, picture, &self.kept);
        }
    }

    fn marks(&self) -> Vec<Mark> {
        self.shown()
            .map(|picture| board::marks(picture, &self.kept))
            .unwrap_or_default()
    }

    fn paint_over(&self, painter: &Painter, view: &View, stage: &Stage<'_>) {
        if let Some(picture) = self.shown() {
            board::paint_over(painter, view, stage, picture);
        }
    }

    fn handles_ui(&self, ui: &mut Ui, view: &View, stage: &Stage<'_>, out: &mut Out) {
        if let Some(picture) = self.shown() {
            board::handles_ui(ui, view, stage, picture, &self.kept, out);
        }
    }

    fn chart_height(&self) -> f32 {
        150.0
    }

    fn chart_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if let Some(picture) = self.shown() {
            panels::chart_ui(ui, rect, stage, &self.parts(picture), out);
        }
    }

    fn microscope_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if let Some(picture) = self.shown() {
            panels::microscope_ui(ui, rect, stage, &self.parts(picture), out);
        }
    }

    fn cards(&self) -> &'static [&'static str] {
        &["Weights", "Error", "Metric", "Form"]
    }

    fn card_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if let Some(picture) = self.shown() {
            panels::card_ui(ui, rect, stage, &self.parts(picture), out);
        }
    }

    fn hall_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if let Some(picture) = self.shown() {
            panels::hall_ui(ui, rect, stage, &self.parts(picture), out);
        }
    }

    fn choices_ui(&self, ui: &mut Ui, stage: &Stage<'_>, out: &mut Out) {
        if let Some(picture) = self.shown() {
            panels::choices_ui(ui, stage, picture, out);
        }
    }
}
