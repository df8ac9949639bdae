//! How similar the heads of a layer are.
//!
//! The distance of two heads is `‖vec A − vec A′‖₂` of their maps, as the head redundancy of Elliptical Attention has it (arXiv
//! 2406.13770, appendix F.3); the paper of Attention-BN and Attention-SH reports distances without a formula.

mod derive;
#[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
mod figures;
mod paint;
mod say;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

use std::cell::{Cell, RefCell};

use egui::{Painter, Rect, Ui};

use crate::board::{BoardToken, Mark, View};
use crate::command::{Edit, SupportEdit};
use crate::lab::readout::Readouts;
use crate::lab::{Lab, LensId, Library, Scene, SceneError};
use crate::lens::{Lens, Out, Phrase, Stage};
use crate::microscope::heat::Texture;
use derive::{Making, Picture};
use paint::Parts;

/// The view with what it remembers between frames.
#[derive(Default)]
pub(super) struct Heads {
    making: Making,
    /// What the picture was made of: the scene, whether its numbers are here and up to date, the switch.
    seen: Option<(Scene, Option<SceneError>, bool, bool)>,
    picture: Option<Result<Picture, SceneError>>,
    revision: u64,
    textures: RefCell<Vec<Texture>>,
    pointed: Cell<Option<[usize; 2]>>,
}

impl Heads {
    fn shown(&self) -> Option<&Picture> {
        self.picture.as_ref().and_then(|picture| picture.as_ref().ok())
    }

    fn parts(&self) -> Option<Parts<'_>> {
        self.shown()
            .filter(|picture| picture.maps.len() > 1)
            .map(|picture| Parts {
                picture,
                revision: self.revision,
                textures: &self.textures,
                pointed: &self.pointed,
            })
    }
}

impl Lens for Heads {
    fn id(&self) -> LensId {
        LensId::SupportVectors
    }

    fn derive(&mut self, lab: &Lab, library: &Library) -> bool {
        let working = self.making.update(&lab.scene, library);
        let missing = library.ground(&lab.scene.source, lab.scene.head).err();
        let seen = (lab.scene.clone(), missing, working, lab.choices.support.duplicate);
        if self.seen.as_ref() != Some(&seen) {
            // While new maps are made the old ones stay.
            if !working {
                let picture = self.making.maps().map(|maps| match maps {
                    Ok(maps) => Picture::of(maps, &lab.scene, lab.choices.support.duplicate).map_err(SceneError::from),
                    Err(error) => Err(error.clone()),
                });
                self.picture = picture;
                self.revision += 1;
                self.pointed.set(None);
            }
            self.seen = Some(seen);
        }
        working
    }

    fn rest(&mut self) {
        self.making.rest();
        self.seen = None;
    }

    fn explain(&self, _lab: &Lab) -> Option<&'static str> {
        Some("head-similarity")
    }

    /// A copy of the first head in place of the second.
    fn first_switch(&self, lab: &Lab) -> Option<Edit> {
        let duplicate = lab.choices.support.duplicate;
        self.parts().map(|_| Edit::Support(SupportEdit::Duplicate(!duplicate)))
    }

    fn takes_board(&self) -> bool {
        true
    }

    fn chooses_cloud(&self) -> bool {
        true
    }

    fn board_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        match (self.parts(), &self.picture) {
            (Some(parts), _) => paint::thumbnails_ui(ui, rect, stage, &parts, out),
            (None, Some(Ok(_))) => paint::alone_ui(ui, rect, stage.theme, out),
            (None, _) => {}
        }
    }

    fn headline(&self) -> Vec<Phrase> {
        say::headline(self.picture.as_ref())
    }

    fn subline(&self) -> String {
        say::subline(self.shown())
    }

    fn tokens(&self) -> &[BoardToken] {
        &[]
    }

    fn read_out(&self, readouts: &mut Readouts) {
        say::read_out(self.picture.as_ref(), readouts);
    }

    fn paint_under(&self, _painter: &Painter, _view: &View, _stage: &Stage<'_>) {}

    fn marks(&self) -> Vec<Mark> {
        Vec::new()
    }

    fn paint_over(&self, _painter: &Painter, _view: &View, _stage: &Stage<'_>) {}

    fn chart_height(&self) -> f32 {
        0.0
    }

    fn chart_ui(&self, _ui: &mut Ui, _rect: Rect, _stage: &Stage<'_>, _out: &mut Out) {}

    fn microscope_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if let Some(parts) = self.parts() {
            paint::microscope_ui(ui, rect, stage, &parts, out);
        }
    }

    fn cards(&self) -> &'static [&'static str] {
        &["Distances"]
    }

    fn card_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        let Some(parts) = self.parts() else { return };
        paint::card_ui(ui, rect, stage, &parts, out);
    }

    fn hall_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        self.microscope_ui(ui, rect, stage, out);
    }

    fn choices_ui(&self, ui: &mut Ui, stage: &Stage<'_>, out: &mut Out) {
        paint::choices_ui(ui, stage, self.shown(), out);
    }
}
