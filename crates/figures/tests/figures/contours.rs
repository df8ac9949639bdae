//! The geometry of level sets, against what is known of them in another way.

use std::f64::consts::PI;

use eigenlens_figures::contour::{Grid, Ring, dashed};
use proptest::prelude::*;

/// `f` at every point of a grid.
fn sampled(columns: usize, rows: usize, f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    (0..rows)
        .flat_map(|row| (0..columns).map(move |column| (column, row)))
        .map(|(column, row)| f(column as f64, row as f64))
        .collect()
}

fn rings(values: &[f64], columns: usize, rows: usize, level: f64) -> Vec<Ring> {
    Grid::new(values, columns, rows).expect("a grid").rings(level)
}

fn area(rings: &[Ring]) -> f64 {
    rings.iter().map(Ring::area).sum()
}

fn length(line: &[[f64; 2]]) -> f64 {
    line.windows(2)
        .map(|pair| (pair[1][0] - pair[0][0]).hypot(pair[1][1] - pair[0][1]))
        .sum()
}

/// The part of the rectangle [0, w]×[0, h] where f(x, y) ≥ 0, f affine: its corners, by cutting the rectangle (Sutherland,
/// Hodgman 1974).
fn half(w: f64, h: f64, f: impl Fn([f64; 2]) -> f64) -> Vec<[f64; 2]> {
    let corners = [[0.0, 0.0], [w, 0.0], [w, h], [0.0, h]];
    let mut kept = Vec::new();
    for i in 0..4 {
        let (p, q) = (corners[i], corners[(i + 1) % 4]);
        let (a, b) = (f(p), f(q));
        if a >= 0.0 {
            kept.push(p);
        }
        if (a >= 0.0) != (b >= 0.0) {
            let t = a / (a - b);
            kept.push([p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])]);
        }
    }
    kept
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// The level line of a·x + b·y + c is that line, from side to side, and the area on its high side is right.
    #[test]
    fn the_level_line_of_a_plane_is_straight(
        a in -2.0_f64..2.0, b in -2.0_f64..2.0, x in 0.05_f64..0.95, y in 0.05_f64..0.95,
        columns in 2_usize..24, rows in 2_usize..24,
    ) {
        prop_assume!(a.hypot(b) > 0.1);
        let (w, h) = ((columns - 1) as f64, (rows - 1) as f64);
        // The line passes through an inner point, so there is one.
        let f = move |p: [f64; 2]| a * (p[0] - x * w) + b * (p[1] - y * h);
        let values = sampled(columns, rows, |x, y| f([x, y]) + 5.0);
        let rings = rings(&values, columns, rows, 5.0);
        let lines: Vec<_> = rings.iter().flat_map(Ring::lines).collect();
        prop_assert_eq!(lines.len(), 1);
        for point in &lines[0] {
            prop_assert!(f(*point).abs() < 1e-9, "{:?}: {}", point, f(*point));
        }
        let part = half(w, h, f);
        let on_line: Vec<_> = part.iter().copied().filter(|p| f(*p).abs() < 1e-9).collect();
        prop_assert!((length(&lines[0]) - length(&on_line)).abs() < 1e-6, "{:?} {:?}", lines, on_line);
        let wanted = Ring { inner: vec![false; part.len()], points: part }.area();
        prop_assert!((area(&rings) - wanted).abs() < 1e-9 * (1.0 + w * h), "{} {}", area(&rings), wanted);
    }

    /// What lies above a level and what lies below it are the whole grid, whatever the values; every ring is sound.
    #[test]
    fn above_and_below_are_everything(
        (columns, rows, values) in (2_usize..9, 2_usize..9).prop_flat_map(|(columns, rows)| {
            (Just(columns), Just(rows), prop::collection::vec(-1.0_f64..1.0, columns * rows))
        }),
        level in -1.2_f64..1.2,
    ) {
        let above = rings(&values, columns, rows, level);
        let negated: Vec<f64> = values.iter().map(|value| -value).collect();
        let below = rings(&negated, columns, rows, -level);
        let whole = ((columns - 1) * (rows - 1)) as f64;
        prop_assert!((area(&above) + area(&below) - whole).abs() < 1e-9, "{} + {}", area(&above), area(&below));
        for ring in above.iter().chain(&below) {
            prop_assert_eq!(ring.points.len(), ring.inner.len());
            for [x, y] in &ring.points {
                let on_edge = x.fract() == 0.0 || y.fract() == 0.0;
                prop_assert!(on_edge && *x >= 0.0 && *y >= 0.0 && *x <= (columns - 1) as f64 && *y <= (rows - 1) as f64);
            }
        }
        // Both sides see the same level line.
        let line = |rings: &[Ring]| rings.iter().flat_map(Ring::lines).map(|line| length(&line)).sum::<f64>();
        prop_assert!((line(&above) - line(&below)).abs() < 1e-9);
        // A higher level has less above it.
        prop_assert!(area(&rings(&values, columns, rows, level + 0.1)) <= area(&above) + 1e-9);
    }

    /// Dashes lie on their line, none is longer than a dash, and with the gaps they are the whole line.
    #[test]
    fn dashes_are_the_line_in_pieces(steps in prop::collection::vec(0.1_f64..9.0, 1..30), dash in 0.5_f64..7.0, gap in 0.5_f64..5.0) {
        // A staircase, so that a place along it is the sum of its coordinates.
        let mut line = vec![[0.0, 0.0]];
        for (i, step) in steps.iter().enumerate() {
            let [x, y] = line[i];
            line.push(if i % 2 == 0 { [x + step, y] } else { [x, y + step] });
        }
        let whole: f64 = steps.iter().sum();
        let pieces = dashed(&line, dash, gap);
        for (i, piece) in pieces.iter().enumerate() {
            let from = piece[0][0] + piece[0][1];
            prop_assert!((from - i as f64 * (dash + gap)).abs() < 1e-9);
            let wanted = dash.min(whole - from);
            prop_assert!((length(piece) - wanted).abs() < 1e-9, "{} of {}", length(piece), wanted);
        }
        prop_assert!((pieces.len() as f64 - (whole / (dash + gap)).ceil()).abs() <= 1.0);
    }
}

#[test]
fn a_hill_has_one_closed_line_and_a_lake_is_a_hole() {
    let n = 101;
    let round = |x: f64, y: f64| (x - 50.0).hypot(y - 50.0);
    let hill = sampled(n, n, |x, y| -round(x, y));
    let found = rings(&hill, n, n, -30.0);
    assert_eq!(found.len(), 1);
    assert!((found[0].area() - PI * 900.0).abs() < 2.0, "{}", found[0].area());
    let line = &found[0].lines()[0];
    assert_eq!((found[0].lines().len(), line.first()), (1, line.last()));
    assert!((length(line) - 60.0 * PI).abs() < 0.1);

    let lake = sampled(n, n, round);
    let mut areas: Vec<f64> = rings(&lake, n, n, 30.0).iter().map(Ring::area).collect();
    areas.sort_by(f64::total_cmp);
    assert_eq!(areas.len(), 2);
    assert!((areas[0] + PI * 900.0).abs() < 2.0, "{areas:?}");
    assert_eq!(areas[1], 10_000.0, "the border of the grid");
}

#[test]
fn the_mean_decides_a_saddle() {
    // High corners (0,0) and (1,1): joined when the mean is high.
    for (high, parts) in [(1.0, 2), (3.0, 1)] {
        let values = [high, -1.5, -1.5, high];
        assert_eq!(rings(&values, 2, 2, 0.0).len(), parts, "{values:?}");
    }
}

#[test]
fn a_level_beyond_every_value_has_no_line() {
    let values = [1.0; 9];
    assert_eq!(rings(&values, 3, 3, 2.0), []);
    let all = rings(&values, 3, 3, 1.0);
    assert_eq!((all.len(), area(&all), all[0].lines().len()), (1, 4.0, 0));
    assert!(Grid::new(&values, 3, 4).is_none() && Grid::new(&values, 9, 1).is_none());
}
