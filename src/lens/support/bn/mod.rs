//! Attention-BN: the keys normalised, or the query shifted.
//!
//! `softmax_j((q−βμ)ᵀ(k_j−βμ)/τ)`, μ the mean key (Nguyen et al. 2023, arXiv 2406.13781, Eqn 26). What is equal along a row
//! cancels, so that only the shift of the query counts: a penalty `−βμᵀk_j/τ` of each key.

mod board;
mod derive;
#[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
mod figures;
mod paint;
mod say;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

use egui::{Painter, Rect, Ui};

use crate::board::{BoardToken, Mark, View};
use crate::command::{Edit, SupportEdit};
use crate::lab::readout::Readouts;
use crate::lab::support::{Shift, SupportChoices};
use crate::lab::{Lab, LensId, Library, SceneError};
use crate::lens::common::Seen;
use crate::lens::support::obstacles::Obstacles;
use crate::lens::{Lens, Out, Phrase, Stage};
use derive::Picture;

/// The view with what it remembers between frames.
#[derive(Default)]
pub(super) struct Bn {
    seen: Option<Seen<SupportChoices>>,
    picture: Option<Result<Picture, SceneError>>,
    /// As they are read out, and as the board shows them.
    tokens: [Vec<BoardToken>; 2],
    obstacles: Obstacles,
}

impl Bn {
    fn shown(&self) -> Option<&Picture> {
        self.picture.as_ref().and_then(|picture| picture.as_ref().ok())
    }
}

impl Lens for Bn {
    fn id(&self) -> LensId {
        LensId::SupportVectors
    }

    fn derive(&mut self, lab: &Lab, library: &Library) -> bool {
        let seen = Seen::of(lab, library, lab.choices.support);
        if self.seen.as_ref() != Some(&seen) {
            let picture = derive::picture(lab, library);
            let tokens = say::tokens(&lab.scene, library, picture.as_ref().ok());
            let on_board = picture
                .as_ref()
                .map_or_else(|_| tokens.clone(), |picture| say::on_board(&tokens, picture));
            self.tokens = [tokens, on_board];
            self.picture = Some(picture);
            self.seen = Some(seen);
        }
        false
    }

    fn explain(&self, _lab: &Lab) -> Option<&'static str> {
        Some("attention-bn")
    }

    fn also_shows(&self, lab: &Lab, library: &Library) -> Vec<[f64; 2]> {
        board::reach(lab, library)
    }

    /// What the board shifts.
    fn first_switch(&self, lab: &Lab) -> Option<Edit> {
        let all = Shift::ALL;
        let at = all.iter().position(|shift| *shift == lab.choices.support.shift)?;
        let next = all.get((at + 1) % all.len()).copied();
        next.map(|shift| Edit::Support(SupportEdit::Shift(shift)))
    }

    fn headline(&self) -> Vec<Phrase> {
        say::headline(self.picture.as_ref())
    }

    fn subline(&self) -> String {
        say::subline(self.shown(), self.seen.as_ref().map(|seen| &seen.scene))
    }

    fn tokens(&self) -> &[BoardToken] {
        &self.tokens[1]
    }

    fn read_out(&self, readouts: &mut Readouts) {
        say::read_out(self.picture.as_ref(), &self.tokens[0], readouts);
    }

    fn paint_under(&self, painter: &Painter, view: &View, stage: &Stage<'_>) {
        if let Some(picture) = self.shown() {
            board::paint_under(painter, view, stage, picture);
        }
    }

    fn marks(&self) -> Vec<Mark> {
        let own = self.shown().map(board::marks).unwrap_or_default();
        [own, self.obstacles.marks()].concat()
    }

    fn paint_over(&self, painter: &Painter, view: &View, stage: &Stage<'_>) {
        if let Some(picture) = self.shown() {
            let painted = board::paint_over(painter, view, stage, picture);
            self.obstacles.keep(painter, view, stage.theme, &painted);
        }
    }

    fn handles_ui(&self, ui: &mut Ui, view: &View, stage: &Stage<'_>, out: &mut Out) {
        if let Some(picture) = self.shown() {
            board::handle_ui(ui, view, stage, picture, out);
        }
    }

    fn chart_height(&self) -> f32 {
        104.0
    }

    fn chart_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, _out: &mut Out) {
        if let Some(picture) = self.shown() {
            paint::legend_ui(ui, rect, stage, picture);
        }
    }

    fn microscope_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if let Some(picture) = self.shown() {
            paint::microscope_ui(ui, rect, stage, picture, out);
        }
    }

    fn cards(&self) -> &'static [&'static str] {
        &["Share", "Weights", "Both shifted"]
    }

    fn card_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        let Some(picture) = self.shown() else { return };
        match stage.card {
            0 => paint::share_card_ui(ui, rect, stage, picture, out),
            1 => paint::weights_ui(ui, rect, stage, picture, out),
            _ => paint::beside_ui(ui, rect, stage, picture, out),
        }
    }

    fn hall_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if let Some(picture) = self.shown() {
            paint::hall_ui(ui, rect, stage, picture, out);
        }
    }

    fn choices_ui(&self, ui: &mut Ui, stage: &Stage<'_>, out: &mut Out) {
        paint::choices_ui(ui, stage, out);
    }
}
