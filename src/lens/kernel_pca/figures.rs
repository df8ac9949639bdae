//! What the lens gives to take away.

use eigenlens_figures::{Axis, Content, Glyph, HeatMap, HeatMaps, Key, Plane, Query, ScoreField, Spectrum, Token};

use super::KernelPca;
use super::derive::{Picture, framed};
use super::fields::{Sources, axes};
use super::heads::OneAxis;
use super::say;
use crate::board::Extent;
use crate::board::field::Levels;
use crate::lab::readout::text;
use crate::lab::{AxisReading, KernelChoice, Lab, ValuesFrom};
use crate::lens::figures as made;
use crate::look::theme::LIGHT;
use crate::studio::{Arrays, Drawn, Exhibit, FigureName};

/// Samples along a side of the field.
const SAMPLES: usize = 120;

impl Exhibit for KernelPca {
    fn stem(&self) -> &'static str {
        "kernel-pca"
    }

    fn figures(&self) -> &'static [FigureName] {
        const {
            &[
                FigureName::new("spectrum", "spectrum"),
                FigureName::new("field", "score field"),
                FigureName::new("similarities", "similarities before and after centring"),
                FigureName::new("sum", "weight × value = score"),
                FigureName::new("scores", "plane of two axes"),
                FigureName::new("heads", "every head"),
            ]
        }
    }

    fn figure(&self, key: &str, lab: &Lab) -> Option<Drawn> {
        let picture = self.current()?;
        Some(match key {
            "spectrum" => Drawn::new(spectrum_subtitle(lab, picture), Content::Spectrum(spectrum(picture))),
            "field" => Drawn::new(
                say::subline(Some(picture), None),
                Content::ScoreField(field(picture, self.sources.as_ref()?)?),
            ),
            "similarities" => Drawn::new(
                "Between the keys in feature space; centred, what all have in common is gone.",
                similarities(picture),
            ),
            "sum" => Drawn::new(
                "The values of the axes that are kept, each times the weight of its key; their sums are the scores.",
                made::sum(
                    &picture.common,
                    &picture.row.weights,
                    &picture.values.columns(0, picture.kept).into_owned(),
                    &made::numbered(if picture.free { "value" } else { "axis" }, picture.kept),
                ),
            ),
            "scores" => Drawn::new(
                "Every key and the query by their scores on two axes.",
                scores(picture, &self.sources.as_ref()?.key_scores)?,
            ),
            // There while the map of all heads is open.
            _ => {
                let axis = self.heads.axis(self.heads_of.as_ref()?, picture)?;
                heads(&axis, lab, picture)
            }
        })
    }

    fn arrays(&self, lab: &Lab, arrays: &mut Arrays) {
        let Some(picture) = self.current() else { return };
        let choices = &lab.choices.kernel_pca;
        crate::lens::common::arrays(&picture.common, arrays);
        arrays.number("gaussian", f64::from(choices.kernel == KernelChoice::Gaussian));
        arrays.number("centred", f64::from(choices.centred));
        arrays.number("free", f64::from(choices.values == ValuesFrom::Free));
        arrays.matrix("gram", picture.fit.pca.gram());
        arrays.matrix("centred_gram", picture.fit.pca.centred_gram());
        arrays.list("eigenvalues", spectrum(picture).eigenvalues);
        arrays.list("shares", picture.axes.iter().map(|axis| axis.share));
        arrays.matrix("vectors", &framed(&picture.fit.vectors, &picture.axes));
        arrays.matrix("values", &picture.values);
        arrays.list("weights", picture.row.weights.iter().copied());
        arrays.list("scores", picture.scores.iter().copied());
    }

    fn script(&self) -> &'static str {
        include_str!("../../../assets/scripts/kernel-pca.py")
    }
}

/// The chosen reading of the axis in every head.
fn heads(axis: &OneAxis, lab: &Lab, picture: &Picture) -> Drawn {
    let entries: Vec<Option<f64>> = axis.owners.iter().map(|owner| owner.map(|(_, entry)| entry)).collect();
    let number = picture.axis + 1;
    let (words, measure, numbers) = match lab.choices.heads.reading {
        AxisReading::Token => (
            format!("The largest entry of axis {number} in every head: near 1 the axis belongs to one token."),
            "largest entry",
            &entries,
        ),
        AxisReading::Parts => (
            format!("Pairs of words, one of each part of the text, that are in one order on axis {number}."),
            "share in one order",
            &axis.separations,
        ),
    };
    Drawn::new(words, made::of_heads(measure.to_owned(), numbers, lab.scene.head))
}

fn similarities(picture: &Picture) -> Content {
    let names = &picture.common.keys;
    let map = |title: &str, matrix| HeatMap {
        measure: "similarity".to_owned(),
        ..made::map(title, matrix, [names, names])
    };
    Content::HeatMaps(HeatMaps {
        maps: vec![
            map("before centring", picture.fit.pca.gram()),
            map("after", picture.fit.pca.centred_gram()),
        ],
    })
}

fn scores(picture: &Picture, keys: &[[f64; 2]]) -> Option<Content> {
    let partner = picture.partner?;
    let columns = [picture.chosen.min(partner), picture.chosen.max(partner)];
    let query = columns.map(|column| picture.scores.get(column).copied().unwrap_or_default());
    let ends = |axis: usize| {
        let [from, to] = Axis::around("", keys.iter().chain([&query]).map(|at| at[axis])).ends;
        let air = 0.1 * (to - from);
        [from - air, to + air]
    };
    let tokens = std::iter::zip(keys, &picture.common.keys).map(|(at, name)| Token {
        at: *at,
        name: name.clone(),
        ..Token::default()
    });
    let query = Token {
        at: query,
        name: picture
            .common
            .queries
            .get(picture.common.asking)
            .cloned()
            .unwrap_or_default(),
        glyph: Glyph::Query,
        ..Token::default()
    };
    Some(Content::Plane(Plane {
        x: ends(0),
        y: ends(1),
        x_title: format!("score on axis {}", columns[0] + 1),
        y_title: format!("score on axis {}", columns[1] + 1),
        tokens: std::iter::once(query).chain(tokens).collect(),
        ..Plane::default()
    }))
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

fn field(picture: &Picture, sources: &Sources) -> Option<ScoreField> {
    let positions = &picture.common.positions;
    let extent = Extent::around(&[positions.keys.clone(), positions.queries.clone()].concat());
    let scale = picture.common.scale;
    let [xs, ys] = axes(extent, SAMPLES);
    let scores = sources.board.grid(&xs, &ys);
    let scores = scores.first()?;
    let ends = |i: usize| [-1.0, 1.0].map(|side| scale * (extent.centre[i] + side * extent.half[i]));
    let titles = if picture.common.head.dim() > 2 {
        ["key axis 1", "key axis 2"]
    } else {
        ["x", "y"]
    };
    let keys = std::iter::zip(&positions.keys, &picture.common.keys).map(|([x, y], name)| Key {
        x: scale * x,
        y: scale * y,
        name: name.clone(),
    });
    let query = positions.queries.get(picture.common.asking);
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
        step: Levels::new(scores.amax(), &LIGHT).step,
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
