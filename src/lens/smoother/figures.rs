//! What the lens gives to take away.

use eigenlens_figures::{Axis, Content, Dot, Outline, Role};

use super::Smoother;
use super::beside::Beside;
use super::derive::Picture;
use super::territory::Territories;
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
                format!(
                    "A disc round a key is as large as its weight; {tau}.{}",
                    beside_in_words(&self.beside)
                ),
                board(picture, &self.beside),
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
        match &self.beside {
            Beside::Nothing | Beside::Refused(_) => {}
            Beside::Territories(Territories { of, .. }) => {
                let [largest, won] = match picture.form {
                    SmootherForm::Dot => ["largest_weight_dot", "queries_won_dot"],
                    SmootherForm::NadarayaWatson | SmootherForm::DotWithBias => {
                        ["largest_weight_distance", "queries_won_distance"]
                    }
                };
                arrays.list(largest, of.iter().map(|key| key.largest));
                arrays.list(won, of.iter().map(|key| key.wins as f64));
            }
            Beside::Refined(refined) => {
                let name = match picture.form {
                    SmootherForm::Dot => "refined_output_dot",
                    SmootherForm::NadarayaWatson | SmootherForm::DotWithBias => "refined_output_distance",
                };
                arrays.list(name, refined.output.iter().copied());
            }
        }
    }

    fn script(&self) -> &'static str {
        include_str!("../../../assets/scripts/smoother.py")
    }
}

/// What the board shows beside the row, after a sentence.
fn beside_in_words(beside: &Beside) -> &'static str {
    match beside {
        Beside::Nothing | Beside::Refused(_) => "",
        Beside::Territories(_) => " Within a border a query would weigh one key most.",
        Beside::Refined(_) => " The line is the closed curve through the keys, on which 32\u{a0}768 tokens stand.",
    }
}

fn board(picture: &Picture, beside: &Beside) -> Content {
    let common = &picture.common;
    let mut plane = made::plane(common, &[]);
    let scaled = |points: &[[f64; 2]]| points.iter().map(|at| made::scaled(common, *at)).collect();
    let outline = |name: &str, points| Outline {
        name: name.to_owned(),
        role: Role::Quiet,
        points,
        ..Outline::default()
    };
    match beside {
        Beside::Nothing | Beside::Refused(_) => {}
        Beside::Territories(territories) => {
            let cells = territories.cells(1.0, [plane.x, plane.y]);
            plane.outlines.extend(cells.into_iter().map(|mut cell| {
                cell.extend(cell.first().copied());
                outline("border of a territory", cell)
            }));
        }
        Beside::Refined(refined) => {
            let curve: Vec<[f64; 2]> = scaled(&refined.keys(common.scale));
            plane.outlines.push(outline("curve through the keys", curve));
        }
    }
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
            "log ratio of the two weights",
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
