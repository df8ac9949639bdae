//! The plane on a figure: its place, its axes, the glyphs of tokens, the places of their names.

use plotters_backend::DrawingBackend;

use super::number::{self, Scale};
use super::pen::{Anchor, Pen};
use super::size;
use super::text::{cut, width};
use crate::{Error, Look, Rgb};

/// The stroke of a frame, and radii.
pub(super) const FRAME: f64 = 2.0;
pub(super) const KEY: f64 = 8.5;
pub(super) const HALO: f64 = 2.5;
pub(super) const DIAMOND: f64 = 14.0;

/// A level line on the figure: its level in steps, its points.
pub(super) type Line = (i64, Vec<[f64; 2]>);

/// Where a plane is drawn.
pub(super) struct Sheet {
    /// From where to where it is shown.
    pub(super) x: [f64; 2],
    pub(super) y: [f64; 2],
    /// Left, top, width, height.
    pub(super) rect: [f64; 4],
}

impl Sheet {
    /// The largest place for a plane in a room (left, top, right, bottom): a unit is as long upwards as to the right, unless
    /// the plane would be a mere stripe.
    pub(super) fn within(x: [f64; 2], y: [f64; 2], [left, top, right, bottom]: Rect) -> Self {
        let aspect = ((x[1] - x[0]) / (y[1] - y[0])).clamp(0.4, 2.5);
        let height = (bottom - top).min((right - left) / aspect);
        let wide = height * aspect;
        Self {
            x,
            y,
            rect: [left, top, wide, height],
        }
    }

    /// The same in the middle of the room to its right.
    pub(super) fn centred(self, right: f64) -> Self {
        let [left, top, wide, high] = self.rect;
        let shift = 0.5 * (right - left - wide).max(0.0);
        Self {
            rect: [left + shift, top, wide, high],
            ..self
        }
    }

    /// A place of the plane, from 0 to 1 along each side.
    pub(super) fn at(&self, part: [f64; 2]) -> [f64; 2] {
        let [left, top, wide, high] = self.rect;
        [left + part[0] * wide, top + (1.0 - part[1]) * high]
    }

    /// Where a point of the plane is on the figure, on the plane or beside it.
    pub(super) fn place(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        self.at([(x, self.x), (y, self.y)].map(|(at, [from, to])| (at - from) / (to - from)))
    }

    /// A point, unless it lies outside.
    pub(super) fn point(&self, at: [f64; 2]) -> Option<[f64; 2]> {
        let place = self.place(at);
        self.holds(place).then_some(place)
    }

    /// The part of each side that a place of the figure is at.
    fn part(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let [left, top, wide, high] = self.rect;
        [(x - left) / wide, 1.0 - (y - top) / high]
    }

    /// Whether a place of the figure is on the plane.
    pub(super) fn holds(&self, place: [f64; 2]) -> bool {
        let slack = 1e-9;
        self.part(place)
            .iter()
            .all(|part| (-slack..=1.0 + slack).contains(part))
    }

    /// The pieces of a line of the figure that lie on the plane.
    pub(super) fn clipped(&self, places: &[[f64; 2]]) -> Vec<Vec<[f64; 2]>> {
        let parts: Vec<_> = places.iter().map(|place| Some(self.part(*place))).collect();
        let pieces = clipped(&parts).into_iter();
        pieces
            .map(|piece| piece.into_iter().map(|part| self.at(part)).collect())
            .collect()
    }
}

/// The pieces of a curve that lie in the unit square; a point that is not there breaks it.
pub(super) fn clipped(points: &[Option<[f64; 2]>]) -> Vec<Vec<[f64; 2]>> {
    let mut pieces: Vec<Vec<[f64; 2]>> = Vec::new();
    let mut open = false;
    for pair in points.windows(2) {
        let cut = match (pair[0], pair[1]) {
            (Some(from), Some(to)) => within(from, to),
            _ => None,
        };
        let Some(([from, to], whole)) = cut else {
            open = false;
            continue;
        };
        match pieces.last_mut() {
            Some(piece) if open => piece.push(to),
            _ => pieces.push(vec![from, to]),
        }
        open = whole;
    }
    pieces
}

/// The part of a segment within the unit square, and whether its end is within (Liang, Barsky 1984).
fn within(from: [f64; 2], to: [f64; 2]) -> Option<([[f64; 2]; 2], bool)> {
    let step = [to[0] - from[0], to[1] - from[1]];
    let (mut enter, mut leave) = (0.0_f64, 1.0_f64);
    for axis in 0..2 {
        for (along, room) in [(-step[axis], from[axis]), (step[axis], 1.0 - from[axis])] {
            if along == 0.0 {
                if room < 0.0 {
                    return None;
                }
            } else if along < 0.0 {
                enter = enter.max(room / along);
            } else {
                leave = leave.min(room / along);
            }
        }
    }
    let at = |t: f64| [from[0] + t * step[0], from[1] + t * step[1]];
    (enter <= leave).then(|| ([at(enter), at(leave)], leave >= 1.0))
}

/// A disc of a key.
pub(super) fn key<B: DrawingBackend>(pen: &Pen<B>, look: &Look, at: [f64; 2], colour: Rgb) -> Result<(), Error> {
    pen.disc(at, KEY + HALO, look.canvas)?;
    pen.disc(at, KEY, colour)
}

/// A ring, where a key was or would be.
pub(super) fn ring<B: DrawingBackend>(pen: &Pen<B>, look: &Look, at: [f64; 2], colour: Rgb) -> Result<(), Error> {
    key(pen, look, at, colour)?;
    pen.disc(at, KEY - 3.0, look.canvas)
}

/// The square of an output.
pub(super) fn tile<B: DrawingBackend>(pen: &Pen<B>, look: &Look, [x, y]: [f64; 2], colour: Rgb) -> Result<(), Error> {
    for (half, colour) in [(KEY + 3.5, look.canvas), (KEY + 1.0, colour), (KEY - 2.5, look.canvas)] {
        pen.rect([x - half, y - half], [x + half, y + half], colour)?;
    }
    Ok(())
}

/// The query's diamond.
pub(super) fn diamond<B: DrawingBackend>(pen: &Pen<B>, look: &Look, [x, y]: [f64; 2]) -> Result<(), Error> {
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
pub(super) type Rect = [f64; 4];

pub(super) fn square([x, y]: [f64; 2], half: f64) -> Rect {
    [x - half, y - half, x + half, y + half]
}

fn overlap(one: &Rect, other: &Rect) -> bool {
    one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3]
}

/// The place beside a token for a name of this width and height: on the plane, free, and with the fewest lines behind it.
pub(super) fn free(
    sheet: &Sheet,
    [x, y]: [f64; 2],
    off: f64,
    [wide, high]: [f64; 2],
    taken: &[Rect],
    lines: &[Line],
) -> Option<Rect> {
    let [left, top, width, height] = sheet.rect;
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
pub(super) struct Ticks {
    /// The part of the axis, from 0 to 1, and the numerals there.
    pub(super) at: Vec<(f64, String)>,
    /// The factor on all numerals.
    unit: String,
}

impl Ticks {
    /// The most that numerals may be wide.
    const WIDEST: f64 = 150.0;

    /// Ticks of an axis that is `long` on the figure.
    pub(super) fn new([from, to]: [f64; 2], long: f64) -> Self {
        let step = number::nice_step(to - from, ((long / 75.0) as usize).max(2));
        let scale = Scale::new(step, from.abs().max(to.abs()));
        let at = number::multiples(from, to, step)
            .map(|multiple| {
                let part = (multiple as f64 * step - from) / (to - from);
                let words = cut(&scale.plain(multiple), size::TICK, false, Self::WIDEST);
                (part.clamp(0.0, 1.0), words)
            })
            .collect();
        let unit = scale.unit();
        Self { at, unit }
    }

    /// The width of the widest numerals.
    pub(super) fn widest(&self) -> f64 {
        let widths = self.at.iter().map(|(_, words)| width(words, size::TICK, false));
        widths.fold(0.0, f64::max)
    }

    /// Ticks of an axis of equal factors: powers of ten, and where these are few their double and fivefold.
    pub(super) fn of_factors([from, to]: [f64; 2], long: f64) -> Self {
        let decades = (to / from).log10();
        let most = (long / 70.0).max(2.0);
        let digits: &[f64] = if decades * 3.0 <= most {
            &[1.0, 2.0, 5.0]
        } else {
            &[1.0]
        };
        let every = (decades / most).ceil().max(1.0) as i32;
        let powers = from.log10().floor() as i32..=to.log10().ceil() as i32;
        let at = powers
            .filter(|power| power.rem_euclid(every) == 0)
            .flat_map(|power| digits.iter().map(move |digit| digit * 10_f64.powi(power)))
            .map(|value| ((value / from).ln() / (to / from).ln(), number::short(value)))
            .filter(|(part, _)| (-1e-9..=1.0 + 1e-9).contains(part))
            .collect();
        Self {
            at,
            unit: String::new(),
        }
    }

    /// A title with the factor on the numerals.
    pub(super) fn titled(&self, title: &str) -> String {
        format!("{title} {}", self.unit).trim_end().to_owned()
    }
}

/// Frame, ticks and titles of the plane.
pub(super) fn axes<B: DrawingBackend>(
    pen: &Pen<B>,
    look: &Look,
    sheet: &Sheet,
    titles: [&str; 2],
    upwards: &Ticks,
) -> Result<(), Error> {
    let [left, top, wide, high] = sheet.rect;
    let (right, bottom) = (left + wide, top + high);
    pen.line(&frame([left, top, right, bottom]), FRAME, look.ink)?;
    let ticks = Ticks::new(sheet.x, wide);
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
    let title = cut(&ticks.titled(titles[0]), size::WORD, false, wide + 100.0);
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
    let title = cut(&upwards.titled(titles[1]), size::WORD, false, high);
    pen.text(
        &title,
        [left - upwards.widest() - 38.0, top + 0.5 * high],
        size::WORD,
        false,
        look.ink,
        Anchor::Upwards,
    )
}

/// The border of a rectangle; the first side again, so that every corner is joined.
pub(super) fn frame([left, top, right, bottom]: Rect) -> [[f64; 2]; 6] {
    [
        [left, top],
        [right, top],
        [right, bottom],
        [left, bottom],
        [left, top],
        [right, top],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_cut_at_the_sides_and_broken_where_it_is_not() {
        let pieces = clipped(&[
            Some([-1.0, 0.5]),
            Some([0.5, 0.5]),
            Some([0.5, 2.0]),
            None,
            Some([0.1, 0.1]),
            Some([0.2, 0.2]),
            Some([3.0, 3.0]),
            Some([4.0, 3.0]),
        ]);
        assert_eq!(
            pieces,
            [
                vec![[0.0, 0.5], [0.5, 0.5], [0.5, 1.0]],
                vec![[0.1, 0.1], [0.2, 0.2], [1.0, 1.0]],
            ]
        );
    }
}
