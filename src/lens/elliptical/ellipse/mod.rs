//! The neighbourhood of the query under the metric M, and the weights that come of it.

use egui::{Painter, Rect, Ui};

use crate::board::{BoardToken, Mark, View};
use crate::lab::readout::Readouts;
use crate::lab::{Lab, LensId, Library, SceneError};
use crate::lens::common::{self, Common, Said};
use crate::lens::{Lens, Out, Phrase, Stage, Tone};

/// The view with what it remembers between frames.
#[derive(Default)]
pub(super) struct Ellipse {
    common: Option<Result<Common, SceneError>>,
    tokens: Vec<BoardToken>,
}

impl Lens for Ellipse {
    fn id(&self) -> LensId {
        LensId::Elliptical
    }

    fn derive(&mut self, lab: &Lab, library: &Library) -> bool {
        let common = Common::of(&lab.scene, library);
        let order: Vec<usize> = (0..lab.scene.keys.len()).collect();
        self.tokens = common::board_tokens(&lab.scene, library, 1.0, &order, &|_| Said::default());
        self.common = Some(common);
        false
    }

    fn headline(&self) -> Vec<Phrase> {
        match &self.common {
            Some(Err(error)) => vec![(common::refusal(error), Tone::Plain)],
            _ => vec![("Ellipse".to_owned(), Tone::Plain)],
        }
    }

    fn subline(&self) -> String {
        String::new()
    }

    fn tokens(&self) -> &[BoardToken] {
        &self.tokens
    }

    fn read_out(&self, readouts: &mut Readouts) {
        if let Some(Ok(common)) = &self.common {
            common::read_out(common, readouts);
        }
    }

    fn paint_under(&self, _painter: &Painter, _view: &View, _stage: &Stage<'_>) {}

    fn marks(&self) -> Vec<Mark> {
        Vec::new()
    }

    fn paint_over(&self, _painter: &Painter, _view: &View, _stage: &Stage<'_>) {}

    fn chart_ui(&self, _ui: &mut Ui, _rect: Rect, _stage: &Stage<'_>, _out: &mut Out) {}

    fn microscope_ui(&self, _ui: &mut Ui, _rect: Rect, _stage: &Stage<'_>, _out: &mut Out) {}

    fn cards(&self) -> &'static [&'static str] {
        &["Ellipse"]
    }

    fn card_ui(&self, _ui: &mut Ui, _rect: Rect, _stage: &Stage<'_>, _out: &mut Out) {}

    fn hall_ui(&self, _ui: &mut Ui, _rect: Rect, _stage: &Stage<'_>, _out: &mut Out) {}

    fn choices_ui(&self, _ui: &mut Ui, _stage: &Stage<'_>, _out: &mut Out) {}
}
