//! The tool strip with the lens' choices, and the phone's cards.

use egui::{Align, Layout as Flow, Rect, Role, Sense, Ui, UiBuilder, Vec2, WidgetInfo, pos2, vec2};

use super::App;
use super::layout::{Class, Layout};
use crate::command::{Command, Edit, Role as Added, Tool};
use crate::lab::preset::PRESETS;
use crate::lab::readout::text;
use crate::lab::text::{HEADS_IN_LAYER, LAYERS, TEXTS, head_number, layer_and_head};
use crate::lab::{Brush, NoiseKind, Source};
use crate::lens::Out;
use crate::look::Icon;
use crate::look::name::{self, Set};
use crate::look::theme::{Theme, size};
use crate::look::widgets::Tell as _;
use crate::look::widgets::{self, Button};

/// The largest strength that the slider reaches, in board units; a link may hold more.
const MOST_STRENGTH: f64 = 2.0;

fn icon(tool: Tool) -> Icon {
    match tool {
        Tool::Move => Icon::Move,
        Tool::Add => Icon::Add,
        Tool::Erase => Icon::Erase,
        Tool::Noise => Icon::Noise,
        Tool::Outlier => Icon::Outlier,
        Tool::Corrupt => Icon::Corrupt,
    }
}

/// Paints the strip and listens.
pub(super) fn ui(app: &mut App, ui: &mut Ui, theme: &Theme, layout: &Layout, out: &mut Out) {
    let rect = layout.tools;
    if rect.height() < 20.0 {
        return;
    }
    ui.painter()
        .hline(rect.x_range(), rect.top() + 0.5, theme.hairline(theme.line));
    let phone = layout.class == Class::Phone;
    let pad = theme.px(if phone { 8.0 } else { 14.0 });
    let inner = rect.shrink2(vec2(pad, 0.0));
    let flow = Flow::left_to_right(Align::Center);
    if !app.has_tools(phone) {
        // There is nothing on the board to use a tool on.
        let inner = rect.shrink2(vec2(theme.px(if phone { 16.0 } else { 24.0 }), 0.0));
        let mut choices = ui.new_child(UiBuilder::new().id_salt("choices").max_rect(inner).layout(flow));
        choices.spacing_mut().item_spacing.x = theme.px(14.0);
        choices.shrink_clip_rect(rect);
        let lens = app.lenses.get(app.lens_index());
        if lens.is_some_and(|lens| lens.chooses_cloud()) {
            cloud_ui(app, &mut choices, theme, false, out);
        }
        lens_choices_ui(app, &mut choices, theme, out);
        return;
    }
    let mut tools = ui.new_child(UiBuilder::new().id_salt("tools").max_rect(inner).layout(flow));
    tools.spacing_mut().item_spacing.x = theme.px(if phone { 0.0 } else { 2.0 });
    let below = phone.then_some(inner.width() / 5.0);
    for tool in Tool::of(app.lab().lens) {
        let response = widgets::tool_button(
            &mut tools,
            theme,
            icon(tool),
            tool.name(),
            below,
            Button::chosen(app.tool == tool),
        );
        app.places
            .insert(format!("tool {}", tool.name().to_lowercase()), response.rect);
        if response.clicked() {
            out.push(Command::Tool(tool));
        }
    }
    if phone {
        return;
    }
    let end = tools.min_rect().right() + theme.px(16.0);
    let rest = Rect::from_min_max(pos2(end, rect.top()), inner.max);
    let mut choices = ui.new_child(UiBuilder::new().id_salt("choices").max_rect(rest).layout(flow));
    choices.spacing_mut().item_spacing.x = theme.px(10.0);
    choices.shrink_clip_rect(rest);
    choices_ui(app, &mut choices, theme, out);
}

/// On a phone: what the tool in the hand can be set to, in the place of the cards.
pub(super) fn tool_card_ui(app: &mut App, ui: &mut Ui, theme: &Theme, rect: Rect, out: &mut Out) {
    let flow = Flow::left_to_right(Align::Center).with_main_wrap(true);
    let inner = rect.shrink2(vec2(0.0, theme.px(12.0)));
    let mut card = ui.new_child(UiBuilder::new().id_salt("tool card").max_rect(inner).layout(flow));
    card.spacing_mut().item_spacing = vec2(theme.px(10.0), theme.px(10.0));
    choices_ui(app, &mut card, theme, out);
}

/// What the tool in the hand can be set to; without one, the cloud and the lens' own choices.
fn choices_ui(app: &mut App, ui: &mut Ui, theme: &Theme, out: &mut Out) {
    let stage = app.stage(theme);
    let lens = app.lenses.get(app.lens_index());
    if lens.is_some_and(|lens| lens.tool_ui(ui, app.tool, &stage, out)) {
        return;
    }
    match app.tool {
        Tool::Noise => brush_ui(app, ui, theme, out),
        Tool::Add => {
            let chosen = usize::from(app.add == Added::Query);
            if let Some(index) = widgets::segments(ui, theme, "Add a", &["key", "query"], Some(chosen)) {
                out.push(Command::AddRole(if index == 0 { Added::Key } else { Added::Query }));
            }
            widgets::words(ui, theme, "Press the board where it goes.");
        }
        Tool::Erase => widgets::words(ui, theme, "Press the token that goes."),
        Tool::Outlier => widgets::words(ui, theme, "Press far from the others."),
        Tool::Corrupt => widgets::words(ui, theme, "Drag a key; its clean self stays."),
        Tool::Move => {
            cloud_ui(app, ui, theme, true, out);
            lens_choices_ui(app, ui, theme, out);
        }
    }
}

/// The lens' own choices.
fn lens_choices_ui(app: &App, ui: &mut Ui, theme: &Theme, out: &mut Out) {
    let stage = app.stage(theme);
    if let Some(lens) = app.lenses.get(app.lens_index()) {
        lens.choices_ui(ui, &stage, out);
    }
}

/// The cloud, and of a sentence its layer; with `has_heads` the head, too, where the lens does not choose it by itself.
fn cloud_ui(app: &mut App, ui: &mut Ui, theme: &Theme, has_heads: bool, out: &mut Out) {
    let source = app.lab().scene.source.clone();
    let value = match &source {
        Source::Preset(_) | Source::Text(_) => source.name(),
        Source::Planted(planted) => format!("Rank {}, {}", planted.rank(), planted.percent()),
        Source::File(file) => shortened(&file.name, 18),
        Source::Blank => "Empty board".to_owned(),
    };
    let is_text = matches!(source, Source::Text(_));
    let title = match ui.available_width() {
        width if is_text && width < theme.px(460.0) => "",
        _ if is_text => "Sentence",
        width if width < theme.px(560.0) => "",
        _ => "Cloud",
    };
    let response = widgets::choice(ui, theme, title, &value, |ui| {
        scrolling(ui, theme, 220.0, |ui| sources_ui(ui, theme, &source, out));
    });
    app.places.insert("cloud".to_owned(), response.rect);
    let head = app.lab().scene.head;
    let heads = source.counts().heads;
    if is_text {
        let [layer, in_layer] = layer_and_head(head);
        let rect = numbers_ui(ui, theme, "Layer", layer, LAYERS, |layer| {
            out.push(Command::Edit(Edit::Head(head_number([layer, in_layer]))));
        });
        app.places.insert("layer".to_owned(), rect);
        if !has_heads {
            return;
        }
        let rect = numbers_ui(ui, theme, "Head", in_layer, HEADS_IN_LAYER, |in_layer| {
            out.push(Command::Edit(Edit::Head(head_number([layer, in_layer]))));
        });
        app.places.insert("head".to_owned(), rect);
    } else if heads > 1 && has_heads {
        numbers_ui(ui, theme, "Head", head, heads, |head| {
            out.push(Command::Edit(Edit::Head(head)));
        });
    }
}

/// Every cloud that is at hand, and the way to others.
fn sources_ui(ui: &mut Ui, theme: &Theme, source: &Source, out: &mut Out) {
    let mut selected = None;
    let mut row = |ui: &mut Ui, word: &str, line: &str, other: Source| {
        let look = Button::chosen(*source == other);
        if widgets::menu_row(ui, theme, None, word, "", look)
            .on_hover_text(line)
            .clicked()
        {
            selected = Some(other);
        }
    };
    if widgets::menu_row(ui, theme, Some(Icon::File), "Open a file …", "", Button::ENABLED).clicked() {
        out.push(Command::OpenFile);
    }
    row(ui, "Empty board", "A plane without tokens.", Source::Blank);
    ui.separator();
    for text in TEXTS {
        row(ui, text.key, text.sentence, Source::Text(text.id));
    }
    ui.separator();
    for preset in PRESETS {
        row(ui, preset.name, preset.line, Source::Preset(preset.id));
    }
    out.commands
        .extend(selected.map(|source| Command::Edit(Edit::Select(source))));
}

/// A choice among numbers that stand on the screen counted from 1.
fn numbers_ui(ui: &mut Ui, theme: &Theme, title: &str, chosen: u16, of: u16, mut choose: impl FnMut(u16)) -> Rect {
    let name = |number: u16| (u32::from(number) + 1).to_string();
    let response = widgets::choice(ui, theme, title, &name(chosen), |ui| {
        scrolling(ui, theme, 96.0, |ui| {
            for number in 0..of {
                let look = Button::chosen(number == chosen);
                if widgets::menu_row(ui, theme, None, &name(number), "", look).clicked() {
                    choose(number);
                }
            }
        });
    });
    response.rect
}

/// A list that is as wide as it is said to be and never higher than the screen.
pub(super) fn scrolling(ui: &mut Ui, theme: &Theme, width: f32, add: impl FnOnce(&mut Ui)) {
    let most = ui.ctx().content_rect().height() - theme.px(130.0);
    let size = vec2(theme.px(width), most.max(theme.px(80.0)));
    ui.set_max_size(size);
    egui::ScrollArea::vertical().max_height(size.y).show(ui, add);
}

fn brush_ui(app: &App, ui: &mut Ui, theme: &Theme, out: &mut Out) {
    let brush = app.lab().brush;
    let names: Vec<&str> = NoiseKind::ALL.iter().map(|kind| kind.name()).collect();
    let chosen = NoiseKind::ALL.iter().position(|kind| *kind == brush.kind);
    if let Some(kind) = widgets::segments(ui, theme, "Noise", &names, chosen).and_then(|i| NoiseKind::ALL.get(i)) {
        out.push(Command::Brush(Brush { kind: *kind, ..brush }));
    }
    let (strength, _) = widgets::slider(
        ui,
        theme,
        "Strength",
        &text::number(brush.strength()),
        brush.strength(),
        0.0..=MOST_STRENGTH,
    );
    if let Some(strength) = strength {
        out.push(Command::Brush(brush.with_strength(strength)));
    }
    widgets::words(ui, theme, &format!("Seed {}", brush.seed));
}

/// At most `most` characters, the middle left out.
fn shortened(text: &str, most: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= most {
        return text.to_owned();
    }
    let half = most / 2;
    let start: String = letters.iter().take(half).collect();
    let end: String = letters.iter().skip(letters.len() - half).collect();
    format!("{start}…{end}")
}

/// The card's rectangle and the line of dots above it.
pub(super) fn split_card(rect: Rect, theme: &Theme) -> (Rect, Rect) {
    let line = theme.px(44.0).min(rect.height());
    let dots = Rect::from_min_size(rect.min, vec2(rect.width(), line));
    (
        Rect::from_min_max(pos2(rect.left(), dots.bottom()), rect.max - vec2(0.0, theme.px(6.0))),
        dots,
    )
}

/// The names of the neighbours and a dot per card. Returns the card that is shown.
pub(super) fn cards_ui(ui: &mut Ui, theme: &Theme, rect: Rect, names: &[&str], card: usize) -> usize {
    let mut turned = card.min(names.len().saturating_sub(1));
    let width = |word: &&str| {
        let set = Set::strong(size::BODY, theme.ink);
        name::line(ui.painter(), theme, word, set).size().x
    };
    let mut widths: Vec<f32> = names.iter().map(width).collect();
    let between = theme.px(8.0) * names.len() as f32;
    // Where the names have no room, a dot stands for each card that is not shown.
    let named = widths.iter().sum::<f32>() + between <= rect.width();
    if !named {
        let others = widths.iter_mut().enumerate().filter(|(i, _)| *i != turned);
        others.for_each(|(_, width)| *width = 0.0);
    }
    let spare = (rect.width() - widths.iter().sum::<f32>()) / names.len().max(1) as f32;
    let mut left = rect.left();
    for (i, (word, width)) in std::iter::zip(names, widths).enumerate() {
        let part = Rect::from_min_size(pos2(left, rect.top()), vec2(width + spare, rect.height()));
        left = part.right();
        let response = ui.interact(part, ui.scope_id().with(("card", i)), Sense::click());
        response.tell(&|| WidgetInfo::selected(Role::Tab, true, i == card, *word));
        let set = if i == card {
            Set::strong(size::BODY, theme.ink)
        } else {
            Set::regular(size::BODY, theme.ink2)
        };
        let galley = name::line(ui.painter(), theme, word, set);
        let at = pos2(
            part.center().x - 0.5 * galley.size().x,
            part.center().y - 0.5 * galley.size().y,
        );
        if i == card {
            let line = Rect::from_center_size(
                pos2(part.center().x, part.bottom() - theme.px(8.0)),
                vec2(galley.size().x, theme.px(3.0)),
            );
            ui.painter().rect_filled(line, 0.0, theme.ink);
        }
        if named || i == card {
            galley.paint(ui.painter(), at);
        } else {
            ui.painter().circle_filled(part.center(), theme.px(4.0), theme.ink3);
        }
        if response.clicked() {
            turned = i;
        }
    }
    turned
}

/// A swipe over the card turns it.
pub(super) fn swipe(ui: &Ui, rect: Rect, cards: usize, card: usize) -> usize {
    let far = 48.0;
    ui.input(|input| {
        let (Some(origin), Some(at)) = (input.pointer.press_origin(), input.pointer.latest_pos()) else {
            return card;
        };
        let way: Vec2 = at - origin;
        if !input.pointer.any_released()
            || !rect.contains(origin)
            || way.x.abs() < far
            || way.y.abs() > 0.5 * way.x.abs()
        {
            return card;
        }
        if way.x < 0.0 {
            (card + 1).min(cards.saturating_sub(1))
        } else {
            card.saturating_sub(1)
        }
    })
}
