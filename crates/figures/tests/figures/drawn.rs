//! What stands in the SVG.

use std::{env, fs, path::Path};

use crate::sample::{field, field_of, spectrum, spectrum_of};
use eigenlens_figures::{Figure, Format, Key, svg};

/// A `<text>` element: its words, its place and size in units of the figure, its anchor, whether it reads upwards.
#[derive(Debug)]
struct Text {
    words: String,
    at: [f64; 2],
    size: f64,
    anchor: String,
    upwards: bool,
}

fn texts(svg: &str) -> Vec<Text> {
    svg.split("<text ")
        .skip(1)
        .map(|rest| {
            let (head, rest) = rest.split_once('>').expect("a tag");
            let attribute = |name: &str| {
                let (_, value) = head.split_once(&format!("{name}=\"")).unwrap_or(("", "\""));
                value.split('"').next().unwrap_or_default().to_owned()
            };
            let number = |name: &str| attribute(name).parse::<f64>().expect("a number") / 10.0;
            let words = rest.split('<').next().unwrap_or_default().trim();
            let plain = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")];
            Text {
                words: plain
                    .iter()
                    .fold(words.to_owned(), |words, (from, to)| words.replace(from, to)),
                at: [number("x"), number("y")],
                size: number("font-size"),
                anchor: attribute("text-anchor"),
                upwards: head.contains("rotate(270"),
            }
        })
        .collect()
}

fn words(figure: &Figure) -> Vec<String> {
    texts(&svg(figure, Format::default()).expect("an SVG"))
        .into_iter()
        .map(|text| text.words)
        .collect()
}

/// Compares with a file of this repository; with `EIGENLENS_BLESS` set it is written instead.
fn golden(name: &str, figure: &Figure) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let drawn = svg(figure, Format::default()).expect("an SVG");
    if env::var_os("EIGENLENS_BLESS").is_some() {
        fs::write(&path, &drawn).expect("a golden file");
    }
    let wanted = fs::read_to_string(&path).expect("a golden file: EIGENLENS_BLESS=1 writes it");
    let differs = std::iter::zip(drawn.lines(), wanted.lines()).position(|(ours, theirs)| ours != theirs);
    let line = |text: &str| {
        differs
            .and_then(|at| text.lines().nth(at))
            .unwrap_or_default()
            .to_owned()
    };
    assert!(
        drawn == wanted,
        "{name}, line {differs:?}:\n{}\n{}",
        line(&drawn),
        line(&wanted)
    );
}

#[test]
fn the_figures_are_as_they_were_looked_at() {
    golden("spectrum.svg", &spectrum());
    golden("field.svg", &field());
}

#[test]
fn a_figure_read_from_json_is_the_same_figure() {
    for figure in [spectrum(), field()] {
        let json = serde_json::to_string(&figure).expect("JSON");
        assert_eq!(Figure::from_json(&json), Ok(figure));
    }
}

#[test]
fn every_axis_has_a_title_and_the_map_a_bar() {
    let found = words(&spectrum());
    for wanted in [
        "axis, and its eigenvalue",
        "share of what differs, %",
        "2 of 6 kept: 77\u{a0}%",
        "46\u{a0}%",
        "0.5\u{a0}%",
    ] {
        assert!(found.contains(&wanted.to_owned()), "{wanted} is not in {found:?}");
    }
    let found = words(&field());
    for wanted in [
        "coordinate 1",
        "coordinate 2",
        "score on axis 1",
        "+0.03",
        "0",
        "\u{2212}0.03",
        "+0.015",
        "k₁",
        "q",
        "Axis 1 tells <left> from \"right\" & more.",
    ] {
        assert!(found.contains(&wanted.to_owned()), "{wanted} is not in {found:?}");
    }
    assert!(!found.contains(&"outside".to_owned()), "a key that is not on the plane");
    assert!(
        found.iter().all(|words| !words.contains('-')),
        "a hyphen for a minus in {found:?}"
    );
}

#[test]
fn positive_lines_are_whole_and_negative_ones_dashed() {
    let drawn = svg(&field(), Format::default()).expect("an SVG");
    let lines = |stroke: &str, width: &str| {
        drawn
            .lines()
            .filter(|line| {
                line.starts_with("<polyline") && line.contains(&format!("stroke=\"{stroke}\" stroke-width=\"{width}\""))
            })
            .count()
    };
    let (plus, minus, zero) = (lines("#00726B", "18"), lines("#5127A3", "18"), lines("#102030", "40"));
    // On the plane, on the bar, in the legend.
    assert!((4..20).contains(&plus), "{plus}");
    assert!(minus > 5 * plus, "{minus} dashes beside {plus} lines");
    assert!((3..6).contains(&zero), "{zero}");
    // A field that is nowhere negative has no dash but that of the legend and the bar.
    let mut figure = field();
    for score in &mut field_of(&mut figure).scores {
        *score = score.abs();
    }
    let drawn = svg(&figure, Format::default()).expect("an SVG");
    let dashes = drawn.matches("stroke=\"#5127A3\"").count();
    assert!(dashes < 25, "{dashes}");
}

/// No text may leave the figure, however long it is; widths are those of a wide face.
#[test]
fn no_text_is_clipped() {
    let long = "Words that go on and on, 0.123456, ".repeat(11);
    let mut figures = vec![spectrum(), field()];
    for kept in [0, 1, 63, 64, 300] {
        let mut figure = spectrum();
        figure.title.clone_from(&long);
        figure.subtitle.clone_from(&long);
        *spectrum_of(&mut figure) = eigenlens_figures::Spectrum {
            shares: vec![1.0 / 300.0; 300],
            eigenvalues: vec![1.5e-7; 300],
            kept,
            chosen: Some(299),
        };
        figures.push(figure);
    }
    for (x, y, factor) in [
        ([-3.0, 3.0], [-3.0, 3.0], 1e-9),
        ([-3.0, 9.0], [-3.0, 3.0], 1e20),
        ([1e6, 1e6 + 0.01], [-4e-7, 5e-7], 1.0),
        ([0.0, 1.0], [0.0, 900.0], 17.0),
        ([-1e12, 1e12], [0.0, 1e-12], 1.0),
    ] {
        let mut figure = field();
        figure.title.clone_from(&long);
        figure.subtitle.clone_from(&long);
        let field = field_of(&mut figure);
        (field.x, field.y) = (x, y);
        (field.x_title, field.y_title) = (long.clone(), "w".repeat(300));
        field.axis = 123_456_789_123;
        field.scores.iter_mut().for_each(|score| *score *= factor);
        field.step *= factor;
        let query = field.query.as_mut().expect("a query");
        (query.x, query.y, query.name) = (0.5 * (x[0] + x[1]), y[1], "m".repeat(99));
        query.score *= factor;
        field.keys = (0..200)
            .map(|i| {
                let part = f64::from(i) / 200.0;
                Key {
                    x: x[0] + part * (x[1] - x[0]),
                    y: y[0] + (7.0 * part).fract() * (y[1] - y[0]),
                    name: format!("name {i}"),
                }
            })
            .collect();
        figures.push(figure);
    }
    for figure in figures {
        for text in texts(&svg(&figure, Format::default()).expect("an SVG")) {
            // As wide as text in DejaVu Sans, a wide face, is on the average.
            let wide = 0.54 * text.size * text.words.chars().count() as f64;
            let (from, to) = match text.anchor.as_str() {
                "start" => (0.0, wide),
                "middle" => (-0.5 * wide, 0.5 * wide),
                _ => (-wide, 0.0),
            };
            let half = 0.6 * text.size;
            let [x, y] = text.at;
            let rect = if text.upwards {
                [x - half, y - to, x + half, y - from]
            } else {
                [x + from, y - half, x + to, y + half]
            };
            let inside = rect[0] >= 0.0 && rect[1] >= 0.0 && rect[2] <= 1280.0 && rect[3] <= 800.0;
            assert!(inside, "{rect:?}: {text:?}");
        }
    }
}

/// Names lie on no other name and on no token.
#[test]
fn names_keep_apart() {
    let mut figure = field();
    field_of(&mut figure).keys = (0..40)
        .map(|i| Key {
            x: f64::from(i % 7) - 3.0 + 0.05 * f64::from(i),
            y: f64::from(i / 7) - 2.5,
            name: format!("word {i}"),
        })
        .collect();
    let names: Vec<Text> = texts(&svg(&figure, Format::default()).expect("an SVG"))
        .into_iter()
        .filter(|text| text.words.starts_with("word "))
        .collect();
    assert!(names.len() > 10, "{}", names.len());
    for (i, one) in names.iter().enumerate() {
        for other in &names[i + 1..] {
            let [dx, dy] = [0, 1].map(|axis| (one.at[axis] - other.at[axis]).abs());
            assert!(
                dy > 0.7 * one.size || dx > 0.45 * one.size * one.words.len() as f64,
                "{one:?} {other:?}"
            );
        }
    }
}
