//! The panels: times, roofline, errors, memory, what noise moves, and the ribbons above them.

use egui::{Align2, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};

use super::derive::{CPU, GPU, Line, TORCH, score_bytes};
use super::say::{self, Ribbon, bytes, or_not, plain, time, times};
use super::{FullSize, Wish, strip};
use crate::command::{Command, Edit, FullSizeEdit};
use crate::lab::full_size::Measured;
use crate::lab::readout::text;
use crate::lens::{Out, Stage};
use crate::look::Theme;
use crate::look::name::{self, Set};
use crate::look::theme::size;
use crate::look::widgets;
use crate::look::widgets::Tell as _;
use crate::microscope::dots::{self, Dots, Mark, NOT_MEASURED, Row};
use crate::microscope::moved::{self, Bar, Look};
use crate::microscope::roofline::{self, Point, Roofline};
use crate::microscope::{fitted, heading, put};

/// Everything, in the place of board, chart and microscope; on a phone the times, in the place of the board.
pub(super) fn whole_ui(lens: &FullSize, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
    let theme = stage.theme;
    // A phone's board has no margin of its own.
    let mut rect = rect.shrink2(vec2((theme.px(16.0) - rect.left()).max(0.0), 0.0));
    for (i, ribbon) in say::ribbons(lens).iter().enumerate() {
        let place = rect.with_max_y(rect.top() + theme.px(30.0));
        ribbon_ui(lens, ui, place, theme, ribbon, i);
        rect.min.y = place.bottom() + theme.px(4.0);
    }
    rect.min.y += theme.px(8.0);
    if rect.width() < theme.px(560.0) {
        return times_ui(lens, ui, rect, stage, out);
    }
    // Where there is room for it the lower row is as high as its bars need.
    let lower = (0.34 * rect.height()).clamp(theme.px(150.0), theme.px(240.0));
    let lower = if rect.height() > lower + theme.px(270.0) {
        lower
    } else {
        0.0
    };
    let split = rect.bottom() - lower;
    let upper = rect.with_max_y(if lower > 0.0 { split - theme.px(18.0) } else { split });
    let gap = theme.px(34.0);
    let right = (0.36 * rect.width()).clamp(theme.px(230.0), theme.px(480.0));
    let middle = rect.right() - right;
    times_ui(lens, ui, upper.with_max_x(middle - gap), stage, out);
    roofline_ui(lens, ui, upper.with_min_x(middle), theme);
    if lower > 0.0 {
        let row = Rect::from_min_max(pos2(rect.left(), split), rect.max);
        let left = row.with_max_x(middle - gap);
        let half = left.left() + 0.52 * left.width();
        memory_ui(lens, ui, left.with_max_x(half - theme.px(12.0)), theme);
        moved_ui(lens, ui, left.with_min_x(half + theme.px(12.0)), theme);
        errors_ui(lens, ui, row.with_min_x(middle), stage, out);
    }
}

/// A card of a phone.
pub(super) fn card_ui(lens: &FullSize, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
    match stage.card {
        0 => speeds_ui(lens, ui, rect, stage.theme),
        1 => roofline_ui(lens, ui, rect, stage.theme),
        2 => errors_ui(lens, ui, rect, stage, out),
        3 => memory_ui(lens, ui, rect, stage.theme),
        4 => moved_ui(lens, ui, rect, stage.theme),
        _ => strip::card_ui(lens, ui, rect, stage, out),
    }
}

fn ribbon_ui(lens: &FullSize, ui: &mut Ui, rect: Rect, theme: &Theme, ribbon: &Ribbon, i: usize) {
    let stripe = if ribbon.bad { theme.bad } else { theme.disputed };
    ui.painter().rect_filled(rect, 0.0, theme.wash(stripe));
    let response = ui.interact(rect, ui.scope_id().with(("ribbon", i)), Sense::hover());
    let spoken = format!("{} {}", ribbon.strong, ribbon.rest);
    response.tell(&|| WidgetInfo::labeled(Role::Status, true, spoken.trim()));
    response.on_hover_text(spoken.trim());
    let mut room = rect.shrink2(vec2(theme.px(12.0), 0.0));
    let own = lens.own.as_ref().is_some_and(|own| !own.rows.is_empty());
    if i == 0 && own && !lens.prefers_own {
        let mut child = ui.new_child(
            UiBuilder::new()
                .id_salt("own")
                .max_rect(room)
                .layout(egui::Layout::right_to_left(egui::Align::Center)),
        );
        if widgets::text_tab(&mut child, theme, "Show what was measured here", false).clicked() {
            lens.ask(ui, Wish::ShowOwn);
        }
        room.max.x = child.min_rect().left() - theme.px(12.0);
    }
    let painter = ui.painter();
    let colour = if ribbon.bad { theme.bad } else { theme.disputed };
    for (words, set) in [
        (&ribbon.strong, Set::strong(size::BODY, colour)),
        (&ribbon.rest, Set::regular(size::BODY, colour)),
    ] {
        // What only adds to the rest is left out where there is no room for all of it.
        let adds = !set.strong && !ribbon.bad && !ribbon.strong.is_empty();
        let whole = name::line(painter, theme, words, set);
        if words.is_empty() || room.width() < theme.px(40.0) || (adds && whole.size().x > room.width()) {
            continue;
        }
        let line = fitted(painter, theme, words, set, room.width());
        let end = put(painter, Align2::LEFT_CENTER, room.left_center(), &line).right();
        room.min.x = end + theme.px(10.0);
    }
}

/// Lets a press of a row choose its mechanism.
fn choose(pressed: Option<usize>, lens: &FullSize, out: &mut Out) {
    let measured = pressed.and_then(|row| Measured::ALL.get(row));
    if let Some(measured) = measured.filter(|measured| **measured != lens.picture.choices.measured) {
        out.push(Command::Edit(Edit::FullSize(FullSizeEdit::Measured(*measured))));
    }
}

fn is_strong(lens: &FullSize, measured: Measured) -> bool {
    lens.picture.choices.measured == measured
}

fn lines(lens: &FullSize) -> impl Iterator<Item = (Measured, &Line)> {
    std::iter::zip(Measured::ALL, &lens.picture.lines)
}

/// What one pass took, here, on the CPU and by PyTorch.
fn times_ui(lens: &FullSize, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
    let theme = stage.theme;
    let narrow = rect.width() < theme.px(420.0);
    let below = heading(ui.painter(), theme, rect, "Time for one pass", "");
    let failures: Vec<&String> = lens
        .picture
        .lines
        .iter()
        .filter_map(|line| line.failure.as_ref())
        .collect();
    let foot = theme.px(if failures.is_empty() { 24.0 } else { 46.0 });
    let place = below.with_max_y(below.bottom() - foot);
    let row = |(measured, line): (Measured, &Line)| {
        let marks = [(TORCH, Mark::Ring), (CPU, Mark::Square), (GPU, Mark::Disc)];
        let ratios = [line.ratio(CPU), line.ratio(TORCH)];
        let name = if narrow { measured.short_name() } else { measured.name() };
        let [gpu, cpu, torch] = line.ms.map(|ms| or_not(ms, time));
        Row {
            name: name.to_owned(),
            strong: is_strong(lens, measured),
            marks: marks
                .into_iter()
                .filter_map(|(i, mark)| Some((line.ms[i]?, mark)))
                .collect(),
            label: line.ms[GPU].map(time).unwrap_or_default(),
            columns: ratios.map(|ratio| ratio.map(times)).to_vec(),
            spoken: format!(
                "{}: {gpu}; CPU {cpu}{}; PyTorch {torch}",
                plain(measured.name()),
                say::of_part(line.cpu_share)
            ),
            bad: false,
        }
    };
    let rows: Vec<Row> = lines(lens).map(row).collect();
    let pressed = dots::ui(
        ui,
        place,
        theme,
        &Dots {
            rows: &rows,
            titles: &[["speed vs CPU", "vs CPU"], ["vs PyTorch", "vs PyTorch"]],
            tick: |decade| time(10_f64.powi(decade)).replace(".0", ""),
            id: "times",
        },
    );
    choose(pressed, lens, out);
    legend(
        lens,
        ui,
        theme,
        pos2(below.left(), place.bottom() + theme.px(14.0)),
        below.width(),
    );
    let strong = lens.picture.line().failure.as_ref();
    if let Some(failure) = strong.or(failures.first().copied()) {
        let set = Set::regular(size::BODY, theme.bad);
        let line = fitted(ui.painter(), theme, &format!("{failure}."), set, below.width());
        put(ui.painter(), Align2::LEFT_BOTTOM, below.left_bottom(), &line);
    }
}

/// Words and how they are set.
type Cell = (String, Set);

/// The two ratios of each mechanism, where they have no room beside the times; where there is little room, of the one that
/// stands out.
fn speeds_ui(lens: &FullSize, ui: &Ui, rect: Rect, theme: &Theme) {
    let painter = ui.painter();
    let quiet = Set::regular(size::BODY, theme.ink2);
    let ink = |measured| {
        if is_strong(lens, measured) {
            Set::strong(size::BODY, theme.ink)
        } else {
            Set::regular(size::BODY, theme.ink)
        }
    };
    let said = |measured, line: &Line, other| {
        let ratio = line.ratio(other);
        let set = if ratio.is_some() { ink(measured) } else { quiet };
        (or_not(ratio, times), set)
    };
    let words = |words: &str, set| (words.to_owned(), set);
    let titles = ["vs CPU", "vs PyTorch"];
    let whole = rect.width() > theme.px(300.0) && rect.height() > theme.px(18.0 * 7.0);
    let (columns, rows): (&[f32], Vec<Vec<Cell>>) = if whole {
        let row = |(measured, line): (Measured, &Line)| {
            let name = words(measured.short_name(), ink(measured));
            vec![name, said(measured, line, CPU), said(measured, line, TORCH)]
        };
        let head = vec![words("", quiet), words(titles[0], quiet), words(titles[1], quiet)];
        (
            &[0.68, 1.0],
            std::iter::once(head).chain(lines(lens).map(row)).collect(),
        )
    } else {
        let measured = lens.picture.choices.measured;
        let row = |(title, other)| vec![words(title, quiet), said(measured, lens.picture.line(), other)];
        let rows = std::iter::zip(titles, [CPU, TORCH]).map(row);
        let head = vec![words(measured.short_name(), ink(measured))];
        (&[1.0], std::iter::once(head).chain(rows).collect())
    };
    let each = (rect.height() / rows.len() as f32).min(theme.px(28.0));
    for (i, row) in rows.iter().enumerate() {
        let y = rect.top() + (i as f32 + 0.5) * each;
        let ends = std::iter::once((Align2::LEFT_CENTER, 0.0));
        let ends = ends.chain(columns.iter().map(|share| (Align2::RIGHT_CENTER, *share)));
        for ((words, set), (anchor, share)) in std::iter::zip(row, ends) {
            let line = name::line(painter, theme, words, *set);
            put(painter, anchor, pos2(rect.left() + share * rect.width(), y), &line);
        }
    }
}

/// What the marks are, as many words as there is room for.
fn legend(lens: &FullSize, ui: &Ui, theme: &Theme, at: egui::Pos2, room: f32) {
    let painter = ui.painter();
    let picture = &lens.picture;
    let cores = match picture.of.as_ref().map(|of| of.machine.cpu_cores) {
        None | Some(0) => String::new(),
        Some(1) => ", 1 core".to_owned(),
        Some(cores) => format!(", {cores} cores"),
    };
    let cpu = format!("CPU{cores}{}", say::of_part(picture.line().cpu_share));
    let here = if picture.own { "this machine" } else { "this page" };
    let forms = [
        ([here, "best PyTorch", cpu.as_str()], 26.0),
        ([here, "PyTorch", "CPU"], 20.0),
        (["here", "PyTorch", "CPU"], 8.0),
    ];
    let before = theme.px(28.0);
    let set = Set::regular(size::BODY, theme.ink);
    for (form, between) in forms {
        let between = theme.px(between);
        let lines = form.map(|words| name::line(painter, theme, words, set));
        let width: f32 = lines.iter().map(|line| line.size().x + before).sum::<f32>() + 2.0 * between;
        if width > room {
            continue;
        }
        let mut x = at.x + theme.px(6.0);
        for (line, mark) in std::iter::zip(lines, [Mark::Disc, Mark::Ring, Mark::Square]) {
            dots::paint(painter, theme, pos2(x, at.y), mark, (false, theme.px(9.0)));
            x = put(painter, Align2::LEFT_CENTER, pos2(x + theme.px(17.0), at.y), &line).right() + between;
        }
        return;
    }
}

fn roofline_ui(lens: &FullSize, ui: &mut Ui, rect: Rect, theme: &Theme) {
    let picture = &lens.picture;
    let (prefix, scale) = say::prefix(picture);
    let title = format!("Roofline: {prefix}FLOP/s against FLOP per byte");
    let below = heading(ui.painter(), theme, rect, &title, "");
    let (roof, of) = say::units(picture);
    let units = (roof.map(|roof| scale * roof), of);
    let memory = say::memory(picture).map(|memory| scale * memory);
    let point = |spot: &super::derive::Spot| Point {
        name: spot.tokens.name(),
        intensity: spot.intensity,
        rate: scale * spot.tflops,
        strong: spot.tokens == picture.choices.tokens,
    };
    let points: Vec<Point> = picture.path.iter().map(point).collect();
    let said = |spot: &super::derive::Spot| {
        let rate = text::number(scale * spot.tflops);
        format!("{} tokens, {rate} {prefix}FLOP/s", spot.tokens.name())
    };
    let spoken: Vec<String> = picture.path.iter().map(said).collect();
    let spoken = format!(
        "Roofline of {}: {}",
        plain(picture.choices.measured.name()),
        if spoken.is_empty() {
            NOT_MEASURED.to_owned()
        } else {
            spoken.join("; ")
        }
    );
    let words = match (points.is_empty(), units.0.is_none() || memory.is_none()) {
        (true, _) => format!("{}: {NOT_MEASURED}.", picture.choices.measured.name()),
        (false, true) => format!("{}; the roof was {NOT_MEASURED}.", picture.choices.measured.name()),
        (false, false) => format!(
            "{}; the label is the number of tokens.",
            picture.choices.measured.name()
        ),
    };
    let foot = theme.px(if rect.height() < theme.px(130.0) { 0.0 } else { 24.0 });
    let shown = Roofline {
        prefix,
        memory,
        units,
        points: &points,
        spoken: &spoken,
    };
    roofline::ui(ui, below.with_max_y(below.bottom() - foot), theme, &shown);
    if foot > 0.0 {
        let short = words.split(['.', ';']).next().unwrap_or_default().to_owned();
        note(ui, theme, rect, &[words, short]);
    }
}

/// The longest of some words that fits, below a picture.
fn note(ui: &Ui, theme: &Theme, rect: Rect, forms: &[String]) {
    for words in forms {
        let line = name::line(ui.painter(), theme, words, Set::regular(size::BODY, theme.ink2));
        if line.size().x <= rect.width() {
            put(ui.painter(), Align2::RIGHT_BOTTOM, rect.right_bottom(), &line);
            return;
        }
    }
}

fn errors_ui(lens: &FullSize, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
    let theme = stage.theme;
    let sampled = lens
        .picture
        .lines
        .iter()
        .find_map(|line| line.error)
        .map(|error| error.rows);
    let title = match sampled {
        Some(rows) => format!("Error against f64, on {} sampled rows", text::count(rows)),
        None => "Error against f64".to_owned(),
    };
    let below = heading(ui.painter(), theme, rect, &title, "");
    let has_note = sampled.is_some() && rect.height() > theme.px(176.0);
    let foot = theme.px(if has_note { 22.0 } else { 0.0 });
    let row = |(measured, line): (Measured, &Line)| {
        let error = line
            .error
            .filter(|error| error.relative.is_finite() && error.tolerance.is_finite());
        let marks = error.map(|error| vec![(error.tolerance, Mark::Tick), (error.relative, Mark::Disc)]);
        let said = error.map_or_else(
            || NOT_MEASURED.to_owned(),
            |error| {
                format!(
                    "{}, at most {}",
                    text::residual(error.relative),
                    text::residual(error.tolerance)
                )
            },
        );
        Row {
            name: measured.short_name().to_owned(),
            strong: is_strong(lens, measured),
            marks: marks.unwrap_or_default(),
            spoken: format!("{}, error {said}", plain(measured.name())),
            bad: error.is_some_and(|error| !error.is_within()),
            ..Row::default()
        }
    };
    let rows: Vec<Row> = lines(lens).map(row).collect();
    let pressed = dots::ui(
        ui,
        below.with_max_y(below.bottom() - foot),
        theme,
        &Dots {
            rows: &rows,
            titles: &[],
            tick: |decade| text::power_of_ten(f64::from(decade)),
            id: "errors",
        },
    );
    choose(pressed, lens, out);
    if foot > 0.0 {
        let forms = ["bar: the tolerance that must hold", "bar: the tolerance"].map(str::to_owned);
        note(ui, theme, rect, &forms);
    }
}

/// What this page needs, what a matrix of all scores would need, and what there is.
fn memory_ui(lens: &FullSize, ui: &mut Ui, rect: Rect, theme: &Theme) {
    let picture = &lens.picture;
    let below = heading(ui.painter(), theme, rect, "Memory", "");
    let (who, has) = say::room(picture);
    let bar = |name: &str, value: Option<f64>, look| Bar {
        name: name.to_owned(),
        value: value.unwrap_or(f64::NAN),
        text: or_not(value, bytes),
        look,
    };
    let peak = picture.line().peak_bytes.map(|peak| peak as f64);
    let bars = [
        bar("this page", peak, Look::Strong),
        bar("*N* × *N* alone", Some(score_bytes(picture.shape)), Look::Quiet),
        bar(who, has, Look::Outline),
    ];
    bars_ui(ui, below, theme, &bars, "Memory");
}

fn moved_ui(lens: &FullSize, ui: &mut Ui, rect: Rect, theme: &Theme) {
    let spikes = lens.picture.choices.spikes;
    let below = heading(ui.painter(), theme, rect, "Moved by the noise", "");
    if spikes.percent() == 0 {
        let words = name::line(
            ui.painter(),
            theme,
            "No noise is chosen.",
            Set::regular(size::BODY, theme.ink2),
        );
        words.paint(ui.painter(), below.min);
        return;
    }
    let bar = |(measured, line): (Measured, &Line)| Bar {
        name: measured.short_name().to_owned(),
        value: line.moved.unwrap_or(f64::NAN),
        text: or_not(line.moved, text::number),
        look: if is_strong(lens, measured) {
            Look::Strong
        } else {
            Look::Quiet
        },
    };
    let bars: Vec<Bar> = lines(lens).map(bar).collect();
    bars_ui(ui, below, theme, &bars, "Moved by the noise");
}

fn bars_ui(ui: &mut Ui, rect: Rect, theme: &Theme, bars: &[Bar], title: &str) {
    let said: Vec<String> = bars
        .iter()
        .map(|bar| format!("{} {}", plain(&bar.name), bar.text))
        .collect();
    moved::ui(ui, rect, theme, bars, &format!("{title}: {}", said.join(", ")));
}
