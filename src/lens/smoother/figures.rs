//! What the lens gives to take away.

use eigenlens_figures::{Axis, Content, Dot, Role};

use super::Smoother;
use super::derive::Picture;
use crate::lab::{Lab, SmootherForm};
use crate::lens::common;
use crate::lens::figures as made;
use crate::studio::{Arrays, Drawn, Exhibit, FigureName};

impl Exhibit for Smoother {
    fn stem(&self) -> &'static str {
        "smoother"
    }

    fn figures(&self) -> &'static [FigureName] {
        const {
            &[
                FigureName::new("board", "weights on the board"),
                FigureName::new("rows", "dot product against distance"),
                FigureName::new("lengths", "what the keys' lengths do"),
            ]
        }
    }

    fn figure(&self, key: &str, _lab: &Lab) -> Option<Drawn> {
        let picture = self.shown()?;
        let common = &picture.common;
        let tau = made::tau(common);
        Some(match key {
            "board" => Drawn::new(
                format!("A disc round a key is as large as its weight; {tau}."),
                board(picture),
            ),
            "rows" => Drawn::new(
                format!("The weight of each key by dot product, by distance, and by dot product with the bias; {tau}."),
                made::bars(
                    "weight",
                    &common.keys,
                    &[
                        ("q·k/τ", Role::Ink, &picture.dot.weights),
                        ("−‖q − k‖²/(2τ)", Role::Query, &picture.distance.weights),
                        ("q·k/τ + b", Role::Quiet, &picture.with_bias.weights),
                    ],
                ),
            ),
            _ => Drawn::new(
                "The whole difference between the two rows is how long the keys are: the points lie on a line of slope 1/(2τ).",
                lengths(picture),
            ),
        })
    }

    fn arrays(&self, _lab: &Lab, arrays: &mut Arrays) {
        let Some(picture) = self.shown() else { return };
        common::arrays(&picture.common, arrays);
        arrays.list("weights_dot", picture.dot.weights.iter().copied());
        arrays.list("weights_distance", picture.distance.weights.iter().copied());
        arrays.list("weights_with_bias", picture.with_bias.weights.iter().copied());
        arrays.list("output_dot", picture.dot.output.iter().copied());
        arrays.list("output_distance", picture.distance.output.iter().copied());
        arrays.list("bias", picture.bias.iter().copied());
        arrays.list("squared_length", picture.squared_length.iter().copied());
        arrays.list("log_ratio", picture.log_ratio.iter().copied());
    }

    fn script(&self) -> &'static str {
        include_str!("../../../assets/scripts/smoother.py")
    }
}

fn board(picture: &Picture) -> Content {
    let common = &picture.common;
    let mut plane = made::plane(common, &[]);
    let row = match picture.form {
        SmootherForm::Dot => &picture.dot,
        SmootherForm::NadarayaWatson => &picture.distance,
        SmootherForm::DotWithBias => &picture.with_bias,
    };
    made::skirts(&mut plane, &row.weights);
    Content::Plane(plane)
}

fn lengths(picture: &Picture) -> Content {
    let ends = [picture.squared_length.iter().copied().fold(0.0, f64::max), 0.0];
    let along = |name: &str, role, slope: f64, intercept: f64| {
        let mut line = made::line(name, role, &ends, ends.map(|x| intercept + slope * x));
        line.strong = role == Role::Query;
        line
    };
    let lines = vec![
        along("slope 1/(2τ)", Role::Query, picture.slope, picture.intercept),
        along("with the bias", Role::Quiet, 0.0, 0.0),
    ];
    let axes = [
        Axis::from_zero("‖k‖²", picture.squared_length.iter().copied()),
        Axis::around(
            "log of weight by dot product over weight by distance",
            picture.log_ratio.iter().copied().chain([0.0]),
        ),
    ];
    let mut chart = made::chart(axes, lines);
    chart.dots = std::iter::zip(&picture.squared_length, &picture.log_ratio)
        .zip(&picture.common.keys)
        .map(|((x, y), name)| Dot {
            at: [*x, *y],
            name: name.clone(),
            ..Dot::default()
        })
        .collect();
    made::only(chart)
}
