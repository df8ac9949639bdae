//! Attention-SH: heads that ask averages of neighbouring keys.
//!
//! `h = softmax(Q K_sᵀ/τ) V_s` where `K_s` and `V_s` are the means of s neighbours along the sequence (Nguyen et al. 2023, arXiv
//! 2406.13781, Eqn 25).

mod board;
mod choices;
mod derive;
#[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
mod figures;
mod maps;
mod paint;
mod say;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

use std::cell::RefCell;
use std::sync::Arc;

use egui::{Painter, Rect, Ui};
use eigenlens_core::Pooling;

use crate::board::{BoardToken, Mark, View};
use crate::command::{Edit, SupportEdit};
use crate::lab::readout::Readouts;
use crate::lab::support::SupportChoices;
use crate::lab::{Lab, LensId, Library, SceneError};
use crate::lens::common::Seen;
use crate::lens::support::obstacles::Obstacles;
use crate::lens::{Lens, Out, Phrase, Shape, Stage};
use crate::microscope::heat::Texture;
use derive::Picture;
use maps::Maps;
use paint::Parts;

/// The view with what it remembers between frames.
#[derive(Default)]
pub(super) struct Sh {
    seen: Option<Seen<SupportChoices>>,
    picture: Option<Result<Picture, SceneError>>,
    tokens: Vec<BoardToken>,
    maps: Maps,
    textures: RefCell<[Texture; 4]>,
    value_scale: f64,
    obstacles: Obstacles,
}

impl Sh {
    fn shown(&self) -> Option<&Picture> {
        self.picture.as_ref().and_then(|picture| picture.as_ref().ok())
    }

    fn parts(&self) -> Option<Parts<'_>> {
        self.shown().map(|picture| Parts {
            picture,
            maps: &self.maps,
            textures: &self.textures,
            value_scale: self.value_scale,
        })
    }
}

fn poolings(picture: &Picture) -> [Pooling; 4] {
    [0, 1, 2, 3].map(|head| derive::pooling(&picture.choices, head))
}

impl Lens for Sh {
    fn id(&self) -> LensId {
        LensId::SupportVectors
    }

    fn derive(&mut self, lab: &Lab, library: &Library) -> bool {
        let ground = library.ground(&lab.scene.source, lab.scene.head);
        self.value_scale = ground.as_ref().map_or(1.0, |ground| ground.value_scale());
        let seen = Seen {
            scene: lab.scene.clone(),
            choices: lab.choices.support,
            missing: ground.err(),
        };
        if self.seen.as_ref() != Some(&seen) {
            let same = self
                .seen
                .as_ref()
                .is_some_and(|old| old.scene == seen.scene && old.missing == seen.missing);
            let before = self.shown().filter(|_| same).map(|old| Arc::clone(&old.askers.head));
            let picture = derive::picture(lab, library, before);
            self.tokens = say::tokens(&lab.scene, library, picture.as_ref().ok());
            if let Ok(picture) = &picture {
                self.maps
                    .request(&picture.askers.head, picture.common.temperature, poolings(picture));
            }
            self.picture = Some(picture);
            self.seen = Some(seen);
        }
        let Some(Ok(picture)) = &self.picture else { return false };
        self.maps
            .poll(&picture.askers.head, picture.common.temperature, poolings(picture))
    }

    fn explain(&self, _lab: &Lab) -> Option<&'static str> {
        Some("attention-sh")
    }

    /// The head before or after.
    fn step(&self, lab: &Lab, by: i32) -> Option<Edit> {
        let head = (i32::from(lab.choices.support.sh_head) + by).rem_euclid(4);
        Some(Edit::Support(SupportEdit::ShHead(head as u8)))
    }

    /// The next factor of the shown head.
    fn first_switch(&self, lab: &Lab) -> Option<Edit> {
        let choices = &lab.choices.support;
        let mut factors = choices.factors;
        let factor = factors.get_mut(usize::from(choices.sh_head))?;
        *factor = if *factor >= 8 { 1 } else { 2 * *factor };
        Some(Edit::Support(SupportEdit::Factors(factors)))
    }

    fn headline(&self) -> Vec<Phrase> {
        say::headline(self.picture.as_ref())
    }

    fn subline(&self) -> String {
        say::subline(self.shown())
    }

    fn tokens(&self) -> &[BoardToken] {
        &self.tokens
    }

    fn read_out(&self, readouts: &mut Readouts) {
        say::read_out(self.picture.as_ref(), &self.tokens, readouts);
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

    fn shape(&self) -> Shape {
        Shape::Deep
    }

    fn chart_height(&self) -> f32 {
        226.0
    }

    fn chart_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if let Some(parts) = self.parts() {
            let rect = Rect::from_min_max(rect.min + egui::vec2(0.0, stage.theme.px(18.0)), rect.max);
            paint::strip_ui(ui, rect, stage, &parts, out);
        }
    }

    fn microscope_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if let Some(parts) = self.parts() {
            paint::microscope_ui(ui, rect, stage, &parts, out);
        }
    }

    fn cards(&self) -> &'static [&'static str] {
        &["Strip", "Maps", "Reads", "Cost", "Choices"]
    }

    fn card_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        let Some(parts) = self.parts() else { return };
        match stage.card {
            0 => paint::strip_ui(ui, rect, stage, &parts, out),
            1 => {
                paint::maps_ui(ui, rect, stage, &parts, out);
            }
            2 => paint::reads_ui(ui, rect, stage.theme, parts.picture),
            3 => paint::cost_ui(ui, rect, stage, parts.picture, out),
            _ => choices::card_ui(ui, rect, stage, out),
        }
    }

    fn hall_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if let Some(parts) = self.parts() {
            paint::hall_ui(ui, rect, stage, &parts, out);
        }
    }

    fn choices_ui(&self, ui: &mut Ui, stage: &Stage<'_>, out: &mut Out) {
        choices::ui(ui, stage, out);
    }
}
