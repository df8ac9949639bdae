//! Where recovery ends: the share of planted instances that the pursuit gets back, over rank and share of wrong entries.
//!
//! The diagram does not depend on the lab's cloud. It is begun when it is first shown, filled cell by cell while it is shown,
//! and kept.

mod board;
mod compute;
mod controls;
mod draws;
#[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
mod figures;
mod say;

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use egui::{Rect, Ui};

use crate::command::{Command, Edit, RobustEdit};
use crate::job::Job;
use crate::lab::readout::Readouts;
use crate::lab::{Lab, Planted};
use crate::lens::{Out, Phrase, Stage};
use crate::microscope::{heat, split};
use compute::{Diagram, Goal, Instance, Looked};

/// What a button of the strip asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wish {
    Run,
    Stop,
}

/// The diagram with what it remembers between frames.
pub(super) struct Phase {
    diagram: Diagram,
    /// The instance that is looked at.
    chosen: Planted,
    /// The fill was stopped while this cell was looked at: it goes on when it is asked for.
    stopped: Option<Planted>,
    filling: Job<Goal, Diagram>,
    looking: Job<Planted, Looked>,
    wish: Cell<Option<Wish>>,
    /// What is read out has changed in the last derivation.
    news: bool,
    textures: RefCell<[heat::Texture; 3]>,
    hand: RefCell<split::Hand>,
}

/// The cell that is looked at first: it lies on the cliff.
fn first() -> Planted {
    Planted::new(6, 5, 0).unwrap_or(Planted::FIRST)
}

impl Default for Phase {
    fn default() -> Self {
        Self {
            diagram: Diagram::default(),
            chosen: first(),
            stopped: None,
            filling: Job::default(),
            looking: Job::default(),
            wish: Cell::default(),
            news: true,
            textures: RefCell::default(),
            hand: RefCell::default(),
        }
    }
}

/// The first draw of an instance's cell.
fn cell_of(planted: Planted) -> Planted {
    planted.with_draw(0)
}

/// The edit that looks at an instance.
fn choose(planted: Planted) -> Command {
    Command::Edit(Edit::Robust(RobustEdit::Instance(planted)))
}

impl Phase {
    /// Brings the diagram on. Returns true while work is under way, or when something has changed.
    pub(super) fn derive(&mut self, lab: &Lab) -> bool {
        let chosen = lab.choices.robust.instance.unwrap_or_else(first);
        let wish = self.wish.take();
        self.news = chosen != self.chosen || wish.is_some();
        self.chosen = chosen;
        match wish {
            Some(Wish::Run) => self.stopped = None,
            Some(Wish::Stop) => self.stop(),
            None => {}
        }
        self.looking.request(chosen, || compute::look(chosen));
        let was_looking = self.looking.progress().is_some();
        // One of the two a frame: in the browser each takes its slice of it.
        let looking = self.looking.poll();
        self.news |= was_looking && !looking;
        if !looking {
            self.filling.poll();
            self.take();
        }
        if let Some(goal) = self.goal() {
            let diagram = &self.diagram;
            self.filling.request(goal, || compute::fill(diagram.clone(), goal));
        }
        self.news || looking || self.is_running()
    }

    /// Whether what is read out has changed in the last derivation.
    pub(super) fn has_news(&self) -> bool {
        self.news
    }

    /// What is to be computed: the cell that is looked at, then all others.
    fn goal(&self) -> Option<Goal> {
        let cell = cell_of(self.chosen);
        if self.diagram.cell(cell).is_none() && self.stopped != Some(cell) {
            Some(Goal::One(cell))
        } else if self.stopped.is_none() && !self.diagram.is_whole() {
            Some(Goal::All)
        } else {
            None
        }
    }

    /// Takes what the job has made.
    fn take(&mut self) {
        let made = self.filling.partial().into_iter().chain(self.filling.answer());
        if let Some(more) = made.max_by_key(|made| made.done())
            && more.done() > self.diagram.done()
        {
            self.diagram.clone_from(more);
            self.news = true;
        }
    }

    fn is_running(&self) -> bool {
        self.filling.progress().is_some()
    }

    fn stop(&mut self) {
        self.filling.poll();
        self.take();
        self.filling.cancel();
        self.stopped = Some(cell_of(self.chosen));
    }

    /// Another view is shown: what is there is kept, nothing goes on.
    pub(super) fn rest(&mut self) {
        self.filling.poll();
        self.take();
        self.filling.cancel();
        self.looking.cancel();
    }

    /// Stops filling, as Esc asks; what is there stays. False when nothing was under way.
    pub(super) fn escape(&mut self) -> bool {
        let running = self.is_running();
        if running {
            self.stop();
        }
        running
    }

    /// The draw that is looked at with its matrices, once it is there.
    fn instance(&self) -> Option<&Arc<Instance>> {
        if !self.looking.is_fresh(&self.chosen) {
            return None;
        }
        self.looking.answer()?.as_ref().ok()
    }

    pub(super) fn headline(&self) -> Vec<Phrase> {
        say::headline(&self.diagram)
    }

    pub(super) fn subline() -> String {
        say::subline()
    }

    pub(super) fn read_out(&self, readouts: &mut Readouts) {
        say::read_out(self, readouts);
    }

    pub(super) fn board_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        if ui.input(|input| input.key_pressed(egui::Key::Escape)) && self.is_running() {
            self.ask(ui, Wish::Stop);
        }
        board::ui(self, ui, rect, stage, out);
    }

    pub(super) fn microscope_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        draws::microscope_ui(self, ui, rect, stage, out);
    }

    pub(super) fn card_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        draws::card_ui(self, ui, rect, stage, out);
    }

    pub(super) fn hall_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        draws::hall_ui(self, ui, rect, stage, out);
    }

    pub(super) fn choices_ui(&self, ui: &mut Ui, stage: &Stage<'_>, out: &mut Out) {
        controls::ui(self, ui, stage, out);
    }

    /// Names of the cards of a phone.
    pub(super) const CARDS: &[&str] = &["Draws", "Matrices", "Values"];

    /// Keeps a wish for the next derivation.
    fn ask(&self, ui: &Ui, wish: Wish) {
        self.wish.set(Some(wish));
        ui.ctx().request_repaint();
    }
}

#[cfg(test)]
mod tests;
