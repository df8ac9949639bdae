//! The score field: bands of one tint between level lines, the keys and the query on it, and the colour bar beside it.

use plotters_backend::DrawingBackend;

use super::board::{DIAMOND, FRAME, HALO, KEY, Line, Rect, Sheet, Ticks, axes, diamond, frame, free, key, square};
use super::contour::{Grid, dashed};
use super::legend::DASH;
use super::number::{self, Scale};
use super::pen::{Anchor, Pen};
use super::text::{cut, width};
use super::{MARGIN, size, tint};
use crate::{Error, Look, Rgb, ScoreField};

/// Widths of strokes.
const CONTOUR: f64 = 1.8;
const ZERO: f64 = 4.0;

/// Where the field is drawn.
struct Plane<'a> {
    field: &'a ScoreField,
    sheet: Sheet,
}

impl Plane<'_> {
    /// A point of the grid.
    fn grid(&self, [column, row]: [f64; 2]) -> [f64; 2] {
        let part = |at: f64, points: usize| at / (points.max(2) - 1) as f64;
        self.sheet
            .at([part(column, self.field.columns), part(row, self.field.rows)])
    }
}

/// The tints of the bands: band k is between k and k + 1 steps.
struct Tints<'a> {
    look: &'a Look,
    /// Bands of each sign.
    side: i64,
}

impl Tints<'_> {
    fn of(&self, band: i64) -> Rgb {
        let part = (band as f64 + 0.5) / self.side as f64;
        tint(&self.look.field, 0.5 * (part.clamp(-1.0, 1.0) + 1.0), self.look.canvas)
    }
}

pub(super) fn draw<B: DrawingBackend>(pen: &Pen<B>, look: &Look, field: &ScoreField, top: f64) -> Result<(), Error> {
    let (top, bottom) = (top + 4.0, pen.height() - MARGIN);
    // A wide plane has its legend below, and the width of the figure.
    let wide = (field.x[1] - field.x[0]) > 1.15 * (field.y[1] - field.y[0]);
    let (right, foot) = if wide {
        (pen.width() - 290.0, bottom - 132.0)
    } else {
        (pen.width() - 540.0, bottom - 78.0)
    };
    let ticks = Ticks::new(field.y, foot - top);
    let room = [MARGIN + 52.0 + ticks.widest(), top, right, foot];
    let plane = Plane {
        field,
        sheet: Sheet::within(field.x, field.y, room),
    };
    let side = (field.largest() / field.step - 1e-9).ceil().max(1.0) as i64;
    let tints = Tints { look, side };
    let lines = bands(pen, &plane, &tints)?;
    tokens(pen, look, &plane, &lines)?;
    axes(pen, look, &plane.sheet, [&field.x_title, &field.y_title], &ticks)?;
    let [left, top, across, high] = plane.sheet.rect;
    let bar = left + across + 54.0;
    gauge(pen, look, field, &tints, [bar, top, top + high])?;
    if wide {
        legend(pen, look, field, [left, bottom - 0.5 * size::WORD], true)
    } else {
        legend(pen, look, field, [bar + 230.0, top + 0.5 * size::WORD], false)
    }
}

/// The bands and the lines between them.
///
/// Borders of level sets do not cross, so each is filled with the tint that is just within it, the larger first: what is seen
/// at a place is then the tint of the smallest border round it, and there is no seam between two bands.
fn bands<B: DrawingBackend>(pen: &Pen<B>, plane: &Plane<'_>, tints: &Tints<'_>) -> Result<Vec<Line>, Error> {
    let field = plane.field;
    let Some(grid) = Grid::new(&field.scores, field.columns, field.rows) else {
        return Ok(Vec::new());
    };
    let lowest = field.scores.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = field.scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let step = field.step;
    let ground = (lowest / step).floor() as i64;
    pen.rect(plane.sheet.at([0.0, 1.0]), plane.sheet.at([1.0, 0.0]), tints.of(ground))?;
    let levels = ground + 1..=(highest / step).floor() as i64;
    let mut rings: Vec<_> = levels
        .flat_map(|level| {
            grid.rings(level as f64 * step).into_iter().map(move |ring| {
                let area = ring.area();
                // Within a hole the score is below the level.
                let band = if area < 0.0 { level - 1 } else { level };
                (area.abs(), band, level, ring)
            })
        })
        .collect();
    // Of two borders in one place, the one farther from the ground is within the other.
    rings.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.2.cmp(&other.2)));
    for (_, band, _, ring) in &rings {
        let points: Vec<[f64; 2]> = ring.points.iter().map(|point| plane.grid(*point)).collect();
        pen.polygon(&points, tints.of(*band))?;
    }
    // The zero line over all others.
    rings.sort_by_key(|ring| (ring.2 == 0, ring.2));
    let mut lines = Vec::new();
    for (_, _, level, ring) in &rings {
        for line in ring.lines() {
            let line: Vec<[f64; 2]> = line.iter().map(|point| plane.grid(*point)).collect();
            contour(pen, tints.look, *level, &line)?;
            lines.push((*level, line));
        }
    }
    Ok(lines)
}

/// A level line in the way of its sign.
fn contour<B: DrawingBackend>(pen: &Pen<B>, look: &Look, level: i64, line: &[[f64; 2]]) -> Result<(), Error> {
    match level {
        0 => pen.line(line, ZERO, look.ink),
        1.. => pen.line(line, CONTOUR, look.pos),
        _ => dashed(line, DASH[0], DASH[1])
            .iter()
            .try_for_each(|dash| pen.line(dash, CONTOUR, look.neg)),
    }
}

/// Keys and query with their names, where these cover no token and no other name; the query's is placed first.
fn tokens<B: DrawingBackend>(pen: &Pen<B>, look: &Look, plane: &Plane<'_>, lines: &[Line]) -> Result<(), Error> {
    let field = plane.field;
    let keys: Vec<_> = field
        .keys
        .iter()
        .filter_map(|key| Some((plane.sheet.point([key.x, key.y])?, key.name.as_str())))
        .collect();
    let query = field
        .query
        .as_ref()
        .and_then(|query| Some((plane.sheet.point([query.x, query.y])?, query.name.as_str())));
    let mut taken: Vec<Rect> = keys.iter().map(|(at, _)| square(*at, KEY + HALO)).collect();
    taken.extend(query.map(|(at, _)| square(at, DIAMOND)));
    for (at, _) in &keys {
        key(pen, look, *at, look.ink)?;
    }
    if let Some((at, _)) = query {
        diamond(pen, look, at)?;
    }
    let query = query.map(|(at, name)| (at, name, DIAMOND, true));
    let keys = keys.into_iter().map(|(at, name)| (at, name, KEY, false));
    for (at, name, radius, strong) in query.into_iter().chain(keys) {
        let name = cut(name, size::WORD, strong, 200.0);
        let sides = [width(&name, size::WORD, strong), 0.9 * size::WORD];
        if let Some(rect) = free(&plane.sheet, at, radius + 6.0, sides, &taken, lines) {
            let middle = [0.5 * (rect[0] + rect[2]), 0.5 * (rect[1] + rect[3])];
            pen.text(&name, middle, size::WORD, strong, look.ink, Anchor::Middle)?;
            taken.push(rect);
        }
    }
    Ok(())
}

/// The colour bar in the field's own bands, with the query's diamond at its score.
fn gauge<B: DrawingBackend>(
    pen: &Pen<B>,
    look: &Look,
    field: &ScoreField,
    tints: &Tints<'_>,
    [left, top, bottom]: [f64; 3],
) -> Result<(), Error> {
    const BAR: f64 = 34.0;
    let scale = Scale::new(field.step, tints.side as f64 * field.step);
    let room = pen.width() - MARGIN - left;
    let mut top = top + 0.5 * size::WORD;
    for words in [format!("score on axis {}", field.axis), scale.unit()] {
        if !words.is_empty() {
            let words = cut(&words, size::WORD, true, room);
            pen.text(&words, [left, top], size::WORD, true, look.ink, Anchor::Left)?;
            top += 1.3 * size::WORD;
        }
    }
    let band = (bottom - top) / (2 * tints.side) as f64;
    let y = |steps: f64| bottom - band * (steps + tints.side as f64);
    for k in -tints.side..tints.side {
        pen.rect([left, y(k as f64 + 1.0)], [left + BAR, y(k as f64)], tints.of(k))?;
    }
    // As many numerals as there is room for; 0 always.
    let every = ((1.25 * size::TICK / band).ceil() as i64).max(1);
    for k in -tints.side..=tints.side {
        let at = y(k as f64);
        if k.abs() < tints.side {
            contour(pen, look, k, &[[left, at], [left + BAR, at]])?;
        }
        if k % every == 0 {
            let words = scale.signed(k);
            pen.text(
                &words,
                [left + BAR + 14.0, at],
                size::TICK,
                k == 0,
                look.ink,
                Anchor::Left,
            )?;
        }
    }
    pen.line(&frame([left, top, left + BAR, bottom]), FRAME, look.ink)?;
    if let Some(query) = &field.query {
        let steps = query.score / field.step;
        if steps.abs() <= tints.side as f64 {
            diamond(pen, look, [left, y(steps)])?;
        }
    }
    Ok(())
}

/// What the glyphs and the lines mean, in a column or in a row.
fn legend<B: DrawingBackend>(
    pen: &Pen<B>,
    look: &Look,
    field: &ScoreField,
    [left, top]: [f64; 2],
    row: bool,
) -> Result<(), Error> {
    const GLYPH: f64 = 42.0;
    let mut at = [left, top];
    let mut entry = |glyph: &dyn Fn([f64; 2]) -> Result<(), Error>, words: &str| {
        glyph(at)?;
        let begin = at[0] + GLYPH + 10.0;
        let words = cut(words, size::WORD, false, (pen.width() - MARGIN - begin).max(0.0));
        pen.text(&words, [begin, at[1]], size::WORD, false, look.ink, Anchor::Left)?;
        if row {
            at[0] = begin + width(&words, size::WORD, false) + 22.0;
        } else {
            at[1] += 1.7 * size::WORD;
        }
        Ok::<(), Error>(())
    };
    if let Some(query) = &field.query {
        let glyph = |[x, y]: [f64; 2]| diamond(pen, look, [x + 0.5 * GLYPH, y]);
        let score = number::signed(query.score);
        if row {
            entry(&glyph, &format!("query: {score}"))?;
        } else {
            entry(&glyph, "query:")?;
            entry(&|_| Ok(()), &score)?;
        }
    }
    if !field.keys.is_empty() {
        entry(&|[x, y]| key(pen, look, [x + 0.5 * GLYPH, y], look.ink), "key")?;
    }
    for (words, level) in [("above 0", 1), ("0", 0), ("below 0", -1)] {
        entry(&|[x, y]| contour(pen, look, level, &[[x, y], [x + GLYPH, y]]), words)?;
    }
    Ok(())
}
