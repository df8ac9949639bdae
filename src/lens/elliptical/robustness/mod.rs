//! What a push of the query does to its output, the bound that Proposition 1 sets, and what a smaller M buys and costs
//! (Nielsen et al. 2024, arXiv 2406.13770, Lemma 1 and Proposition 1).

mod derive;
#[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
mod figures;
mod paint;
mod say;
#[cfg(test)]
mod tests;
mod trade;

use std::cell::Cell;

use egui::{Painter, Rect, Ui};

use crate::board::{BoardToken, Mark, View};
use crate::command::{Edit, EllipticalEdit};
use crate::job::Job;
use crate::lab::elliptical::MetricSource;
use crate::lab::readout::Readouts;
use crate::lab::{EllipticalChoices, Lab, LensId, Library, Scene, SceneError};
use crate::lens::common::Seen;
use crate::lens::{Lens, Out, Phrase, Stage};
use derive::Picture;
use trade::{Curves, Wanted};

/// Multiplications that fit into a frame beside its picture.
const IN_FRAME: usize = 400_000;

/// The view with what it remembers between frames.
#[derive(Default)]
pub(super) struct Robustness {
    seen: Option<Seen<EllipticalChoices>>,
    picture: Option<Result<Picture, SceneError>>,
    tokens: Vec<BoardToken>,
    job: Job<Wanted, Curves>,
    /// The curves are on their way.
    pending: Option<Wanted>,
    /// The size of M is held.
    taken: paint::Taken,
    /// From the pointer to the head of the push that it holds.
    grip: Cell<Option<egui::Vec2>>,
}

impl Robustness {
    fn current(&self) -> Option<&Picture> {
        self.picture.as_ref().and_then(|picture| picture.as_ref().ok())
    }

    fn update(&mut self, lab: &Lab, library: &Library) {
        self.pending = None;
        let made = Picture::new(lab, library).map(|(mut picture, wanted)| {
            if wanted.cost() <= IN_FRAME {
                picture.curves = Some(wanted.curves());
            } else {
                self.job.request(wanted.clone(), || trade::task(wanted.clone()));
                self.pending = Some(wanted);
            }
            picture
        });
        self.picture = Some(made);
        self.take();
    }

    /// Puts the curves into the picture once they are there.
    fn take(&mut self) {
        let Some(pending) = &self.pending else { return };
        if self.job.is_fresh(pending)
            && let Some(Ok(picture)) = &mut self.picture
        {
            picture.curves = self.job.answer().cloned();
            self.pending = None;
        }
    }
}

impl Lens for Robustness {
    fn id(&self) -> LensId {
        LensId::Elliptical
    }

    fn derive(&mut self, lab: &Lab, library: &Library) -> bool {
        let seen = Seen::of(lab, library, lab.choices.elliptical);
        self.job.poll();
        if self.seen.as_ref() == Some(&seen) {
            self.take();
        } else {
            self.update(lab, library);
            let whole = self.current().map_or(0.0, paint::whole_disc);
            self.tokens = say::tokens(&lab.scene, library, self.current(), whole);
            self.seen = Some(seen);
        }
        self.pending.is_some()
    }

    fn explain(&self, _lab: &Lab) -> Option<&'static str> {
        Some("elliptical-robustness")
    }

    fn rest(&mut self) {
        self.job.cancel();
        self.pending = None;
        self.seen = None;
    }

    fn forget(&mut self) {
        self.rest();
    }

    /// Where M comes from.
    fn first_switch(&self, lab: &Lab) -> Option<Edit> {
        let other = match lab.choices.elliptical.metric {
            MetricSource::Given => MetricSource::Estimated,
            MetricSource::Estimated => MetricSource::Given,
        };
        Some(Edit::Elliptical(EllipticalEdit::Metric(other)))
    }

    fn also_shows(&self, lab: &Lab, library: &Library) -> Vec<[f64; 2]> {
        let untouched = Scene::of(lab.scene.source.clone(), lab.scene.head);
        let queries = untouched.positions(library).map(|all| all.queries);
        let [right, up] = EllipticalChoices::default().push.map(|push| f64::from(push) / 1000.0);
        let pushed = queries.unwrap_or_default().into_iter();
        pushed.map(|[x, y]| [x + right, y + up]).collect()
    }

    fn headline(&self) -> Vec<Phrase> {
        say::headline(self.picture.as_ref())
    }

    fn subline(&self) -> String {
        say::subline(self.current())
    }

    fn tokens(&self) -> &[BoardToken] {
        &self.tokens
    }

    fn read_out(&self, readouts: &mut Readouts) {
        say::read_out(self.picture.as_ref(), &self.tokens, readouts);
    }

    fn paint_under(&self, painter: &Painter, view: &View, stage: &Stage<'_>) {
        if let Some(picture) = self.current() {
            paint::discs(painter, view, stage, picture);
        }
    }

    fn marks(&self) -> Vec<Mark> {
        self.current().map(paint::marks).unwrap_or_default()
    }

    fn paint_over(&self, painter: &Painter, view: &View, stage: &Stage<'_>) {
        if let Some(picture) = self.current() {
            paint::over(painter, view, stage, picture);
        }
    }

    fn handles_ui(&self, ui: &mut Ui, view: &View, stage: &Stage<'_>, out: &mut Out) {
        if let Some(picture) = self.current() {
            paint::handle_ui(ui, view, stage, picture, &self.grip, out);
        }
    }

    fn chart_height(&self) -> f32 {
        0.0
    }

    fn chart_ui(&self, _ui: &mut Ui, _rect: Rect, _stage: &Stage<'_>, _out: &mut Out) {}

    fn microscope_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if let Some(picture) = self.current() {
            paint::microscope_ui(ui, rect, stage, picture, &self.taken, out);
        }
    }

    fn cards(&self) -> &'static [&'static str] {
        &["Bound", "Cost", "Axes"]
    }

    fn card_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        let Some(picture) = self.current() else { return };
        match stage.card {
            0 => paint::bars_ui(ui, rect, stage, picture),
            1 => paint::trade_ui(ui, rect, stage, picture, &self.taken, out),
            _ => paint::sensitivity_ui(ui, rect, stage, picture),
        }
    }

    fn hall_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if let Some(picture) = self.current() {
            paint::hall_ui(ui, rect, stage, picture, &self.taken, out);
        }
    }

    fn choices_ui(&self, ui: &mut Ui, stage: &Stage<'_>, out: &mut Out) {
        paint::choices_ui(ui, stage, self.current(), out);
    }
}
