//! The smoother lens: the same query's weights by dot product and by distance.
//!
//! The Nadaraya–Watson estimator with a Gaussian kernel of variance τ weighs a key by `exp(−‖q − k_j‖²/(2τ))` (Nadaraya 1964,
//! Watson 1964); softmax attention by `exp(q·k_j/τ)`. From `‖q − k‖² = ‖q‖² + ‖k‖² − 2 q·k` the two differ by the key bias
//! `b_j = −‖k_j‖²/(2τ)` alone (Nielsen et al. 2024, section 2).

mod beside;
mod derive;
#[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
mod figures;
mod paint;
mod refined;
mod say;
mod territory;
#[cfg(test)]
mod tests;

use egui::{Painter, Rect, Ui};

use super::{Lens, Out, Phrase, Stage, Tab, Tone};
use crate::board::{BoardToken, Mark, View};
use crate::command::Edit;
use crate::lab::readout::{Readouts, text};
use crate::lab::{Lab, LensId, Library, Scene, SceneError, SmootherForm, SmootherView};
use beside::Beside;
use derive::Picture;
use refined::Refined;
use territory::Territories;

/// The lens with what it remembers between frames.
#[derive(Default)]
pub struct Smoother {
    seen: Option<Seen>,
    picture: Option<Result<Picture, SceneError>>,
    beside: Beside,
    ghost: Option<Picture>,
    tokens: Vec<BoardToken>,
}

/// What the picture was derived from.
#[derive(PartialEq)]
struct Seen {
    scene: Scene,
    ghost: Option<Box<Scene>>,
    form: SmootherForm,
    view: SmootherView,
    /// Why the source is not there: a link may come before its file or its text.
    missing: Option<SceneError>,
}

impl Smoother {
    fn shown(&self) -> Option<&Picture> {
        self.picture.as_ref().and_then(|picture| picture.as_ref().ok())
    }
}

impl Lens for Smoother {
    fn id(&self) -> LensId {
        LensId::Smoother
    }

    fn derive(&mut self, lab: &Lab, library: &Library) -> bool {
        let form = lab.choices.smoother;
        let seen = Seen {
            scene: lab.scene.clone(),
            ghost: lab.ghost.clone(),
            form,
            view: lab.choices.smoother_view,
            missing: library.ground(&lab.scene.source, lab.scene.head).err(),
        };
        if self.seen.as_ref() != Some(&seen) {
            let picture = derive::picture(&lab.scene, library, form);
            let ghost = lab.ghost.as_ref();
            self.ghost = ghost.and_then(|ghost| derive::picture(ghost, library, form).ok());
            let before = std::mem::take(&mut self.beside);
            self.beside = Beside::of(seen.view, picture.as_ref().ok(), before);
            self.tokens = say::tokens(&lab.scene, library, picture.as_ref().ok());
            self.picture = Some(picture);
            self.seen = Some(seen);
        }
        false
    }

    /// The next of the three forms.
    fn first_switch(&self, lab: &Lab) -> Option<Edit> {
        let all = SmootherForm::ALL;
        let at = all.iter().position(|form| *form == lab.choices.smoother)?;
        all.get((at + 1) % all.len()).copied().map(Edit::Smoother)
    }

    fn headline(&self) -> Vec<Phrase> {
        match (&self.beside, self.shown()) {
            (Beside::Territories(territories), Some(picture)) => territories.headline(picture),
            (Beside::Refined(refined), _) => refined.headline(),
            (Beside::Refused(why), _) => vec![(why.clone(), Tone::Plain)],
            _ => say::headline(self.picture.as_ref()),
        }
    }

    fn subline(&self) -> String {
        match &self.beside {
            Beside::Nothing | Beside::Refused(_) => say::subline(self.shown()),
            Beside::Territories(_) => Territories::subline().to_owned(),
            Beside::Refined(_) => Refined::subline().to_owned(),
        }
    }

    fn tabs(&self, lab: &Lab) -> (&'static str, Vec<Tab>) {
        ("", beside::tabs(lab))
    }

    fn tokens(&self) -> &[BoardToken] {
        &self.tokens
    }

    fn read_out(&self, readouts: &mut Readouts) {
        say::read_out(self.picture.as_ref(), &self.tokens, readouts);
        let Some(picture) = self.shown() else { return };
        readouts.headline = self.headline().into_iter().map(|(text, _)| text).collect();
        match &self.beside {
            Beside::Nothing => {}
            Beside::Territories(territories) => {
                readouts.spoken = territories.spoken(picture);
                territories.read_out(readouts);
            }
            Beside::Refined(refined) => {
                readouts.spoken = text::spoken(&readouts.headline);
                refined.read_out(readouts);
            }
            Beside::Refused(why) => readouts.spoken.clone_from(why),
        }
    }

    fn paint_under(&self, painter: &Painter, view: &View, stage: &Stage<'_>) {
        if let Some(picture) = self.shown() {
            match &self.beside {
                Beside::Territories(territories) => territories.paint(painter, view, stage, picture),
                Beside::Refined(refined) => refined.paint(painter, view, stage, picture),
                Beside::Nothing | Beside::Refused(_) => {}
            }
            paint::spokes(painter, view, stage, picture);
            paint::discs(painter, view, stage, picture);
        }
    }

    fn marks(&self) -> Vec<Mark> {
        let Some(picture) = self.shown() else {
            return Vec::new();
        };
        let mut marks = paint::marks(picture);
        if let Beside::Refined(refined) = &self.beside {
            marks.extend(refined.mark(picture));
        }
        marks
    }

    fn paint_over(&self, painter: &Painter, view: &View, stage: &Stage<'_>) {
        if let Some(picture) = self.shown() {
            paint::outputs(painter, view, stage, picture, self.ghost.as_ref());
            if let Beside::Refined(refined) = &self.beside {
                refined.paint_output(painter, view, stage, picture);
            }
        }
    }

    fn chart_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, _out: &mut Out) {
        if let Some(picture) = self.shown() {
            paint::output_ui(ui, rect, stage, picture, &self.beside);
        }
    }

    fn microscope_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if let Some(picture) = self.shown() {
            paint::microscope_ui(ui, rect, stage, picture, out);
        }
    }

    fn cards(&self) -> &'static [&'static str] {
        &["Weights", "Length", "Bias"]
    }

    fn card_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        let Some(picture) = self.shown() else { return };
        match stage.card {
            0 => paint::weights_card_ui(ui, rect, stage, picture, out),
            1 => paint::length_ui(ui, rect, stage, picture, out),
            _ => paint::bias_ui(ui, rect, stage, picture, out),
        }
    }

    fn hall_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if let Some(picture) = self.shown() {
            paint::hall_ui(ui, rect, stage, picture, out);
        }
    }

    fn choices_ui(&self, ui: &mut Ui, stage: &Stage<'_>, out: &mut Out) {
        paint::choices_ui(ui, stage, self.shown(), out);
    }
}
