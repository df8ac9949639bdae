//! What the view gives to take away.

use eigenlens_figures::{BarRow, Bars, Content, HeatMap, HeatMaps, Role, Series};

use super::Heads;
use super::derive::Picture;
use crate::lab::Lab;
use crate::lens::figures as made;
use crate::studio::{Arrays, Drawn, Exhibit, FigureName};

/// The pairs that have a bar.
const PAIRS: usize = 24;

impl Exhibit for Heads {
    fn stem(&self) -> &'static str {
        "head-similarity"
    }

    fn figures(&self) -> &'static [FigureName] {
        const {
            &[
                FigureName::new("distances", "distance of every two heads"),
                FigureName::new("maps", "attention maps of the heads"),
                FigureName::new("pairs", "nearest pairs"),
            ]
        }
    }

    fn figure(&self, key: &str, _lab: &Lab) -> Option<Drawn> {
        let picture = self.shown()?;
        let heads = names(picture);
        Some(match key {
            "distances" => Drawn::new(
                "The length of the difference of two maps; 0 is the same map.",
                distances(picture, &heads),
            ),
            "maps" => Drawn::new("Rows ask, columns answer.", maps(picture, &heads)),
            _ => Drawn::new("The most alike first.", pairs(picture, &heads)),
        })
    }

    fn arrays(&self, _lab: &Lab, arrays: &mut Arrays) {
        let Some(picture) = self.shown() else { return };
        arrays.list("head", picture.numbers.iter().map(|number| f64::from(*number)));
        arrays.matrix("distances", &picture.distances);
        arrays.number("mean", picture.mean);
        // The maps below each other: N_q rows for each head.
        let Some((rows, columns)) = picture.maps.first().map(nalgebra::DMatrix::shape) else {
            return;
        };
        let all = nalgebra::DMatrix::from_fn(rows * picture.maps.len(), columns, |row, column| {
            picture
                .maps
                .get(row / rows)
                .map_or(0.0, |map| map[(row % rows, column)])
        });
        arrays.number("rows", rows as f64);
        arrays.matrix("maps", &all);
    }

    fn script(&self) -> &'static str {
        include_str!("../../../../assets/scripts/head-similarity.py")
    }
}

fn names(picture: &Picture) -> Vec<String> {
    picture.names.iter().map(|name| format!("head {name}")).collect()
}

fn distances(picture: &Picture, heads: &[String]) -> Content {
    Content::HeatMaps(HeatMaps {
        maps: vec![HeatMap {
            measure: "distance".to_owned(),
            row: picture.present,
            ..made::map("", &picture.distances, [heads, heads])
        }],
    })
}

fn maps(picture: &Picture, heads: &[String]) -> Content {
    let maps = std::iter::zip(&picture.maps, heads).map(|(map, name)| HeatMap {
        most: picture.most.max(f64::MIN_POSITIVE),
        measure: "weight".to_owned(),
        ..made::map(name, map, [&[], &[]])
    });
    Content::HeatMaps(HeatMaps {
        maps: maps.take(24).collect(),
    })
}

fn pairs(picture: &Picture, heads: &[String]) -> Content {
    let mut pairs: Vec<(f64, String)> = Vec::new();
    for (one, first) in heads.iter().enumerate() {
        for (other, second) in heads.iter().enumerate().skip(one + 1) {
            pairs.push((picture.distances[(one, other)], format!("{first}, {second}")));
        }
    }
    pairs.sort_by(|one, other| one.0.total_cmp(&other.0));
    let rows = pairs.into_iter().take(PAIRS).map(|(distance, name)| BarRow {
        name,
        values: vec![Some(distance)],
        marked: false,
    });
    Content::Bars(Bars {
        measure: "distance".to_owned(),
        series: vec![Series {
            name: String::new(),
            role: Role::Ink,
        }],
        rows: rows.collect(),
    })
}
