//! What the lens gives to take away.

use eigenlens_figures::{Axis, Content, HeatMap, HeatMaps, Role};

use super::Softmax;
use super::derive::Picture;
use crate::lab::Lab;
use crate::lens::common;
use crate::lens::figures as made;
use crate::studio::{Arrays, Drawn, Exhibit, FigureName};

/// Curves of the row that have a name.
const NAMED: usize = 6;

impl Exhibit for Softmax {
    fn stem(&self) -> &'static str {
        "softmax"
    }

    fn figures(&self) -> &'static [FigureName] {
        const {
            &[
                FigureName::new("board", "links on the board"),
                FigureName::new("row", "row of the query"),
                FigureName::new("matrix", "attention matrix"),
                FigureName::new("sum", "weight × value, summed"),
                FigureName::new("temperature", "every temperature"),
                FigureName::new("heads", "every head"),
            ]
        }
    }

    fn figure(&self, key: &str, _lab: &Lab) -> Option<Drawn> {
        let picture = self.shown()?;
        let common = &picture.common;
        let tau = made::tau(common);
        Some(match key {
            "board" => Drawn::new(format!("A link is as wide as its weight; {tau}."), board(picture)),
            "row" => Drawn::new(
                format!("The weights of the keys in reading order; {tau}."),
                made::bars("weight", &common.keys, &[("", Role::Ink, &picture.row.weights)]),
            ),
            "matrix" => Drawn::new(format!("Rows ask, columns answer; {tau}."), self.matrix(picture)?),
            "sum" => Drawn::new(
                "Each value times its weight, and their sum: the output.",
                made::sum(common, &picture.row.weights, common.head.values(), &[]),
            ),
            "temperature" => Drawn::new(
                "The same row at other temperatures: small ones choose, large ones mix.",
                temperature(picture)?,
            ),
            _ => Drawn::new("The same weight in every head: rows are layers.", self.heads(picture)?),
        })
    }

    fn arrays(&self, _lab: &Lab, arrays: &mut Arrays) {
        let Some(picture) = self.shown() else { return };
        common::arrays(&picture.common, arrays);
        arrays.list("logits", picture.row.logits.iter().copied());
        arrays.list("weights", picture.row.weights.iter().copied());
        arrays.list("output", picture.row.output.iter().copied());
        if let Some(all) = self.matrix.weights() {
            arrays.matrix("matrix", all);
        }
        arrays.list("temperatures", picture.sweep.temperatures.iter().copied());
        if let Some(wide) = picture.sweep.weights.first().map(Vec::len) {
            let all = picture.sweep.weights.concat();
            let rows = picture.sweep.weights.len();
            if all.len() == rows * wide {
                arrays.matrix("sweep", &nalgebra::DMatrix::from_row_slice(rows, wide, &all));
            }
        }
    }

    fn script(&self) -> &'static str {
        include_str!("../../../assets/scripts/softmax.py")
    }
}

impl Softmax {
    fn matrix(&self, picture: &Picture) -> Option<Content> {
        let all = self.matrix.weights()?;
        let common = &picture.common;
        let rows = made::askers(common, all.nrows());
        let map = HeatMap {
            row_title: "asks".to_owned(),
            column_title: "answers".to_owned(),
            measure: "weight".to_owned(),
            row: Some(common.asking).filter(|row| *row < all.nrows()),
            ..made::map("", all, [&rows, &common.keys])
        };
        Some(Content::HeatMaps(HeatMaps { maps: vec![map] }))
    }

    fn heads(&self, picture: &Picture) -> Option<Content> {
        let key = *picture.by_weight.first()?;
        let scene = &self.seen.as_ref()?.scene;
        let map = self.heads.map(scene, picture, key)?;
        let name = picture.common.keys.get(key).cloned().unwrap_or_default();
        Some(made::of_heads(format!("weight of {name}"), &map.weights, scene.head))
    }
}

fn board(picture: &Picture) -> Content {
    let common = &picture.common;
    let mut plane = made::plane(common, picture.output_at.as_slice());
    made::links(
        &mut plane,
        common,
        made::asks_from(common),
        &picture.row.weights,
        Role::Query,
    );
    if let Some(at) = picture.output_at {
        plane.tokens.insert(1, made::output(common, at, "h", Role::Query));
    }
    Content::Plane(plane)
}

fn temperature(picture: &Picture) -> Option<Content> {
    let sweep = &picture.sweep;
    let lines: Vec<_> = picture
        .by_weight
        .iter()
        .enumerate()
        .map(|(place, &key)| {
            let name = picture.common.keys.get(key).map_or("", String::as_str);
            let ys = sweep
                .weights
                .iter()
                .map(|row| row.get(key).copied().unwrap_or_default());
            let mut line = made::line(
                if place < NAMED { name } else { "" },
                if place < NAMED { Role::Ink } else { Role::Quiet },
                &sweep.temperatures,
                ys,
            );
            line.strong = place == 0;
            line
        })
        .collect();
    if sweep.temperatures.is_empty() {
        return None;
    }
    let axes = [
        Axis::log("temperature τ", sweep.temperatures.iter().copied()),
        Axis::from_zero("weight", made::all(&lines, 1)),
    ];
    let mut chart = made::chart(axes, lines);
    chart
        .rulers
        .push(made::upright(picture.common.temperature, made::tau(&picture.common)));
    Some(made::only(chart))
}
