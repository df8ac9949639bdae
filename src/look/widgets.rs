//! The few controls of the strip and the bar. Each has a word, a keyboard focus and a name for the screen reader.

use egui::{Align2, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::theme::{radius, size};
use super::{Icon, Theme};
use crate::look::name::{self, Set};

/// Tells the screen reader and the tests what something is.
pub trait Tell {
    /// As [`Response::widget_info`].
    fn tell(&self, info: &dyn Fn() -> WidgetInfo);
}

impl Tell for Response {
    // Everything that can be pointed at says what it is: how that is told stands in the page once.
    fn tell(&self, info: &dyn Fn() -> WidgetInfo) {
        self.widget_info(info);
    }
}

/// The look of a button.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Button {
    /// It is the chosen one of several.
    pub chosen: bool,
    /// It can be pressed.
    pub enabled: bool,
}

impl Button {
    /// A button that can be pressed.
    pub const ENABLED: Self = Self {
        chosen: false,
        enabled: true,
    };

    /// A button that is one of several.
    pub const fn chosen(chosen: bool) -> Self {
        Self { chosen, enabled: true }
    }
}

/// An icon with its word: at its right, or below it on a phone.
pub fn tool_button(ui: &mut Ui, theme: &Theme, icon: Icon, word: &str, below: Option<f32>, look: Button) -> Response {
    let weight = |colour| {
        if look.chosen {
            Set::strong(size::BODY, colour)
        } else {
            Set::regular(size::BODY, colour)
        }
    };
    let colour = if look.enabled { theme.ink } else { theme.ink3 };
    let galley = name::line(ui.painter(), theme, word, weight(colour));
    let icon_side = theme.px(20.0);
    let wanted = match below {
        Some(width) => vec2(width, theme.px(58.0)),
        None => vec2(icon_side + theme.px(28.0) + galley.size().x, theme.px(44.0)),
    };
    let (rect, response) = ui.allocate_exact_size(wanted, sense(look));
    background(ui, theme, rect, &response, look);
    let painter = ui.painter();
    if below.is_some() {
        let icon_rect = Rect::from_center_size(rect.center_top() + vec2(0.0, theme.px(19.0)), Vec2::splat(icon_side));
        icon.paint(painter, icon_rect, colour);
        galley.paint(
            painter,
            pos2(
                rect.center().x - 0.5 * galley.size().x,
                rect.bottom() - galley.size().y - theme.px(7.0),
            ),
        );
    } else {
        let icon_rect = Rect::from_center_size(
            rect.left_center() + vec2(theme.px(10.0) + 0.5 * icon_side, 0.0),
            Vec2::splat(icon_side),
        );
        icon.paint(painter, icon_rect, colour);
        galley.paint(
            painter,
            pos2(
                icon_rect.right() + theme.px(8.0),
                rect.center().y - 0.5 * galley.size().y,
            ),
        );
    }
    response.tell(&|| WidgetInfo::selected(Role::Button, look.enabled, look.chosen, word));
    response
}

/// An icon alone; its word is the tooltip and the name.
pub fn icon_button(ui: &mut Ui, theme: &Theme, icon: Icon, word: &str, look: Button) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(theme.px(36.0)), sense(look));
    background(ui, theme, rect, &response, look);
    let colour = if look.enabled { theme.ink } else { theme.ink3 };
    icon.paint(
        ui.painter(),
        Rect::from_center_size(rect.center(), Vec2::splat(theme.px(20.0))),
        colour,
    );
    response.tell(&|| WidgetInfo::labeled(Role::Button, look.enabled, word));
    response.on_hover_text(word)
}

/// A word, or an icon and a word, in the top bar.
pub fn bar_button(ui: &mut Ui, theme: &Theme, icon: Option<Icon>, word: &str, strong: bool, look: Button) -> Response {
    let colour = if look.enabled { theme.ink } else { theme.ink3 };
    let set = if strong || look.chosen {
        Set::strong(size::BODY, colour)
    } else {
        Set::regular(size::BODY, colour)
    };
    let galley = name::line(ui.painter(), theme, word, set);
    let icon_side = if icon.is_some() { theme.px(24.0) } else { 0.0 };
    let (rect, response) = ui.allocate_exact_size(
        vec2(galley.size().x + icon_side + theme.px(16.0), theme.px(36.0)),
        sense(look),
    );
    background(ui, theme, rect, &response, look);
    leading_icon(ui, theme, rect, icon, colour);
    galley.paint(
        ui.painter(),
        pos2(
            rect.right() - theme.px(8.0) - galley.size().x,
            rect.center().y - 0.5 * galley.size().y,
        ),
    );
    response.tell(&|| WidgetInfo::selected(Role::Button, look.enabled, look.chosen, word));
    response
}

/// A button with a frame, or filled where it is the one that matters; a key may stand behind its word. It fills `place` where
/// that is given.
pub fn action(ui: &mut Ui, theme: &Theme, word: &str, key: &str, filled: bool, place: Option<Rect>) -> Response {
    let (ink, ground) = if filled {
        (theme.canvas, theme.ink)
    } else {
        (theme.ink, theme.canvas)
    };
    let word_line = name::line(ui.painter(), theme, word, Set::strong(size::BODY, ink));
    let key_line = name::line(ui.painter(), theme, key, Set::regular(size::BODY, ink));
    let gap = if key.is_empty() { 0.0 } else { theme.px(12.0) };
    let words = word_line.size().x + gap + key_line.size().x;
    let (rect, response) = match place {
        Some(rect) => (rect, ui.allocate_rect(rect, Sense::click())),
        None => ui.allocate_exact_size(vec2(words + theme.px(32.0), theme.px(36.0)), Sense::click()),
    };
    let fill = match (filled, response.is_pointer_button_down_on(), response.hovered()) {
        (true, true, _) => theme.ink2,
        (false, true, _) => theme.press,
        (false, false, true) => theme.hover,
        _ => ground,
    };
    let frame = if filled { fill } else { theme.line };
    let corner = theme.corner(radius::BUTTON);
    ui.painter()
        .rect(rect, corner, fill, theme.hairline(frame), StrokeKind::Inside);
    let left = rect.center().x - 0.5 * words;
    let y = |line: &name::Text| rect.center().y - 0.5 * line.size().y;
    word_line.paint(ui.painter(), pos2(left, y(&word_line)));
    key_line.paint(ui.painter(), pos2(left + word_line.size().x + gap, y(&key_line)));
    focus_ring(ui, theme, rect, &response);
    response.tell(&|| WidgetInfo::labeled(Role::Button, true, word));
    response
}

/// A lens in the top bar, with so much room beside its word: the chosen one stands on a heavy line.
pub fn tab(ui: &mut Ui, theme: &Theme, word: &str, chosen: bool, pad: f32) -> Response {
    let set = if chosen {
        Set::strong(size::BODY, theme.ink)
    } else {
        Set::regular(size::BODY, theme.ink2)
    };
    let galley = name::line(ui.painter(), theme, word, set);
    let (rect, response) =
        ui.allocate_exact_size(vec2(galley.size().x + 2.0 * pad, ui.available_height()), Sense::click());
    if response.hovered() && !chosen {
        ui.painter().rect_filled(rect, 0.0, theme.hover);
    }
    let at = Align2::CENTER_CENTER.anchor_size(rect.center(), galley.size()).min;
    galley.paint(ui.painter(), at);
    if chosen {
        let line = Rect::from_min_max(pos2(rect.left(), rect.bottom() - theme.px(3.0)), rect.max);
        ui.painter().rect_filled(line, 0.0, theme.ink);
    }
    focus_ring(ui, theme, rect.shrink(2.0), &response);
    response.tell(&|| WidgetInfo::selected(Role::Tab, true, chosen, word));
    response
}

/// Whether the word of a button fits.
pub fn fits(ui: &Ui, theme: &Theme, word: &str, room: f32) -> bool {
    let set = Set::strong(size::BODY, theme.ink);
    name::line(ui.painter(), theme, word, set).size().x <= room
}

/// As much of the word of a button as fits.
pub fn shortened(ui: &Ui, theme: &Theme, word: &str, room: f32) -> String {
    let mut short = word.to_owned();
    while !fits(ui, theme, &short, room) && short.chars().count() > 2 {
        short = short.trim_end_matches('…').to_owned();
        short.pop();
        short = format!("{}…", short.trim_end());
    }
    short
}

/// One of several. Returns the one that was pressed.
pub fn segments(ui: &mut Ui, theme: &Theme, title: &str, words: &[&str], chosen: Option<usize>) -> Option<usize> {
    let galleys: Vec<_> = words
        .iter()
        .enumerate()
        .map(|(i, word)| {
            let picked = chosen == Some(i);
            let set = if picked {
                Set::strong(size::BODY, theme.canvas)
            } else {
                Set::regular(size::BODY, theme.ink)
            };
            name::line(ui.painter(), theme, word, set)
        })
        .collect();
    let letters: f32 = galleys.iter().map(|galley| galley.size().x).sum();
    // Where there is little room the words stand closer.
    let sides = 2.0 * words.len().max(1) as f32;
    let pad = ((ui.available_width() - letters) / sides).clamp(theme.px(4.0), theme.px(12.0));
    let width = letters + sides * pad;
    let (rect, _) = ui.allocate_exact_size(vec2(width, theme.px(36.0)), Sense::hover());
    let corner = theme.corner(radius::SWITCH);
    ui.painter().rect(
        rect,
        corner,
        theme.canvas,
        theme.hairline(theme.line),
        StrokeKind::Inside,
    );
    let mut pressed = None;
    let mut left = rect.left();
    for (i, (galley, word)) in std::iter::zip(galleys, words).enumerate() {
        let part = Rect::from_min_size(pos2(left, rect.top()), vec2(galley.size().x + 2.0 * pad, rect.height()));
        left = part.right();
        let response = ui.interact(part, ui.scope_id().with((title, i)), Sense::click());
        if chosen == Some(i) {
            ui.painter().rect_filled(part, corner, theme.ink);
        } else if response.hovered() {
            ui.painter().rect_filled(part.shrink(1.0), corner, theme.hover);
        }
        let at = Align2::CENTER_CENTER.anchor_size(part.center(), galley.size()).min;
        galley.paint(ui.painter(), at);
        focus_ring(ui, theme, part, &response);
        response.tell(&|| WidgetInfo::selected(Role::RadioButton, true, chosen == Some(i), format!("{title} {word}")));
        if response.clicked() {
            pressed = Some(i);
        }
    }
    pressed
}

/// The title before words of [`text_tab`].
pub fn text_title(ui: &mut Ui, theme: &Theme, title: &str) {
    let line = name::line(ui.painter(), theme, title, Set::regular(size::BODY, theme.ink2));
    let room = vec2(line.size().x + theme.px(4.0), theme.px(26.0));
    let (rect, _) = ui.allocate_exact_size(room, Sense::hover());
    line.paint(ui.painter(), pos2(rect.left(), rect.center().y - 0.5 * line.size().y));
}

/// A word among words: the chosen one is strong and underlined.
pub fn text_tab(ui: &mut Ui, theme: &Theme, word: &str, chosen: bool) -> Response {
    named_tab(ui, theme, word, &word.replace('*', ""), chosen)
}

/// As [`text_tab`], with another name for the screen reader.
pub fn named_tab(ui: &mut Ui, theme: &Theme, word: &str, name: &str, chosen: bool) -> Response {
    let set = if chosen {
        Set::strong(size::BODY, theme.ink)
    } else {
        Set::regular(size::BODY, theme.ink2)
    };
    let line = name::line(ui.painter(), theme, word, set);
    let room = vec2(line.size().x + theme.px(8.0), theme.px(26.0));
    let (rect, response) = ui.allocate_exact_size(room, Sense::click());
    response.tell(&|| WidgetInfo::selected(Role::RadioButton, true, chosen, name));
    let at = pos2(
        rect.center().x - 0.5 * line.size().x,
        rect.center().y - 0.5 * line.size().y,
    );
    line.paint(ui.painter(), at);
    if chosen || response.hovered() {
        let y = at.y + line.size().y + theme.px(1.5);
        let colour = if chosen { theme.ink } else { theme.ink3 };
        let ends = at.x..=at.x + line.size().x;
        ui.painter().hline(ends, y, Stroke::new(theme.strokes.thin, colour));
    }
    focus_ring(ui, theme, rect, &response);
    response
}

/// A switch with its word at the right. True when it was pressed.
pub fn switch(ui: &mut Ui, theme: &Theme, word: &str, on: bool) -> bool {
    let line = name::line(ui.painter(), theme, word, Set::regular(size::BODY, theme.ink));
    let (track, gap) = (vec2(theme.px(36.0), theme.px(20.0)), theme.px(9.0));
    let room = vec2(track.x + gap + line.size().x + theme.px(6.0), theme.px(44.0));
    let (rect, response) = ui.allocate_exact_size(room, Sense::click());
    response.tell(&|| WidgetInfo::selected(Role::Switch, true, on, word));
    let track = Rect::from_min_size(pos2(rect.left(), rect.center().y - 0.5 * track.y), track);
    let round = egui::CornerRadius::same((0.5 * track.height()) as u8);
    let (fill, knob) = if on {
        (theme.ink, track.right() - 0.5 * track.height())
    } else {
        (theme.canvas, track.left() + 0.5 * track.height())
    };
    ui.painter().rect(
        track,
        round,
        fill,
        Stroke::new(theme.strokes.thin, theme.ink),
        StrokeKind::Inside,
    );
    let dot = if on { theme.canvas } else { theme.ink };
    ui.painter()
        .circle_filled(pos2(knob, track.center().y), theme.px(6.0), dot);
    line.paint(
        ui.painter(),
        pos2(track.right() + gap, rect.center().y - 0.5 * line.size().y),
    );
    focus_ring(ui, theme, rect, &response);
    response.clicked()
}

/// A slider with its number above. Returns the new value, and whether the gesture is over.
pub fn slider(
    ui: &mut Ui,
    theme: &Theme,
    title: &str,
    text: &str,
    value: f64,
    range: std::ops::RangeInclusive<f64>,
) -> (Option<f64>, bool) {
    slider_in(ui, theme, (theme.px(120.0), theme.ink), [title, text], value, range)
}

/// A slider of a width.
pub fn slider_of(
    ui: &mut Ui,
    theme: &Theme,
    width: f32,
    words: [&str; 2],
    value: f64,
    range: std::ops::RangeInclusive<f64>,
) -> (Option<f64>, bool) {
    slider_in(ui, theme, (width, theme.ink), words, value, range)
}

/// A slider that moves and does nothing: it is grey.
pub fn idle_slider(
    ui: &mut Ui,
    theme: &Theme,
    words: [&str; 2],
    value: f64,
    range: std::ops::RangeInclusive<f64>,
) -> (Option<f64>, bool) {
    slider_in(ui, theme, (theme.px(120.0), theme.ink3), words, value, range)
}

fn slider_in(
    ui: &mut Ui,
    theme: &Theme,
    (width, ink): (f32, egui::Color32),
    [title, text]: [&str; 2],
    value: f64,
    range: std::ops::RangeInclusive<f64>,
) -> (Option<f64>, bool) {
    let (rect, response) = ui.allocate_exact_size(vec2(width, theme.px(44.0)), Sense::click_and_drag());
    let (low, high) = (*range.start(), *range.end());
    let left = name::line(ui.painter(), theme, title, Set::regular(size::BODY, theme.ink2));
    let strong = if ink == theme.ink { ink } else { theme.ink2 };
    let right = name::line(ui.painter(), theme, text, Set::strong(size::BODY, strong));
    left.paint(ui.painter(), rect.min);
    right.paint(ui.painter(), pos2(rect.right() - right.size().x, rect.top()));
    let rail_y = rect.bottom() - theme.px(12.0);
    let knob = theme.px(7.0);
    let rail = egui::Rangef::new(rect.left() + knob, rect.right() - knob);
    let x = rail.min + rail.span() * ((value - low) / (high - low)).clamp(0.0, 1.0) as f32;
    ui.painter().hline(rail, rail_y, Stroke::new(theme.px(2.0), theme.ink3));
    ui.painter()
        .hline(rail.min..=x, rail_y, Stroke::new(theme.px(3.0), ink));
    let ring = if response.has_focus() { theme.focus } else { ink };
    ui.painter()
        .circle(pos2(x, rail_y), knob, theme.canvas, Stroke::new(theme.px(2.5), ring));
    response.tell(&|| WidgetInfo::slider(true, value, title.replace('*', "")));
    let pointed = response
        .interact_pointer_pos()
        .filter(|_| response.dragged() || response.drag_stopped() || response.clicked())
        .map(|at| low + (high - low) * f64::from((at.x - rail.min) / rail.span()).clamp(0.0, 1.0));
    let keys = arrow_steps(ui, &response).map(|steps| (value + steps * (high - low) / 40.0).clamp(low, high));
    (
        pointed.or(keys),
        response.drag_stopped() || response.clicked() || keys.is_some(),
    )
}

/// The arrows belong to the focused control; without this they would move the focus.
pub fn keep_arrows(ui: &Ui, response: &Response) {
    let arrows = egui::EventFilter {
        horizontal_arrows: true,
        vertical_arrows: true,
        ..egui::EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
}

/// Steps of the arrow keys on a focused control: right and up are more, Shift is five at once.
pub fn arrow_steps(ui: &Ui, response: &Response) -> Option<f64> {
    use egui::Key;
    if !response.has_focus() {
        return None;
    }
    keep_arrows(ui, response);
    let steps = ui.input(|i| {
        let pressed = |key| i.num_presses(key) as f64;
        let size = if i.modifiers.shift { 5.0 } else { 1.0 };
        size * (pressed(Key::ArrowRight) + pressed(Key::ArrowUp) - pressed(Key::ArrowLeft) - pressed(Key::ArrowDown))
    });
    (steps != 0.0).then_some(steps)
}

/// Words in the strip, with `*x*` for symbols; left out where there is no room.
pub fn words(ui: &mut Ui, theme: &Theme, text: &str) {
    let galley = name::line(ui.painter(), theme, text, Set::regular(size::BODY, theme.ink2));
    if galley.size().x > ui.available_width() {
        return;
    }
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x, theme.px(36.0)), Sense::hover());
    galley.paint(ui.painter(), pos2(rect.left(), rect.center().y - 0.5 * galley.size().y));
    response.tell(&|| WidgetInfo::labeled(Role::Label, true, text.replace('*', "")));
}

/// A list below what was pressed.
pub fn list(pressed: &Response, add: impl FnOnce(&mut Ui)) {
    let mut add = Some(add);
    list_of(pressed, &mut |ui| {
        if let Some(add) = add.take() {
            add(ui);
        }
    });
}

// Each list is another function: what shows them stands in the page once.
fn list_of(pressed: &Response, add: &mut dyn FnMut(&mut Ui)) {
    egui::Popup::menu(pressed).show(add);
}

/// A choice that opens a list: its title in ink2, its value in ink, a chevron.
pub fn choice(ui: &mut Ui, theme: &Theme, title: &str, value: &str, add: impl FnOnce(&mut Ui)) -> Response {
    let response = closed_choice(ui, theme, title, value);
    list(&response, add);
    response
}

/// How wide a [`choice`] is, and where its value begins.
fn choice_room(theme: &Theme, title: &name::Text, value: &name::Text) -> [f32; 2] {
    let title = title.size().x;
    let before = if title > 0.0 { title + theme.px(8.0) } else { 0.0 };
    [before + value.size().x + theme.px(46.0), before]
}

/// The words of a closed [`choice`].
fn choice_words(ui: &Ui, theme: &Theme, title: &str, value: &str) -> [name::Text; 2] {
    [
        name::line(ui.painter(), theme, title, Set::regular(size::BODY, theme.ink2)),
        name::line(ui.painter(), theme, value, Set::strong(size::BODY, theme.ink)),
    ]
}

/// How wide a [`choice`] is.
pub fn choice_width(ui: &Ui, theme: &Theme, title: &str, value: &str) -> f32 {
    let [title, value] = choice_words(ui, theme, title, value);
    let [width, _] = choice_room(theme, &title, &value);
    width
}

fn closed_choice(ui: &mut Ui, theme: &Theme, title: &str, value: &str) -> Response {
    let [title_galley, value_galley] = choice_words(ui, theme, title, value);
    let [width, before] = choice_room(theme, &title_galley, &value_galley);
    let (rect, response) = ui.allocate_exact_size(vec2(width, theme.px(36.0)), Sense::click());
    let fill = if response.hovered() { theme.hover } else { theme.canvas };
    ui.painter().rect(
        rect,
        theme.corner(radius::BUTTON),
        fill,
        theme.hairline(theme.line),
        StrokeKind::Inside,
    );
    let y = |galley: &name::Text| rect.center().y - 0.5 * galley.size().y;
    let left = rect.left() + theme.px(12.0);
    let after = left + before;
    title_galley.paint(ui.painter(), pos2(left, y(&title_galley)));
    value_galley.paint(ui.painter(), pos2(after, y(&value_galley)));
    Icon::ChevronDown.paint(
        ui.painter(),
        Rect::from_center_size(
            rect.right_center() - vec2(theme.px(18.0), 0.0),
            Vec2::splat(theme.px(16.0)),
        ),
        theme.ink,
    );
    focus_ring(ui, theme, rect, &response);
    let spoken = if title.is_empty() {
        value.to_owned()
    } else {
        format!("{title}: {value}")
    };
    response.tell(&|| WidgetInfo::labeled(Role::ComboBox, true, &spoken));
    response
}

/// A row of a list.
pub fn menu_row(ui: &mut Ui, theme: &Theme, icon: Option<Icon>, word: &str, aside: &str, look: Button) -> Response {
    let colour = if look.enabled { theme.ink } else { theme.ink3 };
    let set = if look.chosen {
        Set::strong(size::BODY, colour)
    } else {
        Set::regular(size::BODY, colour)
    };
    let galley = name::line(ui.painter(), theme, word, set);
    let aside_galley = name::line(ui.painter(), theme, aside, Set::regular(size::BODY, theme.ink2));
    let indent = if icon.is_some() { theme.px(32.0) } else { theme.px(8.0) };
    let width = indent + galley.size().x + theme.px(24.0) + aside_galley.size().x + theme.px(8.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width.max(ui.available_width()), theme.px(36.0)), sense(look));
    if response.hovered() || look.chosen {
        ui.painter()
            .rect_filled(rect, theme.corner(radius::SWITCH), theme.hover);
    }
    leading_icon(ui, theme, rect, icon, colour);
    galley.paint(
        ui.painter(),
        pos2(rect.left() + indent, rect.center().y - 0.5 * galley.size().y),
    );
    aside_galley.paint(
        ui.painter(),
        pos2(
            rect.right() - theme.px(8.0) - aside_galley.size().x,
            rect.center().y - 0.5 * aside_galley.size().y,
        ),
    );
    focus_ring(ui, theme, rect, &response);
    response.tell(&|| WidgetInfo::selected(Role::MenuItem, look.enabled, look.chosen, word));
    response
}

/// The icon before a button's word.
fn leading_icon(ui: &Ui, theme: &Theme, rect: Rect, icon: Option<Icon>, colour: egui::Color32) {
    if let Some(icon) = icon {
        let centre = rect.left_center() + vec2(theme.px(18.0), 0.0);
        let place = Rect::from_center_size(centre, Vec2::splat(theme.px(18.0)));
        icon.paint(ui.painter(), place, colour);
    }
}

fn sense(look: Button) -> Sense {
    if look.enabled { Sense::click() } else { Sense::hover() }
}

fn background(ui: &Ui, theme: &Theme, rect: Rect, response: &Response, look: Button) {
    let fill = if look.enabled && response.is_pointer_button_down_on() {
        Some(theme.press)
    } else if look.chosen || (look.enabled && response.hovered()) {
        Some(theme.hover)
    } else {
        None
    };
    if let Some(fill) = fill {
        ui.painter().rect_filled(rect, theme.corner(radius::BUTTON), fill);
    }
    focus_ring(ui, theme, rect, response);
}

/// The ring of the keyboard focus.
pub fn focus_ring(ui: &Ui, theme: &Theme, rect: Rect, response: &Response) {
    if response.has_focus() {
        ui.painter().rect_stroke(
            rect.shrink(1.0),
            theme.corner(radius::BUTTON),
            theme.focus_stroke(),
            StrokeKind::Inside,
        );
    }
}
