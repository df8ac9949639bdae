//! The figures of the lens: the spectrum, and the field of the axis on the board.

use eigenlens_figures::{Content, Figure, FigureKind, Key, Query, ScoreField, Spectrum};

use super::derive::Picture;
use super::fields::{Fields, Sources, axes};
use super::say;
use crate::lab::Lab;
use crate::lab::readout::text;
use crate::look::Theme;
use crate::look::figure::look;

/// Samples along a side of the field.
const SAMPLES: usize = 120;

/// A figure of the picture; the field is that of the board as it was shown last.
pub(super) fn figure(
    kind: FigureKind,
    lab: &Lab,
    theme: &Theme,
    picture: &Picture,
    sources: &Sources,
    fields: &Fields,
) -> Option<Figure> {
    let title: String = say::of_picture(picture).into_iter().map(|(text, _)| text).collect();
    let (subtitle, content) = match kind {
        FigureKind::Spectrum => (spectrum_subtitle(lab, picture), Content::Spectrum(spectrum(picture))),
        FigureKind::ScoreField => (
            say::subline(Some(picture), None),
            Content::ScoreField(field(picture, sources, fields)?),
        ),
    };
    Some(Figure {
        alt: format!("{title} {subtitle}"),
        title,
        subtitle,
        look: look(theme),
        content,
    })
}

fn spectrum_subtitle(lab: &Lab, picture: &Picture) -> String {
    let choices = &lab.choices.kernel_pca;
    let centred = if choices.centred { "centred " } else { "" };
    format!(
        "Eigenvalues of the {centred}Gram matrix of {} keys, {} kernel, τ = {}.",
        picture.row.weights.len(),
        choices.kernel.name(),
        text::number(picture.common.temperature)
    )
}

fn spectrum(picture: &Picture) -> Spectrum {
    let eigenvalues = picture.fit.pca.eigenvalues();
    let of = |canonical: usize| eigenvalues.get(canonical).copied().unwrap_or_default();
    Spectrum {
        shares: picture.axes.iter().map(|axis| axis.share).collect(),
        eigenvalues: picture.axes.iter().map(|axis| of(axis.canonical)).collect(),
        kept: picture.axes_kept,
        chosen: Some(picture.axis),
    }
}

fn field(picture: &Picture, sources: &Sources, fields: &Fields) -> Option<ScoreField> {
    let (extent, levels) = (fields.extent()?, fields.levels()?);
    let scale = picture.common.scale;
    let [xs, ys] = axes(extent, SAMPLES);
    let scores = sources.board.grid(&xs, &ys);
    let scores = scores.first()?;
    let ends = |i: usize| [-1.0, 1.0].map(|side| scale * (extent.centre[i] + side * extent.half[i]));
    let inside = |[x, y]: [f64; 2]| {
        (x - extent.centre[0]).abs() <= extent.half[0] && (y - extent.centre[1]).abs() <= extent.half[1]
    };
    let titles = if picture.common.head.dim() > 2 {
        ["key axis 1", "key axis 2"]
    } else {
        ["x", "y"]
    };
    let positions = &picture.common.positions;
    let keys = std::iter::zip(&positions.keys, &picture.common.keys)
        .filter(|(at, _)| inside(**at))
        .map(|([x, y], name)| Key {
            x: scale * x,
            y: scale * y,
            name: name.clone(),
        });
    let query = positions.queries.get(picture.common.asking).filter(|at| inside(**at));
    Some(ScoreField {
        axis: picture.chosen + 1,
        x: ends(0),
        y: ends(1),
        x_title: titles[0].to_owned(),
        y_title: titles[1].to_owned(),
        columns: SAMPLES,
        rows: SAMPLES,
        // A matrix is kept column by column; its transpose gives the rows from the lowest up.
        scores: scores.transpose().iter().copied().collect(),
        step: levels.step,
        keys: keys.collect(),
        query: query.map(|[x, y]| Query {
            x: scale * x,
            y: scale * y,
            name: picture
                .common
                .queries
                .get(picture.common.asking)
                .cloned()
                .unwrap_or_default(),
            score: picture.scores.get(picture.chosen).copied().unwrap_or_default(),
        }),
    })
}
