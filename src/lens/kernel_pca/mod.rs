//! The kernel PCA lens: softmax attention as a projection of the query on the principal axes of the keys.
//!
//! With the scaled feature map φ/g of the exponential kernel and the values `v_jd = a_jd/g(k_j)` built from the centred Gram
//! matrix, `h_d = φ(q)ᵀu_d = Σ_j softmax_j(q·k_j/τ) v_jd` (Teo and Nguyen 2024, eqs 4–13). The Gaussian kernel gives the
//! Nadaraya–Watson smoother in the same way.

mod derive;
mod fields;
#[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
mod figures;
mod heads;
mod lower;
mod paint;
mod say;
mod similarities;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use egui::{Painter, Rect, Ui};
use eigenlens_core::{Decomposing, Error, KernelPca as Solved};
use nalgebra::DMatrix;

use super::common::{Common, Seen};
use super::{Lens, Out, Phrase, Stage, Tab, all_heads};
use crate::board::{BoardToken, Mark, View};
use crate::command::Edit;
use crate::job::{Job, Step, Task};
use crate::lab::readout::Readouts;
use crate::lab::{AxisFrame, Choices, Lab, LensId, Library, SceneError, Source};
use crate::microscope::spectrum;
use derive::{Fit, Picture, Wanted};
use fields::{Fields, Sources};
use heads::AllHeads;
use paint::Parts;
use similarities::Textures;

/// Keys up to which the eigenproblem is solved within the frame; more are a job.
const IN_FRAME: usize = 128;

type Fitted = Result<Arc<Fit>, Error>;

/// The lens with what it remembers between frames.
#[derive(Default)]
pub struct KernelPca {
    seen: Option<Seen<Choices>>,
    picture: Option<Result<Picture, SceneError>>,
    tokens: Vec<BoardToken>,
    fit: Option<(Wanted, Fitted)>,
    job: Job<Wanted, Fitted>,
    /// The lab whose decomposition is under way.
    pending: Option<Lab>,
    sources: Option<Sources>,
    revision: u64,
    fields: RefCell<Fields>,
    textures: RefCell<Textures>,
    coefficients: Cell<bool>,
    /// The axes as they were shown last, to be continued; of which source and head.
    shown: Option<(Ground, DMatrix<f64>)>,
    frame: Option<AxisFrame>,
    heads: AllHeads,
    /// The lab of the last frame, where the map of all heads is open.
    heads_of: Option<Lab>,
}

/// Pictures of the same ground and as many keys can be compared axis by axis.
#[derive(Clone, PartialEq)]
struct Ground {
    source: crate::lab::Source,
    head: u16,
    keys: usize,
    centred: bool,
}

impl Ground {
    fn of(lab: &Lab) -> Self {
        Self {
            source: lab.scene.source.clone(),
            head: lab.scene.head,
            keys: lab.scene.keys.len(),
            centred: lab.choices.kernel_pca.centred,
        }
    }
}

impl KernelPca {
    fn current(&self) -> Option<&Picture> {
        self.picture.as_ref().and_then(|picture| picture.as_ref().ok())
    }

    fn reads_a_text(&self) -> bool {
        let seen = self.seen.as_ref();
        seen.is_some_and(|seen| matches!(seen.scene.source, Source::Text(_)))
    }

    fn parts<'a>(&'a self, picture: &'a Picture) -> Parts<'a> {
        Parts {
            picture,
            key_scores: self.sources.as_ref().map_or(&[], |sources| &sources.key_scores),
            fields: &self.fields,
            textures: &self.textures,
            coefficients: &self.coefficients,
            heads: self.heads_of.as_ref().and_then(|lab| self.heads.axis(lab, picture)),
            progress: self.heads.progress(),
            revision: self.revision,
        }
    }

    /// The decomposition that a scene wants: there, made now, or under way (nothing).
    fn fitted(&mut self, wanted: &Wanted) -> Option<Fitted> {
        if let Some((known, fit)) = &self.fit
            && known == wanted
        {
            return Some(fit.clone());
        }
        let fit = if wanted.keys.nrows() <= IN_FRAME {
            Solved::new(&wanted.keys, wanted.kernel(), wanted.centring())
                .and_then(Fit::new)
                .map(Arc::new)
        } else if self.job.is_fresh(wanted) {
            self.job.answer()?.clone()
        } else {
            return None;
        };
        self.fit = Some((wanted.clone(), fit.clone()));
        Some(fit)
    }

    /// Brings the picture up to date with a lab, or with the one whose decomposition has just been finished. Returns true while
    /// work is under way.
    ///
    /// A decomposition that was begun is brought to its end even when a token has moved on since: else a long drag would show
    /// nothing until the hand rests.
    fn update(&mut self, lab: &Lab, library: &Library) -> bool {
        self.frame = None;
        self.job.poll();
        if let Some(mut pending) = self.pending.take() {
            if !is_comparable(&pending, lab) {
                self.job.cancel();
            } else if self.job.progress().is_some() {
                self.pending = Some(pending);
                return true;
            } else {
                let mut next = self.picture(&pending, library);
                if let Some(frame) = self.frame.take() {
                    pending.choices.kernel_pca.frame = frame;
                    next = self.picture(&pending, library);
                }
                self.show(&pending, next);
                let frame = pending.choices.kernel_pca.frame;
                if frame != lab.choices.kernel_pca.frame {
                    // The present lab goes on from what has just been shown; the app puts the frame into it and asks again.
                    self.frame = Some(frame);
                    return true;
                }
            }
        }
        let next = self.picture(lab, library);
        let working = next.is_none();
        self.show(lab, next);
        if working && let Ok(head) = lab.scene.head(library) {
            let wanted = Wanted::of(&head, lab.scene.temperature, &lab.choices.kernel_pca);
            self.job.request(wanted.clone(), || task(&wanted));
            self.pending = Some(lab.clone());
        }
        working
    }

    fn show(&mut self, lab: &Lab, picture: Option<Result<Picture, SceneError>>) {
        let Some(picture) = picture else { return };
        if self.frame.is_none()
            && let Ok(picture) = &picture
        {
            self.shown = Some((Ground::of(lab), paint::shown_vectors(picture)));
        }
        self.picture = Some(picture);
    }

    /// The picture of a lab; nothing while its decomposition is under way.
    fn picture(&mut self, lab: &Lab, library: &Library) -> Option<Result<Picture, SceneError>> {
        let common = match Common::of(&lab.scene, library) {
            Ok(common) => common,
            Err(error) => return Some(Err(error)),
        };
        let choices = &lab.choices.kernel_pca;
        let wanted = Wanted::of(&common.head, lab.scene.temperature, choices);
        let fit = match self.fitted(&wanted)? {
            Ok(fit) => fit,
            Err(error) => return Some(Err(error.into())),
        };
        let before = self.shown.as_ref().filter(|(ground, _)| *ground == Ground::of(lab));
        let frame = before.map(|(_, vectors)| derive::following(vectors, &fit));
        self.frame = frame.filter(|frame| *frame != choices.frame);
        let value_scale = library
            .ground(&lab.scene.source, lab.scene.head)
            .map_or(1.0, |ground| ground.value_scale());
        Some(
            Picture::new(&lab.scene, common, fit, &wanted, choices).and_then(|mut picture| {
                picture.value_scale = value_scale;
                self.sample(&picture, lab, library, &wanted)?;
                Ok(picture)
            }),
        )
    }

    /// Brings the sampled fields up to date where keys, values or plane have changed: not while the query is dragged.
    fn sample(&mut self, picture: &Picture, lab: &Lab, library: &Library, wanted: &Wanted) -> Result<(), SceneError> {
        let origin = lab
            .scene
            .queries
            .get(picture.common.asking)
            .map(|query| query.origin)
            .filter(|_| picture.common.head.dim() > 2);
        let same = self.current().is_some_and(|old| {
            Arc::ptr_eq(&old.fit, &picture.fit)
                && old.values == picture.values
                && old.chosen == picture.chosen
                && old.free == picture.free
                && old.axes == picture.axes
                && old.axis == picture.axis
        });
        let plane = (lab.scene.source.clone(), lab.scene.head, origin);
        let same_plane = self.sources.as_ref().is_some_and(|sources| sources.plane == plane);
        if same && same_plane {
            return Ok(());
        }
        let field = |values: &DMatrix<f64>| derive::field(picture, &lab.scene, library, wanted, values);
        let columns = |columns: &[usize]| field(&picture.values.select_columns(columns));
        // The pictures under the spectrum are of the axes, whatever the values are.
        let pictured = spectrum::pictured(picture.axes.len(), picture.axis);
        let axes: Vec<derive::Axis> = pictured
            .iter()
            .filter_map(|axis| picture.axes.get(*axis))
            .copied()
            .collect();
        let pair: Vec<usize> = std::iter::once(picture.chosen).chain(picture.partner).collect();
        self.revision += 1;
        self.sources = Some(Sources {
            board: columns(&[picture.chosen])?,
            pair: columns(&pair)?,
            small: field(&derive::framed(&picture.fit.values, &axes))?,
            key_scores: picture.scores_of_keys(wanted)?,
            pictured,
            plane,
            revision: self.revision,
        });
        Ok(())
    }
}

/// Whether a picture of one lab may stand for a moment for that of another: the same cloud through the same kernel.
fn is_comparable(one: &Lab, other: &Lab) -> bool {
    Ground::of(one) == Ground::of(other)
        && one.scene.temperature == other.scene.temperature
        && one.choices.kernel_pca.kernel == other.choices.kernel_pca.kernel
}

/// The eigenproblem in small pieces.
fn task(wanted: &Wanted) -> Task<Fitted> {
    let mut started = Some(Decomposing::new(
        wanted.keys.clone(),
        wanted.kernel(),
        wanted.centring(),
    ));
    Box::new(move || {
        let finish = |solving: Decomposing| solving.finish().and_then(Fit::new).map(Arc::new);
        match started.take() {
            None => Step::Running { done: 0, of: 1 },
            Some(Err(error)) => Step::Done(Err(error)),
            Some(Ok(mut solving)) => match solving.step() {
                Err(error) => Step::Done(Err(error)),
                Ok(progress) if progress.is_finished() => Step::Done(finish(solving)),
                Ok(progress) => {
                    started = Some(Ok(solving));
                    Step::Running {
                        done: progress.done,
                        of: progress.of,
                    }
                }
            },
        }
    })
}

impl Lens for KernelPca {
    fn id(&self) -> LensId {
        LensId::KernelPca
    }

    fn derive(&mut self, lab: &Lab, library: &Library) -> bool {
        let seen = Seen::of(lab, library, lab.choices);
        let mut working = false;
        if self.seen.as_ref() != Some(&seen) || self.pending.is_some() {
            working = self.update(lab, library);
            self.tokens = say::tokens(&lab.scene, library, self.current());
            self.seen = Some(seen);
        }
        self.heads_of = AllHeads::are_open(lab).then(|| lab.clone());
        // The head on the board comes first.
        if self.heads_of.is_some() && !working {
            working = self.heads.derive(lab, library);
        }
        working
    }

    fn first_switch(&self, lab: &Lab) -> Option<Edit> {
        Some(Edit::Centring(!lab.choices.kernel_pca.centred))
    }

    fn step(&self, _lab: &Lab, by: i32) -> Option<Edit> {
        let picture = self.current()?;
        // At either end it stays: the key is the lens' own.
        let last = picture.scores.len().min(picture.axes.len()).saturating_sub(1);
        let axis = picture.chosen.saturating_add_signed(by as isize).min(last);
        Some(Edit::Axis(axis.min(255) as u8))
    }

    fn axis_frame(&self) -> Option<AxisFrame> {
        self.frame
    }

    fn forget(&mut self) {
        self.shown = None;
        self.frame = None;
        self.seen = None;
        self.pending = None;
        self.job.cancel();
    }

    fn headline(&self) -> Vec<Phrase> {
        say::headline(self.picture.as_ref())
    }

    fn subline(&self) -> String {
        say::subline(self.current(), self.job.progress())
    }

    fn tabs(&self, lab: &Lab) -> (&'static str, Vec<Tab>) {
        ("Kernel", paint::kernel_tabs(lab.choices.kernel_pca.kernel))
    }

    fn tokens(&self) -> &[BoardToken] {
        &self.tokens
    }

    fn read_out(&self, readouts: &mut Readouts) {
        let scene = self.seen.as_ref().map(|seen| &seen.scene);
        say::read_out(self.picture.as_ref(), scene, &self.tokens, readouts);
        if let (Some(picture), Some(lab)) = (self.current(), &self.heads_of) {
            heads::read_out(&self.heads, lab, picture, readouts);
        }
    }

    fn paint_under(&self, painter: &Painter, view: &View, stage: &Stage<'_>) {
        let (Some(_), Some(sources)) = (self.current(), &self.sources) else {
            return;
        };
        let dragging = painter.ctx().input(|input| input.pointer.any_down());
        let mut fields = self.fields.borrow_mut();
        fields.refresh(stage.theme, view, sources, dragging);
        fields.paint(painter, stage.theme, view);
    }

    fn marks(&self) -> Vec<Mark> {
        // Names of tokens keep clear of the curves and their names, as they were in the last frame.
        let mark = |(at, radius): &([f64; 2], f32)| Mark {
            at: *at,
            radius: *radius,
            words: "",
            symbol: "",
        };
        self.fields.borrow().in_the_way.iter().map(mark).collect()
    }

    fn paint_over(&self, painter: &Painter, view: &View, stage: &Stage<'_>) {
        let (Some(picture), Some(sources)) = (self.current(), &self.sources) else {
            return;
        };
        let mut in_the_way = Vec::new();
        if let Some(query) = picture.common.positions.queries.get(picture.common.asking)
            && !picture.free
        {
            let axes: Vec<(usize, bool)> = std::iter::once((picture.chosen, true))
                .chain(picture.partner.map(|axis| (axis, false)))
                .collect();
            in_the_way = fields::paint_curves(
                painter,
                stage.theme,
                view,
                &sources.pair,
                (&picture.common.positions.keys, *query),
                &axes,
            );
        }
        self.fields.borrow_mut().in_the_way = in_the_way;
        paint::notice(painter, view, stage.theme, picture);
    }

    fn chart_height(&self) -> f32 {
        124.0
    }

    fn chart_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if let Some(picture) = self.current() {
            paint::chart_ui(ui, rect, stage, &self.parts(picture), out);
        }
    }

    fn microscope_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if let Some(picture) = self.current() {
            paint::microscope_ui(ui, rect, stage, &self.parts(picture), out);
        }
    }

    fn cards(&self) -> &'static [&'static str] {
        if self.reads_a_text() {
            &["Axes", "Score", "Similarity", "Sum", all_heads::CARD]
        } else {
            &["Axes", "Score", "Similarity", "Sum"]
        }
    }

    fn card_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        let Some(picture) = self.current() else { return };
        let parts = self.parts(picture);
        match stage.card {
            0 => paint::axes_ui(ui, rect, stage, &parts, out),
            1 => {
                let tabs = self.tabs(stage.lab);
                paint::score_card_ui(ui, rect, stage, &parts, tabs, out);
            }
            // Its arrow is the switch of centring, and the table has its own tabs: a phone has no room for them twice.
            2 => similarities::grams_ui(ui, rect, stage, &parts, out),
            4 if self.reads_a_text() => lower::heads_ui(ui, rect, stage, &parts, out),
            _ => paint::sum_ui(ui, rect, stage, &parts, out),
        }
    }

    fn hall_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if let Some(picture) = self.current() {
            paint::hall_ui(ui, rect, stage, &self.parts(picture), out);
        }
    }

    fn choices_ui(&self, ui: &mut Ui, stage: &Stage<'_>, out: &mut Out) {
        paint::choices_ui(ui, stage, self.current(), out);
    }
}
