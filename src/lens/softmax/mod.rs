//! The softmax lens: a query shares out its attention over the keys, and the output is the weighted sum of their values.
//!
//! `w_j = softmax_j(q·k_j/τ)`, `h = Σ_j w_j v_j` (Vaswani et al. 2017, eq. 1; τ = √D unless chosen).

mod derive;
#[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
mod figures;
mod heads;
mod matrix;
mod paint;
mod paint_heads;
mod say;
mod storage;

use std::cell::RefCell;

use egui::{Painter, Rect, Ui};

use super::{Lens, Out, Phrase, Stage, all_heads};
use crate::board::{BoardToken, Mark, View};
use crate::lab::readout::Readouts;
use crate::lab::{Lab, LensId, Library, Scene, SceneError, SoftmaxChoices, Source};
use crate::microscope::heat::Texture;
use derive::Picture;

/// The lens with what it remembers between frames.
#[derive(Default)]
pub struct Softmax {
    seen: Option<Seen>,
    picture: Option<Result<Picture, SceneError>>,
    ghost: Option<Picture>,
    tokens: Vec<BoardToken>,
    matrix: matrix::Matrix,
    texture: RefCell<Texture>,
    heads: heads::Heads,
    costs: storage::Costs,
}

/// What the picture was derived from.
#[derive(PartialEq)]
struct Seen {
    scene: Scene,
    choices: SoftmaxChoices,
    ghost: Option<Box<Scene>>,
    /// Why the source is not here: a link may come before its file or its text.
    missing: Option<SceneError>,
}

impl Softmax {
    fn shown(&self) -> Option<&Picture> {
        self.picture.as_ref().and_then(|picture| picture.as_ref().ok())
    }
}

impl Softmax {
    fn reads_a_text(&self) -> bool {
        let seen = self.seen.as_ref();
        seen.is_some_and(|seen| matches!(seen.scene.source, Source::Text(_)))
    }
}

impl Lens for Softmax {
    fn id(&self) -> LensId {
        LensId::Softmax
    }

    fn derive(&mut self, lab: &Lab, library: &Library) -> bool {
        let seen = Seen {
            scene: lab.scene.clone(),
            choices: lab.choices.softmax,
            ghost: lab.ghost.clone(),
            missing: library.ground(&lab.scene.source, lab.scene.head).err(),
        };
        if self.seen.as_ref() != Some(&seen) {
            let choices = lab.choices.softmax;
            let picture = derive::picture(&lab.scene, choices, library);
            self.ghost = lab
                .ghost
                .as_ref()
                .and_then(|ghost| derive::picture(ghost, choices, library).ok());
            self.tokens = say::tokens(&lab.scene, library, picture.as_ref().ok());
            if let Ok(picture) = &picture {
                self.matrix.request(&picture.common.head, lab.scene.temperature);
            }
            self.heads.request(&lab.scene, library);
            self.costs.request(&lab.scene, library, choices.half);
            self.picture = Some(picture);
            self.seen = Some(seen);
        }
        let costs = self.costs.poll();
        self.matrix.poll() || costs
    }

    fn headline(&self) -> Vec<Phrase> {
        say::headline(self.picture.as_ref())
    }

    fn subline(&self) -> String {
        say::subline(self.picture.as_ref(), self.matrix.progress())
    }

    fn tokens(&self) -> &[BoardToken] {
        &self.tokens
    }

    fn read_out(&self, readouts: &mut Readouts) {
        say::read_out(self.picture.as_ref(), &self.tokens, readouts);
        if let (Some(picture), Some(seen)) = (self.shown(), &self.seen) {
            say::read_out_heads(&self.heads, &seen.scene, picture, readouts);
            say::read_out_costs(&self.costs, &seen.scene, readouts);
        }
    }

    fn paint_under(&self, painter: &Painter, view: &View, stage: &Stage<'_>) {
        if let Some(picture) = self.shown() {
            paint::links(painter, view, stage, picture);
        }
    }

    fn marks(&self) -> Vec<Mark> {
        self.shown().map(paint::marks).unwrap_or_default()
    }

    fn paint_over(&self, painter: &Painter, view: &View, stage: &Stage<'_>) {
        if let Some(picture) = self.shown() {
            paint::output(painter, view, stage, picture, self.ghost.as_ref());
        }
    }

    fn chart_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if let Some(picture) = self.shown() {
            paint::row_ui(ui, rect, stage, picture, self.ghost.as_ref(), out);
        }
    }

    fn microscope_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        match self.picture.as_ref() {
            Some(Ok(picture)) => {
                paint::microscope_ui(
                    ui,
                    rect,
                    stage,
                    picture,
                    (&self.matrix, &self.texture),
                    (&self.heads, &self.costs),
                    out,
                );
            }
            Some(Err(SceneError::TextMissing { percent, .. })) => paint_heads::coming_ui(ui, rect, stage, *percent),
            Some(Err(_)) | None => {}
        }
    }

    fn cards(&self) -> &'static [&'static str] {
        if self.reads_a_text() {
            &["Row", "Attention", "Sum", "Temperature", all_heads::CARD]
        } else {
            &["Row", "Attention", "Sum", "Temperature"]
        }
    }

    fn card_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        let Some(picture) = self.shown() else { return };
        match stage.card {
            0 => paint::row_ui(ui, rect, stage, picture, self.ghost.as_ref(), out),
            1 => paint::matrix_ui(ui, rect, stage, picture, (&self.matrix, &self.texture), out),
            2 => paint::sum_ui(ui, rect, stage, picture, out),
            4 if self.reads_a_text() => paint_heads::map_ui(ui, rect, stage, picture, (&self.heads, &self.costs), out),
            _ => paint::temperature_ui(ui, rect, stage, picture, out),
        }
    }

    fn hall_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        let Some(picture) = self.shown() else { return };
        if stage.lab.choices.heads.open && self.reads_a_text() {
            let (map, rest) = all_heads::shared(rect, stage.theme, 26.0);
            paint_heads::map_ui(ui, map, stage, picture, (&self.heads, &self.costs), out);
            if let Some(rest) = rest {
                paint::hall_ui(ui, rest, stage, picture, self.ghost.as_ref(), out);
            }
        } else {
            paint::hall_ui(ui, rect, stage, picture, self.ghost.as_ref(), out);
        }
    }

    fn choices_ui(&self, ui: &mut Ui, stage: &Stage<'_>, out: &mut Out) {
        paint::choices_ui(ui, stage, self.shown(), out);
    }
}
