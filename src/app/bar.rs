//! The top bar: mark, lenses, undo, freeze, share, and the menu of everything else.

use std::iter::zip;

use egui::{Align, Layout as Flow, Rect, Ui, UiBuilder, Vec2, pos2, vec2};

use super::layout::{Class, Layout};
use super::lessons::SHIPPED;
use super::{App, strip};
use crate::command::{Aid, Command, Edit, SaveAs};
use crate::lab::preset::PRESETS;
use crate::lab::text::TEXTS;
use crate::lab::{self, LensId, Source};
use crate::lens::Out;
use crate::lesson::Control;
use crate::look::name::{self, Set};
use crate::look::theme::{Theme, size};
use crate::look::widgets::{self, Button};
use crate::look::{Icon, Mode, icons};

/// Paints the bar and listens.
pub(super) fn ui(app: &mut App, ui: &mut Ui, theme: &Theme, layout: &Layout, out: &mut Out) {
    let rect = layout.top;
    let phone = layout.class == Class::Phone;
    let pad = theme.px(if phone { 12.0 } else { 20.0 });
    let mark = Rect::from_center_size(
        pos2(rect.left() + pad + theme.px(15.0), rect.center().y),
        Vec2::splat(theme.px(28.0)),
    );
    icons::logo(ui.painter(), mark, theme.ink, theme.query);
    let mut left = mark.right() + theme.px(8.0);
    if !phone {
        let galley = name::line(ui.painter(), theme, "Eigenlens", Set::strong(size::WORD, theme.ink));
        let width = galley.size().x;
        galley.paint(ui.painter(), pos2(left, rect.center().y - 0.5 * galley.size().y));
        left += width + theme.px(20.0);
        ui.painter()
            .hline(rect.x_range(), rect.bottom() - 0.5, theme.hairline(theme.line));
    }
    let right = rect.right() - theme.px(if phone { 8.0 } else { 16.0 });
    let end = right_ui(
        app,
        ui,
        theme,
        Rect::from_min_max(pos2(left, rect.top()), pos2(right, rect.bottom())),
        phone,
        out,
    );
    lenses_ui(
        app,
        ui,
        theme,
        Rect::from_min_max(pos2(left, rect.top()), pos2(end, rect.bottom())),
        out,
    );
}

fn lenses_ui(app: &App, ui: &mut Ui, theme: &Theme, rect: Rect, out: &mut Out) {
    let chosen = app.lab().lens;
    if app.locks_control(Control::Lens) {
        // The other lenses are not for this step.
        let flow = Flow::left_to_right(Align::Center);
        let mut child = ui.new_child(UiBuilder::new().id_salt("lenses").max_rect(rect).layout(flow));
        let pad = theme.px(12.0);
        let word = widgets::shortened(ui, theme, chosen.name(), rect.width() - 2.0 * pad);
        widgets::tab(&mut child, theme, &word, true, pad);
        return;
    }
    let width = |lens: &LensId| {
        let set = Set::strong(size::BODY, theme.ink);
        name::line(ui.painter(), theme, lens.name(), set).size().x
    };
    // Where there is little room the words stand closer.
    let spare = rect.width() - LensId::ALL.iter().map(width).sum::<f32>();
    let pad = (0.5 * spare / LensId::ALL.len() as f32).min(theme.px(12.0));
    let fits = pad >= theme.px(5.0);
    let flow = Flow::left_to_right(Align::Center);
    let mut child = ui.new_child(UiBuilder::new().id_salt("lenses").max_rect(rect).layout(flow));
    child.spacing_mut().item_spacing.x = 0.0;
    if fits {
        for lens in LensId::ALL {
            if widgets::tab(&mut child, theme, lens.name(), *lens == chosen, pad).clicked() {
                out.push(Command::Lens(*lens));
            }
        }
    } else {
        let beside = widgets::choice_width(ui, theme, "", "");
        let word = widgets::shortened(ui, theme, chosen.name(), rect.width() - beside);
        widgets::choice(&mut child, theme, "", &word, |ui| {
            for lens in LensId::ALL {
                if widgets::menu_row(ui, theme, None, lens.name(), "", Button::chosen(*lens == chosen)).clicked() {
                    out.push(Command::Lens(*lens));
                }
            }
        });
    }
}

/// The buttons at the right end. Returns where they begin.
fn right_ui(app: &mut App, ui: &mut Ui, theme: &Theme, rect: Rect, phone: bool, out: &mut Out) -> f32 {
    // What there is no room for beside the name of the lens is in the menu.
    let steps = if app.history.can_redo() { 2.0 } else { 1.0 };
    let name = app.lab().lens.name();
    let needs = theme.px(8.0 + 38.0 * (2.0 + steps)) + widgets::choice_width(ui, theme, "", name);
    let has_steps = !phone || needs <= rect.width();
    let flow = Flow::right_to_left(Align::Center);
    let mut child = ui.new_child(UiBuilder::new().id_salt("bar").max_rect(rect).layout(flow));
    child.spacing_mut().item_spacing.x = theme.px(2.0);
    let ui = &mut child;
    let hall = theme.mode == Mode::Projector;
    let more = widgets::icon_button(ui, theme, Icon::More, "More", Button::ENABLED);
    app.places.insert("more".to_owned(), more.rect);
    widgets::list(&more, |ui| {
        strip::scrolling(ui, theme, 250.0, |ui| menu_ui(app, ui, theme, !has_steps, out));
    });
    let share = if phone {
        widgets::icon_button(ui, theme, Icon::Share, "Share", Button::ENABLED)
    } else {
        widgets::bar_button(ui, theme, None, "Share", true, Button::ENABLED)
    };
    app.places.insert("share".to_owned(), share.rect);
    if share.clicked() {
        out.push(Command::Share);
    }
    if hall && !phone {
        let tools = widgets::bar_button(ui, theme, None, "Tools", false, Button::chosen(app.strip_shown));
        app.places.insert("tools".to_owned(), tools.rect);
        if tools.clicked() {
            out.push(Command::ToggleTools);
        }
    }
    if !phone {
        let frozen = app.lab().ghost.is_some();
        let word = if frozen { "Unfreeze" } else { "Freeze" };
        let freeze = widgets::bar_button(ui, theme, Some(Icon::Freeze), word, false, Button::chosen(frozen));
        app.places.insert("freeze".to_owned(), freeze.rect);
        if freeze.clicked() {
            out.push(Command::Freeze);
        }
    }
    if !has_steps {
        return ui.min_rect().left() - theme.px(8.0);
    }
    let [undo_word, redo_word] = step_words(app);
    if !phone || app.history.can_redo() {
        let look = Button {
            chosen: false,
            enabled: app.history.can_redo(),
        };
        let redo = widgets::icon_button(ui, theme, Icon::Redo, &redo_word, look);
        app.places.insert("redo".to_owned(), redo.rect);
        if redo.clicked() {
            out.push(Command::Redo);
        }
    }
    let look = Button {
        chosen: false,
        enabled: app.history.can_undo(),
    };
    let undo = widgets::icon_button(ui, theme, Icon::Undo, &undo_word, look);
    app.places.insert("undo".to_owned(), undo.rect);
    if undo.clicked() {
        out.push(Command::Undo);
    }
    undo.rect.left() - theme.px(8.0)
}

/// What would be undone, and what redone.
fn step_words(app: &App) -> [String; 2] {
    [("Undo", app.history.undo_label()), ("Redo", app.history.redo_label())]
        .map(|(verb, label)| label.map_or_else(|| verb.to_owned(), |label| format!("{verb}: {label}")))
}

fn menu_ui(app: &App, ui: &mut Ui, theme: &Theme, has_steps: bool, out: &mut Out) {
    ui.set_min_width(theme.px(240.0));
    ui.spacing_mut().item_spacing = vec2(0.0, theme.px(2.0));
    let mut row = |ui: &mut Ui, icon: Option<Icon>, word: &str, aside: &str, look: Button, command: Command| {
        let response = widgets::menu_row(ui, theme, icon, word, aside, look);
        if response.clicked() {
            out.push(command);
            ui.close();
        }
    };
    let lab = app.lab();
    let plain = Button::ENABLED;
    // The line below the headline, where they stand else, is only on a wide screen.
    let narrow = theme.mode == Mode::Projector || ui.ctx().content_rect().width() < theme.px(720.0);
    if narrow && let Some(lens) = app.lenses.get(app.lens_index()) {
        let (_, tabs) = lens.tabs(lab);
        for tab in &tabs {
            row(ui, None, tab.word, "", Button::chosen(tab.chosen), tab.command.clone());
        }
        if !tabs.is_empty() {
            ui.separator();
        }
    }
    if has_steps {
        let can = [app.history.can_undo(), app.history.can_redo()];
        let steps = [(Icon::Undo, Command::Undo), (Icon::Redo, Command::Redo)];
        for ((word, _), (icon, command)) in zip(zip(step_words(app), can), steps).filter(|((_, can), _)| *can) {
            row(ui, Some(icon), &word, "", plain, command);
        }
    }
    row(
        ui,
        Some(Icon::Reset),
        "Reset the cloud",
        "",
        plain,
        Command::Edit(Edit::Reset),
    );
    row(ui, Some(Icon::Fit), "Fit the view", "", plain, Command::Fit);
    if theme.mode == Mode::Projector {
        row(
            ui,
            Some(Icon::Move),
            "Tools",
            "",
            Button::chosen(app.strip_shown),
            Command::ToggleTools,
        );
    }
    let word = if lab.ghost.is_some() { "Unfreeze" } else { "Freeze as A" };
    row(ui, Some(Icon::Freeze), word, "F", plain, Command::Freeze);
    row(
        ui,
        Some(Icon::Add),
        "Empty board",
        "",
        plain,
        Command::Edit(Edit::Select(Source::Blank)),
    );
    ui.separator();
    for (i, lesson) in SHIPPED.iter().enumerate() {
        let aside = format!("lesson {}", i + 1);
        row(ui, None, lesson.title, &aside, plain, Command::Give(lesson.name));
    }
    ui.separator();
    for text in TEXTS {
        let source = Source::Text(text.id);
        let chosen = lab.scene.source == source;
        let select = Command::Edit(Edit::Select(source));
        row(ui, None, text.key, "sentence", Button::chosen(chosen), select);
    }
    ui.separator();
    for (word, choice) in [
        ("Light", lab::Theme::Light),
        ("Dark", lab::Theme::Dark),
        ("Projector", lab::Theme::Projector),
    ] {
        let chosen = word.eq_ignore_ascii_case(app.readouts.theme);
        row(
            ui,
            Some(Icon::Theme),
            word,
            if chosen { "T" } else { "" },
            Button::chosen(chosen),
            Command::Theme(choice),
        );
    }
    ui.separator();
    for aid in Aid::ALL {
        row(ui, None, aid.words(), aid.press(), plain, Command::Aid(aid));
    }
    ui.separator();
    row(ui, Some(Icon::File), "Open a file …", "", plain, Command::OpenFile);
    let results = app.has_results().then_some(SaveAs::Results);
    let answers = app.has_answers().then_some(SaveAs::Answers);
    for format in SaveAs::ALL.into_iter().chain(results).chain(answers) {
        let word = match format {
            SaveAs::Lab => "Save the lab".to_owned(),
            SaveAs::Cloud(extension) => format!("Save the cloud as {extension}"),
            SaveAs::Table => "The table as CSV".to_owned(),
            SaveAs::Results => "Save the results".to_owned(),
            SaveAs::Answers => "Save the answers".to_owned(),
            #[cfg(not(target_arch = "wasm32"))]
            SaveAs::Figure(_) | SaveAs::Arrays(_) => continue,
        };
        row(ui, None, &word, "", plain, Command::Save(format));
    }
    #[cfg(target_arch = "wasm32")]
    row(ui, None, "Figures and data …", "", plain, Command::Figures);
    #[cfg(not(target_arch = "wasm32"))]
    for (word, format) in app.takeaways() {
        row(ui, None, &word, "", plain, Command::Save(format));
    }
    ui.separator();
    row(ui, Some(Icon::Keyboard), "Keys", "?", plain, Command::ToggleKeys);
    ui.separator();
    for preset in PRESETS {
        let chosen = lab.scene.source == Source::Preset(preset.id);
        let select = Command::Edit(Edit::Select(Source::Preset(preset.id)));
        row(ui, None, preset.name, "", Button::chosen(chosen), select);
    }
}
