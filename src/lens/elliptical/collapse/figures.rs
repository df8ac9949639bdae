//! What the view gives to take away.

use eigenlens_figures::{Axis, Content, Outline, Plane, Role, Token};

use super::Collapse;
use super::derive::Picture;
use super::film::Mechanism;
use crate::board::Extent;
use crate::lab::Lab;
use crate::lens::figures as made;
use crate::studio::{Arrays, Drawn, Exhibit, FigureName};

/// The mechanisms that have a board, each with the key of its figure.
const BOARDS: [(&str, Mechanism); 4] = [
    ("board-softmax", Mechanism::Softmax),
    ("board-max", Mechanism::Max),
    ("board-mean", Mechanism::Mean),
    ("board-rpc", Mechanism::Rpc),
];

impl Exhibit for Collapse {
    fn stem(&self) -> &'static str {
        "collapse"
    }

    fn figures(&self) -> &'static [FigureName] {
        const {
            &[
                FigureName::new("cosine", "how alike the tokens become"),
                FigureName::new("board-softmax", "tokens under softmax attention"),
                FigureName::new("board-max", "tokens under max-scaled M"),
                FigureName::new("board-mean", "tokens under mean-scaled M"),
                FigureName::new("board-rpc", "tokens under RPC-Attention"),
            ]
        }
    }

    fn figure(&self, key: &str, _lab: &Lab) -> Option<Drawn> {
        let picture = self.current()?;
        if let Some((_, mechanism)) = BOARDS.iter().find(|(board, _)| *board == key) {
            return Some(Drawn::new(
                format!("The paths of the tokens from layer 0 to layer {}.", picture.layer),
                board(picture, *mechanism)?,
            ));
        }
        Some(Drawn::new(
            "The mean cosine of every two tokens, layer after layer; at 1 all point the same way.",
            cosine(picture),
        ))
    }

    fn arrays(&self, _lab: &Lab, arrays: &mut Arrays) {
        let Some(picture) = self.current() else { return };
        arrays.matrix("tokens", picture.common.head.keys());
        arrays.number("temperature", picture.common.temperature);
        arrays.number("residual", f64::from(picture.residual));
        arrays.number("layer", picture.layer as f64);
        arrays.number("estimated", f64::from(picture.estimated));
        for (mechanism, cosines, metric) in [
            (Mechanism::Softmax, "cosine_softmax", "metric_softmax"),
            (Mechanism::Max, "cosine_max", "metric_max"),
            (Mechanism::Mean, "cosine_mean", "metric_mean"),
            (Mechanism::Rpc, "cosine_rpc", "metric_rpc"),
            (Mechanism::Double, "cosine_double", "metric_double"),
        ] {
            let Some(film) = picture.film(mechanism) else { continue };
            arrays.list(cosines, film.layers.iter().map_while(|layer| layer.cosine));
            let given = film.layers.iter().filter_map(|layer| layer.metric.as_ref());
            let rows: Vec<_> = given.map(nalgebra::Matrix::transpose).collect();
            if !rows.is_empty() {
                arrays.matrix(metric, &nalgebra::DMatrix::from_rows(&rows));
            }
        }
    }

    fn script(&self) -> &'static str {
        include_str!("../../../../assets/scripts/collapse.py")
    }
}

/// How a mechanism is called, and its colour.
const fn of(mechanism: Mechanism) -> (&'static str, Role) {
    match mechanism {
        Mechanism::Softmax => ("softmax", Role::Ink),
        Mechanism::Max => ("M, max-scaled", Role::Positive),
        Mechanism::Mean => ("M, mean-scaled", Role::Query),
        Mechanism::Rpc => ("RPC", Role::Negative),
        Mechanism::Double => ("M = 2I", Role::Quiet),
    }
}

fn cosine(picture: &Picture) -> Content {
    let lines: Vec<_> = Mechanism::ALL
        .into_iter()
        .filter_map(|mechanism| {
            let film = picture.film(mechanism).filter(|film| !film.layers.is_empty())?;
            let (name, role) = of(mechanism);
            let xs: Vec<f64> = (0..film.layers.len()).map(|layer| layer as f64).collect();
            let ys = film.layers.iter().map(|layer| layer.cosine.unwrap_or(f64::NAN));
            let mut line = made::line(name, role, &xs, ys);
            line.strong = mechanism == Mechanism::Softmax;
            line.dashed = mechanism == Mechanism::Double;
            Some(line)
        })
        .collect();
    let axes = [
        Axis {
            ends: [0.0, (picture.last as f64).max(1.0)],
            ..Axis::around("layer", [])
        },
        Axis::around("token cosine", made::all(&lines, 1).into_iter().chain([1.0])),
    ];
    let mut chart = made::chart(axes, lines);
    chart
        .rulers
        .push(made::upright(picture.layer as f64, format!("layer {}", picture.layer)));
    made::only(chart)
}

fn board(picture: &Picture, mechanism: Mechanism) -> Option<Content> {
    let layers = &picture.film(mechanism)?.layers;
    let layers = layers.get(..=picture.layer.min(layers.len().checked_sub(1)?))?;
    let shown: Vec<[f64; 2]> = layers.iter().flat_map(|layer| layer.at.iter().copied()).collect();
    let extent = Extent::around(&shown);
    let common = &picture.common;
    let ends = |axis: usize| [-1.0, 1.0].map(|side| common.scale * (extent.centre[axis] + side * extent.half[axis]));
    let last = layers.last()?;
    let path = |token: usize| Outline {
        name: if token == 0 { "path of a token" } else { "" }.to_owned(),
        role: Role::Quiet,
        points: layers
            .iter()
            .filter_map(|layer| Some(made::scaled(common, *layer.at.get(token)?)))
            .collect(),
        ..Outline::default()
    };
    let (_, role) = of(mechanism);
    Some(Content::Plane(Plane {
        x: ends(0),
        y: ends(1),
        x_title: "key axis 1".to_owned(),
        y_title: "key axis 2".to_owned(),
        outlines: (0..last.at.len()).map(path).collect(),
        tokens: std::iter::zip(&last.at, &picture.names)
            .map(|(at, name)| Token {
                at: made::scaled(common, *at),
                name: name.clone(),
                role,
                ..Token::default()
            })
            .collect(),
        ..Plane::default()
    }))
}
