//! The robust lens: wrong entries turn the first axis and move the output of attention; Principal Component Pursuit splits them
//! off, RPC-Attention unrolls a loop that looks like it (Candès, Li, Ma and Wright 2011; Teo and Nguyen 2024, §3).

mod board;
mod derive;
#[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
mod figures;
mod heads;
mod kernel;
mod lower;
mod numbers;
mod paint;
mod phase;
mod repair;
mod say;
mod settings;
mod strip;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

use std::cell::{Cell, RefCell};
use std::num::NonZeroU16;
use std::sync::Arc;

use egui::{Painter, Rect, Ui};

use super::common::{Common, Seen};
use super::{Film, Lens, Out, Phrase, Shape, Stage, Tab, all_heads};
use crate::board::{BoardToken, Mark, View};
use crate::command::{Command, Edit, RobustEdit, Tool};
use crate::job::{Job, Step, Task};
use crate::lab::readout::Readouts;
use crate::lab::{Choices, Lab, LensId, Library, Method, RobustView, Scene, SceneError, Source};
use derive::{Kernels, Picture};
use heads::AllHeads;
use lower::Shown;
use repair::{Repair, Repairing, Wanted};

/// The card of a phone with all settings of RPC-Attention: the last one.
pub const SETTINGS_CARD: &str = "Settings";

/// Multiply-adds that a frame gives to the computation; what is left is a job.
const IN_FRAME: usize = 6_000_000;

type Answer = Result<Arc<Repair>, eigenlens_core::Error>;

/// The lens with what it remembers between frames.
#[derive(Default)]
pub struct Robust {
    seen: Option<Seen<Choices>>,
    picture: Option<Result<Picture, SceneError>>,
    tokens: Vec<BoardToken>,
    repair: Option<(Wanted, Answer)>,
    job: Job<Wanted, Answer>,
    /// A computation that did not fit into its frame, for the job to go on with.
    begun: Option<(Wanted, Box<Repairing>)>,
    /// The lab whose computation is under way.
    pending: Option<Lab>,
    kernels: Kernels,
    settings: settings::Kept,
    heads: AllHeads,
    /// The lab of the last frame, where its text has a clean one.
    heads_of: Option<Lab>,
    revision: u64,
    /// Where the words of the axes are on the board, as circles.
    in_the_way: RefCell<Vec<([f64; 2], f32)>>,
    phase: phase::Phase,
    /// The phase diagram is shown.
    in_phase: bool,
    /// What the lower part of the microscope shows.
    shown: Cell<Shown>,
    textures: RefCell<paint::Textures>,
    brush: RefCell<crate::microscope::split::Hand>,
}

impl Robust {
    fn current(&self) -> Option<&Picture> {
        self.picture.as_ref().and_then(|picture| picture.as_ref().ok())
    }

    /// The scene that the picture was made of.
    fn scene(&self) -> Option<&Scene> {
        self.current().map(|picture| &picture.scene)
    }

    /// The computation that a lab wants: there, made now, or under way (nothing).
    fn repaired(&mut self, wanted: &Wanted) -> Option<Answer> {
        if let Some((known, answer)) = &self.repair
            && known == wanted
        {
            return Some(answer.clone());
        }
        let answer = if self.job.is_fresh(wanted) {
            self.job.answer()?.clone()
        } else {
            match within_frame(wanted) {
                InFrame::Done(answer) => answer,
                InFrame::Left(begun) => {
                    self.begun = begun.map(|begun| (wanted.clone(), begun));
                    return None;
                }
            }
        };
        self.repair = Some((wanted.clone(), answer.clone()));
        Some(answer)
    }

    /// Brings the picture up to date. Returns true while work is under way.
    ///
    /// A computation that was begun is brought to its end even when a token has moved on since: else a long drag would show
    /// nothing until the hand rests.
    fn update(&mut self, lab: &Lab, library: &Library) -> bool {
        self.job.poll();
        if let Some(pending) = self.pending.take() {
            if !is_comparable(&pending, lab) {
                self.job.cancel();
            } else if self.job.progress().is_some() {
                self.pending = Some(pending);
                return true;
            } else if let Some(picture) = self.picture_of(&pending, library) {
                self.picture = Some(picture);
            }
        }
        if let Some(picture) = self.picture_of(lab, library) {
            self.picture = Some(picture);
            return false;
        }
        // The picture of another cloud would stand under the tokens of this one.
        let of_this =
            |picture: &Picture| picture.scene.source == lab.scene.source && picture.scene.head == lab.scene.head;
        if !self.current().is_some_and(of_this) {
            self.picture = None;
        }
        if let Ok(wanted) = wanted(lab, library) {
            let begun = self
                .begun
                .take()
                .filter(|(of, _)| *of == wanted)
                .map(|(_, begun)| begun);
            self.job.request(wanted.clone(), || task(wanted, begun));
            self.pending = Some(lab.clone());
        }
        true
    }

    /// The picture of a lab; nothing while its computation is under way.
    fn picture_of(&mut self, lab: &Lab, library: &Library) -> Option<Result<Picture, SceneError>> {
        let wanted = match wanted(lab, library) {
            Ok(wanted) => wanted,
            Err(error) => return Some(Err(error)),
        };
        let common = match Common::of(&lab.scene, library) {
            Ok(common) => common,
            Err(error) => return Some(Err(error)),
        };
        let repair = match self.repaired(&wanted)? {
            Ok(repair) => repair,
            Err(error) => return Some(Err(error.into())),
        };
        self.kernels.refresh(&wanted, lab.choices.robust.form);
        let settings = self.settings.of(lab, &wanted);
        self.revision += 1;
        let picture = Picture::new(lab, library, common, wanted, repair, &self.kernels, self.revision);
        Some(picture.map(|picture| Picture { settings, ..picture }))
    }
}

/// Why the cloud, or the clean one that belongs to it, is not there.
fn missing(lab: &Lab, library: &Library) -> Option<SceneError> {
    let scene = &lab.scene;
    let clean = match scene.source {
        Source::Text(id) => id.clean().map(|clean| Source::Text(clean.text)),
        _ => None,
    };
    let of = |source: &Source| library.ground(source, scene.head).err();
    of(&scene.source).or_else(|| clean.as_ref().and_then(of))
}

fn wanted(lab: &Lab, library: &Library) -> Result<Wanted, SceneError> {
    let truth = lab.scene.truth(library)?;
    let dim = library.ground(&lab.scene.source, lab.scene.head)?.dim();
    Ok(Wanted::of(lab, truth, lab.scene.temperature.value(dim)))
}

/// Whether a picture of one lab may stand for a moment for that of another.
fn is_comparable(one: &Lab, other: &Lab) -> bool {
    one.scene.source == other.scene.source
        && one.scene.head == other.scene.head
        && one.scene.keys.len() == other.scene.keys.len()
        && one.scene.lift == other.scene.lift
}

/// What a frame makes of a computation.
enum InFrame {
    /// All of it.
    Done(Answer),
    /// Its beginning, or not even that.
    Left(Option<Box<Repairing>>),
}

/// The computation, as far as a frame has time for it.
fn within_frame(wanted: &Wanted) -> InFrame {
    if wanted.begin_cost() > IN_FRAME {
        return InFrame::Left(None);
    }
    let mut repairing = match Repairing::new(wanted.clone()) {
        Ok(repairing) => repairing,
        Err(error) => return InFrame::Done(Err(error)),
    };
    let mut spent = 0;
    while spent < IN_FRAME {
        match repairing.step() {
            Ok(Some(cost)) => spent += cost,
            Ok(None) => return InFrame::Done(repairing.finish().map(Arc::new)),
            Err(error) => return InFrame::Done(Err(error)),
        }
    }
    InFrame::Left(Some(Box::new(repairing)))
}

/// The computation in small pieces, from where it was begun.
fn task(wanted: Wanted, begun: Option<Box<Repairing>>) -> Task<Answer> {
    let of = eigenlens_core::PursuitOptions::default().max_iterations;
    let mut wanted = begun.is_none().then_some(wanted);
    let mut running = begun.map(|begun| *begun);
    let mut step = move || -> Result<Step<Answer>, eigenlens_core::Error> {
        if let Some(wanted) = wanted.take() {
            running = Some(Repairing::new(wanted)?);
            return Ok(Step::Running { done: 0, of });
        }
        let Some(mut repairing) = running.take() else {
            return Ok(Step::Running { done: of, of });
        };
        if repairing.step()?.is_none() {
            return Ok(Step::Done(repairing.finish().map(Arc::new)));
        }
        let done = repairing.done();
        running = Some(repairing);
        Ok(Step::Running { done, of })
    };
    Box::new(move || step().unwrap_or_else(|error| Step::Done(Err(error))))
}

/// The edit that shows a step of the pursuit.
fn show_step(step: usize) -> Edit {
    let step = u16::try_from(step).unwrap_or(u16::MAX);
    Edit::Robust(RobustEdit::Step(NonZeroU16::new(step)))
}

/// The edit that shows an iteration of RPC-Attention.
fn show_iteration(n: usize) -> Edit {
    Edit::Robust(RobustEdit::Iterations(n.min(255) as u8))
}

impl Lens for Robust {
    fn id(&self) -> LensId {
        LensId::Robust
    }

    fn derive(&mut self, lab: &Lab, library: &Library) -> bool {
        self.in_phase = lab.choices.robust.view == RobustView::Phase;
        if self.in_phase {
            // The pursuit waits: it would take its part of each frame.
            if self.pending.take().is_some() {
                self.job.cancel();
                self.seen = None;
            }
            return self.phase.derive(lab);
        }
        self.phase.rest();
        let seen = Seen {
            scene: lab.scene.clone(),
            choices: lab.choices,
            missing: missing(lab, library),
        };
        let is_there = seen.missing.is_none();
        let mut working = false;
        if self.seen.as_ref() != Some(&seen) || self.pending.is_some() {
            working = self.update(lab, library);
            self.tokens = say::tokens(&lab.scene, library, self.current());
            self.seen = Some(seen);
        }
        let has_heads = is_there && self.current().is_some_and(|picture| picture.wanted.own_baseline);
        self.heads_of = (has_heads && lab.choices.heads.open).then(|| lab.clone());
        if self.heads_of.is_some() && !working {
            working = self.heads.derive(lab, library);
        }
        working
    }

    fn has_news(&self) -> bool {
        !self.in_phase || self.phase.has_news()
    }

    fn explain(&self, lab: &Lab) -> Option<&'static str> {
        (lab.choices.robust.view == RobustView::Phase).then_some("robust-phase")
    }

    fn escape(&mut self) -> bool {
        self.in_phase && self.phase.escape()
    }

    fn takes_board(&self) -> bool {
        self.in_phase
    }

    fn board_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        self.phase.board_ui(ui, rect, stage, out);
    }

    fn film(&self, lab: &Lab) -> Option<Film> {
        let picture = self.current()?;
        if lab.choices.robust.view == RobustView::Phase {
            return None;
        }
        Some(if picture.method == Method::Rpc {
            Film {
                at: usize::from(lab.choices.robust.iterations),
                first: 1,
                last: picture.rpc(picture.form)?.steps.len(),
                seconds: 0.5,
                edit: show_iteration,
            }
        } else {
            Film {
                at: lab.choices.robust.shown_step(&lab.scene.source, picture.last),
                first: 1.min(picture.last),
                last: picture.last,
                seconds: 0.125,
                edit: show_step,
            }
        })
    }

    fn first_switch(&self, lab: &Lab) -> Option<Edit> {
        let at = Method::ALL
            .iter()
            .position(|method| *method == lab.choices.robust.method)?;
        let next = Method::ALL.get((at + 1) % Method::ALL.len())?;
        Some(Edit::Robust(RobustEdit::Method(*next)))
    }

    fn forget(&mut self) {
        self.seen = None;
        self.pending = None;
        self.job.cancel();
    }

    fn shape(&self) -> Shape {
        if self.in_phase { Shape::Board } else { Shape::Film }
    }

    fn headline(&self) -> Vec<Phrase> {
        if self.in_phase {
            return self.phase.headline();
        }
        say::headline(self.picture.as_ref(), self.scene())
    }

    fn subline(&self) -> String {
        if self.in_phase {
            return phase::Phase::subline();
        }
        say::subline(self.current(), self.job.progress())
    }

    fn tabs(&self, lab: &Lab) -> (&'static str, Vec<Tab>) {
        let tab = |word: &'static str, view: RobustView| Tab {
            word,
            chosen: lab.choices.robust.view == view,
            command: Command::Edit(Edit::Robust(RobustEdit::View(view))),
        };
        (
            "",
            vec![tab("Split", RobustView::Split), tab("Phase diagram", RobustView::Phase)],
        )
    }

    fn tokens(&self) -> &[BoardToken] {
        &self.tokens
    }

    fn read_out(&self, readouts: &mut Readouts) {
        if self.in_phase {
            return self.phase.read_out(readouts);
        }
        let heads = self.heads_of.as_ref().and_then(|lab| self.heads.of(lab));
        numbers::read_out(self.picture.as_ref(), self.scene(), (&self.tokens, heads), readouts);
    }

    fn paint_under(&self, painter: &Painter, view: &View, stage: &Stage<'_>) {
        if let Some(picture) = self.current() {
            board::paint_under(painter, view, stage.theme, picture);
        }
    }

    fn marks(&self) -> Vec<Mark> {
        let words = self.in_the_way.borrow();
        self.current()
            .map(|picture| board::marks(picture, &words))
            .unwrap_or_default()
    }

    fn paint_over(&self, painter: &Painter, view: &View, stage: &Stage<'_>) {
        if let Some(picture) = self.current() {
            let words = board::paint_over(painter, view, stage.theme, picture);
            if self.in_the_way.replace(words.clone()) != words {
                painter.ctx().request_repaint();
            }
        }
    }

    fn chart_height(&self) -> f32 {
        if self.in_phase { 0.0 } else { 236.0 }
    }

    fn chart_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if let Some(picture) = self.current() {
            paint::chart_ui(ui, rect, stage, picture, out);
        }
    }

    fn microscope_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if self.in_phase {
            self.phase.microscope_ui(ui, rect, stage, out);
        } else if let Some(picture) = self.current() {
            paint::microscope_ui(ui, rect, stage, &self.parts(picture), out);
        }
    }

    fn cards(&self) -> &'static [&'static str] {
        if self.in_phase {
            return phase::Phase::CARDS;
        }
        if self.current().is_some_and(|picture| picture.wanted.own_baseline) {
            &["Steps", "Split", "Output", "Values", all_heads::CARD]
        } else {
            &["Steps", "Split", "Output", "Values", SETTINGS_CARD]
        }
    }

    fn card_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if self.in_phase {
            self.phase.card_ui(ui, rect, stage, out);
        } else if let Some(picture) = self.current() {
            paint::card_ui(ui, rect, stage, &self.parts(picture), out);
        }
    }

    fn hall_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if self.in_phase {
            self.phase.hall_ui(ui, rect, stage, out);
        } else if let Some(picture) = self.current() {
            paint::hall_ui(ui, rect, stage, &self.parts(picture), out);
        }
    }

    fn choices_ui(&self, ui: &mut Ui, stage: &Stage<'_>, out: &mut Out) {
        if self.in_phase {
            self.phase.choices_ui(ui, stage, out);
        } else {
            strip::choices_ui(ui, stage, self.current(), out);
        }
    }

    fn tool_ui(&self, ui: &mut Ui, tool: Tool, stage: &Stage<'_>, out: &mut Out) -> bool {
        strip::tool_ui(ui, tool, stage, out)
    }
}

impl Robust {
    fn parts<'a>(&'a self, picture: &'a Picture) -> paint::Parts<'a> {
        paint::Parts {
            picture,
            shown: &self.shown,
            textures: &self.textures,
            brush: &self.brush,
            heads: self.heads_of.as_ref().and_then(|lab| self.heads.of(lab)),
            progress: self.heads.progress(),
        }
    }
}
