//! Curves and points over two axes; charts below each other share the x axis where it is the same.

use plotters_backend::DrawingBackend;

use super::board::{Rect, Sheet, Ticks, clipped, free, square};
use super::legend::{line, stroke};
use super::pen::{Anchor, Pen};
use super::text::{cut, width};
use super::{MARGIN, size};
use crate::{Axis, Chart, Charts, Error, Look};

/// Radius of a point.
const DOT: f64 = 8.0;
/// The widest name of a curve.
const NAME: f64 = 250.0;
/// A sample of the curve beside its name.
const SAMPLE: f64 = 18.0;
/// Room of the numerals below an axis, and of its title.
const NUMERALS: f64 = 38.0;
const TITLE: f64 = 38.0;

pub(super) fn draw<B: DrawingBackend>(pen: &Pen<B>, look: &Look, content: &Charts, top: f64) -> Result<(), Error> {
    let charts = &content.charts;
    let shared = charts.windows(2).all(|pair| pair[0].x == pair[1].x);
    let count = charts.len() as f64;
    let bottom = pen.height() - MARGIN;
    let axes = (NUMERALS + TITLE) * if shared { 1.0 } else { count };
    let headings: f64 = charts.iter().map(heading).sum();
    let gap = 14.0;
    let high = (bottom - top - axes - headings - gap * (count - 1.0)) / count;
    let ticks: Vec<Ticks> = charts.iter().map(|chart| ticks(&chart.y, high)).collect();
    let numerals = ticks.iter().map(Ticks::widest).fold(0.0, f64::max);
    let left = MARGIN + 34.0 + numerals + 16.0;
    let names = charts.iter().flat_map(|chart| &chart.lines).map(|line| {
        if line.name.is_empty() {
            0.0
        } else {
            width(&line.name, size::TICK, line.strong).min(NAME) + SAMPLE + 14.0
        }
    });
    let right = pen.width() - MARGIN - names.fold(12.0, f64::max);
    let mut y = top;
    for (index, (chart, ticks)) in std::iter::zip(charts, &ticks).enumerate() {
        if !chart.title.is_empty() {
            let title = cut(&chart.title, size::WORD, true, pen.width() - MARGIN - left);
            let at = [left, y + 0.5 * size::WORD];
            pen.text(&title, at, size::WORD, true, look.ink, Anchor::Left)?;
        }
        y += heading(chart);
        let last = index + 1 == charts.len();
        one(pen, look, chart, ticks, [left, y, right, y + high], !shared || last)?;
        y += high + gap;
        if !shared {
            y += NUMERALS + TITLE;
        }
    }
    Ok(())
}

/// Room of a chart's title.
fn heading(chart: &Chart) -> f64 {
    if chart.title.is_empty() { 6.0 } else { 1.5 * size::WORD }
}

/// The part of an axis that a number is at.
fn part(axis: &Axis, value: f64) -> Option<f64> {
    let [from, to] = axis.ends;
    let part = if axis.log {
        if value <= 0.0 {
            return None;
        }
        (value / from).ln() / (to / from).ln()
    } else {
        (value - from) / (to - from)
    };
    part.is_finite().then_some(part)
}

fn ticks(axis: &Axis, long: f64) -> Ticks {
    if axis.log {
        Ticks::of_factors(axis.ends, long)
    } else {
        Ticks::new(axis.ends, long)
    }
}

fn one<B: DrawingBackend>(
    pen: &Pen<B>,
    look: &Look,
    chart: &Chart,
    upwards: &Ticks,
    [left, top, right, bottom]: Rect,
    with_numerals: bool,
) -> Result<(), Error> {
    let (wide, high) = (right - left, bottom - top);
    for (part, words) in &upwards.at {
        let at = bottom - high * part;
        pen.line(&[[left, at], [right, at]], 1.3, look.grid)?;
        if high > 70.0 || *part < 0.01 || *part > 0.9 {
            pen.text(words, [left - 12.0, at], size::TICK, false, look.ink2, Anchor::Right)?;
        }
    }
    if high > 110.0 {
        let title = cut(&upwards.titled(&chart.y.title), size::WORD, false, high + 60.0);
        let at = [MARGIN + 12.0, 0.5 * (top + bottom)];
        pen.text(&title, at, size::WORD, false, look.ink, Anchor::Upwards)?;
    }
    let ticks = ticks(&chart.x, wide);
    let apart = wide / ticks.at.len().max(1) as f64;
    let every = ((ticks.widest() + 12.0) / apart).ceil().max(1.0) as usize;
    for (index, (part, words)) in ticks.at.iter().enumerate() {
        let at = left + wide * part;
        pen.line(&[[at, bottom], [at, bottom + 7.0]], 2.0, look.ink)?;
        if with_numerals && index.is_multiple_of(every) {
            pen.text(words, [at, bottom + 23.0], size::TICK, false, look.ink2, Anchor::Middle)?;
        }
    }
    if with_numerals {
        let title = cut(
            &ticks.titled(&chart.x.title),
            size::WORD,
            false,
            pen.width() - 2.0 * MARGIN,
        );
        let at = [0.5 * (left + right), bottom + NUMERALS + 20.0];
        pen.text(&title, at, size::WORD, false, look.ink, Anchor::Middle)?;
    }
    pen.line(&[[left, top], [left, bottom], [right, bottom]], 2.0, look.ink)?;

    let sheet = Sheet {
        x: [0.0, 1.0],
        y: [0.0, 1.0],
        rect: [left, top, wide, high],
    };
    let parts = |[x, y]: [f64; 2]| Some([part(&chart.x, x)?, part(&chart.y, y)?]);
    for ruler in &chart.rulers {
        let axis = if ruler.upright { &chart.x } else { &chart.y };
        let Some(at) = part(axis, ruler.at).filter(|at| (0.0..=1.0).contains(at)) else {
            continue;
        };
        let ends = if ruler.upright {
            [[at, 0.0], [at, 1.0]]
        } else {
            [[0.0, at], [1.0, at]]
        };
        line(pen, &ends.map(|end| sheet.at(end)), false, true, ruler.role.of(look))?;
        let words = cut(&ruler.name, size::TICK, false, 0.5 * wide);
        let long = width(&words, size::TICK, false);
        let [x, y] = sheet.at(ends[1]);
        let (at, anchor) = match ruler.upright {
            true if x + 10.0 + long < right => ([x + 8.0, top + 14.0], Anchor::Left),
            true => ([x - 8.0, top + 14.0], Anchor::Right),
            false => ([x - 6.0, y - 0.7 * size::TICK], Anchor::Right),
        };
        pen.text(&words, at, size::TICK, false, look.ink, anchor)?;
    }
    let mut ends: Vec<(f64, usize)> = Vec::new();
    // What stands out lies on top.
    for strong in [false, true] {
        for (index, curve) in chart.lines.iter().enumerate() {
            if curve.strong != strong {
                continue;
            }
            let points: Vec<_> = curve.points.iter().map(|at| parts(*at)).collect();
            for piece in clipped(&points) {
                let places: Vec<_> = piece.iter().map(|at| sheet.at(*at)).collect();
                line(pen, &places, curve.strong, curve.dashed, curve.role.of(look))?;
            }
            let inside = points
                .iter()
                .rev()
                .flatten()
                .find(|[x, y]| (-1e-9..=1.0 + 1e-9).contains(x) && (-1e-9..=1.0 + 1e-9).contains(y));
            if let (Some(end), false) = (inside, curve.name.is_empty()) {
                ends.push((sheet.at(*end)[1], index));
            }
        }
    }
    names(pen, look, chart, ends, [left, top, right, bottom])?;
    dots(pen, look, chart, &sheet, &parts)
}

/// The names of the curves at the right, beside their ends as far as there is room.
fn names<B: DrawingBackend>(
    pen: &Pen<B>,
    look: &Look,
    chart: &Chart,
    mut ends: Vec<(f64, usize)>,
    [_, top, right, bottom]: Rect,
) -> Result<(), Error> {
    let least = 1.12 * size::TICK;
    let fits = (((bottom - top) / least).floor() + 1.0).max(1.0) as usize;
    if ends.len() > fits {
        ends.sort_by_key(|(_, index)| (!chart.lines.get(*index).is_some_and(|line| line.strong), *index));
        ends.truncate(fits);
    }
    ends.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut places: Vec<f64> = ends.iter().map(|(y, _)| *y).collect();
    // Down as far as they must, then up from the foot.
    for at in 1..places.len() {
        places[at] = places[at].max(places[at - 1] + least);
    }
    let mut roof = bottom;
    for place in places.iter_mut().rev() {
        *place = place.min(roof);
        roof = *place - least;
    }
    for ((y, index), place) in ends.iter().zip(places) {
        let Some(curve) = chart.lines.get(*index) else { continue };
        let sample = [[right + 2.0, *y], [right + 8.0, place], [right + SAMPLE, place]];
        let colour = curve.role.of(look);
        pen.line(&sample, stroke(curve.strong).min(3.0), colour)?;
        let words = cut(&curve.name, size::TICK, curve.strong, NAME);
        let at = [right + SAMPLE + 6.0, place];
        pen.text(&words, at, size::TICK, curve.strong, look.ink, Anchor::Left)?;
    }
    Ok(())
}

fn dots<B: DrawingBackend>(
    pen: &Pen<B>,
    look: &Look,
    chart: &Chart,
    sheet: &Sheet,
    parts: &dyn Fn([f64; 2]) -> Option<[f64; 2]>,
) -> Result<(), Error> {
    let inside = |at: &[f64; 2]| at.iter().all(|part| (-1e-9..=1.0 + 1e-9).contains(part));
    let placed: Vec<_> = chart
        .dots
        .iter()
        .filter_map(|dot| Some((sheet.at(parts(dot.at).filter(inside)?), dot)))
        .collect();
    let mut taken: Vec<Rect> = placed.iter().map(|(at, _)| square(*at, DOT + 2.0)).collect();
    for (at, dot) in &placed {
        pen.disc(*at, DOT + 2.5, look.canvas)?;
        pen.disc(*at, DOT, dot.role.of(look))?;
        if dot.hollow {
            pen.disc(*at, DOT - 3.0, look.canvas)?;
        }
    }
    let lines: Vec<(i64, Vec<[f64; 2]>)> = chart
        .lines
        .iter()
        .map(|line| {
            let points = line.points.iter().filter_map(|at| parts(*at));
            (1, points.map(|at| sheet.at(at)).collect())
        })
        .collect();
    for (at, dot) in &placed {
        let name = cut(&dot.name, size::TICK, false, NAME);
        let sides = [width(&name, size::TICK, false), 0.9 * size::TICK];
        if name.is_empty() {
            continue;
        }
        if let Some(rect) = free(sheet, *at, DOT + 5.0, sides, &taken, &lines) {
            let middle = [0.5 * (rect[0] + rect[2]), 0.5 * (rect[1] + rect[3])];
            pen.text(&name, middle, size::TICK, false, look.ink, Anchor::Middle)?;
            taken.push(rect);
        }
    }
    Ok(())
}
