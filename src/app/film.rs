//! Playing what a lens can play: the steps of a solver, one after the other.

use egui::Context;

use super::App;
use crate::command::{Command, Edit};
use crate::lens;

/// Whether something is being played.
#[derive(Debug, Default)]
pub(super) struct Film {
    /// When the present step was shown first, in seconds, while the film runs.
    since: Option<f64>,
    /// It has ended, and the address bar has not been told.
    ended: bool,
}

impl Film {
    pub(super) fn is_playing(&self) -> bool {
        self.since.is_some()
    }

    /// Whether a film has ended since this was asked last.
    pub(super) fn take_ended(&mut self) -> bool {
        std::mem::take(&mut self.ended)
    }
}

impl App {
    /// What the lens can play.
    pub(super) fn playable(&self) -> Option<lens::Film> {
        let film = self.lenses.get(self.lens_index())?.film(self.lab())?;
        (film.first < film.last).then_some(film)
    }

    /// Begins or ends to play. After the last step it begins again; where nothing may move it takes one step.
    pub(super) fn play(&mut self) -> bool {
        if self.stop_film() {
            return true;
        }
        // A hand that holds something goes first.
        let Some(film) = self.playable().filter(|_| !self.history.in_gesture()) else {
            return false;
        };
        if self.system.reduced_motion {
            let next = if film.at < film.last { film.at + 1 } else { film.first };
            return self.show_step(&film, next);
        }
        self.film.since = Some(self.context.input(|input| input.time));
        if film.at >= film.last {
            self.hold(&(film.edit)(film.first));
        }
        self.context.request_repaint();
        false
    }

    /// Ends to play; what was played is one entry of the history. False when nothing was playing.
    pub(super) fn stop_film(&mut self) -> bool {
        self.film.since.take().is_some() && {
            self.film.ended = self.history.commit();
            self.stale = true;
            self.context.request_repaint();
            true
        }
    }

    /// One step on or back, as one edit.
    pub(super) fn step_film(&mut self, by: i32) -> bool {
        self.stop_film();
        let Some(film) = self.playable().filter(|_| !self.history.in_gesture()) else {
            return false;
        };
        let to = film.at.saturating_add_signed(by as isize).clamp(film.first, film.last);
        self.show_step(&film, to)
    }

    fn show_step(&mut self, film: &lens::Film, step: usize) -> bool {
        step != film.at && self.run_one(Command::Edit((film.edit)(step)))
    }

    /// Shows the next step when its time has come. A hand that does something else ends the film.
    pub(super) fn advance_film(&mut self, context: &Context) {
        let Some(since) = self.film.since else { return };
        let Some(film) = self.playable() else {
            self.stop_film();
            return;
        };
        if film.at >= film.last {
            self.stop_film();
            return;
        }
        let now = context.input(|input| input.time);
        let due = (((now - since) / film.seconds) as usize).min(film.last - film.at);
        if due > 0 {
            self.film.since = Some(now);
            // A slow frame shows one step, not many: each is looked at.
            self.hold(&(film.edit)(film.at + 1));
            self.stale = true;
        }
        context.request_repaint_after_secs((film.seconds.min(0.05)) as f32);
    }

    /// An edit as part of the running film.
    fn hold(&mut self, edit: &Edit) {
        self.run_one(Command::Drag(edit.clone()));
    }
}
