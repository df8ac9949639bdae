//! Figures to draw: made of sums and products alone, so that they are the same on every machine.

use eigenlens_figures::{
    Arrow, Axis, BarRow, Bars, Chart, Charts, Content, Dot, Figure, Glyph, HeatMap, HeatMaps, Key, Line, Link, Look,
    Outline, Plane, Query, Role, Ruler, ScoreField, Series, Shade, Spectrum, Token,
};

/// Colours that can be told apart in a text.
pub(crate) fn look() -> Look {
    Look {
        canvas: [255, 255, 255],
        ink: [16, 32, 48],
        ink2: [80, 90, 100],
        ink3: [128, 136, 144],
        grid: [216, 220, 224],
        query: [215, 99, 0],
        pos: [0, 114, 107],
        neg: [81, 39, 163],
        bad: [200, 30, 60],
        field: vec![[120, 90, 200], [250, 250, 250], [60, 160, 150]],
        heat: vec![[250, 250, 250], [16, 32, 48]],
        tidal: vec![[81, 39, 163], [250, 250, 250], [0, 114, 107]],
    }
}

pub(crate) fn spectrum() -> Figure {
    Figure {
        title: "Two axes hold 77 % of what differs.".to_owned(),
        subtitle: "Principal axes by eigenvalue.".to_owned(),
        alt: "Bars: 46 %, 31 %, then little.".to_owned(),
        look: look(),
        content: Content::Spectrum(Spectrum {
            shares: vec![0.46, 0.31, 0.12, 0.06, 0.045, 0.005],
            eigenvalues: vec![0.0232, 0.0156, 0.006, 0.003, 0.00225, 0.00025],
            kept: 2,
            chosen: Some(0),
        }),
    }
}

/// A hill beside a valley.
pub(crate) fn field() -> Figure {
    let (columns, rows) = (41, 41);
    let hill = |x: f64, y: f64| 1.0 / (1.0 + x * x + y * y);
    let score = |x: f64, y: f64| 0.06 * (hill(x - 1.0, y) - hill(x + 1.0, y + 0.5));
    let along = |index: usize, points: usize| -3.0 + 6.0 * index as f64 / (points - 1) as f64;
    let scores = (0..rows)
        .flat_map(|row| (0..columns).map(move |column| score(along(column, columns), along(row, rows))))
        .collect();
    let key = |name: &str, x, y| Key {
        x,
        y,
        name: name.to_owned(),
    };
    Figure {
        title: "Axis 1 tells <left> from \"right\" & more.".to_owned(),
        subtitle: "Solid lines +, dashed lines \u{2212}, heavy line 0.".to_owned(),
        alt: "A map with a hill & a valley.".to_owned(),
        look: look(),
        content: Content::ScoreField(ScoreField {
            axis: 1,
            x: [-3.0, 3.0],
            y: [-3.0, 3.0],
            x_title: "coordinate 1".to_owned(),
            y_title: "coordinate 2".to_owned(),
            columns,
            rows,
            scores,
            step: 0.01,
            keys: vec![
                key("k₁", -1.1, -0.4),
                key("k₂", 1.0, 0.2),
                key("outside", 9.0, 0.0),
                key("", 2.0, 2.0),
            ],
            query: Some(Query {
                x: 0.65,
                y: 0.8,
                name: "q".to_owned(),
                score: 0.0149,
            }),
        }),
    }
}

/// The field of a figure.
pub(crate) fn field_of(figure: &mut Figure) -> &mut ScoreField {
    match &mut figure.content {
        Content::ScoreField(field) => field,
        _ => panic!("this figure has no field"),
    }
}

/// The spectrum of a figure.
pub(crate) fn spectrum_of(figure: &mut Figure) -> &mut Spectrum {
    match &mut figure.content {
        Content::Spectrum(spectrum) => spectrum,
        _ => panic!("this figure has no spectrum"),
    }
}

fn figure(title: &str, content: Content) -> Figure {
    Figure {
        title: title.to_owned(),
        subtitle: "How to read it.".to_owned(),
        alt: "What is to be seen.".to_owned(),
        look: look(),
        content,
    }
}

fn names(letter: &str, count: usize) -> Vec<String> {
    (1..=count).map(|i| format!("{letter}{i}")).collect()
}

/// A row of weights beside a matrix of both signs, with an entry that is not there.
pub(crate) fn heat() -> Figure {
    let weights = HeatMap {
        row_names: names("key ", 5),
        measure: "weight".to_owned(),
        ..HeatMap::new("weight", [5, 1], [0.4, 0.3, 0.2, 0.05, 0.05])
    };
    let values = (0..40).map(|at| f64::from(at % 7) - 2.0 + 0.25 * f64::from(at / 8));
    let mut values = HeatMap {
        column_names: names("coordinate ", 8),
        row_title: "asks".to_owned(),
        column_title: "answers".to_owned(),
        row: Some(1),
        column: Some(6),
        ..HeatMap::new("value", [5, 8], values)
    };
    values.values[11] = None;
    figure(
        "Matrices beside each other.",
        Content::HeatMaps(HeatMaps {
            maps: vec![weights, values],
        }),
    )
}

/// Two series, one of them below zero.
pub(crate) fn bars() -> Figure {
    let series = [("before", Role::Quiet), ("after", Role::Query)].map(|(name, role)| Series {
        name: name.to_owned(),
        role,
    });
    let rows =
        [("one", 0.25, -0.5), ("two <&>", 1.75, 0.125), ("three", 0.0, 2.0)].map(|(name, before, after)| BarRow {
            name: name.to_owned(),
            values: vec![Some(before), Some(after).filter(|after| *after > -1.0)],
            marked: name == "three",
        });
    figure(
        "Bars from a common zero.",
        Content::Bars(Bars {
            measure: "length".to_owned(),
            log: false,
            series: series.to_vec(),
            rows: rows.to_vec(),
        }),
    )
}

/// Numbers over many powers of ten.
pub(crate) fn factors() -> Figure {
    let mut figure = bars();
    "Points over factors.".clone_into(&mut figure.title);
    let bars = bars_of(&mut figure);
    bars.log = true;
    for (size, row) in std::iter::zip([0.1, 1.0, 10.0], &mut bars.rows) {
        row.values = vec![Some(2.0 * size), Some(70.0 * size)];
    }
    figure
}

/// Two charts that share an axis: curves with names, points, rulers; one over factors.
pub(crate) fn charts() -> Figure {
    let xs = (0..=20).map(|i| 0.5 * f64::from(i));
    let line = |name: &str, role, y: fn(f64) -> f64| Line {
        name: name.to_owned(),
        role,
        dashed: role == Role::Second,
        strong: role == Role::Query,
        points: xs.clone().map(|x| [x, y(x)]).collect(),
    };
    let lines = vec![
        line("parabola", Role::Query, |x| 0.1 * x * x),
        line("straight", Role::Second, |x| x),
    ];
    let upper = Chart {
        title: "Both".to_owned(),
        x: Axis::counted("step", 0, 10),
        y: Axis::from_zero("size", [0.0, 10.0]),
        lines,
        dots: vec![Dot {
            at: [5.0, 8.0],
            name: "a point".to_owned(),
            role: Role::Bad,
            hollow: true,
        }],
        rulers: vec![Ruler {
            at: 4.0,
            upright: true,
            name: "now".to_owned(),
            role: Role::Query,
        }],
    };
    let lower = Chart {
        title: "Over factors".to_owned(),
        x: Axis::counted("step", 0, 10),
        y: Axis::log("", [0.01, 100.0]),
        lines: vec![line("", Role::Ink, |x| 0.01 + x * x)],
        ..Chart::default()
    };
    figure(
        "Curves and points.",
        Content::Charts(Charts {
            charts: vec![upper, lower],
        }),
    )
}

/// Everything that may lie on the plane.
pub(crate) fn plane() -> Figure {
    let token = |name: &str, at, glyph, role| Token {
        at,
        name: name.to_owned(),
        glyph,
        role,
        skirt: if glyph == Glyph::Key { 0.4 } else { 0.0 },
    };
    let circle = [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0], [1.0, 0.0]];
    figure(
        "Tokens on the plane.",
        Content::Plane(Plane {
            x: [-2.0, 2.0],
            y: [-1.5, 1.5],
            x_title: "x".to_owned(),
            y_title: "y".to_owned(),
            shade: Some(Shade {
                columns: 3,
                rows: 2,
                values: vec![-1.0, 0.0, 1.0, 0.5, -0.5, 0.0],
                most: 1.0,
                measure: "score".to_owned(),
            }),
            links: vec![Link {
                from: [0.5, 0.5],
                to: [-1.0, 0.0],
                weight: 0.5,
                role: Role::Query,
            }],
            outlines: vec![Outline {
                name: "neighbourhood".to_owned(),
                role: Role::Second,
                dashed: true,
                strong: false,
                points: circle.map(|at| at.map(|x| 1.6 * x)).to_vec(),
            }],
            arrows: vec![Arrow {
                from: [0.0, 0.0],
                to: [1.0, 1.0],
                name: "push".to_owned(),
                role: Role::Bad,
            }],
            tokens: vec![
                token("q", [0.5, 0.5], Glyph::Query, Role::Ink),
                token("k₁", [-1.0, 0.0], Glyph::Key, Role::Ink),
                token("h", [0.2, -0.8], Glyph::Output, Role::Query),
                token("was", [-0.5, -1.0], Glyph::Ring, Role::Second),
                token("outside", [9.0, 0.0], Glyph::Key, Role::Ink),
            ],
        }),
    )
}

/// The bars of a figure.
pub(crate) fn bars_of(figure: &mut Figure) -> &mut Bars {
    match &mut figure.content {
        Content::Bars(bars) => bars,
        _ => panic!("this figure has no bars"),
    }
}

/// The charts of a figure.
pub(crate) fn charts_of(figure: &mut Figure) -> &mut Vec<Chart> {
    match &mut figure.content {
        Content::Charts(charts) => &mut charts.charts,
        _ => panic!("this figure has no charts"),
    }
}

/// The maps of a figure.
pub(crate) fn maps_of(figure: &mut Figure) -> &mut Vec<HeatMap> {
    match &mut figure.content {
        Content::HeatMaps(maps) => &mut maps.maps,
        _ => panic!("this figure has no maps"),
    }
}

/// The plane of a figure.
pub(crate) fn plane_of(figure: &mut Figure) -> &mut Plane {
    match &mut figure.content {
        Content::Plane(plane) => plane,
        _ => panic!("this figure has no plane"),
    }
}
