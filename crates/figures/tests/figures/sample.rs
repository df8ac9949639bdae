//! Figures to draw: made of sums and products alone, so that they are the same on every machine.

use eigenlens_figures::{Content, Figure, Key, Look, Query, ScoreField, Spectrum};

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
