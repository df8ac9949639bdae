//! What the view gives to take away.

use eigenlens_figures::{Content, Glyph, HeatMap, HeatMaps, Role, Token};

use super::Sh;
use super::derive::{Picture, cost_ratio, pooling};
use crate::lab::Lab;
use crate::lens::common;
use crate::lens::figures as made;
use crate::studio::{Arrays, Drawn, Exhibit, FigureName};

impl Exhibit for Sh {
    fn stem(&self) -> &'static str {
        "attention-sh"
    }

    fn figures(&self) -> &'static [FigureName] {
        const {
            &[
                FigureName::new("maps", "weights of the four heads"),
                FigureName::new("values", "values and their means"),
                FigureName::new("read", "what each head reads"),
                FigureName::new("cost", "cost against plain heads"),
                FigureName::new("board", "coarse keys on the board"),
            ]
        }
    }

    fn figure(&self, key: &str, lab: &Lab) -> Option<Drawn> {
        let picture = self.shown()?;
        Some(match key {
            "maps" => Drawn::new("A head of factor s answers with N/s coarse keys.", self.four(picture)?),
            "values" => Drawn::new("A coarse value is the mean of its block.", values(picture)),
            "read" => Drawn::new("The output of the query in each head.", read(picture)),
            "cost" => Drawn::new(
                "Multiplications of a layer with these heads over those of four plain ones.",
                cost(picture)?,
            ),
            _ => Drawn::new(
                "Rings are the keys; a coarse key is the mean of its block.",
                board(picture, lab)?,
            ),
        })
    }

    fn arrays(&self, _lab: &Lab, arrays: &mut Arrays) {
        let Some(picture) = self.shown() else { return };
        common::arrays(&picture.common, arrays);
        let starts = ["starts_1", "starts_2", "starts_3", "starts_4"];
        let ends = ["ends_1", "ends_2", "ends_3", "ends_4"];
        let weights = ["weights_1", "weights_2", "weights_3", "weights_4"];
        let outputs = ["output_1", "output_2", "output_3", "output_4"];
        let names = std::iter::zip(starts, ends).zip(std::iter::zip(weights, outputs));
        for (head, ((starts, ends), (weights, output))) in std::iter::zip(&picture.heads, names) {
            let Ok(head) = head else { continue };
            arrays.list(starts, head.blocks.iter().map(|block| block.start as f64));
            arrays.list(ends, head.blocks.iter().map(|block| block.end as f64));
            arrays.list(weights, head.row.weights.iter().copied());
            arrays.list(output, head.row.output.iter().copied());
        }
        arrays.list("cost", [picture.cost.now, picture.cost.at_4096, picture.cost.limit]);
    }

    fn script(&self) -> &'static str {
        include_str!("../../../../assets/scripts/attention-sh.py")
    }
}

impl Sh {
    fn four(&self, picture: &Picture) -> Option<Content> {
        let four = self.maps.four()?;
        let maps = four.iter().enumerate().filter_map(|(head, map)| {
            let factor = pooling(&picture.choices, head).factor;
            Some(HeatMap {
                column_title: "answers".to_owned(),
                row_title: if head == 0 { "asks" } else { "" }.to_owned(),
                measure: "weight".to_owned(),
                row: Some(picture.askers.framed),
                ..made::map(&format!("head {}, s = {factor}", head + 1), map.as_ref()?, [&[], &[]])
            })
        });
        let mut maps: Vec<HeatMap> = maps.collect();
        for map in &mut maps {
            map.row = map.row.filter(|row| *row < map.rows);
        }
        (!maps.is_empty()).then_some(Content::HeatMaps(HeatMaps { maps }))
    }
}

/// The value of each token, and in each head that of its block.
fn values(picture: &Picture) -> Content {
    let of_head = |head: usize| -> Vec<f64> {
        let Some(Ok(one)) = picture.heads.get(head) else {
            return vec![f64::NAN; picture.values.len()];
        };
        (0..picture.values.len())
            .map(|token| {
                one.block_of(token)
                    .and_then(|block| one.values.get(block))
                    .copied()
                    .unwrap_or(f64::NAN)
            })
            .collect()
    };
    let heads: Vec<Vec<f64>> = (0..4).map(of_head).collect();
    let rows: Vec<f64> = std::iter::once(&picture.values)
        .chain(&heads)
        .flatten()
        .copied()
        .collect();
    let names = std::iter::once("plain".to_owned()).chain(made::numbered("head", 4));
    Content::HeatMaps(HeatMaps {
        maps: vec![HeatMap {
            row_names: names.collect(),
            column_names: picture.common.keys.clone(),
            measure: if picture.signed { "value" } else { "length of the value" }.to_owned(),
            ..HeatMap::new("", [5, picture.values.len()], rows)
        }],
    })
}

fn read(picture: &Picture) -> Content {
    let read: Vec<f64> = picture
        .heads
        .iter()
        .map(|head| head.as_ref().map_or(f64::NAN, |head| head.read))
        .collect();
    let measure = if picture.signed {
        "output"
    } else {
        "length of the output"
    };
    made::bars(measure, &made::numbered("head", 4), &[("", Role::Query, &read)])
}

fn cost(picture: &Picture) -> Option<Content> {
    let factors: Vec<usize> = (0..4).map(|head| pooling(&picture.choices, head).factor).collect();
    let lengths = (7..=17).map(|power| 1_usize << power);
    let points: Vec<[f64; 2]> = lengths
        .filter(|tokens| factors.iter().all(|factor| factor <= tokens))
        .filter_map(|tokens| Some([tokens as f64, cost_ratio(tokens, &factors).ok()?]))
        .collect();
    let (xs, ys): (Vec<f64>, Vec<f64>) = points.iter().map(|[x, y]| (*x, *y)).unzip();
    let mut line = made::line("these heads", Role::Query, &xs, ys.iter().copied());
    line.strong = true;
    let axes = [
        eigenlens_figures::Axis::log("tokens", xs.iter().copied()),
        eigenlens_figures::Axis::from_zero("cost over plain heads", ys.iter().copied().chain([1.0])),
    ];
    let mut chart = made::chart(axes, vec![line]);
    chart.rulers.push(eigenlens_figures::Ruler {
        at: picture.cost.limit,
        upright: false,
        name: "limit".to_owned(),
        role: Role::Second,
    });
    (!xs.is_empty()).then(|| made::only(chart))
}

fn board(picture: &Picture, _lab: &Lab) -> Option<Content> {
    let common = &picture.common;
    let head = picture.shown()?;
    let mut plane = made::plane(common, &head.coarse);
    for token in plane.tokens.iter_mut().filter(|token| token.glyph == Glyph::Key) {
        token.glyph = Glyph::Ring;
        token.role = Role::Quiet;
    }
    let coarse = std::iter::zip(&head.coarse, &head.row.weights).map(|(at, weight)| Token {
        at: made::scaled(common, *at),
        glyph: Glyph::Key,
        skirt: weight.clamp(0.0, 1.0),
        ..Token::default()
    });
    let coarse: Vec<Token> = coarse.collect();
    plane.tokens.splice(1..1, coarse);
    Some(Content::Plane(plane))
}
