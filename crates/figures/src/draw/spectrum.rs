//! The spectrum: a bar for each axis, its share over it, and the cut behind the axes that are kept.

use plotters_backend::DrawingBackend;

use super::number::{self, Scale};
use super::pen::{Anchor, Pen};
use super::text::width;
use super::{MARGIN, size};
use crate::{Error, Look, Spectrum};

/// The most bars that can be told apart.
const MOST_BARS: usize = 64;
/// The widest bar.
const WIDEST: f64 = 88.0;

pub(super) fn draw<B: DrawingBackend>(pen: &Pen<B>, look: &Look, spectrum: &Spectrum, top: f64) -> Result<(), Error> {
    let axes = spectrum.shares.len();
    let shown = axes.min(MOST_BARS);
    let (left, right) = (MARGIN + 110.0, pen.width() - MARGIN);
    let slot = (right - left) / shown as f64;
    let bar = (0.62 * slot).min(WIDEST);
    let centre = |axis: usize| left + slot * (axis as f64 + 0.5);

    // Under the bars: numbers, eigenvalues where there is room, the title.
    let values: Vec<String> = spectrum
        .eigenvalues
        .iter()
        .take(shown)
        .map(|value| number::number(*value))
        .collect();
    let widest = |texts: &[String], size| texts.iter().map(|text| width(text, size, false)).fold(0.0, f64::max);
    let roomy = widest(&values, size::TICK) < 0.94 * slot;
    let bottom = pen.height() - MARGIN - if roomy { 108.0 } else { 74.0 };
    // Over them: the words of the cut.
    let roof = top + 52.0;

    let largest = spectrum
        .shares
        .iter()
        .take(shown)
        .fold(0.0, |most: f64, share| share.max(most));
    let step = number::nice_step(100.0 * largest.max(1e-3), 5);
    let steps = (100.0 * largest.max(1e-3) / step).ceil().max(1.0);
    // A share's own number stands over its bar, so the highest keeps a line of text below the roof.
    let y = |percent: f64| bottom - (bottom - roof - 1.4 * size::TICK) * percent / (steps * step);
    let scale = Scale::new(step, steps * step);
    for multiple in 0..=steps as i64 {
        let at = y(multiple as f64 * step);
        if multiple > 0 {
            pen.line(&[[left, at], [right, at]], 1.5, look.grid)?;
        }
        pen.text(
            &scale.plain(multiple),
            [left - 14.0, at],
            size::TICK,
            false,
            look.ink2,
            Anchor::Right,
        )?;
    }
    let middle = 0.5 * (y(0.0) + y(steps * step));
    pen.text(
        "share of what differs, %",
        [MARGIN + 14.0, middle],
        size::WORD,
        false,
        look.ink,
        Anchor::Upwards,
    )?;

    let shares: Vec<String> = spectrum
        .shares
        .iter()
        .take(shown)
        .map(|share| number::percent(*share))
        .collect();
    for (axis, (share, words)) in std::iter::zip(&spectrum.shares, &shares).enumerate() {
        let kept = axis < spectrum.kept;
        let (at, height) = (centre(axis), y(100.0 * share));
        pen.rect(
            [at - 0.5 * bar, height],
            [at + 0.5 * bar, bottom],
            if kept { look.ink } else { look.ink3 },
        )?;
        if width(words, size::TICK, kept) < slot {
            let colour = if kept { look.ink } else { look.ink2 };
            pen.text(
                words,
                [at, height - 0.75 * size::TICK],
                size::TICK,
                kept,
                colour,
                Anchor::Middle,
            )?;
        }
    }
    pen.line(&[[left, bottom], [right, bottom]], 2.0, look.ink)?;
    names(pen, look, spectrum, (left, slot, bottom, shown))?;
    if roomy {
        for (axis, value) in values.iter().enumerate() {
            let at = [centre(axis), bottom + 60.0];
            pen.text(value, at, size::TICK, false, look.ink2, Anchor::Middle)?;
        }
    }
    let mut title = if roomy { "axis, and its eigenvalue" } else { "axis" }.to_owned();
    if shown < axes {
        title = format!("{title} ({shown} of {axes} shown)");
    }
    let at = [0.5 * (left + right), pen.height() - MARGIN - 0.5 * size::WORD];
    pen.text(&title, at, size::WORD, false, look.ink, Anchor::Middle)?;
    kept(pen, look, spectrum, (left, slot, bottom, shown), top)
}

/// Where the bars are: the left end, the width of a slot, the foot, the number of bars.
type Bars = (f64, f64, f64, usize);

/// The numbers of the axes, as many as there is room for; the chosen one is marked.
fn names<B: DrawingBackend>(
    pen: &Pen<B>,
    look: &Look,
    spectrum: &Spectrum,
    (left, slot, bottom, shown): Bars,
) -> Result<(), Error> {
    let every = [1, 2, 5, 10, 20]
        .into_iter()
        .find(|every| width(&shown.to_string(), size::TICK, true) + 8.0 < slot * *every as f64)
        .unwrap_or(50);
    for axis in 0..shown {
        let at = left + slot * (axis as f64 + 0.5);
        let chosen = spectrum.chosen == Some(axis);
        // Round numbers, from 1 on; close to the chosen one there is no room for another.
        let near = |other: usize| other != axis && other.abs_diff(axis) as f64 * slot < 2.4 * size::TICK;
        let crowded = spectrum.chosen.is_some_and(near);
        let round = (axis + 1).is_multiple_of(every) || axis == 0;
        if chosen || (round && !crowded) {
            let place = [at, bottom + 26.0];
            pen.text(
                &(axis + 1).to_string(),
                place,
                size::TICK,
                chosen,
                look.ink,
                Anchor::Middle,
            )?;
        }
        if chosen {
            let half = (0.31 * slot).clamp(5.0, 0.5 * WIDEST);
            pen.rect([at - half, bottom + 5.0], [at + half, bottom + 10.0], look.ink)?;
        }
    }
    Ok(())
}

/// The cut behind the axes that are kept, and what they hold together.
fn kept<B: DrawingBackend>(
    pen: &Pen<B>,
    look: &Look,
    spectrum: &Spectrum,
    (left, slot, bottom, shown): Bars,
    top: f64,
) -> Result<(), Error> {
    let held: f64 = spectrum.shares.iter().take(spectrum.kept).sum();
    let words = format!(
        "{} of {} kept: {}",
        spectrum.kept,
        spectrum.shares.len(),
        number::percent(held.min(1.0))
    );
    let at = left + slot * spectrum.kept.min(shown) as f64;
    let line = top + 0.5 * size::WORD;
    if spectrum.kept <= shown {
        pen.line(&[[at, line], [at, bottom]], 3.0, look.ink)?;
        pen.disc([at, line], 10.0, look.ink)?;
        pen.disc([at, line], 6.5, look.canvas)?;
    }
    // On the side of the cut with room for it.
    let wide = width(&words, size::WORD, true);
    let right = pen.width() - MARGIN;
    if at + 22.0 + wide <= right {
        pen.text(&words, [at + 22.0, line], size::WORD, true, look.ink, Anchor::Left)
    } else {
        pen.text(&words, [at - 22.0, line], size::WORD, true, look.ink, Anchor::Right)
    }
}
