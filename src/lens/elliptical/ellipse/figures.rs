//! What the view gives to take away.

use eigenlens_figures::{Axis, Content, Dot, Outline, Role};

use super::derive::Picture;
use super::{Ellipse, derive};
use crate::lab::{Lab, SmootherForm};
use crate::lens::common;
use crate::lens::elliptical::section::Section;
use crate::lens::figures as made;
use crate::studio::{Arrays, Drawn, Exhibit, FigureName};

impl Exhibit for Ellipse {
    fn stem(&self) -> &'static str {
        "elliptical"
    }

    fn figures(&self) -> &'static [FigureName] {
        const {
            &[
                FigureName::new("board", "neighbourhood on the board"),
                FigureName::new("weights", "weights with M and with M = I"),
                FigureName::new("metric", "metric M = diag(m)"),
                FigureName::new("fit", "fit along x₁"),
            ]
        }
    }

    fn figure(&self, key: &str, _lab: &Lab) -> Option<Drawn> {
        let picture = self.shown()?;
        let common = &picture.common;
        Some(match key {
            "board" => Drawn::new(
                "Within the ellipse a key is as near as the circle says without M; a disc is as large as its weight.",
                board(picture),
            ),
            "weights" => Drawn::new(
                "The query’s row with the metric and without it.",
                made::bars(
                    "weight",
                    &common.keys,
                    &[
                        ("with M", Role::Query, &picture.chosen().weights),
                        ("M = I", Role::Quiet, &picture.circle.weights),
                    ],
                ),
            ),
            "metric" => Drawn::new(
                "How much a step along each coordinate counts.",
                made::bars(
                    "m",
                    &made::numbered("coordinate", picture.m.len()),
                    &[("", Role::Ink, picture.m.as_slice())],
                ),
            ),
            _ => Drawn::new(
                "What attention estimates along the first coordinate through the query.",
                fit(picture.fit.as_ref()?, picture),
            ),
        })
    }

    fn arrays(&self, _lab: &Lab, arrays: &mut Arrays) {
        let Some(picture) = self.shown() else { return };
        common::arrays(&picture.common, arrays);
        arrays.list("m", picture.m.iter().copied());
        let form = match picture.form {
            SmootherForm::NadarayaWatson => 0.0,
            SmootherForm::Dot => 1.0,
            SmootherForm::DotWithBias => 2.0,
        };
        arrays.number("form", form);
        let [sigma, circle] = picture.sigmas;
        arrays.number("sigma", sigma);
        arrays.number("circle_sigma", circle);
        arrays.list("distance", picture.distance.iter().copied());
        arrays.list("plain_distance", picture.plain_distance.iter().copied());
        let [distance, dot, bridged] = &picture.rows;
        arrays.list("weights_distance", distance.weights.iter().copied());
        arrays.list("weights_dot", dot.weights.iter().copied());
        arrays.list("weights_with_bias", bridged.weights.iter().copied());
        arrays.list("weights_circle", picture.circle.weights.iter().copied());
        arrays.list("output", picture.chosen().output.iter().copied());
        if let Some(fit) = &picture.fit {
            arrays.list("fit_x", fit.xs.iter().copied());
            arrays.list("fit_ellipse", fit.ellipse.iter().copied());
            arrays.list("fit_circle", fit.circle.iter().copied());
            arrays.list("fit_truth", fit.truth.iter().flatten().copied());
        }
    }

    fn script(&self) -> &'static str {
        include_str!("../../../../assets/scripts/elliptical.py")
    }
}

fn board(picture: &Picture) -> Content {
    let common = &picture.common;
    let centre = made::asks_from(common);
    let outlines = std::iter::zip(&picture.sections, picture.radii).zip([true, false]);
    let mut also = Vec::new();
    let outlines: Vec<Outline> = outlines
        .map(|((section, radius), strong)| {
            let places = outline(section, centre, radius, common);
            if !strong {
                also.clone_from(&places);
            }
            Outline {
                name: if strong {
                    "as near under M"
                } else {
                    "as near with M = I"
                }
                .to_owned(),
                role: if strong { Role::Query } else { Role::Second },
                dashed: !strong,
                strong,
                points: places.into_iter().map(|at| made::scaled(common, at)).collect(),
            }
        })
        .collect();
    let mut plane = made::plane(common, &also);
    plane.outlines = outlines;
    made::skirts(&mut plane, &picture.chosen().weights);
    Content::Plane(plane)
}

/// The outline of a neighbourhood in board units; what is longer than the keys reach is cut there.
pub(in crate::lens::elliptical) fn outline(
    section: &Section,
    centre: [f64; 2],
    radius: f64,
    common: &common::Common,
) -> Vec<[f64; 2]> {
    let far = |at: &[f64; 2]| (at[0] - centre[0]).hypot(at[1] - centre[1]);
    let reach = common.positions.keys.iter().map(far).fold(1.0, f64::max);
    section.places(centre, radius, 6.0 * reach)
}

fn fit(fit: &derive::Fit, picture: &Picture) -> Content {
    let mut lines = vec![
        made::line("with M", Role::Query, &fit.xs, fit.ellipse.iter().copied()),
        made::line("M = I", Role::Second, &fit.xs, fit.circle.iter().copied()),
    ];
    lines[0].strong = true;
    lines[1].dashed = true;
    if let Some(truth) = &fit.truth {
        lines.push(made::line("truth", Role::Quiet, &fit.xs, truth.iter().copied()));
    }
    let head = &picture.common.head;
    let dots = (0..head.n_keys()).filter_map(|key| {
        let [x, y] = [head.key(key)?, head.value(key)?].map(|row| row.first().copied());
        Some(Dot {
            at: [x?, y?],
            role: Role::Quiet,
            ..Dot::default()
        })
    });
    let dots: Vec<Dot> = dots.collect();
    let ys = made::all(&lines, 1).into_iter().chain(dots.iter().map(|dot| dot.at[1]));
    let axes = [
        Axis {
            ends: [
                fit.xs.first().copied().unwrap_or(0.0),
                fit.xs.last().copied().unwrap_or(1.0),
            ],
            ..Axis::around("x₁", [])
        },
        Axis::around("value", ys),
    ];
    let mut chart = made::chart(axes, lines);
    chart.dots = dots;
    chart.rulers.push(made::upright(fit.at, "query"));
    made::only(chart)
}
