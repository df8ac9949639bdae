//! What the view gives to take away.

use eigenlens_core::KktCase;
use eigenlens_figures::{Axis, Charts, Content, Dot, HeatMap, HeatMaps, Role, Ruler};

use super::Fit;
use super::derive::Picture;
use crate::lab::Lab;
use crate::lens::common;
use crate::lens::figures as made;
use crate::studio::{Arrays, Drawn, Exhibit, FigureName};

impl Exhibit for Fit {
    fn stem(&self) -> &'static str {
        "support-vectors"
    }

    fn figures(&self) -> &'static [FigureName] {
        const {
            &[
                FigureName::new("fit", "targets, curve and tube"),
                FigureName::new("values", "values of the keys"),
                FigureName::new("kernel", "rows of attention"),
                FigureName::new("sum", "weight × value = reading"),
                FigureName::new("solver", "sweeps of the solver"),
                FigureName::new("board", "support vectors on the board"),
            ]
        }
    }

    fn figure(&self, key: &str, _lab: &Lab) -> Option<Drawn> {
        let picture = self.shown()?;
        let common = &picture.common;
        Some(match key {
            "fit" => Drawn::new(
                "A target inside the tube needs no value: its key is not used.",
                fit(picture),
            ),
            "values" => Drawn::new(
                "Values are the dual variables of the regression; those inside the tube are 0.",
                values(picture),
            ),
            "kernel" => Drawn::new(
                "A row for each key that asks: what it reads is this times the values.",
                kernel(picture),
            ),
            "sum" => {
                let reading = picture.reading.as_ref()?;
                let values = nalgebra::DMatrix::from_column_slice(picture.value.len(), 1, &picture.value);
                Drawn::new(
                    "What the query reads is the sum of the values, each times its weight.",
                    made::sum(common, &reading.weights, &values, &[]),
                )
            }
            "solver" => Drawn::new("What is left to the optimum after every sweep.", solver(picture)),
            _ => Drawn::new("Filled keys have a value, rings have none.", board(picture)),
        })
    }

    fn arrays(&self, _lab: &Lab, arrays: &mut Arrays) {
        let Some(picture) = self.shown() else { return };
        common::arrays(&picture.common, arrays);
        arrays.list("target", picture.targets.iter().copied());
        arrays.number("epsilon", picture.epsilon);
        // Without a bound there is none to write down.
        arrays.list("cap", picture.caps.iter().copied());
        arrays.number("degree", picture.degree.map_or(-1.0, |degree| degree as f64));
        arrays.number("optimal", f64::from(picture.is_optimal()));
        arrays.list("support_value", picture.value.iter().copied());
        arrays.list("fitted", picture.fitted.iter().copied());
        arrays.matrix("kernel", &picture.kernel().rows);
        arrays.list("place", picture.strip.keys.iter().copied());
        if picture.curve.iter().all(Option::is_some) {
            arrays.list("curve_place", picture.strip.places.iter().copied());
            arrays.list("curve", picture.curve.iter().flatten().copied());
        }
        if let Some(reading) = &picture.reading {
            arrays.list("weights", reading.weights.iter().copied());
            arrays.number("reading", reading.value);
        }
    }

    fn script(&self) -> &'static str {
        include_str!("../../../../assets/scripts/support-vectors.py")
    }
}

/// The colour of a key under its condition.
const fn role(case: KktCase) -> Role {
    match case {
        KktCase::Inside => Role::Quiet,
        KktCase::Edge => Role::Ink,
        KktCase::Capped => Role::Bad,
    }
}

/// Along what the keys are placed.
fn along(picture: &Picture) -> Axis {
    let title = if picture.strip.is_angle() {
        "angle, degrees"
    } else {
        "coordinate"
    };
    Axis {
        ends: picture.strip.ends,
        ..Axis::around(title, [])
    }
}

fn fit(picture: &Picture) -> Content {
    let strip = &picture.strip;
    let curve = || std::iter::zip(&strip.places, &picture.curve).map(|(_, y)| y.unwrap_or(f64::NAN));
    let mut lines = vec![made::line("f", Role::Query, &strip.places, curve())];
    lines[0].strong = true;
    for side in [-1.0, 1.0] {
        let edge = curve().map(|y| y + side * picture.epsilon);
        let mut line = made::line(if side > 0.0 { "f ± ε" } else { "" }, Role::Second, &strip.places, edge);
        line.dashed = true;
        lines.push(line);
    }
    let dots: Vec<Dot> = std::iter::zip(&strip.keys, &picture.targets)
        .zip(std::iter::zip(&picture.common.keys, &picture.cases))
        .map(|((x, y), (name, case))| Dot {
            at: [*x, *y],
            name: name.clone(),
            role: role(*case),
            hollow: *case == KktCase::Inside,
        })
        .collect();
    let ys = made::all(&lines, 1).into_iter().chain(dots.iter().map(|dot| dot.at[1]));
    let mut chart = made::chart([along(picture), Axis::around("target", ys)], lines);
    chart.dots = dots;
    made::only(chart)
}

fn values(picture: &Picture) -> Content {
    let strip = &picture.strip;
    let stems = std::iter::zip(&strip.keys, &picture.value).map(|(x, v)| {
        let mut stem = made::line("", Role::Second, &[*x, *x], [0.0, *v]);
        stem.strong = true;
        stem
    });
    let dots = std::iter::zip(&strip.keys, &picture.value)
        .zip(std::iter::zip(&picture.common.keys, &picture.cases))
        .map(|((x, v), (name, case))| Dot {
            at: [*x, *v],
            name: name.clone(),
            role: role(*case),
            hollow: *case == KktCase::Inside,
        });
    let caps = picture.cap.into_iter().flat_map(|cap| [cap, -cap]);
    let mut chart = made::chart(
        [
            along(picture),
            Axis::around(
                "value v",
                picture.value.iter().copied().chain(caps.clone()).chain([0.0]),
            ),
        ],
        stems.collect(),
    );
    chart.dots = dots.collect();
    chart.rulers = caps
        .map(|at| Ruler {
            at,
            upright: false,
            name: "cap".to_owned(),
            role: Role::Bad,
        })
        .collect();
    made::only(chart)
}

fn kernel(picture: &Picture) -> Content {
    let names = &picture.common.keys;
    Content::HeatMaps(HeatMaps {
        maps: vec![HeatMap {
            row_title: "asks".to_owned(),
            column_title: "answers".to_owned(),
            measure: "weight".to_owned(),
            ..made::map("", &picture.kernel().rows, [names, names])
        }],
    })
}

fn solver(picture: &Picture) -> Content {
    let solution = &picture.solved.solution;
    let steps: Vec<f64> = (1..=solution.steps()).map(|step| step as f64).collect();
    let progress = |step: &f64| solution.frame(*step as usize).progress;
    let lane = |title: &str, value: fn(&eigenlens_core::SupportProgress) -> f64, log: bool| {
        let line = made::line("", Role::Ink, &steps, steps.iter().map(|step| value(&progress(step))));
        let mut line = line;
        line.strong = true;
        if log {
            line.points.retain(|[_, y]| *y > 0.0);
        }
        let ys: Vec<f64> = line.points.iter().map(|[_, y]| *y).collect();
        let axis = if log {
            Axis::log(title, ys)
        } else {
            Axis::around(title, ys)
        };
        let xs = Axis {
            ends: [1.0, steps.len().max(2) as f64],
            ..Axis::around("sweep", [])
        };
        let mut chart = made::chart([xs, axis], vec![line]);
        title.clone_into(&mut chart.title);
        chart.rulers.push(made::upright(picture.step as f64, ""));
        chart
    };
    Content::Charts(Charts {
        charts: vec![
            lane("largest violation", |progress| progress.violation, true),
            lane("dual objective", |progress| progress.objective, false),
            lane("gap", |progress| progress.gap, true),
        ],
    })
}

fn board(picture: &Picture) -> Content {
    let mut plane = made::plane(&picture.common, &[]);
    let keys = plane
        .tokens
        .iter_mut()
        .filter(|token| token.glyph == eigenlens_figures::Glyph::Key);
    for (token, case) in std::iter::zip(keys, &picture.cases) {
        token.role = role(*case);
        if *case == KktCase::Inside {
            token.glyph = eigenlens_figures::Glyph::Ring;
        }
    }
    Content::Plane(plane)
}
