//! Carrying out what was asked for: the only place where the lab changes.

use super::{App, Wish};
use crate::command::{Aid, Command, Edit, SaveAs, Tool, words};
use crate::lab::history::Adopted;
use crate::lab::{self, Brush, CellNoise, Damage, Lab, LensId, Notice, Severity, Source, Temperature, TokenRef, link};

use crate::lesson::Control;

/// Seconds between two links of a running gesture.
const GESTURE_LINK_S: f64 = 0.5;

/// What the address bar was told last.
#[derive(Debug, Default)]
pub(super) struct LinkState {
    told: Option<Lab>,
    told_at: f64,
}

impl LinkState {
    /// When the last link was told, in the frame's seconds.
    pub(super) fn told_at(&self) -> f64 {
        self.told_at
    }

    /// This lab needs no telling.
    pub(super) fn is_told(&mut self, lab: &Lab) {
        self.told = Some(lab.clone());
    }
}

impl App {
    /// Carries out commands in their order; `time` is the frame's, in seconds.
    pub fn run(&mut self, commands: Vec<Command>, time: f64) {
        let before = self.history.lab().clone();
        let running = self.history.in_gesture();
        let mut finished = false;
        let commands: Vec<Command> = commands.into_iter().filter(|command| !self.locks(command)).collect();
        self.end_opening(&commands);
        // Whatever else is done to the lab ends the film.
        let ends_film = |command: &Command| {
            matches!(
                command,
                Command::Edit(_)
                    | Command::Drag(_)
                    | Command::Drop
                    | Command::Cancel
                    | Command::Undo
                    | Command::Redo
                    | Command::Lens(_)
                    | Command::Switch
                    | Command::Freeze
                    | Command::Pick(_)
                    | Command::Named(_)
            )
        };
        if commands.iter().any(ends_film) {
            self.stop_film();
        }
        for command in commands {
            finished |= self.run_one(command);
        }
        finished |= self.film.take_ended();
        let changed = *self.history.lab() != before;
        if changed || running != self.history.in_gesture() {
            self.stale = true;
            self.context.request_repaint();
        }
        self.tell_link(finished, time);
    }

    /// Tells the new link: at once when an edit is finished, at most twice a second while a gesture runs. The link is written
    /// before anything is derived from the lab, so that nothing is lost if that goes wrong.
    fn tell_link(&mut self, finished: bool, time: f64) {
        let lab = self.history.lab();
        let known = self.link.told.get_or_insert_with(|| lab.clone());
        if known == lab && !finished {
            return;
        }
        let running = self.history.in_gesture();
        if running && time - self.link.told_at < GESTURE_LINK_S {
            // Still owed: the next frame of the gesture, or its end, tells it.
            return;
        }
        let edited = known.scene != lab.scene || known.ghost != lab.ghost || known.choices != lab.choices;
        let push = finished && !running && !self.system.embedded && (edited || self.link_is_of_a_gesture());
        let link = link::encode(lab);
        self.link = LinkState {
            told: Some(lab.clone()),
            told_at: time,
        };
        self.wishes.push(Wish::Link { link, push });
    }

    /// Whether the last link that was told belongs to a gesture: its end is then an entry of its own.
    fn link_is_of_a_gesture(&self) -> bool {
        self.link.told.as_ref() == Some(self.history.lab())
    }

    /// One command; true when it finished an edit.
    pub(super) fn run_one(&mut self, command: Command) -> bool {
        match command {
            Command::Edit(edit) => return self.edit(&edit),
            Command::Drag(edit) => {
                if !self.history.in_gesture() {
                    self.history.begin(edit.label(self.history.lab()));
                }
                let library = &self.library;
                if let Err(error) = self.history.update(|lab| edit.apply(lab, library)) {
                    self.refuse(&error);
                }
            }
            Command::Drop => return self.history.commit(),
            Command::Cancel => {
                self.forget_pictures();
                self.history.cancel();
            }
            Command::Undo => {
                self.forget_pictures();
                return self.history.undo().is_some();
            }
            Command::Redo => {
                self.forget_pictures();
                return self.history.redo().is_some();
            }
            Command::Freeze => {
                let edit = if self.lab().ghost.is_some() {
                    Edit::ClearGhost
                } else {
                    Edit::Freeze
                };
                return self.edit(&edit);
            }
            Command::Camera(camera) => self.history.set_camera(camera),
            Command::Fit => {
                let camera = self.fitted_camera();
                self.history.set_camera(camera);
            }
            Command::Lens(lens) => {
                // What is held on one lens is let go before the next.
                let held = self.history.commit();
                self.history.set_lens(lens);
                self.keep_tool_of_lens();
                return held;
            }
            Command::Switch => return self.first_switch().is_some_and(|edit| self.edit(&edit)),
            Command::Theme(theme) => self.history.set_theme(Some(theme)),
            Command::NextTheme => {
                let at = lab::Theme::ALL
                    .iter()
                    .position(|theme| theme.key() == self.readouts.theme)
                    .unwrap_or(0);
                self.history
                    .set_theme(lab::Theme::ALL.get((at + 1) % lab::Theme::ALL.len()).copied());
            }
            Command::Tool(tool) => {
                // The key of a tool that the lens does not have takes the one in its place.
                let tools = Tool::of(self.lab().lens);
                let tool = match tool {
                    Tool::Add if tools.contains(&Tool::Corrupt) => Tool::Corrupt,
                    Tool::Corrupt if !tools.contains(&Tool::Corrupt) => Tool::Move,
                    tool => tool,
                };
                self.tool = tool;
                self.strip_shown |= tool != Tool::Move;
                self.context.request_repaint();
            }
            Command::AddRole(role) => {
                self.add = role;
                self.context.request_repaint();
            }
            Command::Brush(brush) => self.history.set_brush(brush),
            Command::Play => return self.play(),
            Command::StepFilm(by) => return self.step_film(by),
            Command::Select(token) => {
                self.selected = token.filter(|token| self.lab().scene.has(*token));
                self.context.request_repaint();
            }
            Command::Pick(token) => {
                self.selected = Some(token).filter(|token| self.lab().scene.has(*token));
                self.context.request_repaint();
                return self.asks(token).is_some_and(|query| self.edit(&Edit::Ask(query)));
            }
            Command::ToggleTools => {
                self.strip_shown = !self.strip_shown;
                self.context.request_repaint();
            }
            Command::ToggleKeys => {
                self.keys_shown = !self.keys_shown;
                self.context.request_repaint();
            }
            Command::Named(name) => {
                if let Some(command) = self.named(name) {
                    return self.run_one(command);
                }
            }
            Command::Blank => {
                self.blank = !self.blank;
                self.context.request_repaint();
            }
            Command::Give(name) => {
                self.give_shipped(name, 1);
            }
            Command::Lesson(by) => self.move_lesson(by),
            #[cfg(target_arch = "wasm32")]
            Command::Aid(aid) => self.wishes.push(Wish::Aid(aid)),
            #[cfg(not(target_arch = "wasm32"))]
            Command::Aid(aid) => self.aid(aid),
            Command::Share => self.wishes.push(Wish::Share(link::encode(self.lab()))),
            Command::OpenFile => self.wishes.push(Wish::OpenFile),
            Command::Save(format) => self.wishes.push(Wish::Save(format)),
            #[cfg(target_arch = "wasm32")]
            Command::Figures => self.wishes.push(Wish::Figures),
            Command::Dismiss(index) => {
                if index < self.notices.len() {
                    self.notices.remove(index);
                    self.stale = true;
                    self.context.request_repaint();
                }
            }
        }
        false
    }

    /// The query that a click on a token asks with: the token's own, where every key has a query of its own (self-attention).
    fn asks(&self, token: TokenRef) -> Option<usize> {
        let scene = &self.lab().scene;
        match token {
            TokenRef::Query(query) => Some(query),
            TokenRef::Key(key) => scene.query_of(key),
        }
        .filter(|query| *query != scene.asking())
    }

    /// What the first switch of the lens does now.
    fn first_switch(&self) -> Option<Edit> {
        self.lenses.get(self.lens_index())?.first_switch(self.lab())
    }

    fn edit(&mut self, edit: &Edit) -> bool {
        if let Edit::Select(Source::Text(id)) = edit {
            self.ask_again(*id);
        }
        if let Edit::Reset | Edit::Select(_) | Edit::Open(_) | Edit::Head(_) = edit {
            self.forget_pictures();
        }
        let library = &self.library;
        let before = self.history.lab().clone();
        match self
            .history
            .edit(edit.label(self.history.lab()), |lab| edit.apply(lab, library))
        {
            Ok(()) => {
                self.forget_what_is_gone(edit);
                let lab = self.lab();
                lab.scene != before.scene || lab.ghost != before.ghost || lab.choices != before.choices
            }
            Err(error) => {
                self.refuse(&error);
                false
            }
        }
    }

    /// What is shown next stands on the lab alone, not on what was shown before.
    fn forget_pictures(&mut self) {
        for lens in &mut self.lenses {
            lens.forget();
        }
    }

    /// Tokens are named by their place in the list, so a choice may not outlive an edit of the list.
    fn forget_what_is_gone(&mut self, edit: &Edit) {
        if let Edit::Erase(token) = edit {
            // The focus moves on to the token that took its place.
            self.focus = Some(*token).filter(|token| self.selected == Some(*token) && self.lab().scene.has(*token));
        }
        if let Edit::Erase(_) | Edit::Select(_) | Edit::Open(_) | Edit::Reset | Edit::Head(_) = edit {
            self.selected = None;
            self.linked = None;
        }
    }

    /// An edit that could not be done: said once, in the error's own words.
    fn refuse(&mut self, error: &lab::EditError) {
        self.notify(Notice::from(error));
    }

    /// Shows a notice; the same one is shown once.
    pub fn notify(&mut self, notice: Notice) {
        if !self.notices.contains(&notice) {
            self.notices.push(notice);
        }
        self.stale = true;
        self.context.request_repaint();
    }

    /// Opens a link: a broken one opens the nearest valid lab with a notice.
    pub fn open_link(&mut self, text: &str) {
        let (lab, notice) = link::decode(text);
        self.begin_with_something_else();
        self.stop_film();
        if let Source::Text(id) = lab.scene.source {
            self.ask_again(id);
        }
        self.show(lab, "Open a link");
        self.notices.retain(|notice| notice.severity != Severity::Link);
        self.notices.extend(notice.as_ref().map(Notice::from));
        self.ask_for_file();
        self.link.told = Some(self.lab().clone());
        self.stale = true;
        self.context.request_repaint();
    }

    /// Shows a lab in place of the present one; an entry of the history where it is another scene.
    pub(super) fn show(&mut self, mut lab: Lab, label: &str) {
        lab.reconcile(&self.library);
        let adopted = self.history.adopt(lab.clone(), label);
        if adopted == Adopted::View {
            self.history.set_camera(lab.camera);
            self.history.set_lens(lab.lens);
            self.history.set_theme(lab.theme);
        }
        self.forget_pictures();
        self.keep_tool_of_lens();
        if adopted == Adopted::Opened {
            self.selected = None;
        }
    }

    /// Says that the lab was made on a file that is not open here.
    pub fn ask_for_file(&mut self) {
        if let Err(missing @ lab::SceneError::FileMissing { .. }) = self.lab().scene.head(&self.library) {
            self.notify(Notice::from(&missing));
        }
    }

    /// A command by its stable name, from a key or the host page. False when it is unknown or does not apply now.
    pub fn command(&mut self, name: &str) -> bool {
        if name == "storage-failed" {
            self.notify(Notice::new(
                Severity::Info,
                "This browser does not let Eigenlens save",
                "Storage is full or forbidden.",
                "Your work is in the link: share it, or save the lab.",
            ));
            return true;
        }
        if name == "escape" {
            return self.escape();
        }
        let Some(command) = self.named(name) else { return false };
        self.run(vec![command], self.link.told_at);
        true
    }

    /// Drop, then tool off: false when there was nothing to leave.
    fn escape(&mut self) -> bool {
        if self.keys_shown {
            self.keys_shown = false;
        } else if self.stop_film() {
            // The film was what there was to leave.
        } else if self.history.in_gesture() {
            self.forget_pictures();
            self.history.cancel();
            self.stale = true;
        } else if self.tool != Tool::Move && self.has_tools(false) {
            self.tool = Tool::Move;
        } else if self.escape_lens() {
            self.stale = true;
        } else {
            return false;
        }
        self.context.request_repaint();
        true
    }

    /// Whether the lens paints the board's place itself.
    pub(super) fn takes_board(&self) -> bool {
        self.lenses
            .get(self.lens_index())
            .is_some_and(|lens| lens.takes_board())
    }

    /// Whether a tool can be in the hand.
    pub(super) fn has_tools(&self, phone: bool) -> bool {
        let lens = self.lenses.get(self.lens_index());
        !self.locks_control(Control::Tools) && lens.is_none_or(|lens| lens.has_tools(phone))
    }

    /// A tool that the lens does not have is put down.
    fn keep_tool_of_lens(&mut self) {
        if !Tool::of(self.lab().lens).contains(&self.tool) {
            self.tool = Tool::Move;
        }
    }

    fn escape_lens(&mut self) -> bool {
        let at = self.lens_index();
        self.lenses.get_mut(at).is_some_and(|lens| lens.escape())
    }

    fn named(&self, name: &str) -> Option<Command> {
        let (verb, object) = name.split_once(' ').unwrap_or((name, ""));
        let head = |step: i32| {
            let heads = i32::from(self.lab().scene.source.counts().heads);
            let next = i32::from(self.lab().scene.head) + step;
            (0..heads)
                .contains(&next)
                .then_some(Command::Edit(Edit::Head(next as u16)))
        };
        // The axis or the view of the lens; without one the head.
        let step = |by: i32| {
            let lens = self.lenses.get(self.lens_index())?;
            lens.step(self.lab(), by).map(Command::Edit).or_else(|| head(by))
        };
        match (verb, object) {
            ("undo", "") => self.history.can_undo().then_some(Command::Undo),
            ("redo", "") => self.history.can_redo().then_some(Command::Redo),
            ("fit", "") => Some(Command::Fit),
            ("freeze", "") => Some(Command::Freeze),
            ("theme", "") => Some(Command::NextTheme),
            ("theme", theme) => lab::Theme::ALL
                .iter()
                .find(|other| other.key() == theme)
                .map(|theme| Command::Theme(*theme)),
            ("tool", tool) => Tool::from_name(tool).map(Command::Tool),
            ("tools", "") => Some(Command::ToggleTools),
            ("keys", "") => Some(Command::ToggleKeys),
            ("blank", "") => Some(Command::Blank),
            ("give", name) => {
                let shipped = super::lessons::SHIPPED.iter().find(|shipped| shipped.name == name)?;
                Some(Command::Give(shipped.name))
            }
            ("lesson", by) => self.lesson_move(by).map(Command::Lesson),
            ("share", "") => Some(Command::Share),
            ("open", "") => Some(Command::OpenFile),
            ("aid", key) => Aid::from_key(key).map(Command::Aid),
            ("save", "answers") => self.has_answers().then_some(Command::Save(SaveAs::Answers)),
            ("save", "results") => self.has_results().then_some(Command::Save(SaveAs::Results)),
            ("save", key) => SaveAs::ALL
                .into_iter()
                .find(|format| format.key() == key)
                .map(Command::Save),
            #[cfg(target_arch = "wasm32")]
            ("figures", "") => Some(Command::Figures),
            #[cfg(not(target_arch = "wasm32"))]
            ("figure", key) => crate::studio::figures(self.lab())
                .iter()
                .find(|figure| figure.key == key)
                .map(|figure| Command::Save(SaveAs::Figure(figure.key))),
            ("temperature", "lower") => self.temperature(-0.2),
            ("temperature", "higher") => self.temperature(0.2),
            ("space", "") => {
                let next = self.lesson_move("next").map(Command::Lesson);
                next.or_else(|| self.playable().map(|_| Command::Play))
            }
            ("play", "") => self.playable().map(|_| Command::Play),
            ("film", step) => {
                let film = self.playable()?;
                let step = step.parse::<usize>().ok()?;
                ((film.first..=film.last).contains(&step)).then(|| Command::Edit((film.edit)(step)))
            }
            ("back", "") => self.playable().map(|_| Command::StepFilm(-1)),
            ("on", "") => self.playable().map(|_| Command::StepFilm(1)),
            ("noise", damage) => {
                let brush = self.lab().brush;
                let damage = *Damage::ALL.iter().find(|other| other.key() == damage)?;
                let damage = CellNoise { damage, ..brush.damage };
                Some(Command::Brush(Brush { damage, ..brush }))
            }
            ("head", "before") => head(-1),
            ("head", "after") => head(1),
            ("step", "before") => step(-1),
            ("step", "after") => step(1),
            ("switch", "") => self.first_switch().map(Command::Edit),
            ("lens", number) => {
                let index = number.parse::<usize>().ok()?.checked_sub(1)?;
                LensId::ALL.get(index).map(|lens| Command::Lens(*lens))
            }
            _ => words::edit_of(name, self.lab()).map(Command::Edit),
        }
    }

    /// The temperature by so many powers of two higher.
    fn temperature(&self, by: f64) -> Option<Command> {
        let scene = &self.lab().scene;
        let cloud = self.library.cloud(&scene.source)?;
        let dim = cloud.heads().get(usize::from(scene.head))?.dim();
        let tau = Temperature::fixed(2_f64.powf(by) * scene.temperature.value(dim)).ok()?;
        Some(Command::Edit(Edit::Temperature(tau)))
    }

    /// Moves a token by steps of a hundredth of the view.
    pub fn nudge(&mut self, token: TokenRef, dx: f64, dy: f64, large: bool) {
        let Some(view) = self.board_view else { return };
        let Some(at) = self
            .lab()
            .scene
            .positions(&self.library)
            .ok()
            .and_then(|all| all.of(token))
        else {
            return;
        };
        let step = view.nudge_in_world() * if large { 5.0 } else { 1.0 };
        let to = lab::GridPoint::from_world([at[0] + step * dx, at[1] + step * dy]);
        self.run(vec![Command::Edit(Edit::Move(token, to))], self.link.told_at);
    }

    /// Chooses a token, as a click on it does.
    pub fn select(&mut self, token: TokenRef) {
        self.run(vec![Command::Pick(token)], self.link.told_at);
    }
}

impl App {
    /// The system took the pointer away (a call, a gesture of the system): the gesture is dropped, nothing has happened.
    pub fn lose_pointer(&mut self) {
        self.forget_pictures();
        self.history.cancel();
        self.board.let_go();
        self.held.push(egui::Event::PointerGone);
        self.stale = true;
        self.context.request_repaint();
    }
}
