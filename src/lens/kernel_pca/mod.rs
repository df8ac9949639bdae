//! The kernel PCA lens: softmax attention as a projection on the principal axes of the keys.

use egui::{Painter, Rect, Ui};

use super::{Lens, Out, Phrase, Stage};
use crate::board::{BoardToken, Mark, View};
use crate::lab::readout::Readouts;
use crate::lab::{Lab, LensId, Library};

/// The lens with what it remembers between frames.
#[derive(Default)]
pub struct KernelPca {
    tokens: Vec<BoardToken>,
}

impl Lens for KernelPca {
    fn id(&self) -> LensId {
        LensId::KernelPca
    }
    fn derive(&mut self, _lab: &Lab, _library: &Library) -> bool {
        false
    }
    fn headline(&self) -> Vec<Phrase> {
        Vec::new()
    }
    fn subline(&self) -> String {
        String::new()
    }
    fn tokens(&self) -> &[BoardToken] {
        &self.tokens
    }
    fn read_out(&self, _readouts: &mut Readouts) {}
    fn paint_under(&self, _painter: &Painter, _view: &View, _stage: &Stage<'_>) {}
    fn marks(&self) -> Vec<Mark> {
        Vec::new()
    }
    fn paint_over(&self, _painter: &Painter, _view: &View, _stage: &Stage<'_>) {}
    fn chart_ui(&self, _ui: &mut Ui, _rect: Rect, _stage: &Stage<'_>, _out: &mut Out) {}
    fn microscope_ui(&self, _ui: &mut Ui, _rect: Rect, _stage: &Stage<'_>, _out: &mut Out) {}
    fn cards(&self) -> &'static [&'static str] {
        &["Card"]
    }
    fn card_ui(&self, _ui: &mut Ui, _rect: Rect, _stage: &Stage<'_>, _out: &mut Out) {}
    fn hall_ui(&self, _ui: &mut Ui, _rect: Rect, _stage: &Stage<'_>, _out: &mut Out) {}
    fn choices_ui(&self, _ui: &mut Ui, _stage: &Stage<'_>, _out: &mut Out) {}
}
