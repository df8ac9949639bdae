//! The estimator of M from the values of two layers (Elliptical Attention, Proposition 3): what it measures, what it assumes,
//! and what it tells of the future.

mod derive;
#[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
mod figures;
mod heads;
mod panels;
mod say;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

use egui::{Painter, Rect, Ui};

use crate::board::{BoardToken, Mark, View};
use crate::command::{Edit, EllipticalEdit};
use crate::lab::elliptical::LayerValues;
use crate::lab::readout::Readouts;
use crate::lab::{EllipticalChoices, HeadsChoices, Lab, LensId, Library, Scene, SceneError, Source};
use crate::lens::common::Seen;
use crate::lens::{Lens, Out, Phrase, Stage, all_heads};
use derive::Picture;

/// The view with what it remembers between frames.
#[derive(Default)]
pub(super) struct Estimator {
    seen: Option<Seen<(EllipticalChoices, HeadsChoices)>>,
    picture: Option<Result<Picture, SceneError>>,
    tokens: Vec<BoardToken>,
    heads: heads::Heads,
    kept: panels::Kept,
    revision: u64,
}

impl Estimator {
    fn shown(&self) -> Option<&Picture> {
        self.picture.as_ref().and_then(|picture| picture.as_ref().ok())
    }

    fn scene(&self) -> Option<&Scene> {
        self.seen.as_ref().map(|seen| &seen.scene)
    }

    fn parts<'a>(&'a self, picture: &'a Picture) -> panels::Parts<'a> {
        panels::Parts {
            picture,
            kept: &self.kept,
            heads: self.scene().and_then(|scene| self.heads.map(scene, picture)),
            revision: self.revision,
        }
    }
}

impl Lens for Estimator {
    fn id(&self) -> LensId {
        LensId::Elliptical
    }

    fn derive(&mut self, lab: &Lab, library: &Library) -> bool {
        let seen = Seen::of(lab, library, (lab.choices.elliptical, lab.choices.heads));
        if self.seen.as_ref() != Some(&seen) {
            let picture = derive::picture(lab, library);
            self.tokens = say::tokens(&lab.scene, library, picture.as_ref().ok());
            self.picture = Some(picture);
            self.heads.request(lab, library);
            self.seen = Some(seen);
            self.revision += 1;
        }
        false
    }

    fn forget(&mut self) {
        self.seen = None;
    }

    fn explain(&self, _lab: &Lab) -> Option<&'static str> {
        Some("elliptical-estimator")
    }

    fn also_shows(&self, lab: &Lab, library: &Library) -> Vec<[f64; 2]> {
        panels::reach(lab, library)
    }

    /// Where the values come from.
    fn first_switch(&self, lab: &Lab) -> Option<Edit> {
        let next = match lab.choices.elliptical.values {
            LayerValues::Source => LayerValues::Separable,
            LayerValues::Separable => LayerValues::Swapped,
            LayerValues::Swapped => LayerValues::Source,
        };
        Some(Edit::Elliptical(EllipticalEdit::Values(next)))
    }

    fn headline(&self) -> Vec<Phrase> {
        say::headline(self.picture.as_ref())
    }

    fn subline(&self) -> String {
        say::subline(self.shown(), self.scene())
    }

    fn tokens(&self) -> &[BoardToken] {
        &self.tokens
    }

    fn read_out(&self, readouts: &mut Readouts) {
        say::read_out(self.picture.as_ref(), self.scene(), &self.tokens, readouts);
        if let (Some(scene), Some(picture)) = (self.scene(), self.shown())
            && let Some(squares) = self.heads.map(scene, picture)
        {
            heads::read_out(&squares, readouts);
        }
    }

    fn paint_under(&self, painter: &Painter, view: &View, stage: &Stage<'_>) {
        if let Some(picture) = self.shown() {
            panels::paint_under(painter, view, stage, picture);
        }
    }

    fn marks(&self) -> Vec<Mark> {
        Vec::new()
    }

    fn paint_over(&self, _painter: &Painter, _view: &View, _stage: &Stage<'_>) {}

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
        let is_text = self
            .scene()
            .is_some_and(|scene| matches!(scene.source, Source::Text(_)));
        if is_text {
            &["Values", "Metric", "Weights", "Causal", all_heads::CARD]
        } else {
            &["Values", "Metric", "Weights", "Causal"]
        }
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
