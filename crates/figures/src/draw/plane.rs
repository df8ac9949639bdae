//! Tokens on the plane, with a tint, links, outlines and arrows under them.

use plotters_backend::DrawingBackend;

use super::board::{Rect, Sheet, Ticks, axes, free, square};
use super::legend::{Sample, flow, line, token};
use super::pen::{Anchor, Pen};
use super::text::{cut, width};
use super::{MARGIN, number, size, tint};
use crate::{Error, Glyph, Look, Outline, Plane, Role, Shade};

/// The widest link.
const LINK: f64 = 14.0;
/// The largest skirt.
const SKIRT: f64 = 46.0;
/// Half of the room that a token takes.
const TOKEN: f64 = 12.0;

pub(super) fn draw<B: DrawingBackend>(pen: &Pen<B>, look: &Look, plane: &Plane, top: f64) -> Result<(), Error> {
    let edge = pen.width() - MARGIN;
    let top = flow(pen, look, &entries(plane), [MARGIN, top, edge])? + 8.0;
    let foot = pen.height() - MARGIN - 78.0;
    let ticks = Ticks::new(plane.y, foot - top);
    let left = MARGIN + 52.0 + ticks.widest();
    let right = edge - if plane.shade.is_some() { 210.0 } else { 0.0 };
    let sheet = Sheet::within(plane.x, plane.y, [left, top, right, foot]);
    let sheet = sheet.centred(right);
    if let Some(shade) = &plane.shade {
        tiles(pen, look, shade, &sheet)?;
        gauge(pen, look, shade, &sheet)?;
    }
    for link in &plane.links {
        let ends = [sheet.place(link.from), sheet.place(link.to)];
        for piece in sheet.clipped(&ends) {
            pen.line(&piece, (LINK * link.weight).max(1.2), link.role.of(look))?;
        }
    }
    let mut lines = Vec::new();
    for outline in &plane.outlines {
        let places: Vec<_> = outline.points.iter().map(|at| sheet.place(*at)).collect();
        for piece in sheet.clipped(&places) {
            line(pen, &piece, outline.strong, outline.dashed, outline.role.of(look))?;
            lines.push((1, piece));
        }
    }
    for arrow in &plane.arrows {
        head(
            pen,
            [sheet.place(arrow.from), sheet.place(arrow.to)],
            arrow.role.of(look),
            &sheet,
        )?;
    }
    tokens(pen, look, plane, &sheet, &lines)?;
    axes(pen, look, &sheet, [&plane.x_title, &plane.y_title], &ticks)
}

/// What has a name and is no token, and the glyphs that occur.
fn entries(plane: &Plane) -> Vec<(Sample, String)> {
    let mut entries = Vec::new();
    let mut add = |sample: Sample, words: &str| {
        if !words.is_empty() && !entries.iter().any(|(_, there)| there == words) {
            entries.push((sample, words.to_owned()));
        }
    };
    for (glyph, words) in [(Glyph::Query, "query"), (Glyph::Key, "key"), (Glyph::Output, "output")] {
        if let Some(token) = plane.tokens.iter().find(|token| token.glyph == glyph) {
            let role = if glyph == Glyph::Key { Role::Ink } else { token.role };
            add(Sample::Glyph(glyph, role), words);
        }
    }
    for Outline {
        name,
        role,
        dashed,
        strong,
        ..
    } in &plane.outlines
    {
        let sample = Sample::Line {
            role: *role,
            dashed: *dashed,
            strong: *strong,
        };
        add(sample, name);
    }
    for arrow in &plane.arrows {
        let sample = Sample::Line {
            role: arrow.role,
            dashed: false,
            strong: true,
        };
        add(sample, &arrow.name);
    }
    entries
}

/// The tint, a tile for each point of the grid.
fn tiles<B: DrawingBackend>(pen: &Pen<B>, look: &Look, shade: &Shade, sheet: &Sheet) -> Result<(), Error> {
    let [left, top, wide, high] = sheet.rect;
    let step = [wide / shade.columns as f64, high / shade.rows as f64];
    for (at, value) in shade.values.iter().enumerate() {
        let (column, row) = (at % shade.columns, at / shade.columns);
        let corner = |column: usize, row: usize| [left + step[0] * column as f64, top + high - step[1] * row as f64];
        let colour = tint(
            &look.field,
            0.5 * ((value / shade.most).clamp(-1.0, 1.0) + 1.0),
            look.canvas,
        );
        let ([x0, y0], [x1, y1]) = (corner(column, row), corner(column + 1, row + 1));
        pen.rect([x0, y1], [x1, y0], colour)?;
    }
    Ok(())
}

/// The colour bar at the right of the plane.
fn gauge<B: DrawingBackend>(pen: &Pen<B>, look: &Look, shade: &Shade, sheet: &Sheet) -> Result<(), Error> {
    const STEPS: usize = 64;
    let [left, top, wide, high] = sheet.rect;
    let left = left + wide + 40.0;
    let room = pen.width() - MARGIN - left;
    let words = cut(&shade.measure, size::TICK, true, room);
    pen.text(&words, [left, top + 12.0], size::TICK, true, look.ink, Anchor::Left)?;
    let (top, bottom) = (top + 36.0, top + high);
    for step in 0..STEPS {
        let y = |step: usize| bottom - (bottom - top) * step as f64 / STEPS as f64;
        let colour = tint(&look.field, (step as f64 + 0.5) / STEPS as f64, look.canvas);
        pen.rect([left, y(step + 1)], [left + 30.0, y(step)], colour)?;
    }
    for (part, value) in [(0.0, -shade.most), (0.5, 0.0), (1.0, shade.most)] {
        let at = [left + 42.0, bottom - (bottom - top) * part];
        pen.text(&number::signed(value), at, size::TICK, false, look.ink, Anchor::Left)?;
    }
    Ok(())
}

/// An arrow with its head.
fn head<B: DrawingBackend>(
    pen: &Pen<B>,
    [from, to]: [[f64; 2]; 2],
    colour: crate::Rgb,
    sheet: &Sheet,
) -> Result<(), Error> {
    let along = [to[0] - from[0], to[1] - from[1]];
    let length = along[0].hypot(along[1]);
    if !sheet.holds(to) || length < 1.0 {
        return Ok(());
    }
    let [x, y] = along.map(|part| part / length);
    let long = 18.0_f64.min(0.6 * length);
    let neck = [to[0] - long * x, to[1] - long * y];
    for piece in sheet.clipped(&[from, neck]) {
        pen.line(&piece, 4.0, colour)?;
    }
    let side = 0.42 * long;
    let corners = [
        to,
        [neck[0] - side * y, neck[1] + side * x],
        [neck[0] + side * y, neck[1] - side * x],
    ];
    pen.polygon(&corners, colour)
}

/// Tokens with their names where these cover no token and no other name.
fn tokens<B: DrawingBackend>(
    pen: &Pen<B>,
    look: &Look,
    plane: &Plane,
    sheet: &Sheet,
    lines: &[(i64, Vec<[f64; 2]>)],
) -> Result<(), Error> {
    let placed: Vec<_> = plane
        .tokens
        .iter()
        .filter_map(|token| Some((sheet.point(token.at)?, token)))
        .collect();
    for (at, token) in &placed {
        if token.skirt > 0.0 {
            let radius = SKIRT * token.skirt.sqrt();
            pen.disc(*at, radius, mixed(token.role.of(look), look.canvas))?;
        }
    }
    for (at, one) in placed.iter().rev() {
        token(pen, look, one.glyph, one.role, *at)?;
    }
    let mut taken: Vec<Rect> = placed.iter().map(|(at, _)| square(*at, TOKEN)).collect();
    for (at, one) in &placed {
        let strong = one.glyph == Glyph::Query;
        let name = cut(&one.name, size::WORD, strong, 220.0);
        let sides = [width(&name, size::WORD, strong), 0.9 * size::WORD];
        if name.is_empty() {
            continue;
        }
        if let Some(rect) = free(sheet, *at, TOKEN + 5.0, sides, &taken, lines) {
            let middle = [0.5 * (rect[0] + rect[2]), 0.5 * (rect[1] + rect[3])];
            pen.text(&name, middle, size::WORD, strong, look.ink, Anchor::Middle)?;
            taken.push(rect);
        }
    }
    Ok(())
}

/// A quarter of a colour on the background.
fn mixed(colour: crate::Rgb, canvas: crate::Rgb) -> crate::Rgb {
    std::array::from_fn(|at| {
        let [over, under] = [colour, canvas].map(|of| f64::from(of.get(at).copied().unwrap_or_default()));
        (under + 0.25 * (over - under)).round() as u8
    })
}
