//! The app: derive, paint, listen, then carry out what was asked for.

#[cfg(not(target_arch = "wasm32"))]
mod author;
mod bar;
#[cfg(not(target_arch = "wasm32"))]
mod explain;
pub(crate) mod files;
mod film;
#[cfg(not(target_arch = "wasm32"))]
mod hall;
mod keys;
pub mod layout;
mod lesson;
mod lessons;
#[cfg(not(target_arch = "wasm32"))]
pub mod measure;
mod plane;
mod results;
mod run;
mod strip;
pub(crate) mod texts;
#[cfg(not(target_arch = "wasm32"))]
pub mod window;
mod words;

#[cfg(not(target_arch = "wasm32"))]
pub use texts::embedded as embedded_text;

use std::collections::BTreeMap;

use egui::{Event, Rect, Ui, UiBuilder};

use crate::board::{Board, View};
use crate::command::{Command, Edit, RobustEdit, Role, SaveAs, Tool};
use crate::lab::{self, History, Lab, Library, Notice, Readouts, TokenRef};
use crate::lens::{self, Lens, Out, Shape, Stage};
use crate::look::widgets::Tell as _;
use crate::look::{Mode, Theme};
use layout::{Class, Layout};

/// What the app asks of the world around it: the page or the window.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// The readouts have changed.
    Readouts,
    /// The lab has changed: its link, and whether it is a new entry of the browser's history.
    Link {
        /// From its `#` on.
        link: String,
        /// A finished edit, not a running gesture.
        push: bool,
    },
    /// Put this link on the clipboard.
    Share(String),
    /// Let the person choose a file.
    OpenFile,
    /// Save the lab or its cloud.
    Save(SaveAs),
    /// Show the figures of the lens and what else can be taken away.
    #[cfg(target_arch = "wasm32")]
    Figures,
    /// Show or hide what helps in a hall.
    #[cfg(target_arch = "wasm32")]
    Aid(crate::command::Aid),
    /// Fetch the numbers of a text.
    Text(lab::TextId),
    /// Fetch the measurements that come with the page.
    Results,
    /// Fetch a lesson and give it.
    Lesson {
        /// Name of its file without extension.
        name: &'static str,
        /// From which step on, from 1.
        step: usize,
    },
}

/// What the system says about the person's wishes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "five independent facts about the system")]
pub struct System {
    /// Prefers dark.
    pub dark: bool,
    /// Prefers that nothing moves.
    pub reduced_motion: bool,
    /// Inside another page: no entries in the history.
    pub embedded: bool,
    /// The Explain column is drawn beside the canvas by the page.
    pub explain_outside: bool,
    /// The numbers of the texts and the saved measurements are fetched by the page; else they are inside.
    pub texts_outside: bool,
}

/// The app.
#[expect(clippy::struct_excessive_bools, reason = "independent facts about the frame")]
pub struct App {
    history: History,
    library: Library,
    lenses: Vec<Box<dyn Lens>>,
    board: Board,
    system: System,
    tool: Tool,
    add: Role,
    selected: Option<TokenRef>,
    linked: Option<TokenRef>,
    focus: Option<TokenRef>,
    card: usize,
    strip_shown: bool,
    keys_shown: bool,
    /// The hall looks at the lecturer.
    blank: bool,
    film: film::Film,
    teaching: Option<Box<lesson::Teaching>>,
    /// What picks the variants of exercises.
    exercise_seed: u32,
    notices: Vec<Notice>,
    readouts: Readouts,
    stale: bool,
    wishes: Vec<Wish>,
    link: run::LinkState,
    texts: texts::Texts,
    /// The measurements that come with the program have been asked for.
    asked_results: bool,
    places: BTreeMap<String, Rect>,
    held: Vec<Event>,
    working: bool,
    styled: Option<(Mode, bool)>,
    fit: Option<plane::Fit>,
    board_view: Option<View>,
    #[cfg(not(target_arch = "wasm32"))]
    explain: explain::Explain,
    #[cfg(not(target_arch = "wasm32"))]
    hall: hall::Hall,
    /// The lesson that is being written.
    #[cfg(not(target_arch = "wasm32"))]
    draft: Option<Box<crate::lesson::Draft>>,
    /// The answer of a file dialogue, when one is open.
    #[cfg(not(target_arch = "wasm32"))]
    chosen: Option<std::sync::mpsc::Receiver<window::Chosen>>,
    context: egui::Context,
}

impl App {
    /// The app on a lab. Fonts must have been given to the context before.
    pub fn new(context: &egui::Context, lab: Lab, system: System) -> Self {
        Self {
            history: History::new(lab),
            library: Library::default(),
            lenses: lens::registry(),
            board: Board::default(),
            system,
            tool: Tool::default(),
            add: Role::default(),
            selected: None,
            linked: None,
            focus: None,
            card: 0,
            strip_shown: false,
            keys_shown: false,
            blank: false,
            film: film::Film::default(),
            teaching: None,
            exercise_seed: 0,
            notices: Vec::new(),
            readouts: Readouts::default(),
            stale: true,
            wishes: Vec::new(),
            link: run::LinkState::default(),
            texts: texts::Texts::default(),
            asked_results: false,
            places: BTreeMap::new(),
            held: Vec::new(),
            working: false,
            styled: None,
            fit: None,
            board_view: None,
            #[cfg(not(target_arch = "wasm32"))]
            explain: explain::Explain::default(),
            #[cfg(not(target_arch = "wasm32"))]
            hall: hall::Hall::default(),
            #[cfg(not(target_arch = "wasm32"))]
            draft: None,
            #[cfg(not(target_arch = "wasm32"))]
            chosen: None,
            context: context.clone(),
        }
    }

    /// The app on the lab of a link: a broken one opens the nearest valid lab with a notice, none the opening lab. It is where
    /// the history begins.
    pub fn of_link(context: &egui::Context, text: &str, system: System) -> Self {
        if text.trim().is_empty() {
            return Self::opening(context, system);
        }
        let (lab, notice) = lab::link::decode(text);
        let mut app = Self::new(context, lab, system);
        let mut lab = app.lab().clone();
        if lab.reconcile(&app.library) > 0 {
            app.history = History::new(lab);
        }
        app.notices.extend(notice.as_ref().map(Notice::from));
        app.ask_for_file();
        app
    }

    /// The present lab.
    pub fn lab(&self) -> &Lab {
        self.history.lab()
    }

    /// The numbers and sentences of the last frame.
    pub fn readouts(&self) -> &Readouts {
        &self.readouts
    }

    /// Whether the lens is still computing what it was asked for.
    pub fn is_working(&self) -> bool {
        self.working
    }

    /// The board of the last frame.
    pub fn board(&self) -> &Board {
        &self.board
    }

    /// Where something is on the canvas, by its stable name: "key 3", "query 1", "undo", "tool move", "board".
    pub fn place(&self, name: &str) -> Option<Rect> {
        self.places.get(name).copied()
    }

    /// Whether a touch at this place grabs something, so that the page must not scroll.
    pub fn wants_touch(&self, at: egui::Pos2) -> bool {
        let off_board = self.board_view.is_none_or(|view| !view.rect().contains(at));
        let handles = self.places.iter().filter(|(name, _)| name.starts_with("handle"));
        let mut held = self
            .board
            .grabs()
            .iter()
            .map(|(_, rect)| rect)
            .chain(handles.map(|(_, rect)| rect));
        off_board || self.tool != Tool::Move || held.any(|rect| rect.contains(at))
    }

    /// Takes what the app asks of the world around it.
    pub fn take_wishes(&mut self) -> Vec<Wish> {
        std::mem::take(&mut self.wishes)
    }

    /// The theme that is shown.
    pub fn theme(&self) -> &'static Theme {
        let of_system = if self.system.dark {
            lab::Theme::Dark
        } else {
            lab::Theme::Light
        };
        Theme::of(match self.lab().theme.unwrap_or(of_system) {
            lab::Theme::Light => Mode::Light,
            lab::Theme::Dark => Mode::Dark,
            lab::Theme::Projector => Mode::Projector,
        })
    }

    /// The id of the Explain text that belongs to the lens, or to its view.
    pub fn explain_id(&self) -> &'static str {
        let lens = self.lenses.get(self.lens_index());
        lens.and_then(|lens| lens.explain(self.lab()))
            .unwrap_or_else(|| self.lab().lens.key())
    }

    fn lens_index(&self) -> usize {
        let id = self.lab().lens;
        self.lenses.iter().position(|lens| lens.id() == id).unwrap_or(0)
    }

    /// The card that a phone shows: the map of all heads where it is open, else the one that was turned to.
    fn card(&self) -> usize {
        let map = self
            .lenses
            .get(self.lens_index())
            .and_then(|lens| map_card(lens.as_ref(), self.lab()));
        match map {
            Some(map) if map.open => map.at,
            Some(map) => self.card.min(map.at.saturating_sub(1)),
            None => self.card,
        }
    }

    /// What a lens needs to know about the frame.
    fn stage<'a>(&'a self, theme: &'a Theme) -> Stage<'a> {
        Stage {
            theme,
            lab: self.history.lab(),
            linked: self.linked,
            card: self.card(),
            tool: self.tool,
            playing: self.film.is_playing(),
            in_gesture: self.history.in_gesture(),
        }
    }

    /// One frame.
    pub fn frame_ui(&mut self, ui: &mut Ui) {
        let theme = self.theme();
        if self.styled != Some((theme.mode, self.system.reduced_motion)) {
            self.styled = Some((theme.mode, self.system.reduced_motion));
            ui.ctx()
                .all_styles_mut(|style| *style = theme.style(self.system.reduced_motion));
            self.stale = true;
        }
        // A press may become a drag: nothing may be put under the hand any more.
        if ui.input(|input| input.pointer.any_down()) {
            self.begin_with_something_else();
        }
        self.ask_for_texts();
        self.ask_for_results();
        self.advance_film(ui.ctx());
        self.derive(ui.ctx());
        let mut out = Out::default();
        #[cfg(not(target_arch = "wasm32"))]
        self.hear_keys(ui.ctx());
        keys::listen(ui.ctx(), &mut out.commands);
        let canvas = ui.max_rect();
        ui.painter().rect_filled(canvas, 0.0, theme.canvas);
        #[cfg(not(target_arch = "wasm32"))]
        let canvas = if self.draft.is_some() {
            self.author_beside(ui, canvas, theme)
        } else {
            self.explain_beside(ui, canvas, theme, theme.mode == Mode::Projector)
        };
        self.places.clear();
        self.lesson_ui(ui, theme, canvas, &mut out);
        for (name, rect) in out.places.drain(..) {
            self.places.insert(name.to_owned(), rect);
        }
        if self.blank {
            blank_ui(ui, theme, canvas, &mut out);
        }
        #[cfg(not(target_arch = "wasm32"))]
        self.hall_ui(ui, theme, canvas, &mut out);
        if self.keys_shown {
            keys::overlay(ui, theme, canvas, &mut out.commands);
        }
        if self.linked != out.linked {
            self.linked = out.linked;
            ui.ctx().request_repaint();
        }
        let time = ui.input(|i| i.time);
        self.run(out.commands, time);
        self.drop_files(ui.ctx());
        #[cfg(not(target_arch = "wasm32"))]
        self.presenter_ui(ui.ctx());
    }

    fn layout(&self, canvas: Rect, theme: &Theme) -> Layout {
        layout::layout(
            canvas,
            theme.scale,
            self.notices.len().min(words::MOST_NOTICES),
            theme.mode == Mode::Projector,
            self.strip_shown,
            self.lenses
                .get(self.lens_index())
                .map_or((176.0, Shape::Board), |lens| (lens.chart_height(), lens.shape())),
        )
    }

    /// The picture, and the lesson around it.
    fn lesson_ui(&mut self, ui: &mut Ui, theme: &'static Theme, canvas: Rect, out: &mut Out) {
        self.keep_answer();
        let wide = canvas.width() / theme.scale >= 720.0;
        if self.teaching.is_none() {
            let layout = self.layout(canvas, theme);
            self.paint(ui, theme, &layout, out);
        } else if theme.mode == Mode::Projector && wide && !self.strip_shown {
            let mut layout = lesson::wall_split(canvas, theme);
            layout.microscope = lesson::wall_ui(self, ui, theme, layout.microscope, out);
            self.paint(ui, theme, &layout, out);
        } else {
            let split = canvas.bottom() - lesson::bar_height(theme);
            let layout = self.layout(canvas.with_max_y(split), theme);
            self.paint(ui, theme, &layout, out);
            lesson::bar_ui(self, ui, theme, canvas.with_min_y(split), out);
        }
    }

    fn paint(&mut self, ui: &mut Ui, theme: &'static Theme, layout: &Layout, out: &mut Out) {
        if layout.top.is_positive() {
            bar::ui(self, ui, theme, layout, out);
            words::headline_ui(self, ui, theme, layout, out);
        }
        words::notices_ui(self, ui, theme, layout, out);
        let guesses = self.teaching.as_ref().is_some_and(|teaching| teaching.has_panel());
        let hides = self.is_asking();
        let taken = self.takes_board() && !hides;
        let has_tools = self.has_tools(layout.class == Class::Phone) && !hides;
        self.board_view = None;
        if let Some(place) = self.board_place(theme, layout) {
            let tool = if has_tools { self.tool } else { Tool::Move };
            self.board_ui(ui, theme, (place, tool), out);
        }
        let mut below_guess = None;
        if guesses && layout.microscope.is_positive() {
            let mut child = ui.new_child(UiBuilder::new().id_salt("guess").max_rect(layout.microscope));
            below_guess = lesson::guess_panel(self, &mut child, theme, layout.microscope);
        }
        if hides {
            return;
        }
        let lens = self.lens_index();
        let stage = self.stage(theme);
        if let Some(lens) = self.lenses.get(lens) {
            let mut within = |rect: Rect, name: &'static str, add: &mut dyn FnMut(&mut Ui, &mut Out)| {
                if rect.width() > 40.0 && rect.height() > 40.0 {
                    let mut child = ui.new_child(UiBuilder::new().id_salt(name).max_rect(rect));
                    add(&mut child, out);
                }
            };
            if taken {
                let place = if layout.chart.is_positive() && layout.chart.width() <= layout.board.width() + 1.0 {
                    layout.board.union(layout.chart)
                } else {
                    layout.board
                };
                within(place, "picture", &mut |ui, out| lens.board_ui(ui, place, &stage, out));
            }
            // Where the truth is a map that is open, it has the room that the answers leave.
            let map = map_card(lens.as_ref(), self.lab())
                .filter(|map| map.open)
                .map(|map| map.at);
            let room = below_guess.map(|rect| rect.with_min_y(rect.top() + theme.px(14.0)));
            if let (Some(card), Some(room)) = (map, room)
                && room.height() > theme.px(150.0)
            {
                let stage = Stage { card, ..stage };
                within(room, "map", &mut |ui, out| lens.card_ui(ui, room, &stage, out));
            }
            match layout.class {
                Class::Wide => {
                    if !taken {
                        within(layout.chart, "chart", &mut |ui, out| {
                            lens.chart_ui(ui, layout.chart, &stage, out);
                        });
                    }
                    if !guesses {
                        within(layout.microscope, "microscope", &mut |ui, out| {
                            lens.microscope_ui(ui, layout.microscope, &stage, out);
                        });
                    }
                }
                Class::Hall | Class::Phone if guesses => {}
                Class::Hall => within(layout.microscope, "microscope", &mut |ui, out| {
                    lens.hall_ui(ui, layout.microscope, &stage, out);
                }),
                Class::Phone => {
                    let (card, dots) = strip::split_card(layout.microscope, theme);
                    if self.tool == Tool::Corrupt && has_tools {
                        // What is painted on takes the whole place of the cards.
                        let whole = layout.microscope;
                        within(whole, "card", &mut |ui, out| {
                            lens.card_ui(ui, whole.shrink2(egui::vec2(0.0, 8.0)), &stage, out);
                        });
                        strip::ui(self, ui, theme, layout, out);
                        return;
                    }
                    if self.tool != Tool::Move && has_tools {
                        strip::tool_card_ui(self, ui, theme, layout.microscope, out);
                        strip::ui(self, ui, theme, layout, out);
                        return;
                    }
                    within(card, "card", &mut |ui, out| lens.card_ui(ui, card, &stage, out));
                    let cards = lens.cards();
                    let shown = self.card();
                    let mut turned = shown;
                    // A drag of something on the card is no swipe.
                    let held = self.history.in_gesture();
                    within(dots, "dots", &mut |ui, _| {
                        turned = strip::cards_ui(ui, theme, dots, cards, turned);
                    });
                    within(card, "swipe", &mut |ui, _| {
                        if !held {
                            turned = strip::swipe(ui, card, cards.len(), turned);
                        }
                    });
                    let map = map_card(lens.as_ref(), self.lab());
                    let [was, is] = [shown, turned].map(|card| map.as_ref().is_some_and(|map| map.at == card));
                    if let Some(map) = map.filter(|_| was != is) {
                        out.push(Command::Edit((map.edit)(is)));
                    }
                    if turned != shown && !is {
                        self.card = turned;
                    }
                }
            }
        }
        strip::ui(self, ui, theme, layout, out);
    }

    fn derive(&mut self, context: &egui::Context) {
        let index = self.lens_index();
        let Some(lens) = self.lenses.get_mut(index) else { return };
        let mut working = lens.derive(self.history.lab(), &self.library);
        if let Some(frame) = lens.axis_frame() {
            self.history.set_axis_frame(frame);
            self.stale = true;
            working |= lens.derive(self.history.lab(), &self.library);
        }
        // What was under way in the last frame may have been finished in this one.
        self.stale |= std::mem::replace(&mut self.working, working) != working;
        if working {
            context.request_repaint_after(lens.until_next_frame());
            self.stale |= lens.has_news();
        }
        if std::mem::take(&mut self.stale) {
            self.read_out();
        }
    }

    fn read_out(&mut self) {
        let theme = self.theme();
        let Some(lens) = self.lenses.get(self.lens_index()) else {
            return;
        };
        let mut readouts = Readouts {
            revision: self.readouts.revision + 1,
            lens: self.lab().lens.key(),
            explain: self.explain_id(),
            theme: match theme.mode {
                Mode::Light => "light",
                Mode::Dark => "dark",
                Mode::Projector => "projector",
            },
            projector: theme.mode == Mode::Projector,
            dragging: self.history.in_gesture(),
            notices: self.notices.clone(),
            can_undo: self.history.can_undo(),
            can_redo: self.history.can_redo(),
            ..Readouts::default()
        };
        lens.read_out(&mut readouts);
        self.read_out_lesson(&mut readouts);
        self.readouts = readouts;
        self.wishes.push(Wish::Readouts);
    }
}

/// A card with a map that the lab has open or closed.
struct MapCard {
    at: usize,
    open: bool,
    edit: fn(bool) -> Edit,
}

/// The card with the map of all heads, or of all settings, where a lens has one.
fn map_card(lens: &dyn Lens, lab: &Lab) -> Option<MapCard> {
    lens.cards().iter().enumerate().find_map(|(at, card)| match *card {
        lens::all_heads::CARD => Some(MapCard {
            at,
            open: lab.choices.heads.open,
            edit: Edit::AllHeads,
        }),
        lens::robust::SETTINGS_CARD => Some(MapCard {
            at,
            open: lab.choices.robust.settings.open,
            edit: |open| Edit::Robust(RobustEdit::Settings(open)),
        }),
        _ => None,
    })
}

/// Nothing to look at; a press brings the picture back.
fn blank_ui(ui: &mut Ui, theme: &Theme, canvas: Rect, out: &mut Out) {
    let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("blank"));
    ui.ctx().layer_painter(layer).rect_filled(canvas, 0.0, theme.canvas);
    let response = ui.interact(canvas, ui.scope_id().with("blank"), egui::Sense::click());
    response.tell(&|| egui::WidgetInfo::labeled(egui::Role::Button, true, "Blank. Press for the picture"));
    if response.clicked() {
        out.push(Command::Blank);
    }
}

impl eframe::App for App {
    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        self.frame_ui(ui);
        #[cfg(not(target_arch = "wasm32"))]
        self.grant(ui.ctx());
        #[cfg(all(target_arch = "wasm32", not(feature = "studio")))]
        crate::web::grant(self);
    }

    fn raw_input_hook(&mut self, context: &egui::Context, input: &mut egui::RawInput) {
        keys::one_press_a_frame(&mut self.held, &mut input.events);
        if !self.held.is_empty() {
            context.request_repaint();
        }
    }

    fn clear_color(&self, _visuals: &egui::Visuals) -> [f32; 4] {
        self.theme().canvas.to_normalized_gamma_f32()
    }

    fn persist_egui_memory(&self) -> bool {
        false
    }

    #[cfg(not(target_arch = "wasm32"))]
    fn save(&mut self, storage: &mut dyn eframe::Storage) {
        storage.set_string(files::AUTOSAVE_KEY, lab::link::encode(self.lab()));
    }

    #[cfg(target_arch = "wasm32")]
    fn as_any_mut(&mut self) -> Option<&mut dyn std::any::Any> {
        Some(self)
    }
}
