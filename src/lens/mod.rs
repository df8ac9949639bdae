//! The lenses: each a theory of the same cloud. The registry is the only list of them.

pub mod all_heads;
pub mod claims;
mod common;
pub mod elliptical;
mod family;
#[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
mod figures;
pub mod full_size;
pub mod kernel_pca;
pub mod robust;
pub mod smoother;
pub mod softmax;
pub mod support;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod testing;
mod views;

use std::time::Duration;

use egui::{Rect, Ui};
use eigenlens_gpu::Results;

use crate::board::{BoardToken, Mark};
use crate::command::{Command, Edit, Tool};
use crate::lab::readout::Readouts;
use crate::lab::{AxisFrame, Lab, LensId, Library, TokenRef};
use crate::look::Theme;

/// A role of words in the headline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Ink.
    Plain,
    /// What the query causes.
    Query,
    /// Damage.
    Bad,
    /// What a value becomes.
    Value,
    /// What a person guessed.
    Guess,
}

/// A piece of the headline.
pub type Phrase = (String, Tone);

/// What a lens needs to know about the frame when it paints.
pub struct Stage<'a> {
    /// Colours and sizes.
    pub theme: &'a Theme,
    /// The lab of this frame.
    pub lab: &'a Lab,
    /// The token that is pointed at in any view.
    pub linked: Option<TokenRef>,
    /// Which card of the microscope a phone shows.
    pub card: usize,
    /// The tool in the hand.
    pub tool: Tool,
    /// The film is running.
    pub playing: bool,
    /// Something is held.
    pub in_gesture: bool,
}

/// What can be played: a solver's steps, a film.
#[derive(Clone, Copy, Debug)]
pub struct Film {
    /// The step that is shown.
    pub at: usize,
    /// The first step.
    pub first: usize,
    /// The last step.
    pub last: usize,
    /// Seconds a step.
    pub seconds: f64,
    /// The edit that shows a step.
    pub edit: fn(usize) -> Edit,
}

/// How a wide screen is shared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// A large board with a chart below, the microscope beside both.
    #[default]
    Board,
    /// As [`Shape::Board`], with a chart that takes a third of the height.
    Deep,
    /// A square board, the microscope beside it, and a chart as wide as both below.
    Film,
    /// One place for all: of a lens that [takes the board](Lens::takes_board).
    Whole,
}

/// A theory of the cloud: it derives, says and paints, and never changes the lab itself.
pub trait Lens {
    /// Which lens this is.
    fn id(&self) -> LensId;

    /// Brings what is derived up to date with the lab. Costs nothing when what it reads has not changed. Returns true while a
    /// job is under way.
    fn derive(&mut self, lab: &Lab, library: &Library) -> bool;

    /// Whether the last [`Lens::derive`] has changed what is read out: a long job that has nothing new to say needs frames, but
    /// no new words.
    fn has_news(&self) -> bool {
        true
    }

    /// How long the next frame may wait while something is under way: what measures is slowed down by what is painted.
    fn until_next_frame(&self) -> Duration {
        Duration::ZERO
    }

    /// The id of the text that explains the present view, where it has one of its own.
    fn explain(&self, _lab: &Lab) -> Option<&'static str> {
        None
    }

    /// What the keys `[` and `]` do: the axis or the view before or after. Without one they go through the heads of the cloud.
    fn step(&self, _lab: &Lab, _by: i32) -> Option<Edit> {
        None
    }

    /// Order and signs of the axes that keep the picture continuous, where they differ from the lab's. Asked for after each
    /// [`Lens::derive`]; the app puts it into the lab.
    fn axis_frame(&self) -> Option<AxisFrame> {
        None
    }

    /// Lets go of what was shown before: the next picture stands on the lab alone, as after an undo or a link.
    fn forget(&mut self) {}

    /// Another view of the lens is shown: what is under way may stop.
    fn rest(&mut self) {}

    /// What the key of the lens' first switch does now.
    fn first_switch(&self, _lab: &Lab) -> Option<Edit> {
        None
    }

    /// What can be played now.
    fn film(&self, _lab: &Lab) -> Option<Film> {
        None
    }

    /// Stops what the lens itself is doing, as Esc asks. False when there was nothing to stop.
    fn escape(&mut self) -> bool {
        false
    }

    /// How a wide screen is shared.
    fn shape(&self) -> Shape {
        Shape::Board
    }

    /// Whether the lens paints the board's place itself: board and chart below are then one.
    fn takes_board(&self) -> bool {
        false
    }

    /// Whether the tools of the strip do something: where the lens takes the board, only if it
    /// listens to them itself or has a small board, for which a phone may have no room.
    fn has_tools(&self, _phone: bool) -> bool {
        !self.takes_board()
    }

    /// Whether the strip chooses the cloud and its layer where there are no tools.
    fn chooses_cloud(&self) -> bool {
        false
    }

    /// The board's place, where [`Lens::takes_board`].
    fn board_ui(&self, _ui: &mut Ui, _rect: Rect, _stage: &Stage<'_>, _out: &mut Out) {}

    /// Where the board of tokens is in the microscope's place (on a phone in that of a card), where the lens takes the board's
    /// own place and shows tokens nevertheless.
    fn small_board(&self, _room: Rect, _theme: &Theme, _card: Option<usize>) -> Option<Rect> {
        None
    }

    /// What a tool can be set to in this lens. False where it is what it is everywhere.
    fn tool_ui(&self, _ui: &mut Ui, _tool: Tool, _stage: &Stage<'_>, _out: &mut Out) -> bool {
        false
    }

    /// The sentence that says the point, with today's number.
    fn headline(&self) -> Vec<Phrase>;

    /// How to read the picture, in one line.
    fn subline(&self) -> String;

    /// Title and words of the tabs at the right of the subline; none where the lens has one view.
    fn tabs(&self, _lab: &Lab) -> (&'static str, Vec<Tab>) {
        ("", Vec::new())
    }

    /// The tokens of the board, in the order of importance of their names.
    fn tokens(&self) -> &[BoardToken];

    /// Fills the lens' part of the readouts: headline, spoken sentence, numbers, checks, tokens, table.
    fn read_out(&self, readouts: &mut Readouts);

    /// What lies under the tokens: fields and links.
    fn paint_under(&self, painter: &egui::Painter, view: &crate::board::View, stage: &Stage<'_>);

    /// What is painted over the tokens and has a name: names are placed by the board.
    fn marks(&self) -> Vec<Mark>;

    /// What lies over the tokens: outputs and handles.
    fn paint_over(&self, painter: &egui::Painter, view: &crate::board::View, stage: &Stage<'_>);

    /// Points of the untouched source, in board units, that the board must have room for beside its tokens.
    fn also_shows(&self, _lab: &Lab, _library: &Library) -> Vec<[f64; 2]> {
        Vec::new()
    }

    /// Handles on the board that can be dragged, over everything else on it. Each tells its place under a name that begins with
    /// `handle`, so that a touch there does not scroll the page.
    fn handles_ui(&self, _ui: &mut Ui, _view: &crate::board::View, _stage: &Stage<'_>, _out: &mut Out) {}

    /// The most height that the chart below the board uses, in points of the 1× design; 0 where there is none.
    fn chart_height(&self) -> f32 {
        176.0
    }

    /// The chart below the board.
    fn chart_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out);

    /// The linked views beside the board.
    fn microscope_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out);

    /// Names of the microscope's cards, for the phone.
    fn cards(&self) -> &'static [&'static str];

    /// One card of the microscope, for the phone.
    fn card_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out);

    /// The big chart of a hall.
    fn hall_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out);

    /// The lens' choices, at the right of the tool strip.
    fn choices_ui(&self, ui: &mut Ui, stage: &Stage<'_>, out: &mut Out);

    /// Measurements that it shows now, which can be saved.
    fn results(&self) -> Option<&Results> {
        None
    }
}

/// A sub-view of a lens, or one of a few forms that it can take: a word at the right of the line below the headline.
#[derive(Clone, Debug, PartialEq)]
pub struct Tab {
    /// The word.
    pub word: &'static str,
    /// It is the present one.
    pub chosen: bool,
    /// What it asks for.
    pub command: Command,
}

/// Tabs, in the order of the layout.
pub fn tabs_ui(ui: &mut Ui, theme: &Theme, tabs: &[Tab], out: &mut Out) {
    for tab in tabs {
        if crate::look::widgets::text_tab(ui, theme, tab.word, tab.chosen).clicked() && !tab.chosen {
            out.push(tab.command.clone());
        }
    }
}

/// What a view gives back: wishes, and the token that is pointed at.
#[derive(Default)]
pub struct Out {
    /// Wishes, in order.
    pub commands: Vec<Command>,
    /// The token that the pointer is on.
    pub linked: Option<TokenRef>,
    /// Where things are that have a name.
    pub places: Vec<(&'static str, Rect)>,
}

impl Out {
    /// A wish.
    pub fn push(&mut self, command: Command) {
        self.commands.push(command);
    }
}

/// Every lens, in the order of the tabs.
pub fn registry() -> Vec<Box<dyn Lens>> {
    vec![
        Box::new(softmax::Softmax::default()),
        Box::new(smoother::Smoother::default()),
        Box::new(kernel_pca::KernelPca::default()),
        Box::new(elliptical::lens()),
        Box::new(support::lens()),
        Box::new(robust::Robust::default()),
        Box::new(full_size::FullSize::default()),
        Box::new(claims::Claims::default()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lens_of_the_lab_is_registered_once() {
        let registered: Vec<LensId> = registry().iter().map(|lens| lens.id()).collect();
        assert_eq!(registered, LensId::ALL);
    }
}
