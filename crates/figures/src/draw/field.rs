//! The score field: bands of one tint between level lines, the keys and the query on it, and the colour bar beside it.

use plotters_backend::DrawingBackend;

use super::contour::{Grid, dashed};
use super::number::{self, Scale};
use super::pen::{Anchor, Pen};
use super::text::{cut, width};
use super::{HEIGHT, MARGIN, WIDTH, size};
use crate::{Error, Look, Rgb, ScoreField};

/// Widths of strokes, and radii.
const CONTOUR: f64 = 1.8;
const ZERO: f64 = 4.0;
const FRAME: f64 = 2.0;
const DASH: [f64; 2] = [11.0, 7.0];
const KEY: f64 = 8.5;
const HALO: f64 = 2.5;
const DIAMOND: f64 = 14.0;

/// Where the plane is drawn.
struct Plane<'a> {
    field: &'a ScoreField,
    /// Left, top, width, height.
    rect: [f64; 4],
}

impl<'a> Plane<'a> {
    /// The largest place for the plane in a room (left, top, right, bottom): a unit is as long upwards as to the right, unless
    /// the plane would be a mere stripe.
    fn within(field: &'a ScoreField, [left, top, right, bottom]: [f64; 4]) -> Self {
        let aspect = ((field.x[1] - field.x[0]) / (field.y[1] - field.y[0])).clamp(0.4, 2.5);
        let height = (bottom - top).min((right - left) / aspect);
        let wide = height * aspect;
        Self {
            field,
            rect: [left, top, wide, height],
        }
    }

    /// A place of the plane, from 0 to 1 along each side.
    fn at(&self, part: [f64; 2]) -> [f64; 2] {
        let [left, top, wide, high] = self.rect;
        [left + part[0] * wide, top + (1.0 - part[1]) * high]
    }

    /// A point, unless it lies outside.
    fn point(&self, x: f64, y: f64) -> Option<[f64; 2]> {
        let part = [(x, self.field.x), (y, self.field.y)].map(|(at, [from, to])| (at - from) / (to - from));
        part.iter()
            .all(|part| (0.0..=1.0).contains(part))
            .then(|| self.at(part))
    }

    /// A point of the grid.
    fn grid(&self, [column, row]: [f64; 2]) -> [f64; 2] {
        let part = |at: f64, points: usize| at / (points.max(2) - 1) as f64;
        self.at([part(column, self.field.columns), part(row, self.field.rows)])
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
        let tints = &self.look.field;
        let place = 0.5 * (part.clamp(-1.0, 1.0) + 1.0) * (tints.len().max(1) - 1) as f64;
        let tint = |index: f64| tints.get(index as usize).copied().unwrap_or(self.look.canvas);
        let (low, high) = (tint(place.floor()), tint(place.ceil()));
        let t = place - place.floor();
        std::array::from_fn(|channel| {
            let [low, high] =
                [low, high].map(|colour: Rgb| f64::from(colour.get(channel).copied().unwrap_or_default()));
            (low + t * (high - low)).round() as u8
        })
    }
}

pub(super) fn draw<B: DrawingBackend>(pen: &Pen<B>, look: &Look, field: &ScoreField, top: f64) -> Result<(), Error> {
    let (top, bottom) = (top + 4.0, f64::from(HEIGHT) - MARGIN);
    // A wide plane has its legend below, and the width of the figure.
    let wide = (field.x[1] - field.x[0]) > 1.15 * (field.y[1] - field.y[0]);
    let (right, foot) = if wide {
        (990.0, bottom - 132.0)
    } else {
        (740.0, bottom - 78.0)
    };
    let ticks = Ticks::new(field.y, foot - top);
    let plane = Plane::within(field, [MARGIN + 52.0 + ticks.widest(), top, right, foot]);
    let side = (field.largest() / field.step - 1e-9).ceil().max(1.0) as i64;
    let tints = Tints { look, side };
    let lines = bands(pen, &plane, &tints)?;
    tokens(pen, look, &plane, &lines)?;
    axes(pen, look, &plane, &ticks)?;
    let [left, top, across, high] = plane.rect;
    let bar = left + across + 54.0;
    gauge(pen, look, field, &tints, [bar, top, top + high])?;
    if wide {
        legend(pen, look, field, [left, bottom - 0.5 * size::WORD], true)
    } else {
        legend(pen, look, field, [bar + 230.0, top + 0.5 * size::WORD], false)
    }
}

/// A level line on the figure: its level in steps, its points.
type Line = (i64, Vec<[f64; 2]>);

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
    pen.rect(plane.at([0.0, 1.0]), plane.at([1.0, 0.0]), tints.of(ground))?;
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

/// A disc of a key.
fn key<B: DrawingBackend>(pen: &Pen<B>, look: &Look, at: [f64; 2]) -> Result<(), Error> {
    pen.disc(at, KEY + HALO, look.canvas)?;
    pen.disc(at, KEY, look.ink)
}

/// The query's diamond.
fn diamond<B: DrawingBackend>(pen: &Pen<B>, look: &Look, [x, y]: [f64; 2]) -> Result<(), Error> {
    for (radius, colour) in [
        (DIAMOND + 6.0, look.canvas),
        (DIAMOND + 2.0, look.ink),
        (DIAMOND, look.query),
    ] {
        let corners = [[x, y - radius], [x + radius, y], [x, y + radius], [x - radius, y]];
        pen.polygon(&corners, colour)?;
    }
    Ok(())
}

/// A rectangle: left, top, right, bottom.
type Rect = [f64; 4];

fn square([x, y]: [f64; 2], half: f64) -> Rect {
    [x - half, y - half, x + half, y + half]
}

fn overlap(one: &Rect, other: &Rect) -> bool {
    one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3]
}

/// Keys and query with their names, where these cover no token and no other name; the query's is placed first.
fn tokens<B: DrawingBackend>(pen: &Pen<B>, look: &Look, plane: &Plane<'_>, lines: &[Line]) -> Result<(), Error> {
    let field = plane.field;
    let keys: Vec<_> = field
        .keys
        .iter()
        .filter_map(|key| Some((plane.point(key.x, key.y)?, key.name.as_str())))
        .collect();
    let query = field
        .query
        .as_ref()
        .and_then(|query| Some((plane.point(query.x, query.y)?, query.name.as_str())));
    let mut taken: Vec<Rect> = keys.iter().map(|(at, _)| square(*at, KEY + HALO)).collect();
    taken.extend(query.map(|(at, _)| square(at, DIAMOND)));
    for (at, _) in &keys {
        key(pen, look, *at)?;
    }
    if let Some((at, _)) = query {
        diamond(pen, look, at)?;
    }
    let query = query.map(|(at, name)| (at, name, DIAMOND, true));
    let keys = keys.into_iter().map(|(at, name)| (at, name, KEY, false));
    for (at, name, radius, strong) in query.into_iter().chain(keys) {
        let name = cut(name, size::WORD, strong, 200.0);
        let sides = [width(&name, size::WORD, strong), 0.9 * size::WORD];
        if let Some(rect) = free(plane, at, radius + 6.0, sides, &taken, lines) {
            let middle = [0.5 * (rect[0] + rect[2]), 0.5 * (rect[1] + rect[3])];
            pen.text(&name, middle, size::WORD, strong, look.ink, Anchor::Middle)?;
            taken.push(rect);
        }
    }
    Ok(())
}

/// The place beside a token for a name of this width and height: on the plane, free, and with the fewest lines behind it.
fn free(
    plane: &Plane<'_>,
    [x, y]: [f64; 2],
    off: f64,
    [wide, high]: [f64; 2],
    taken: &[Rect],
    lines: &[Line],
) -> Option<Rect> {
    let [left, top, width, height] = plane.rect;
    let (beside, over) = (off + 0.5 * wide, off + 0.5 * high);
    let (slant, lift) = (0.7 * off + 0.5 * wide, 0.5 * off + 0.5 * high);
    let cost = |rect: &Rect| -> f64 {
        let points = lines
            .iter()
            .flat_map(|(level, line)| line.iter().map(move |at| (*level, at)));
        points
            .filter(|(_, at)| overlap(rect, &square(**at, 2.0)))
            .map(|(level, _)| if level == 0 { 4.0 } else { 1.0 })
            .sum()
    };
    [
        [x + beside, y],
        [x - beside, y],
        [x, y - over],
        [x, y + over],
        [x + slant, y - lift],
        [x - slant, y - lift],
        [x + slant, y + lift],
        [x - slant, y + lift],
    ]
    .into_iter()
    .map(|[x, y]| [x - 0.5 * wide, y - 0.5 * high, x + 0.5 * wide, y + 0.5 * high])
    .filter(|rect| rect[0] >= left && rect[1] >= top && rect[2] <= left + width && rect[3] <= top + height)
    .filter(|rect| !taken.iter().any(|other| overlap(rect, other)))
    .map(|rect| (cost(&rect), rect))
    .min_by(|(one, _), (other, _)| one.total_cmp(other))
    .map(|(_, rect)| rect)
}

/// The ticks of an axis.
struct Ticks {
    /// The part of the axis, from 0 to 1, and the numerals there.
    at: Vec<(f64, String)>,
    scale: Scale,
}

impl Ticks {
    /// The most that numerals may be wide.
    const WIDEST: f64 = 150.0;

    /// Ticks of an axis that is `long` on the figure.
    fn new([from, to]: [f64; 2], long: f64) -> Self {
        let step = number::nice_step(to - from, ((long / 75.0) as usize).max(2));
        let scale = Scale::new(step, from.abs().max(to.abs()));
        let at = number::multiples(from, to, step)
            .map(|multiple| {
                let part = (multiple as f64 * step - from) / (to - from);
                let words = cut(&scale.plain(multiple), size::TICK, false, Self::WIDEST);
                (part.clamp(0.0, 1.0), words)
            })
            .collect();
        Self { at, scale }
    }

    /// The width of the widest numerals.
    fn widest(&self) -> f64 {
        let widths = self.at.iter().map(|(_, words)| width(words, size::TICK, false));
        widths.fold(0.0, f64::max)
    }
}

/// Frame, ticks and titles of the plane.
fn axes<B: DrawingBackend>(pen: &Pen<B>, look: &Look, plane: &Plane<'_>, upwards: &Ticks) -> Result<(), Error> {
    let field = plane.field;
    let [left, top, wide, high] = plane.rect;
    let (right, bottom) = (left + wide, top + high);
    pen.line(&frame([left, top, right, bottom]), FRAME, look.ink)?;
    let ticks = Ticks::new(field.x, wide);
    // Long numerals have no room at every tick.
    let apart = wide / ticks.at.len().max(1) as f64;
    let every = ((ticks.widest() + 10.0) / apart).ceil().max(1.0) as usize;
    for (index, (part, words)) in ticks.at.iter().enumerate() {
        let at = left + wide * part;
        pen.line(&[[at, bottom], [at, bottom + 8.0]], FRAME, look.ink)?;
        if index.is_multiple_of(every) {
            pen.text(words, [at, bottom + 25.0], size::TICK, false, look.ink, Anchor::Middle)?;
        }
    }
    let title = cut(&titled(&field.x_title, &ticks.scale), size::WORD, false, wide + 100.0);
    pen.text(
        &title,
        [left + 0.5 * wide, bottom + 60.0],
        size::WORD,
        false,
        look.ink,
        Anchor::Middle,
    )?;
    for (part, words) in &upwards.at {
        let at = bottom - high * part;
        pen.line(&[[left - 8.0, at], [left, at]], FRAME, look.ink)?;
        pen.text(words, [left - 14.0, at], size::TICK, false, look.ink, Anchor::Right)?;
    }
    let title = cut(&titled(&field.y_title, &upwards.scale), size::WORD, false, high);
    pen.text(
        &title,
        [MARGIN + 14.0, top + 0.5 * high],
        size::WORD,
        false,
        look.ink,
        Anchor::Upwards,
    )
}

/// The border of a rectangle; the first side again, so that every corner is joined.
fn frame([left, top, right, bottom]: Rect) -> [[f64; 2]; 6] {
    [
        [left, top],
        [right, top],
        [right, bottom],
        [left, bottom],
        [left, top],
        [right, top],
    ]
}

/// A title with the factor on the numerals of its scale.
fn titled(title: &str, scale: &Scale) -> String {
    format!("{title} {}", scale.unit()).trim_end().to_owned()
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
    let room = f64::from(WIDTH) - MARGIN - left;
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
        let words = cut(words, size::WORD, false, (f64::from(WIDTH) - MARGIN - begin).max(0.0));
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
        entry(&|[x, y]| key(pen, look, [x + 0.5 * GLYPH, y]), "key")?;
    }
    for (words, level) in [("above 0", 1), ("0", 0), ("below 0", -1)] {
        entry(&|[x, y]| contour(pen, look, level, &[[x, y], [x + GLYPH, y]]), words)?;
    }
    Ok(())
}
