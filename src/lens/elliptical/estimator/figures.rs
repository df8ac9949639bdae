//! What the view gives to take away.

use eigenlens_core::MetricScaling;
use eigenlens_figures::{Content, HeatMap, HeatMaps, Outline, Role};

use super::Estimator;
use super::derive::Picture;
use crate::lab::Lab;
use crate::lens::common;
use crate::lens::elliptical::ellipse::figures::outline;
use crate::lens::figures as made;
use crate::studio::{Arrays, Drawn, Exhibit, FigureName};

impl Exhibit for Estimator {
    fn stem(&self) -> &'static str {
        "estimator"
    }

    fn figures(&self) -> &'static [FigureName] {
        const {
            &[
                FigureName::new("layers", "values of two layers"),
                FigureName::new("metric", "estimated metric"),
                FigureName::new("board", "neighbourhood on the board"),
                FigureName::new("weights", "weights with M and with M = I"),
                FigureName::new("causal", "rows that see the past"),
            ]
        }
    }

    fn figure(&self, key: &str, _lab: &Lab) -> Option<Drawn> {
        let picture = self.shown()?;
        Some(match key {
            "layers" => Drawn::new(
                "m is the mean jump of each coordinate from layer to layer.",
                layers(picture),
            ),
            "metric" => Drawn::new(
                "Where the function is known, its mean slope stands beside the estimate.",
                metric(picture),
            ),
            "board" => Drawn::new(
                "Within the ellipse a key is as near as the circle says without M.",
                board(picture),
            ),
            "weights" => Drawn::new(
                "The query’s row with the estimated metric and without it.",
                made::bars(
                    "weight",
                    &picture.common.keys,
                    &[
                        ("with M", Role::Query, &picture.row.weights),
                        ("M = I", Role::Quiet, &picture.plain.weights),
                    ],
                ),
            ),
            _ => Drawn::new(
                "With the mean over all tokens a row sees the future through M; with the mean over its past it does not.",
                causal(picture)?,
            ),
        })
    }

    fn arrays(&self, _lab: &Lab, arrays: &mut Arrays) {
        let Some(picture) = self.shown() else { return };
        common::arrays(&picture.common, arrays);
        arrays.matrix("value_prev", &picture.layers.previous);
        arrays.matrix("value_present", &picture.layers.present);
        arrays.number("delta", picture.layers.delta);
        let scaling = match picture.scaling {
            MetricScaling::None => 0.0,
            MetricScaling::Max => 1.0,
            MetricScaling::Mean => 2.0,
        };
        arrays.number("scaling", scaling);
        arrays.number("undefined", f64::from(picture.undefined));
        arrays.list("m", picture.m.iter().copied());
        arrays.list("unscaled", picture.unscaled.iter().copied());
        arrays.list("weights", picture.row.weights.iter().copied());
        arrays.list("weights_plain", picture.plain.weights.iter().copied());
        if let Some(causal) = &picture.causal {
            arrays.matrix("causal", &causal.rows);
            arrays.matrix("causal_of_past", &causal.of_past);
        }
    }

    fn script(&self) -> &'static str {
        include_str!("../../../../assets/scripts/estimator.py")
    }
}

fn layers(picture: &Picture) -> Content {
    let names = &picture.common.keys;
    let columns = made::numbered("v", picture.layers.present.ncols());
    let jumps = (&picture.layers.present - &picture.layers.previous).abs();
    Content::HeatMaps(HeatMaps {
        maps: vec![
            made::map("layer before", &picture.layers.previous, [names, &columns]),
            made::map("this layer", &picture.layers.present, [&[], &columns]),
            HeatMap {
                measure: "size of the jump".to_owned(),
                ..made::map("jump", &jumps, [&[], &columns])
            },
        ],
    })
}

fn metric(picture: &Picture) -> Content {
    let names = made::numbered("coordinate", picture.m.len());
    let estimate = ("estimate", Role::Query, picture.m.as_slice());
    match &picture.true_m {
        Some(truth) => made::bars("m", &names, &[estimate, ("mean slope", Role::Quiet, truth.as_slice())]),
        None => made::bars("m", &names, &[estimate]),
    }
}

fn board(picture: &Picture) -> Content {
    let common = &picture.common;
    let centre = made::asks_from(common);
    let [ellipse, circle] = picture
        .sections
        .each_ref()
        .map(|section| outline(section, centre, picture.radius, common));
    let mut plane = made::plane(common, &circle);
    for (places, name, role) in [
        (ellipse, "as near under M", Role::Query),
        (circle, "as near with M = I", Role::Second),
    ] {
        plane.outlines.push(Outline {
            name: name.to_owned(),
            role,
            dashed: role == Role::Second,
            strong: role == Role::Query,
            points: places.into_iter().map(|at| made::scaled(common, at)).collect(),
        });
    }
    made::skirts(&mut plane, &picture.row.weights);
    Content::Plane(plane)
}

fn causal(picture: &Picture) -> Option<Content> {
    let causal = picture.causal.as_ref()?;
    let names = made::askers(&picture.common, causal.rows.nrows());
    let map = |title: &str, rows| HeatMap {
        measure: "weight".to_owned(),
        ..made::map(title, rows, [&names, &picture.common.keys])
    };
    Some(Content::HeatMaps(HeatMaps {
        maps: vec![
            map("M from all tokens", &causal.rows),
            map("M from the past", &causal.of_past),
        ],
    }))
}
