//! The strip, in the board's place: targets with curve and tube above, the values below.

mod handles;

use std::cell::RefCell;

use egui::{Align2, Mesh, Painter, Pos2, Rect, Shape, Stroke, Ui, pos2, vec2};
use eigenlens_core::{KktCase, sorted_by};

use super::derive::Picture;
use super::hand::Hand;
use super::plots::{Plot, Plots, halves};
use super::shapes::{self, RADIUS, SMALL};
use super::strip::Kind;
use crate::board::{glyphs, labels, view};
use crate::command::{Command, Edit};
use crate::lab::readout::text;
use crate::lab::{PresetId, Source, TokenRef};
use crate::lens::{Out, Stage};
use crate::look::name::{self, Set};
use crate::look::theme::{Theme, size};
use crate::look::widgets;
use crate::microscope::put;

/// Up to so many keys glyphs are large, targets have names, and pulls are arrows.
const FEW: usize = 48;
const NAMED: usize = 24;

/// The frame: what is painted, and where.
struct Scene<'a> {
    painter: Painter,
    theme: &'a Theme,
    picture: &'a Picture,
    plots: Plots,
    /// Where the glyph of each target is.
    targets: Vec<Pos2>,
    /// Room that names keep off.
    taken: Vec<(Pos2, f32)>,
}

impl Scene<'_> {
    fn few(&self) -> bool {
        self.picture.value.len() <= FEW
    }

    fn radius(&self) -> f32 {
        if self.few() { RADIUS } else { SMALL }
    }

    fn number(numbers: &[f64], key: usize) -> f64 {
        numbers.get(key).copied().unwrap_or_default()
    }

    /// The places of the curve that are defined, in runs.
    fn runs(&self) -> Vec<Vec<(f64, f64)>> {
        let mut runs = vec![Vec::new()];
        for (place, value) in std::iter::zip(&self.picture.strip.places, &self.picture.curve) {
            match (value, runs.last_mut()) {
                (Some(value), Some(run)) => run.push((*place, *value)),
                _ => runs.push(Vec::new()),
            }
        }
        runs.retain(|run| run.len() > 1);
        runs
    }
}

/// Paints the strip and listens.
pub(super) fn ui(ui: &mut Ui, rect: Rect, stage: &Stage<'_>, picture: &Picture, hand: &RefCell<Hand>, out: &mut Out) {
    let theme = stage.theme;
    // A phone's board has no margin of its own.
    let rect = rect.shrink2(vec2((theme.px(10.0) - rect.left()).max(0.0), theme.px(2.0)));
    out.places.push(("strip", rect));
    let kept = hand.borrow().halves.filter(|_| stage.in_gesture);
    let halves = kept.unwrap_or_else(|| halves(picture));
    hand.borrow_mut().halves = Some(halves);
    let set = Set::regular(size::TICK, theme.ink2);
    let ends = halves.map(|half| {
        name::line(ui.painter(), theme, &format!("−{}", view::tick_text(half)), set)
            .size()
            .x
    });
    let margin = (ends[0].max(ends[1]) + theme.px(14.0)).max(theme.px(44.0));
    let plots = Plots::new(rect, theme, picture, halves, margin);
    let targets = std::iter::zip(&picture.strip.keys, &picture.targets)
        .map(|(place, y)| {
            let at = plots.upper.at(*place, *y);
            pos2(
                at.x,
                at.y.clamp(
                    plots.upper.rect.top() - theme.px(4.0),
                    plots.upper.rect.bottom() + theme.px(4.0),
                ),
            )
        })
        .collect();
    let mut scene = Scene {
        painter: ui.painter_at(rect.expand(theme.px(6.0))),
        theme,
        picture,
        plots,
        targets,
        taken: Vec::new(),
    };
    grid(&scene);
    tube(&scene);
    let query_x = scene.plots.upper.x(picture.strip.query);
    query_line(&scene, query_x);
    titles(ui, &scene, rect, out);
    stems(&scene);
    pulls(&scene, stage);
    handles::targets_ui(ui, &scene, stage, hand, out);
    let head = handles::query_ui(ui, &scene, stage, hand, out);
    let words = handles::reading(&scene, query_x, head);
    let tube = handles::tube_ui(ui, &scene, stage, hand, words, out);
    handles::cap_ui(ui, &scene, stage, hand, out);
    scene.taken.extend(row_of_circles(words));
    scene.taken.extend(row_of_circles(tube));
    scene
        .taken
        .extend(head.map(|at| (at, theme.px(glyphs::QUERY_RADIUS + 3.0))));
    names(&scene);
    legend(&scene, rect);
}

/// Names keep off a box as off a row of circles.
fn row_of_circles(rect: Rect) -> Vec<(Pos2, f32)> {
    let radius = (0.5 * rect.height()).max(1.0);
    let count = (rect.width() / radius).ceil().clamp(0.0, 40.0) as usize;
    (0..=count)
        .map(|i| {
            (
                pos2((rect.left() + i as f32 * radius).min(rect.right()), rect.center().y),
                radius,
            )
        })
        .filter(|_| rect.is_positive())
        .collect()
}

fn titles(ui: &mut Ui, scene: &Scene<'_>, rect: Rect, out: &mut Out) {
    let Scene {
        painter,
        theme,
        picture,
        plots,
        ..
    } = scene;
    let strong = Set::strong(size::BODY, theme.ink);
    let left = plots.upper.rect.left();
    let target = if picture.given {
        "Target *y* implied by the values"
    } else {
        "Target *y*"
    };
    let upper = match picture.strip.kind {
        _ if picture.given => format!("{target}, curve *f*"),
        Kind::Angle => format!("{target}, *f* ± *ε* at each key"),
        _ => format!("{target}, curve *f*, tube *f* ± *ε*"),
    };
    let [first, second] = plots.titles;
    let room = rect.right() - left;
    // The first that fits, else the shortest.
    let fitting = |forms: &[&str], room: f32| {
        let lines = forms.iter().map(|words| name::line(painter, theme, words, strong));
        lines.reduce(|best, next| if best.size().x <= room { best } else { next })
    };
    if let Some(line) = fitting(&[&upper, target, "Target *y*"], room) {
        line.put(painter, Align2::LEFT_TOP, pos2(left, first));
    }
    let forms = [
        "How hard each key pulls: its value, the dual variable *v*",
        "How hard each key pulls: its value *v*",
        "Value *v*",
    ];
    // The name of the cap stands at the right.
    if let Some(line) = fitting(&forms, room - theme.px(96.0)) {
        line.put_halo(painter, theme, Align2::LEFT_TOP, pos2(left, second));
    }
    let other = matches!(picture.strip.kind, Kind::Mean | Kind::Angle);
    if other && rect.width() > theme.px(480.0) {
        // A circle is where the picture is simplest: one h for all keys, and a curve that passes through them.
        let wide = vec2(theme.px(112.0), theme.px(30.0));
        let place = Rect::from_min_size(pos2(rect.right() - wide.x, rect.top() - theme.px(6.0)), wide);
        if widgets::action(ui, theme, "Open Ring", "", false, Some(place)).clicked() {
            out.push(Command::Edit(Edit::Select(Source::Preset(PresetId::Ring))));
        }
    }
}

/// Lines and numbers of both plots, and of the strip.
fn grid(scene: &Scene<'_>) {
    let Scene {
        painter,
        theme,
        picture,
        plots,
        ..
    } = scene;
    let set = Set::regular(size::TICK, theme.ink2);
    let at_zero = |value: f64| if value == 0.0 { theme.ink3 } else { theme.grid };
    let left = |plot: &Plot, value: f64, words: &str| {
        let line = name::line(painter, theme, words, set);
        put(
            painter,
            Align2::RIGHT_CENTER,
            pos2(plot.rect.left() - theme.px(14.0), plot.y(value)),
            &line,
        );
    };
    let upper = &plots.upper;
    let most = (upper.rect.height() / theme.px(70.0)).clamp(2.0, 8.0) as usize;
    for value in view::ticks(-upper.half, upper.half, most) {
        painter.hline(
            upper.rect.x_range(),
            painter.round_to_pixel_center(upper.y(value)),
            theme.hairline(at_zero(value)),
        );
        left(upper, value, &view::tick_text(value));
    }
    let lower = &plots.lower;
    painter.hline(
        lower.rect.x_range(),
        painter.round_to_pixel_center(lower.y(0.0)),
        Stroke::new(theme.px(1.5), theme.ink3),
    );
    left(lower, 0.0, "0");
    let end = if picture.cap.is_some() && picture.kernel().level && !picture.given {
        picture.cap.filter(|cap| *cap <= lower.half)
    } else {
        Some(lower.half / 1.08)
    };
    for end in end.into_iter().flat_map(|end| [end, -end]) {
        let plus = if end > 0.0 { "+" } else { "" };
        left(lower, end, &format!("{plus}{}", view::tick_text(end)));
        if picture.cap.is_none() || picture.given {
            painter.hline(
                lower.rect.x_range(),
                painter.round_to_pixel_center(lower.y(end)),
                theme.hairline(theme.grid),
            );
        }
    }
    let query = upper.x(picture.strip.query);
    let [low, high] = picture.strip.ends;
    let places: Vec<f64> = if picture.strip.is_angle() {
        (0..=4).map(|quarter| 90.0 * f64::from(quarter)).collect()
    } else {
        view::ticks(low, high, 7)
    };
    for place in places {
        let words = if picture.strip.is_angle() {
            format!("{place:.0}°")
        } else {
            view::tick_text(place)
        };
        let line = name::line(painter, theme, &words, set);
        let x = upper.x(place);
        if (x - query).abs() > 0.5 * line.size().x + theme.px(15.0) {
            put(painter, Align2::CENTER_CENTER, pos2(x, plots.axis), &line);
        } else if x > query && x - query + theme.px(30.0) < upper.rect.right() - query {
            // A number that the query's diamond would hide moves to its side.
            put(
                painter,
                Align2::LEFT_CENTER,
                pos2(query + theme.px(15.0), plots.axis),
                &line,
            );
        }
    }
}

/// The band f ± ε, its edges, and the curve; where there is no curve, or it does not pass through the keys, each key's own.
fn tube(scene: &Scene<'_>) {
    let Scene {
        theme, picture, plots, ..
    } = scene;
    let upper = &plots.upper;
    let painter = scene
        .painter
        .with_clip_rect(upper.rect.expand2(vec2(1.0, theme.px(6.0))));
    let edge = theme.hairline(theme.ink3);
    let shows_tube = !picture.given;
    let runs = scene.runs();
    for run in runs.iter().filter(|_| shows_tube) {
        let mut mesh = Mesh::default();
        for (i, (place, value)) in run.iter().enumerate() {
            for side in [1.0, -1.0] {
                mesh.colored_vertex(upper.at(*place, value + side * picture.epsilon), theme.press);
            }
            let first = 2 * i as u32;
            if i > 0 {
                mesh.add_triangle(first - 2, first - 1, first);
                mesh.add_triangle(first - 1, first, first + 1);
            }
        }
        painter.add(mesh);
        for side in [1.0, -1.0] {
            let line = run
                .iter()
                .map(|(place, value)| upper.at(*place, value + side * picture.epsilon));
            painter.add(Shape::line(line.collect(), edge));
        }
    }
    for run in &runs {
        let line: Vec<Pos2> = run.iter().map(|(place, value)| upper.at(*place, *value)).collect();
        let stroke = Stroke::new(theme.strokes.object, theme.ink);
        if picture.is_optimal() || picture.given {
            painter.add(Shape::line(line, stroke));
        } else {
            painter.extend(Shape::dashed_line(&line, stroke, theme.px(9.0), theme.px(6.0)));
        }
    }
    if matches!(picture.strip.kind, Kind::Circle | Kind::Line) {
        return;
    }
    let half = theme.px(if scene.few() { 8.0 } else { 3.0 });
    for (place, value) in std::iter::zip(&picture.strip.keys, &picture.fitted) {
        let at = upper.at(*place, *value);
        if shows_tube {
            let [top, bottom] = [1.0, -1.0].map(|side| upper.y(value + side * picture.epsilon));
            let band = Rect::from_min_max(pos2(at.x - half, top), pos2(at.x + half, bottom));
            painter.rect(band, 0.0, theme.press, edge, egui::StrokeKind::Inside);
        }
        painter.hline(
            at.x - half..=at.x + half,
            at.y,
            Stroke::new(theme.strokes.zero_line, theme.ink),
        );
    }
}

fn query_line(scene: &Scene<'_>, x: f32) {
    let Scene {
        painter, theme, plots, ..
    } = scene;
    painter.vline(
        x,
        plots.upper.rect.top() - theme.px(2.0)..=plots.axis,
        Stroke::new(theme.strokes.thin, theme.query),
    );
}

/// From the curve to the target of each key that pulls.
fn stems(scene: &Scene<'_>) {
    let Scene {
        painter,
        theme,
        picture,
        plots,
        targets,
        ..
    } = scene;
    if picture.given {
        return;
    }
    for (key, target) in targets.iter().enumerate() {
        if picture.cases.get(key) == Some(&KktCase::Inside) {
            continue;
        }
        let colour = shapes::sign(theme, Scene::number(&picture.value, key));
        let from = pos2(target.x, plots.upper.y(Scene::number(&picture.fitted, key)));
        painter.line_segment([from, *target], Stroke::new(theme.strokes.zero_line, colour));
    }
}

/// The values with their bounds.
fn pulls(scene: &Scene<'_>, stage: &Stage<'_>) {
    let Scene {
        theme, picture, plots, ..
    } = scene;
    let lower = &plots.lower;
    let painter = scene
        .painter
        .with_clip_rect(lower.rect.expand2(vec2(theme.px(12.0), theme.px(5.0))));
    if !picture.given {
        cap_line(&painter, scene);
    }
    for (key, value) in picture.value.iter().enumerate() {
        let zero = lower.at(Scene::number(&picture.strip.keys, key), 0.0);
        if stage.linked == Some(TokenRef::Key(key)) {
            painter.rect_filled(
                Rect::from_x_y_ranges(zero.x - theme.px(10.0)..=zero.x + theme.px(10.0), lower.rect.y_range()),
                theme.corner(4.0),
                theme.hover_disc(),
            );
        }
        if *value == 0.0 {
            let radius = if scene.few() { 4.0 } else { 2.0 };
            painter.circle(
                zero,
                theme.px(radius),
                theme.canvas,
                Stroke::new(theme.px(1.75), theme.ink3),
            );
            continue;
        }
        let capped = picture.cases.get(key) == Some(&KktCase::Capped);
        shapes::pull(
            &painter,
            theme,
            zero,
            lower.y(*value),
            shapes::sign(theme, *value),
            (capped, scene.few()),
        );
    }
}

/// The bound of |v|: a line where all h are equal, else a staircase.
fn cap_line(painter: &Painter, scene: &Scene<'_>) {
    let Scene {
        theme, picture, plots, ..
    } = scene;
    let lower = &plots.lower;
    if picture.cap.is_none() {
        return;
    }
    let steps: Vec<(f64, f64)> = std::iter::zip(&picture.strip.keys, &picture.caps)
        .map(|(x, cap)| (*x, *cap))
        .collect();
    let steps = sorted_by(&steps, &|a, b| a.0.total_cmp(&b.0));
    let [low, high] = picture.strip.ends;
    let mut points: Vec<(f64, f64)> = Vec::with_capacity(2 * steps.len());
    for (i, (x, cap)) in steps.iter().enumerate() {
        let before = i
            .checked_sub(1)
            .and_then(|i| steps.get(i))
            .map_or(low, |(other, _)| 0.5 * (other + x));
        let after = steps.get(i + 1).map_or(high, |(other, _)| 0.5 * (x + other));
        points.extend([(before, *cap), (after, *cap)]);
    }
    for side in [1.0, -1.0] {
        let line: Vec<Pos2> = points.iter().map(|(x, cap)| lower.at(*x, side * cap)).collect();
        let stroke = Stroke::new(theme.strokes.thin, theme.ink);
        painter.extend(Shape::dashed_line(&line, stroke, theme.px(7.0), theme.px(5.0)));
    }
}

/// Names of the targets, off everything else.
fn names(scene: &Scene<'_>) {
    let Scene {
        painter,
        theme,
        picture,
        plots,
        targets,
        ..
    } = scene;
    let n = targets.len();
    let upper = plots.upper.rect;
    if n > NAMED || upper.width() / (n.max(1) as f32) < theme.px(20.0) {
        return;
    }
    let name = |key: usize| {
        let idle = picture.cases.get(key) == Some(&KktCase::Inside) && !picture.given;
        let set = Set::regular(size::BODY, if idle { theme.ink2 } else { theme.ink });
        name::name(painter, theme, &text::subscripted("y", key + 1), set)
    };
    let lines: Vec<name::Text> = (0..n).map(name).collect();
    let wishes: Vec<labels::Wish> = std::iter::zip(targets, &lines)
        .enumerate()
        .map(|(key, (at, line))| labels::Wish {
            anchor: *at,
            radius: theme.px(RADIUS + 3.0),
            skirt: 0.0,
            size: line.size(),
            away_from: Some(pos2(at.x - 2.0, plots.upper.y(Scene::number(&picture.fitted, key)))),
            last: None,
            must: false,
        })
        .collect();
    let mut obstacles: Vec<(Pos2, f32)> = targets.iter().map(|at| (*at, theme.px(RADIUS + 2.0))).collect();
    obstacles.extend(scene.taken.iter().copied());
    let x = plots.upper.x(picture.strip.query);
    let rows = (upper.height() / theme.px(8.0)) as usize;
    obstacles.extend((0..=rows).map(|row| (pos2(x, upper.top() + theme.px(8.0) * row as f32), theme.px(4.0))));
    let curve = std::iter::zip(&picture.strip.places, &picture.curve);
    let curve = curve.filter_map(|(place, value)| Some(plots.upper.at(*place, (*value)?)));
    obstacles.extend(curve.step_by(3).map(|at| (at, theme.px(3.0))));
    let room = Rect::from_min_max(
        pos2(upper.left() - theme.px(6.0), upper.top() - theme.px(2.0)),
        pos2(upper.right() + theme.px(12.0), upper.bottom() + theme.px(6.0)),
    );
    let places = labels::place(&wishes, &obstacles, room, theme.px(60.0));
    for (line, place) in std::iter::zip(&lines, places) {
        if let Some(place) = place {
            line.paint_halo(painter, theme, place.rect.min);
        }
    }
}

/// What the shapes mean.
fn legend(scene: &Scene<'_>, rect: Rect) {
    let Scene {
        painter,
        theme,
        picture,
        plots,
        ..
    } = scene;
    let Some(y) = plots.legend else { return };
    let case = |case: KktCase| shapes::Kind::Case(case, 1.0);
    let kinds = if picture.given {
        vec![shapes::Kind::Implied]
    } else {
        vec![case(KktCase::Inside), case(KktCase::Edge), case(KktCase::Capped)]
    };
    // All of it in few words rather than a part of it in many.
    let forms: [&[&str]; 2] = if picture.given {
        [
            &["implied target: what attention says at the key; drag an arrow’s head"],
            &["implied target; drag an arrow’s head"],
        ]
    } else {
        [
            &["inside the tube, *v* = 0", "on the edge", "capped"],
            &["inside", "on the edge", "capped"],
        ]
    };
    let left = plots.upper.rect.left() + theme.px(8.0);
    let (before, between) = (theme.px(16.0), [theme.px(36.0), theme.px(24.0)]);
    let fitting = std::iter::zip(forms, between).find_map(|(words, between)| {
        let set = Set::regular(size::BODY, theme.ink);
        let lines: Vec<name::Text> = words
            .iter()
            .map(|words| name::line(painter, theme, words, set))
            .collect();
        let wide: f32 = lines.iter().map(|line| before + line.size().x + between).sum();
        (left + wide - between <= rect.right()).then_some((lines, between))
    });
    let Some((lines, between)) = fitting else { return };
    let mut x = left;
    for (kind, line) in std::iter::zip(kinds, lines) {
        shapes::glyph(painter, theme, pos2(x, y), kind, RADIUS);
        x = put(painter, Align2::LEFT_CENTER, pos2(x + before, y), &line).right() + between;
    }
}
