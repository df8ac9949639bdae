//! The map of all heads of a text, as every lens shows it that has one: a press opens a head.

use egui::{Rect, Ui};

use super::{Out, Stage};
use crate::command::{Command, Edit};
use crate::lab::text;
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::microscope::heads::{self, Heads, Mark};

/// The card of a phone with the map: the last one of its lens.
pub const CARD: &str = "Heads";

/// One number for each head of a text.
pub(super) struct Map<'a> {
    /// By number of the head.
    pub(super) weights: &'a [Option<f64>],
    /// Which numbers are the lightest and the darkest.
    pub(super) ends: [f64; 2],
    /// How a number is written.
    pub(super) words: fn(f64) -> String,
    /// Heads that are marked.
    pub(super) marks: &'a [Mark],
    /// What is said of a head after its number.
    pub(super) also: &'a [String],
    /// A sentence for the screen reader.
    pub(super) spoken: String,
}

/// The map with the head on the board in its frame.
pub(super) fn ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, map: Map<'_>, out: &mut Out) {
    let present = usize::from(stage.lab.scene.head);
    let shown = Heads {
        columns: usize::from(text::HEADS_IN_LAYER),
        weights: map.weights,
        ends: map.ends,
        words: map.words,
        marks: map.marks,
        also: map.also,
        present: Some(present),
        spoken: map.spoken,
    };
    out.places.push(("heads", rect));
    let hit = heads::ui(ui, rect, stage.theme, &shown);
    let open = hit.open.or(hit.step).filter(|head| *head != present);
    if let Some(head) = open.and_then(|head| u16::try_from(head).ok()) {
        out.push(Command::Edit(Edit::Head(head)));
    }
}

/// A place shared between a map, below so much of words, and what is shown beneath it where there is room.
pub(super) fn shared(rect: Rect, theme: &Theme, words: f32) -> (Rect, Option<Rect>) {
    let map = heads::height(theme, usize::from(text::LAYERS)) + theme.px(words);
    let rest = rect.with_min_y(rect.top() + map + theme.px(18.0));
    if rest.height() < theme.px(104.0) {
        return (rect, None);
    }
    (rect.with_max_y(rect.top() + map), Some(rest))
}

/// In place of a map that is under way: how many heads are done.
pub(super) fn coming_ui(ui: &Ui, rect: Rect, stage: &Stage<'_>, progress: Option<(usize, usize)>) {
    let words = match progress {
        Some((done, of)) => format!("{done} of {of} heads"),
        None => "The heads begin …".to_owned(),
    };
    let set = Set::regular(size::BODY, stage.theme.ink2);
    name::line(ui.painter(), stage.theme, &words, set).paint(ui.painter(), rect.min);
    ui.ctx().request_repaint();
}
