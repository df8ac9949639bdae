//! What is seen of a field: at each place the tint of its band, whatever lies under it.

use crate::sample::{field, field_of};
use eigenlens_figures::{Format, svg};
use proptest::prelude::*;

fn attribute<'a>(line: &'a str, name: &str) -> &'a str {
    let (_, value) = line.split_once(&format!(" {name}=\"")).unwrap_or(("", "\""));
    value.split('"').next().unwrap_or_default()
}

fn number(line: &str, name: &str) -> f64 {
    attribute(line, name).parse().expect("a number")
}

/// Whether a ray from the point crosses the polygon an odd number of times.
fn within(points: &str, [x, y]: [f64; 2]) -> bool {
    let points: Vec<[f64; 2]> = points
        .split_whitespace()
        .map(|point| {
            let (x, y) = point.split_once(',').expect("a point");
            [x.parse().expect("x"), y.parse().expect("y")]
        })
        .collect();
    let next = points.iter().cycle().skip(1);
    std::iter::zip(&points, next)
        .filter(|([ax, ay], [bx, by])| (*ay > y) != (*by > y) && x < ax + (y - ay) / (by - ay) * (bx - ax))
        .count()
        % 2
        == 1
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// At the inner points of a random grid, where the score is known, the tint seen is that of the colour bar for it: islands
    /// in lakes on islands included.
    #[test]
    fn every_place_wears_the_tint_of_its_band(scores in prop::collection::vec(-3_i32..3, 49), lift in 0.2_f64..0.8) {
        let (n, step) = (7, 0.5);
        let mut figure = field();
        figure.look.field = (0..=100).map(|i| [i, 2 * i, 250 - i]).collect();
        let field = field_of(&mut figure);
        (field.columns, field.rows, field.step) = (n, n, step);
        field.scores = scores.iter().map(|score| (f64::from(*score) + lift) * step).collect();
        (field.keys, field.query) = (Vec::new(), None);
        let drawn = svg(&figure, Format::default()).expect("an SVG");
        let lines: Vec<&str> = drawn.lines().collect();

        let ground = lines.iter().filter(|line| line.starts_with("<rect")).nth(1).expect("the ground");
        let [left, top, wide, high] = ["x", "y", "width", "height"].map(|name| number(ground, name));
        // The colour bar: rectangles of one width beside the plane, from the lowest band on.
        let bar: Vec<&str> = lines
            .iter()
            .filter(|line| line.starts_with("<rect") && number(line, "width") == 340.0)
            .map(|line| attribute(line, "fill"))
            .collect();
        let side = bar.len() / 2;
        for (i, score) in scores.iter().enumerate() {
            let (column, row) = (i % n, i / n);
            if column % (n - 1) == 0 || row % (n - 1) == 0 {
                continue;
            }
            let part = |index: usize| index as f64 / (n - 1) as f64;
            let at = [left + part(column) * wide, top + (1.0 - part(row)) * high];
            let seen = lines
                .iter()
                .rfind(|line| line.starts_with("<polygon") && within(attribute(line, "points"), at))
                .unwrap_or(ground);
            let band = i32::try_from(side).expect("a few bands") + score;
            let tint = bar[usize::try_from(band).expect("a band of the bar")];
            prop_assert_eq!(attribute(seen, "fill"), tint, "score {} at {}, {}", score, column, row);
        }
    }
}
