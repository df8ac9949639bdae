//! The full-size lens: what every mechanism costs at the sizes of real models, how exact its kernels are, and how far noise moves
//! it there. It shows what a [`run::Runner`] measures here, or replays what was measured elsewhere, and says which.

mod derive;
#[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
mod figures;
mod paint;
pub mod run;
mod say;
mod strip;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use egui::{Key, Painter, Rect, Ui};
use eigenlens_gpu::{Kind, Precision, Results};

use super::{Lens, Out, Phrase, Shape, Stage};
use crate::board::{BoardToken, Mark, View};
use crate::command::{Edit, FullSizeEdit};
use crate::lab::full_size::{Measured, Storage, Tokens};
use crate::lab::readout::Readouts;
use crate::lab::{FullSizeChoices, Lab, LensId, Library, results};
use derive::{Lengths, Picture};
use run::{Availability, NoRunner, RunEvent, RunRequest, Runner};

/// Seed of the inputs of every run.
const SEED: u64 = 1;

/// Between two frames of a run.
const REST: Duration = Duration::from_millis(100);

/// What a button asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Run,
    Cancel,
    /// Shows again what was measured here.
    ShowOwn,
}

/// A run that is under way.
#[derive(Clone, Debug, Default, PartialEq)]
struct Running {
    /// What was asked for.
    of: FullSizeChoices,
    /// Rows that will come.
    rows: usize,
    /// Rows that have come.
    came: usize,
    /// Share that is done.
    done: f32,
    what: String,
    seconds_left: Option<f32>,
    /// It was asked to stop.
    stopping: bool,
}

/// How the last run ended.
#[derive(Clone, Debug, PartialEq)]
enum End {
    Done(f64),
    Failed(String),
    Cancelled,
}

/// The lens with what it remembers between frames.
pub struct FullSize {
    runner: Box<dyn Runner>,
    availability: Availability,
    running: Option<Running>,
    end: Option<End>,
    /// What the last run wants to be known.
    notice: Option<String>,
    /// What was measured here.
    own: Option<Arc<Results>>,
    /// The sizes that runs had, where they were reduced.
    ran: Vec<(Tokens, Lengths)>,
    /// It is shown, not a replay.
    prefers_own: bool,
    /// Files of results that were opened when the picture was made.
    openings: u64,
    picture: Picture,
    wish: Cell<Option<Wish>>,
    news: bool,
}

impl Default for FullSize {
    fn default() -> Self {
        Self::new(Box::new(NoRunner))
    }
}

impl FullSize {
    /// The lens with what measures for it.
    pub fn new(runner: Box<dyn Runner>) -> Self {
        Self {
            availability: runner.availability(),
            runner,
            running: None,
            end: None,
            notice: None,
            own: None,
            ran: Vec::new(),
            prefers_own: true,
            openings: 0,
            picture: Picture::new(FullSizeChoices::default(), None, None, &[]),
            wish: Cell::default(),
            news: true,
        }
    }

    /// Whether a run is under way.
    fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Keeps a wish for the next derivation.
    fn ask(&self, ui: &Ui, wish: Wish) {
        self.wish.set(Some(wish));
        ui.ctx().request_repaint();
    }

    fn start(&mut self, choices: FullSizeChoices) {
        if self.is_running() || !matches!(self.availability, Availability::Ready { .. }) {
            return;
        }
        self.running = Some(Running {
            of: choices,
            ..Running::default()
        });
        self.end = None;
        self.notice = None;
        self.prefers_own = true;
        self.runner.start(RunRequest {
            shape: choices.tokens.shape(),
            mechanisms: Measured::ALL.to_vec(),
            precision: match choices.storage {
                Storage::F16 => Precision::F16,
                Storage::F32 => Precision::F32,
            },
            noise: match choices.spikes.percent() {
                0 => None,
                percent => Some(f64::from(percent) / 100.0),
            },
            seed: SEED,
        });
    }

    fn stop(&mut self) {
        if let Some(running) = &mut self.running
            && !running.stopping
        {
            running.stopping = true;
            self.runner.cancel();
        }
    }

    fn take(&mut self, event: RunEvent) {
        match event {
            RunEvent::Started { rows } => {
                if let Some(running) = &mut self.running {
                    running.rows = rows;
                }
            }
            RunEvent::Progress {
                done,
                what,
                seconds_left,
            } => {
                if let Some(running) = &mut self.running {
                    running.done = if done.is_finite() {
                        done.clamp(0.0, 1.0)
                    } else {
                        running.done
                    };
                    running.what = what;
                    running.seconds_left = seconds_left.filter(|left| left.is_finite() && *left >= 0.0);
                }
            }
            RunEvent::Row(row) => {
                if let Some(running) = &mut self.running {
                    running.came += 1;
                    let tokens = running.of.tokens;
                    self.ran.retain(|(of, _)| *of != tokens);
                    self.ran.push((tokens, row.shape));
                }
                let rows = &mut self.own_mut().rows;
                // What is measured again gives way to what is new.
                rows.retain(|other| {
                    !other.is_same_task(&row) || (&other.precision, &other.by) != (&row.precision, &row.by)
                });
                rows.push(row);
            }
            RunEvent::Machine(machine, ceilings) => {
                let own = self.own_mut();
                // Rows of another adapter are another machine's.
                if own.machine.adapter != machine.adapter {
                    own.rows.clear();
                }
                own.machine = machine;
                own.ceilings = ceilings;
            }
            RunEvent::Notice(notice) => self.notice = Some(notice),
            RunEvent::Done { seconds } => self.finish(End::Done(seconds)),
            RunEvent::Failed(reason) => self.finish(End::Failed(reason)),
            RunEvent::Cancelled => self.finish(End::Cancelled),
        }
    }

    fn finish(&mut self, end: End) {
        self.running = None;
        self.end = Some(end);
    }

    /// What was measured here, to add to.
    fn own_mut(&mut self) -> &mut Results {
        let own = self.own.get_or_insert_with(|| Arc::new(results::empty()));
        Arc::make_mut(own)
    }

    /// Whether what was measured here has something at this size, or is about to.
    fn has_own(&self, choices: FullSizeChoices) -> bool {
        let same = |of: &FullSizeChoices| of.tokens == choices.tokens && of.storage == choices.storage;
        let rows = self.own.iter().flat_map(|own| &own.rows);
        self.running.as_ref().is_some_and(|running| same(&running.of))
            || rows.filter(|row| row.by.kind == Kind::Gpu).any(|row| {
                let is_whole = row.shape == choices.tokens.shape();
                let is_here = is_whole || self.ran.contains(&(choices.tokens, row.shape));
                is_here && row.precision == choices.storage.name()
            })
    }
}

impl Lens for FullSize {
    fn id(&self) -> LensId {
        LensId::FullSize
    }

    fn derive(&mut self, lab: &Lab, library: &Library) -> bool {
        let choices = lab.choices.full_size;
        let before = (self.running.clone(), self.availability.clone());
        let mut changed = choices != self.picture.choices;
        match self.wish.take() {
            Some(Wish::Run) => self.start(choices),
            Some(Wish::Cancel) => self.stop(),
            Some(Wish::ShowOwn) => {
                self.prefers_own = true;
                changed = true;
            }
            None => {}
        }
        self.availability = self.runner.availability();
        while let Some(event) = self.runner.poll() {
            self.take(event);
            changed = true;
        }
        if self.openings != library.results.openings() {
            self.openings = library.results.openings();
            self.prefers_own = false;
            changed = true;
        }
        let replayed = library.results.replayed();
        changed |= self.picture.of.is_none() && replayed.is_some();
        changed |= before != (self.running.clone(), self.availability.clone());
        if changed {
            let own = self.own.as_ref().filter(|_| self.prefers_own && self.has_own(choices));
            self.picture = Picture::new(choices, own, replayed, &self.ran);
        }
        self.news = changed;
        changed || self.is_running() || self.availability == Availability::NotYetKnown
    }

    fn has_news(&self) -> bool {
        self.news
    }

    fn until_next_frame(&self) -> Duration {
        if self.is_running() { REST } else { Duration::ZERO }
    }

    /// What was measured here, or what is replayed.
    fn results(&self) -> Option<&Results> {
        self.picture.of.as_deref().filter(|of| !of.rows.is_empty())
    }

    /// The mechanism before or after.
    fn step(&self, lab: &Lab, by: i32) -> Option<Edit> {
        let at = i32::from(lab.choices.full_size.measured.code()) + by;
        let next = Measured::ALL.get(usize::try_from(at).ok()?)?;
        Some(Edit::FullSize(FullSizeEdit::Measured(*next)))
    }

    /// The other precision.
    fn first_switch(&self, lab: &Lab) -> Option<Edit> {
        Some(Edit::FullSize(FullSizeEdit::Storage(
            match lab.choices.full_size.storage {
                Storage::F16 => Storage::F32,
                Storage::F32 => Storage::F16,
            },
        )))
    }

    fn escape(&mut self) -> bool {
        let running = self.running.as_ref().is_some_and(|running| !running.stopping);
        self.stop();
        running
    }

    fn shape(&self) -> Shape {
        Shape::Whole
    }

    fn takes_board(&self) -> bool {
        true
    }

    fn board_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if self.is_running() && ui.input(|input| input.key_pressed(Key::Escape)) {
            self.ask(ui, Wish::Cancel);
        }
        paint::whole_ui(self, ui, rect, stage, out);
    }

    fn headline(&self) -> Vec<Phrase> {
        say::headline(self)
    }

    fn subline(&self) -> String {
        say::subline(self)
    }

    fn tokens(&self) -> &[BoardToken] {
        &[]
    }

    fn read_out(&self, readouts: &mut Readouts) {
        say::read_out(self, readouts);
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

    fn microscope_ui(&self, _ui: &mut Ui, _rect: Rect, _stage: &Stage<'_>, _out: &mut Out) {}

    fn cards(&self) -> &'static [&'static str] {
        &["Speed", "Roofline", "Error", "Memory", "Noise", "Choices"]
    }

    fn card_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        paint::card_ui(self, ui, rect, stage, out);
    }

    fn hall_ui(&self, _ui: &mut Ui, _rect: Rect, _stage: &Stage<'_>, _out: &mut Out) {}

    fn choices_ui(&self, ui: &mut Ui, stage: &Stage<'_>, out: &mut Out) {
        strip::ui(self, ui, stage, out);
    }
}
