//! Rows of bars from a common zero.

use plotters_backend::DrawingBackend;

use super::legend::{Sample, flow};
use super::number::{self, Scale};
use super::pen::{Anchor, Pen};
use super::text::{cut, width};
use super::{MARGIN, size};
use crate::{Bars, Error, Look};

/// The widest name.
const NAME: f64 = 280.0;
/// The highest bar.
const HIGHEST: f64 = 40.0;
/// The lowest bar that has a number, and the lowest one.
const NUMBERED: f64 = 24.0;
const LOWEST: f64 = 7.0;
/// Between two rows, of a bar's height.
const GAP: f64 = 0.5;

pub(super) fn draw<B: DrawingBackend>(pen: &Pen<B>, look: &Look, bars: &Bars, top: f64) -> Result<(), Error> {
    let (edge, bottom) = (pen.width() - MARGIN, pen.height() - MARGIN - 70.0);
    let mut top = top;
    if bars.series.len() > 1 || bars.series.iter().any(|series| !series.name.is_empty()) {
        let entries: Vec<_> = bars
            .series
            .iter()
            .map(|series| (Sample::Bar(series.role), series.name.clone()))
            .collect();
        top = flow(pen, look, &entries, [MARGIN, top, edge])? + 8.0;
    }
    let each = bars.series.len() as f64 + GAP;
    let fits = ((bottom - top) / (each * LOWEST)).floor().max(1.0) as usize;
    let shown = bars.rows.len().min(fits);
    let rows = bars.rows.get(..shown).unwrap_or_default();
    let high = ((bottom - top) / (each * shown as f64)).min(HIGHEST);
    let numbered = high >= NUMBERED;
    let values = || rows.iter().flat_map(|row| row.values.iter().copied().flatten());
    let [low, most] = values().fold([0.0_f64, 0.0_f64], |[low, most], value| {
        [low.min(value), most.max(value)]
    });
    let signed = low < 0.0;
    let words = |value: f64| {
        if signed {
            number::signed(value)
        } else {
            number::number(value)
        }
    };
    let widest = |texts: &mut dyn Iterator<Item = f64>| texts.fold(0.0, f64::max);
    let name = widest(&mut rows.iter().map(|row| width(&row.name, size::TICK, row.marked))).min(NAME);
    let numeral = if numbered {
        widest(&mut values().map(|value| width(&words(value), size::TICK, false))) + 12.0
    } else {
        8.0
    };
    let left = MARGIN + name + 16.0 + if signed { numeral } else { 0.0 };
    let right = edge - numeral;
    let span = if most > low { most - low } else { 1.0 };
    let x = |value: f64| left + (right - left) * (value - low) / span;

    let step = number::nice_step(span, ((right - left) / 150.0).max(2.0) as usize);
    let scale = Scale::new(step, low.abs().max(most));
    let foot = top + high * each * shown as f64;
    for multiple in number::multiples(low, low + span, step) {
        let at = x(multiple as f64 * step);
        if multiple != 0 {
            pen.line(&[[at, top], [at, foot]], 1.5, look.grid)?;
        }
        let at = [at, foot + 20.0];
        pen.text(&scale.plain(multiple), at, size::TICK, false, look.ink2, Anchor::Middle)?;
    }
    let title = format!("{} {}", bars.measure, scale.unit());
    let title = cut(title.trim_end(), size::WORD, false, edge - MARGIN);
    let at = [0.5 * (left + right), foot + 54.0];
    pen.text(&title, at, size::WORD, false, look.ink, Anchor::Middle)?;

    let every = (1.1 * size::TICK / (high * each)).ceil().max(1.0) as usize;
    for (index, row) in rows.iter().enumerate() {
        let begin = top + high * each * index as f64 + 0.5 * GAP * high;
        if index.is_multiple_of(every) || row.marked {
            let at = [MARGIN + name, begin + 0.5 * high * bars.series.len() as f64];
            let name = cut(&row.name, size::TICK, row.marked, NAME);
            pen.text(&name, at, size::TICK, row.marked, look.ink, Anchor::Right)?;
        }
        for (nth, (value, series)) in std::iter::zip(&row.values, &bars.series).enumerate() {
            let Some(value) = *value else { continue };
            let from = begin + high * nth as f64;
            let [start, end] = [x(value.min(0.0)), x(value.max(0.0))];
            let inset = 0.08 * high;
            pen.rect(
                [start, from + inset],
                [end.max(start + 1.0), from + high - inset],
                series.role.of(look),
            )?;
            if numbered {
                let (at, anchor) = if value < 0.0 {
                    (start - 8.0, Anchor::Right)
                } else {
                    (end + 8.0, Anchor::Left)
                };
                let at = [at, from + 0.5 * high];
                pen.text(&words(value), at, size::TICK, row.marked, look.ink, anchor)?;
            }
        }
    }
    pen.line(&[[x(0.0), top], [x(0.0), foot]], 2.0, look.ink)?;
    if shown < bars.rows.len() {
        let more = format!("{shown} of {} shown", bars.rows.len());
        let at = [edge, foot + 54.0];
        pen.text(&more, at, size::TICK, false, look.ink2, Anchor::Right)?;
    }
    Ok(())
}
