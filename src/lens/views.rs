//! A lens of several views, each of which is a lens of its own: the one that was chosen is asked.

use egui::{Painter, Rect, Ui};

use super::{Film, Lens, Out, Phrase, Shape, Stage, Tab};
use crate::board::{BoardToken, Mark, View};
use crate::command::{Command, Edit, Tool};
use crate::lab::readout::Readouts;
use crate::lab::{AxisFrame, Lab, LensId, Library};
use crate::look::Theme;

/// Views of one lens behind its tabs.
pub(super) struct Views {
    id: LensId,
    /// Word of the tab, and the edit that shows it.
    tabs: [(&'static str, Edit); 4],
    /// Which one a lab shows.
    chosen: fn(&Lab) -> usize,
    parts: [Box<dyn Lens>; 4],
    at: usize,
}

impl Views {
    /// `views` are in the order of `tabs`.
    pub(super) fn new(
        id: LensId,
        chosen: fn(&Lab) -> usize,
        tabs: [(&'static str, Edit); 4],
        views: [Box<dyn Lens>; 4],
    ) -> Self {
        Self {
            id,
            tabs,
            chosen,
            parts: views,
            at: 0,
        }
    }

    fn view(&self) -> &dyn Lens {
        let [first, second, third, fourth] = &self.parts;
        match self.at {
            0 => &**first,
            1 => &**second,
            2 => &**third,
            _ => &**fourth,
        }
    }

    fn view_mut(&mut self) -> &mut dyn Lens {
        let [first, second, third, fourth] = &mut self.parts;
        match self.at {
            0 => &mut **first,
            1 => &mut **second,
            2 => &mut **third,
            _ => &mut **fourth,
        }
    }
}

impl Lens for Views {
    fn id(&self) -> LensId {
        self.id
    }

    fn derive(&mut self, lab: &Lab, library: &Library) -> bool {
        let at = (self.chosen)(lab);
        if at != self.at {
            self.view_mut().rest();
        }
        self.at = at;
        self.view_mut().derive(lab, library)
    }

    fn rest(&mut self) {
        self.view_mut().rest();
    }

    fn has_news(&self) -> bool {
        self.view().has_news()
    }

    fn explain(&self, lab: &Lab) -> Option<&'static str> {
        self.view().explain(lab)
    }

    fn step(&self, lab: &Lab, by: i32) -> Option<Edit> {
        self.view().step(lab, by)
    }

    fn axis_frame(&self) -> Option<AxisFrame> {
        self.view().axis_frame()
    }

    fn forget(&mut self) {
        for view in &mut self.parts {
            view.forget();
        }
    }

    fn first_switch(&self, lab: &Lab) -> Option<Edit> {
        self.view().first_switch(lab)
    }

    fn film(&self, lab: &Lab) -> Option<Film> {
        self.view().film(lab)
    }

    fn escape(&mut self) -> bool {
        self.view_mut().escape()
    }

    fn shape(&self) -> Shape {
        self.view().shape()
    }

    fn takes_board(&self) -> bool {
        self.view().takes_board()
    }

    fn has_tools(&self, phone: bool) -> bool {
        self.view().has_tools(phone)
    }

    fn chooses_cloud(&self) -> bool {
        self.view().chooses_cloud()
    }

    fn board_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        self.view().board_ui(ui, rect, stage, out);
    }

    fn small_board(&self, room: Rect, theme: &Theme, card: Option<usize>) -> Option<Rect> {
        self.view().small_board(room, theme, card)
    }

    fn tool_ui(&self, ui: &mut Ui, tool: Tool, stage: &Stage<'_>, out: &mut Out) -> bool {
        self.view().tool_ui(ui, tool, stage, out)
    }

    fn headline(&self) -> Vec<Phrase> {
        self.view().headline()
    }

    fn subline(&self) -> String {
        self.view().subline()
    }

    fn tabs(&self, lab: &Lab) -> (&'static str, Vec<Tab>) {
        let chosen = (self.chosen)(lab);
        let tab = |(at, (word, edit)): (usize, &(&'static str, Edit))| Tab {
            word,
            chosen: at == chosen,
            command: Command::Edit(edit.clone()),
        };
        ("", self.tabs.iter().enumerate().map(tab).collect())
    }

    fn tokens(&self) -> &[BoardToken] {
        self.view().tokens()
    }

    fn read_out(&self, readouts: &mut Readouts) {
        self.view().read_out(readouts);
    }

    fn paint_under(&self, painter: &Painter, view: &View, stage: &Stage<'_>) {
        self.view().paint_under(painter, view, stage);
    }

    fn marks(&self) -> Vec<Mark> {
        self.view().marks()
    }

    fn paint_over(&self, painter: &Painter, view: &View, stage: &Stage<'_>) {
        self.view().paint_over(painter, view, stage);
    }

    fn also_shows(&self, lab: &Lab, library: &Library) -> Vec<[f64; 2]> {
        self.view().also_shows(lab, library)
    }

    fn handles_ui(&self, ui: &mut Ui, view: &View, stage: &Stage<'_>, out: &mut Out) {
        self.view().handles_ui(ui, view, stage, out);
    }

    fn chart_height(&self) -> f32 {
        self.view().chart_height()
    }

    fn chart_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        self.view().chart_ui(ui, rect, stage, out);
    }

    fn microscope_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        self.view().microscope_ui(ui, rect, stage, out);
    }

    fn cards(&self) -> &'static [&'static str] {
        self.view().cards()
    }

    fn card_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        self.view().card_ui(ui, rect, stage, out);
    }

    fn hall_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        self.view().hall_ui(ui, rect, stage, out);
    }

    fn choices_ui(&self, ui: &mut Ui, stage: &Stage<'_>, out: &mut Out) {
        self.view().choices_ui(ui, stage, out);
    }
}
