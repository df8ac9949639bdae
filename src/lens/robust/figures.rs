//! What the lens gives to take away.

use eigenlens_core::RpcForm;
use eigenlens_figures::{
    Axis, BarRow, Bars, Charts, Content, Glyph, HeatMap, HeatMaps, Line, Outline, Role, Series, Token,
};
use nalgebra::DMatrix;

use super::Robust;
use super::derive::{self, Picture};
use crate::lab::Lab;
use crate::lens::common;
use crate::lens::figures as made;
use crate::studio::{Arrays, Drawn, Exhibit, FigureName};

impl Exhibit for Robust {
    fn stem(&self) -> &'static str {
        if self.in_phase { "phase" } else { "robust" }
    }

    fn figures(&self) -> &'static [FigureName] {
        if self.in_phase {
            return super::phase::Phase::FIGURES;
        }
        const {
            &[
                FigureName::new("split", "M = L + S"),
                FigureName::new("lanes", "steps of the pursuit"),
                FigureName::new("moved", "how far the output moved"),
                FigureName::new("values", "singular values"),
                FigureName::new("row", "row of the query"),
                FigureName::new("board", "axes on the board"),
                FigureName::new("settings", "all settings of RPC-Attention"),
            ]
        }
    }

    fn figure(&self, key: &str, _lab: &Lab) -> Option<Drawn> {
        if self.in_phase {
            return self.phase.figure(key);
        }
        let picture = self.current()?;
        let step = picture.step;
        Some(match key {
            "split" => Drawn::new(
                format!("The keys as they are seen, and their two parts after step {step}."),
                split(picture),
            ),
            "lanes" => Drawn::new(
                "Every step of the pursuit; the line marks the one that is shown.",
                lanes(picture),
            ),
            "moved" => Drawn::new(
                "How far the output is from the clean one, of its length.",
                moved(picture),
            ),
            "values" => Drawn::new(
                "Wrong entries lengthen all directions; the pursuit leaves the few that are there.",
                values(picture),
            ),
            "settings" => {
                let settings = picture.settings.as_deref()?.as_ref().ok()?;
                Drawn::new(settings.words(), settings.figure())
            }
            "row" => Drawn::new(
                "The query’s row on the clean keys, on those that are seen, and on the repaired ones.",
                row(picture),
            ),
            _ => Drawn::new(
                "The first axis of the clean keys, of those that are seen, of the repaired ones.",
                board(picture),
            ),
        })
    }

    fn arrays(&self, lab: &Lab, arrays: &mut Arrays) {
        if self.in_phase {
            return self.phase.arrays(arrays);
        }
        let Some(picture) = self.current() else { return };
        let wanted = &picture.wanted;
        let state = &picture.state;
        common::arrays(&picture.common, arrays);
        arrays.matrix("seen", &wanted.truth.seen);
        arrays.matrix("clean", &wanted.truth.clean);
        arrays.matrix("low_rank", state.low_rank());
        arrays.matrix("sparse", state.sparse());
        arrays.number("lambda", wanted.lambda);
        arrays.number("growing", f64::from(wanted.growing));
        arrays.number("step", picture.step as f64);
        arrays.number("residual", state.progress().residual);
        arrays.number("objective", state.progress().objective);
        let steps = &picture.repair.trace.steps;
        arrays.list("residuals", steps.iter().map(|step| step.progress.residual));
        arrays.list("ranks", steps.iter().map(|step| step.progress.rank as f64));
        arrays.list("nonzeros", steps.iter().map(|step| step.progress.nonzeros as f64));
        arrays.list("objectives", steps.iter().map(|step| step.progress.objective));
        arrays.list("lower_bounds", steps.iter().map(|step| step.progress.lower_bound));
        arrays.list("seen_values", picture.repair.seen_values.iter().copied());
        arrays.list("clean_values", picture.repair.clean_values.iter().copied());
        arrays.list("repaired_values", state.singular_values().iter().copied());
        arrays.list("weights_clean", picture.rows.clean.weights.iter().copied());
        arrays.list("weights_seen", picture.rows.seen.weights.iter().copied());
        arrays.list("weights_pursuit", picture.rows.pursuit.weights.iter().copied());
        arrays.list("moved_seen", picture.moved_seen);
        arrays.list("moved_pursuit", picture.moved_pursuit);
        rpc_arrays(picture, arrays);
        if let Some(Ok(settings)) = picture.settings.as_deref() {
            settings.arrays(lab, wanted, arrays);
        }
    }

    fn script(&self) -> &'static str {
        if self.in_phase {
            include_str!("../../../assets/scripts/phase.py")
        } else {
            include_str!("../../../assets/scripts/robust.py")
        }
    }
}

impl Robust {
    /// The lens on its phase diagram.
    pub(crate) fn of_phase() -> Self {
        Self {
            in_phase: true,
            ..Self::default()
        }
    }
}

/// RPC-Attention in its chosen form, and how far the outputs moved.
fn rpc_arrays(picture: &Picture, arrays: &mut Arrays) {
    let wanted = &picture.wanted;
    let truth = &wanted.truth;
    arrays.number("queries_ask", f64::from(wanted.queries_ask));
    arrays.matrix("seen_value", &truth.seen_values);
    arrays.matrix("clean_value", &truth.clean_values);
    arrays.matrix("seen_query", &truth.seen_queries);
    arrays.matrix("clean_query", &truth.clean_queries);
    let pairs = wanted.pairs().iter().flatten().map(|row| *row as f64);
    arrays.matrix("pairs", &DMatrix::from_row_iterator(wanted.pairs().len(), 2, pairs));
    let form = RpcForm::ALL.iter().position(|form| *form == picture.form).unwrap_or(0);
    let film = picture.repair.rpc.get(form).and_then(|film| film.as_ref().ok());
    let step = film.and_then(|film| film.steps.get(picture.iterations.checked_sub(1)?));
    let (Some(film), Some(step)) = (film, step) else { return };
    let options = wanted.rpc_options(form, picture.iterations);
    arrays.number("rpc_form", form as f64);
    arrays.number("rpc_lambda", options.lambda);
    arrays.number("rpc_iterations", picture.iterations as f64);
    arrays.list("rpc_width", options.model_width.map(|width| width as f64));
    arrays.number("rpc_mu", film.mu);
    arrays.number("rpc_threshold", film.threshold);
    arrays.matrix("rpc_attended", &step.attended);
    arrays.matrix("rpc_sparse", &step.sparse);
    arrays.list("rpc_residual", [step.residual]);
}

fn split(picture: &Picture) -> Content {
    let state = &picture.state;
    let parts = [
        ("M, as it is seen", state.matrix()),
        ("L, low rank", state.low_rank()),
        ("S, sparse", state.sparse()),
    ];
    // One scale for all three.
    let most = parts.iter().fold(0.0, |most: f64, (_, part)| most.max(part.amax()));
    let maps = parts.into_iter().enumerate().map(|(at, (title, part))| HeatMap {
        signed: true,
        most: if most > 0.0 { most } else { 1.0 },
        row_names: if at == 0 && picture.common.keys.len() == part.nrows() {
            picture.common.keys.clone()
        } else {
            Vec::new()
        },
        ..HeatMap::new(title, [part.nrows(), part.ncols()], part.transpose().iter().copied())
    });
    Content::HeatMaps(HeatMaps { maps: maps.collect() })
}

fn lanes(picture: &Picture) -> Content {
    let steps = &picture.repair.trace.steps;
    let xs: Vec<f64> = (1..=steps.len()).map(|step| step as f64).collect();
    let lane = |title: &str, lines: Vec<Line>, log: bool| {
        let ys = made::all(&lines, 1);
        let mut lines = lines;
        if log {
            for line in &mut lines {
                line.points.retain(|[_, y]| *y > 0.0);
            }
        }
        let x = Axis::counted("step", 1, steps.len());
        let y = if log {
            Axis::log("", ys)
        } else {
            Axis::from_zero("", ys)
        };
        let mut chart = made::chart([x, y], lines);
        title.clone_into(&mut chart.title);
        chart.rulers.push(made::upright(picture.step as f64, ""));
        chart
    };
    let line = |name: &str, role, value: &dyn Fn(&super::repair::StepInfo) -> f64| {
        let mut line = made::line(name, role, &xs, steps.iter().map(value));
        line.strong = role == Role::Ink;
        line.dashed = role == Role::Second;
        line
    };
    let mut charts = vec![
        lane(
            "residual ‖M − L − S‖/‖M‖",
            vec![line("", Role::Ink, &|step| step.progress.residual)],
            true,
        ),
        lane(
            "rank of L",
            vec![line("", Role::Ink, &|step| step.progress.rank as f64)],
            false,
        ),
        lane(
            "entries in S",
            vec![line("", Role::Ink, &|step| step.progress.nonzeros as f64)],
            false,
        ),
        lane(
            "‖L‖* + λ‖S‖₁",
            vec![
                line("objective", Role::Ink, &|step| step.progress.objective),
                line("lower bound", Role::Second, &|step| step.progress.lower_bound),
            ],
            false,
        ),
    ];
    if steps.iter().any(|step| step.angle.is_some()) {
        let angle = line("", Role::Ink, &|step| step.angle.map_or(f64::NAN, f64::to_degrees));
        charts.push(lane("angle between the first axes, °", vec![angle], false));
    }
    Content::Charts(Charts { charts })
}

fn moved(picture: &Picture) -> Content {
    let mut rows = vec![
        ("softmax, as seen".to_owned(), picture.moved_seen, false),
        ("pursuit".to_owned(), picture.moved_pursuit, false),
    ];
    for (form, film) in std::iter::zip(RpcForm::ALL, &picture.repair.rpc) {
        let moved = film
            .as_ref()
            .ok()
            .and_then(|film| film.steps.get(picture.iterations.checked_sub(1)?)?.moved);
        rows.push((format!("RPC, {}", form.name()), moved, form == picture.form));
    }
    Content::Bars(Bars {
        log: false,
        measure: "distance of the output from the clean one".to_owned(),
        series: vec![Series {
            name: String::new(),
            role: Role::Bad,
        }],
        rows: rows
            .into_iter()
            .map(|(name, moved, marked)| BarRow {
                name,
                values: vec![moved],
                marked,
            })
            .collect(),
    })
}

fn values(picture: &Picture) -> Content {
    let line = |name: &str, role, values: &[f64]| {
        let xs: Vec<f64> = (1..=values.len()).map(|at| at as f64).collect();
        let mut line = made::line(name, role, &xs, values.iter().copied());
        line.strong = role == Role::Positive;
        line.dashed = role == Role::Second;
        line
    };
    let lines = vec![
        line("clean", Role::Second, &picture.repair.clean_values),
        line("seen", Role::Bad, &picture.repair.seen_values),
        line("L", Role::Positive, picture.state.singular_values()),
    ];
    let axes = [
        Axis::counted("singular value, in order", 1, made::longest(&lines)),
        Axis::from_zero("size", made::all(&lines, 1)),
    ];
    made::only(made::chart(axes, lines))
}

fn row(picture: &Picture) -> Content {
    let rows = &picture.rows;
    let mut series: Vec<(&str, Role, &[f64])> = vec![
        ("clean", Role::Quiet, &rows.clean.weights),
        ("seen", Role::Bad, &rows.seen.weights),
        ("pursuit", Role::Positive, &rows.pursuit.weights),
    ];
    if let Some(rpc) = &rows.rpc {
        series.push(("RPC", Role::Negative, &rpc.weights));
    }
    made::bars("weight", &picture.common.keys, &series)
}

fn board(picture: &Picture) -> Content {
    let common = &picture.common;
    let also: Vec<[f64; 2]> = picture.damaged.iter().filter_map(|damaged| damaged.clean).collect();
    let mut plane = made::plane(common, &also);
    let axis = |line: Option<derive::Line>, name: &str, role| {
        let derive::Line { at, along, reach } = line?;
        let end = |side: f64| made::scaled(common, [0, 1].map(|i| at[i] + side * 1.15 * reach * along[i]));
        Some(Outline {
            name: name.to_owned(),
            role,
            dashed: role == Role::Second,
            strong: role != Role::Second,
            points: vec![end(-1.0), end(1.0)],
        })
    };
    let lines = &picture.lines;
    plane.outlines = [
        axis(lines.clean, "first axis, clean", Role::Second),
        axis(lines.seen, "seen", Role::Bad),
        axis(lines.repaired, "repaired", Role::Positive),
    ]
    .into_iter()
    .flatten()
    .collect();
    for damaged in &picture.damaged {
        let name = common.keys.get(damaged.key).map_or("", String::as_str);
        for token in plane
            .tokens
            .iter_mut()
            .filter(|token| token.glyph == Glyph::Key && token.name == name)
        {
            token.role = Role::Bad;
        }
        if let Some(clean) = damaged.clean {
            plane.arrows.push(made::arrow(
                common,
                [clean, damaged.seen],
                "what went wrong",
                Role::Quiet,
            ));
            plane.tokens.push(Token {
                at: made::scaled(common, clean),
                glyph: Glyph::Ring,
                role: Role::Second,
                ..Token::default()
            });
        }
    }
    Content::Plane(plane)
}
