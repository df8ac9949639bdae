//! What the view gives to take away.

use eigenlens_core::BnForm;
use eigenlens_figures::{Axis, Content, Glyph, Outline, Plane, Role, Token};

use super::Bn;
use super::derive::Picture;
use crate::board::Extent;
use crate::lab::Lab;
use crate::lens::common;
use crate::lens::figures as made;
use crate::studio::{Arrays, Drawn, Exhibit, FigureName};

impl Exhibit for Bn {
    fn stem(&self) -> &'static str {
        "attention-bn"
    }

    fn figures(&self) -> &'static [FigureName] {
        const {
            &[
                FigureName::new("board", "shift on the board"),
                FigureName::new("weights", "weights with and without the shift"),
                FigureName::new("penalty", "bias of each key"),
                FigureName::new("beta", "share against β"),
                FigureName::new("normalised", "normalised tokens"),
            ]
        }
    }

    fn figure(&self, key: &str, _lab: &Lab) -> Option<Drawn> {
        let picture = self.shown()?;
        let names = &picture.common.keys;
        Some(match key {
            "board" => Drawn::new("The mean key μ is taken off the query.", board(picture)),
            "weights" => Drawn::new(
                "The query’s row by softmax attention and by Attention-BN.",
                made::bars(
                    "weight",
                    names,
                    &[
                        ("softmax", Role::Quiet, &picture.plain.weights),
                        ("Attention-BN", Role::Query, &picture.row.weights),
                    ],
                ),
            ),
            "penalty" => Drawn::new(
                "The bias of each key that does the same as the shift: keys like the mean one pay.",
                made::bars("bias", names, &[("", Role::Ink, &picture.penalty)]),
            ),
            "beta" => Drawn::new(
                format!("The share of {} as β grows.", picture.crowd.words),
                beta(picture)?,
            ),
            _ => Drawn::new(
                "Keys and query less μ, divided by the spread of the keys.",
                normalised(picture)?,
            ),
        })
    }

    fn arrays(&self, _lab: &Lab, arrays: &mut Arrays) {
        let Some(picture) = self.shown() else { return };
        common::arrays(&picture.common, arrays);
        arrays.number("full", f64::from(picture.form == BnForm::Full));
        arrays.number("beta", picture.beta);
        arrays.list("mean", picture.mean.iter().copied());
        arrays.list("metric", picture.metric.iter().copied());
        arrays.list("weights_plain", picture.plain.weights.iter().copied());
        arrays.list("weights", picture.row.weights.iter().copied());
        arrays.list("output", picture.row.output.iter().copied());
        arrays.list("bias", picture.penalty.iter().copied());
        arrays.list("crowd", picture.crowd.has.iter().map(|has| f64::from(*has)));
        arrays.list("betas", picture.sweep.betas.iter().copied());
        arrays.list("shares", picture.sweep.shares.iter().copied());
    }

    fn script(&self) -> &'static str {
        include_str!("../../../../assets/scripts/attention-bn.py")
    }
}

fn board(picture: &Picture) -> Content {
    let common = &picture.common;
    let places = &picture.places;
    let mut plane = made::plane(common, &[places.mean, places.origin, places.moved]);
    made::links(
        &mut plane,
        common,
        picture.asks_from(),
        &picture.on_board().weights,
        Role::Query,
    );
    plane.arrows.push(made::arrow(
        common,
        [places.origin, places.mean],
        "mean key μ",
        Role::Second,
    ));
    plane.arrows.push(made::arrow(
        common,
        [made::asks_from(common), places.moved],
        "query less βμ",
        Role::Query,
    ));
    if !places.outline.is_empty() {
        plane.outlines.push(Outline {
            name: "one standard deviation".to_owned(),
            role: Role::Second,
            dashed: true,
            strong: false,
            points: places.outline.iter().map(|at| made::scaled(common, *at)).collect(),
        });
    }
    Content::Plane(plane)
}

fn beta(picture: &Picture) -> Option<Content> {
    let sweep = &picture.sweep;
    if sweep.betas.is_empty() {
        return None;
    }
    let mut line = made::line(
        picture.crowd.words,
        Role::Query,
        &sweep.betas,
        sweep.shares.iter().copied(),
    );
    line.strong = true;
    let lines = vec![line];
    let axes = [
        Axis {
            ends: [
                sweep.betas.first().copied().unwrap_or(0.0),
                sweep.betas.last().copied().unwrap_or(1.0),
            ],
            ..Axis::around("β", [])
        },
        Axis::from_zero("share of the weights", made::all(&lines, 1)),
    ];
    let mut chart = made::chart(axes, lines);
    chart.rulers.push(made::upright(
        picture.beta,
        format!("β = {}", crate::lab::readout::text::number(picture.beta)),
    ));
    Some(made::only(chart))
}

fn normalised(picture: &Picture) -> Option<Content> {
    let (keys, query) = picture.places.normalised.as_ref()?;
    let shown: Vec<[f64; 2]> = keys.iter().chain([query]).copied().collect();
    let extent = Extent::around(&shown);
    let ends = |axis: usize| [-1.0, 1.0].map(|side| extent.centre[axis] + side * extent.half[axis]);
    let query = Token {
        at: *query,
        name: picture
            .common
            .queries
            .get(picture.common.asking)
            .cloned()
            .unwrap_or_default(),
        glyph: Glyph::Query,
        ..Token::default()
    };
    let keys = std::iter::zip(keys, &picture.common.keys).map(|(at, name)| Token {
        at: *at,
        name: name.clone(),
        ..Token::default()
    });
    Some(Content::Plane(Plane {
        x: ends(0),
        y: ends(1),
        x_title: "spreads to the right".to_owned(),
        y_title: "spreads upwards".to_owned(),
        tokens: std::iter::once(query).chain(keys).collect(),
        ..Plane::default()
    }))
}
