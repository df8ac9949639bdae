//! What the figures of several lenses have in common.

use eigenlens_figures::{
    Arrow, Axis, BarRow, Bars, Chart, Charts, Content, Glyph, HeatMap, HeatMaps, Line, Link, Plane, Role, Ruler,
    Series, Token,
};
use nalgebra::DMatrix;

use super::common::Common;
use crate::board::Extent;
use crate::lab::readout::text;
use crate::lab::text::HEADS_IN_LAYER;

/// The plane with its tokens: the asking query, the keys, the other queries; `also` is what it must have room for, in board
/// units.
pub(super) fn plane(common: &Common, also: &[[f64; 2]]) -> Plane {
    let positions = &common.positions;
    let asks = positions.queries.get(common.asking);
    let shown: Vec<[f64; 2]> = positions.keys.iter().chain(asks).chain(also).copied().collect();
    let extent = Extent::around(&shown);
    let ends = |axis: usize| [-1.0, 1.0].map(|side| common.scale * (extent.centre[axis] + side * extent.half[axis]));
    let titles = if common.head.dim() > 2 {
        ["key axis 1", "key axis 2"]
    } else {
        ["x", "y"]
    };
    let query = asks.map(|at| Token {
        at: scaled(common, *at),
        name: common.queries.get(common.asking).cloned().unwrap_or_default(),
        glyph: Glyph::Query,
        ..Token::default()
    });
    let keys = std::iter::zip(&positions.keys, &common.keys).map(|(at, name)| Token {
        at: scaled(common, *at),
        name: name.clone(),
        ..Token::default()
    });
    Plane {
        x: ends(0),
        y: ends(1),
        x_title: titles[0].to_owned(),
        y_title: titles[1].to_owned(),
        tokens: query.into_iter().chain(keys).collect(),
        ..Plane::default()
    }
}

/// A place of the board in coordinates.
pub(super) fn scaled(common: &Common, at: [f64; 2]) -> [f64; 2] {
    at.map(|at| common.scale * at)
}

/// Links from a place to every key, as wide as its weight.
pub(super) fn links(plane: &mut Plane, common: &Common, from: [f64; 2], weights: &[f64], role: Role) {
    let links = std::iter::zip(&common.positions.keys, weights).map(|(at, weight)| Link {
        from: scaled(common, from),
        to: scaled(common, *at),
        weight: weight.clamp(0.0, 1.0),
        role,
    });
    plane.links.extend(links);
}

/// Discs round the keys, as large as their weights.
pub(super) fn skirts(plane: &mut Plane, weights: &[f64]) {
    let keys = plane.tokens.iter_mut().filter(|token| token.glyph == Glyph::Key);
    for (token, weight) in std::iter::zip(keys, weights) {
        token.skirt = weight.clamp(0.0, 1.0);
    }
}

/// Where the asking query is, in board units.
pub(super) fn asks_from(common: &Common) -> [f64; 2] {
    common.positions.queries.get(common.asking).copied().unwrap_or_default()
}

/// An output on the plane.
pub(super) fn output(common: &Common, at: [f64; 2], name: &str, role: Role) -> Token {
    Token {
        at: scaled(common, at),
        name: name.to_owned(),
        glyph: Glyph::Output,
        role,
        skirt: 0.0,
    }
}

/// An arrow between places of the board.
pub(super) fn arrow(common: &Common, [from, to]: [[f64; 2]; 2], name: &str, role: Role) -> Arrow {
    Arrow {
        from: scaled(common, from),
        to: scaled(common, to),
        name: name.to_owned(),
        role,
    }
}

/// A row of bars for each name, one bar for each list of numbers; what is no number has no bar.
pub(super) fn bars(measure: &str, names: &[String], series: &[(&str, Role, &[f64])]) -> Content {
    let value = |numbers: &[f64], row: usize| numbers.get(row).copied().filter(|value| value.is_finite());
    let row = |(index, name): (usize, &String)| BarRow {
        name: name.clone(),
        values: series.iter().map(|(_, _, numbers)| value(numbers, index)).collect(),
        marked: false,
    };
    Content::Bars(Bars {
        log: false,
        measure: measure.to_owned(),
        series: series
            .iter()
            .map(|(name, role, _)| Series {
                name: (*name).to_owned(),
                role: *role,
            })
            .collect(),
        rows: names.iter().enumerate().map(row).collect(),
    })
}

/// As [`bars`], over an axis of equal factors.
pub(super) fn factors(measure: &str, names: &[String], series: &[(&str, Role, &[f64])]) -> Content {
    let mut content = bars(measure, names, series);
    if let Content::Bars(bars) = &mut content {
        bars.log = true;
    }
    content
}

/// A matrix as tiles; names that are not one for each row or column are left out.
pub(super) fn map(title: &str, matrix: &DMatrix<f64>, [rows, columns]: [&[String]; 2]) -> HeatMap {
    let names = |names: &[String], count: usize| {
        if names.len() == count {
            names.to_vec()
        } else {
            Vec::new()
        }
    };
    HeatMap {
        row_names: names(rows, matrix.nrows()),
        column_names: names(columns, matrix.ncols()),
        ..HeatMap::new(
            title,
            [matrix.nrows(), matrix.ncols()],
            matrix.transpose().iter().copied(),
        )
    }
}

/// Names of who asks in a matrix of so many rows: the queries, and the keys after them where these ask too.
pub(super) fn askers(common: &Common, rows: usize) -> Vec<String> {
    let mut names = common.queries.clone();
    if rows > names.len() {
        names.extend(common.keys.iter().cloned());
    }
    names
}

/// Weight × value, summed: the weights, the values, their products, and the sum as the last row.
pub(super) fn sum(common: &Common, weights: &[f64], values: &DMatrix<f64>, columns: &[String]) -> Content {
    let (rows, wide) = values.shape();
    let weight = |row: usize| weights.get(row).copied().unwrap_or_default();
    let products = DMatrix::from_fn(rows + 1, wide, |row, column| {
        if row < rows {
            weight(row) * values[(row, column)]
        } else {
            (0..rows).map(|row| weight(row) * values[(row, column)]).sum()
        }
    });
    let mut names = common.keys.clone();
    names.push("sum".to_owned());
    let weights = DMatrix::from_fn(rows, 1, |row, _| weight(row));
    let mut summed = map("weight × value", &products, [&names, columns]);
    summed.row = Some(rows);
    Content::HeatMaps(HeatMaps {
        maps: vec![
            map("weight", &weights, [&common.keys, &[]]),
            map("value", values, [&[], columns]),
            HeatMap {
                row_names: vec![String::new(); rows]
                    .into_iter()
                    .chain(["sum".to_owned()])
                    .collect(),
                ..summed
            },
        ],
    })
}

/// Names of columns, as in "axis 1".
pub(super) fn numbered(word: &str, count: usize) -> Vec<String> {
    (1..=count).map(|number| format!("{word} {number}")).collect()
}

/// A number of every head of a text, with the head on the board in its frame.
pub(super) fn of_heads(measure: String, numbers: &[Option<f64>], present: u16) -> Content {
    let wide = usize::from(HEADS_IN_LAYER);
    let rows = numbers.len() / wide;
    let values = numbers.iter().map(|number| number.unwrap_or(f64::NAN));
    let map = HeatMap {
        row_names: numbered("layer", rows),
        column_names: numbered("head", wide),
        measure,
        row: Some(usize::from(present) / wide),
        column: Some(usize::from(present) % wide),
        ..HeatMap::new("", [rows, wide], values.take(rows * wide))
    };
    Content::HeatMaps(HeatMaps { maps: vec![map] })
}

/// A curve through points with the same abscissae.
pub(super) fn line(name: &str, role: Role, xs: &[f64], ys: impl IntoIterator<Item = f64>) -> Line {
    Line {
        name: name.to_owned(),
        role,
        points: std::iter::zip(xs, ys)
            .map(|(x, y)| [*x, y])
            .filter(|point| point.iter().all(|at| at.is_finite()))
            .collect(),
        ..Line::default()
    }
}

/// All numbers of some curves, one coordinate.
pub(super) fn all(lines: &[Line], axis: usize) -> Vec<f64> {
    lines
        .iter()
        .flat_map(|line| line.points.iter().map(move |point| point[axis]))
        .collect()
}

/// The most points of a curve.
pub(super) fn longest(lines: &[Line]) -> usize {
    lines.iter().map(|line| line.points.len()).max().unwrap_or_default()
}

/// A chart of curves over round axes.
pub(super) fn chart([x, y]: [Axis; 2], lines: Vec<Line>) -> Chart {
    Chart {
        x,
        y,
        lines,
        ..Chart::default()
    }
}

/// One chart.
pub(super) fn only(chart: Chart) -> Content {
    Content::Charts(Charts { charts: vec![chart] })
}

/// A ruler on the x axis.
pub(super) fn upright(at: f64, name: impl Into<String>) -> Ruler {
    Ruler {
        at,
        upright: true,
        name: name.into(),
        role: Role::Query,
    }
}

/// "τ = 1.41".
pub(super) fn tau(common: &Common) -> String {
    format!("τ = {}", text::number(common.temperature))
}
