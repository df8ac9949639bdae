//! What the view gives to take away.

use eigenlens_figures::{Axis, Content, Glyph, Role, Token};

use super::Robustness;
use super::derive::Picture;
use super::trade::factors;
use crate::lab::Lab;
use crate::lens::common;
use crate::lens::figures as made;
use crate::studio::{Arrays, Drawn, Exhibit, FigureName};

impl Exhibit for Robustness {
    fn stem(&self) -> &'static str {
        "robustness"
    }

    fn figures(&self) -> &'static [FigureName] {
        const {
            &[
                FigureName::new("board", "push on the board"),
                FigureName::new("shift", "shift of the output and its bound"),
                FigureName::new("sensitivity", "sensitivity to each coordinate"),
                FigureName::new("weights", "weights before and after the push"),
                FigureName::new("trade", "how alike the outputs become"),
            ]
        }
    }

    fn figure(&self, key: &str, _lab: &Lab) -> Option<Drawn> {
        let picture = self.current()?;
        let [plain, chosen] = &picture.sides;
        let names = &picture.common.keys;
        Some(match key {
            "board" => Drawn::new("The query is pushed along the arrow.", board(picture)),
            "shift" => Drawn::new(
                "How far the output moves, and the most that Proposition 1 allows for this push.",
                made::bars(
                    "length",
                    &["M = I".to_owned(), "chosen M".to_owned()],
                    &[
                        ("shift of the output", Role::Query, &[plain.shift, chosen.shift]),
                        (
                            "bound",
                            Role::Quiet,
                            &[plain.bound, chosen.bound].map(|bound| bound * picture.length),
                        ),
                    ],
                ),
            ),
            "sensitivity" => Drawn::new(
                "How fast the output moves when a coordinate of the query does.",
                made::bars(
                    "slope of the output",
                    &made::numbered("coordinate", plain.sensitivity.len()),
                    &[
                        ("chosen M", Role::Query, &chosen.sensitivity),
                        ("M = I", Role::Quiet, &plain.sensitivity),
                    ],
                ),
            ),
            "weights" => Drawn::new(
                "The query’s row under the chosen M.",
                made::bars(
                    "weight",
                    names,
                    &[
                        ("before the push", Role::Quiet, &chosen.weights[0]),
                        ("after it", Role::Query, &chosen.weights[1]),
                    ],
                ),
            ),
            _ => Drawn::new(
                "A smaller M bounds the shift more tightly, and makes all outputs alike.",
                trade(picture)?,
            ),
        })
    }

    fn arrays(&self, _lab: &Lab, arrays: &mut Arrays) {
        let Some(picture) = self.current() else { return };
        let [plain, chosen] = &picture.sides;
        common::arrays(&picture.common, arrays);
        arrays.list("push", picture.epsilon.iter().copied());
        arrays.list("m", chosen.m.iter().copied());
        for (side, names) in [
            (
                plain,
                [
                    "weights_plain",
                    "weights_pushed_plain",
                    "output_plain",
                    "shift_plain",
                    "bound_plain",
                    "sensitivity_plain",
                ],
            ),
            (
                chosen,
                ["weights", "weights_pushed", "output", "shift", "bound", "sensitivity"],
            ),
        ] {
            let [weights, pushed, output, shift, bound, sensitivity] = names;
            arrays.list(weights, side.weights[0].iter().copied());
            arrays.list(pushed, side.weights[1].iter().copied());
            arrays.list(output, side.outputs[0].iter().copied());
            arrays.number(shift, side.shift);
            arrays.number(bound, side.bound);
            arrays.list(sensitivity, side.sensitivity.iter().copied());
        }
        if let Some(curves) = &picture.curves {
            arrays.list("factors", factors());
            arrays.list("cosine_plain", curves.round.iter().flatten().copied());
            arrays.list("cosine", curves.shaped.iter().flatten().copied());
        }
    }

    fn script(&self) -> &'static str {
        include_str!("../../../../assets/scripts/robustness.py")
    }
}

fn board(picture: &Picture) -> Content {
    let common = &picture.common;
    let mut plane = made::plane(common, &[picture.to]);
    let [_, chosen] = &picture.sides;
    made::skirts(&mut plane, &chosen.weights[1]);
    plane
        .arrows
        .push(made::arrow(common, [picture.from, picture.to], "push", Role::Bad));
    plane.tokens.push(Token {
        at: made::scaled(common, picture.to),
        glyph: Glyph::Ring,
        role: Role::Bad,
        ..Token::default()
    });
    if picture.on_board {
        for (side, role, name) in [
            (&picture.sides[0], Role::Second, "M = I"),
            (chosen, Role::Query, "chosen M"),
        ] {
            let [from, to] = &side.outputs;
            if let ([x0, y0], [x1, y1]) = (from.as_slice(), to.as_slice()) {
                plane.arrows.push(eigenlens_figures::Arrow {
                    from: [*x0, *y0],
                    to: [*x1, *y1],
                    name: format!("output, {name}"),
                    role,
                });
            }
        }
    }
    Content::Plane(plane)
}

fn trade(picture: &Picture) -> Option<Content> {
    let curves = picture.curves.as_ref()?;
    let xs: Vec<f64> = factors().collect();
    let line = |name: &str, role, ys: &[Option<f64>]| {
        let mut line = made::line(name, role, &xs, ys.iter().map(|y| y.unwrap_or(f64::NAN)));
        line.strong = role == Role::Query;
        line
    };
    let mut lines = vec![line("M = cI", Role::Second, &curves.round)];
    if !curves.shaped.is_empty() {
        lines.push(line("c times the chosen M", Role::Query, &curves.shaped));
    }
    let axes = [
        Axis::log("c", xs.iter().copied()),
        Axis::around("token cosine of the outputs", made::all(&lines, 1)),
    ];
    Some(made::only(made::chart(axes, lines)))
}
