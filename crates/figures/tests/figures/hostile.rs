//! Figures that are none: each is refused in words, none makes the drawing panic.

use crate::sample::{field, field_of, spectrum, spectrum_of};
use eigenlens_figures::{Error, Figure, Format, svg};
use proptest::prelude::*;

/// What is said of the sample field after a change.
fn said(change: impl FnOnce(&mut Figure)) -> String {
    let mut figure = field();
    change(&mut figure);
    svg(&figure, Format::default()).expect_err("no figure").to_string()
}

#[test]
fn every_refusal_names_the_value_and_the_bound() {
    for (said, wanted) in [
        (
            said(|f| field_of(f).scores[7] = f64::NAN),
            "a score is NaN: a figure takes numbers from \u{2212}1e30 to 1e30",
        ),
        (
            said(|f| field_of(f).scores[7] = 1e31),
            "a score is 10000000000000000000000000000000: a figure takes numbers from \u{2212}1e30 to 1e30",
        ),
        (
            said(|f| field_of(f).columns = 40),
            "scores: there are 1681, expected 1640 = 40 columns × 41 rows",
        ),
        (
            said(|f| field_of(f).rows = usize::MAX),
            "rows of the grid is 18446744073709552000: expected 2 to 2048",
        ),
        (
            said(|f| field_of(f).x = [1.0, 1.0]),
            "the x axis goes from 1 to 1: expected a width of at least 1e-9",
        ),
        (
            said(|f| field_of(f).y = [3.0, -3.0]),
            "the y axis goes from 3 to -3: expected a width of at least 3.0000000000000004e-9",
        ),
        (
            said(|f| field_of(f).step = 1e-5),
            "the step of the levels is 0.00001, the largest score 0.048",
        ),
        (
            said(|f| field_of(f).step = -1.0),
            "the step of the levels is -1: expected 0.",
        ),
        (
            said(|f| field_of(f).keys[0].x = f64::INFINITY),
            "a coordinate of a key is inf",
        ),
        (
            said(|f| f.look.field = vec![[0; 3]; 4]),
            "tints of the field: there are 4, expected an odd number from 3 to 4095",
        ),
        (
            said(|f| f.title = "x".repeat(401)),
            "the title: there are 401, expected at most 400 characters",
        ),
    ] {
        assert!(said.starts_with(wanted), "{said}\n{wanted}");
        assert!(!said.contains('\n'), "{said}");
    }
    for (change, wanted) in [
        (
            (|s| s.shares.clear()) as fn(&mut eigenlens_figures::Spectrum),
            "shares of the spectrum: there are 0, expected 1 to 16384",
        ),
        (|s| s.shares[1] = 1.5, "a share is 1.5: expected 0 to 1"),
        (
            |s| s.eigenvalues.truncate(2),
            "eigenvalues: there are 2, expected 6, one for each share",
        ),
        (|s| s.kept = 7, "the number of axes kept is 7: expected 0 to 6"),
        (|s| s.chosen = Some(6), "the chosen axis is 6: expected 0 to 5"),
    ] {
        let mut figure = spectrum();
        change(spectrum_of(&mut figure));
        assert_eq!(
            svg(&figure, Format::default()).expect_err("no figure").to_string(),
            wanted
        );
    }
}

#[test]
fn a_text_that_is_no_figure_is_refused_with_its_place() {
    let error = Figure::from_json("{\n  \"title\": 3}").expect_err("no figure");
    let Error::Malformed { line, column, what } = error else {
        panic!("{error}")
    };
    assert_eq!((line, column), (2, 12));
    assert_eq!(what, "invalid type: integer `3`, expected a string");
    // What is no number has no place in JSON.
    let mut figure = spectrum();
    spectrum_of(&mut figure).eigenvalues[0] = f64::NAN;
    let json = serde_json::to_string(&figure).expect("JSON");
    assert!(matches!(Figure::from_json(&json), Err(Error::Malformed { .. })));
    assert!(Figure::from_json(&"[".repeat(100_000)).is_err());
}

fn any_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        any::<f64>(),
        -10.0_f64..10.0,
        Just(0.0),
        Just(1e30),
        Just(-1e30),
        Just(f64::MIN_POSITIVE),
        Just(1e-30)
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_number_breaks_a_field(
        (columns, rows, scores) in (2_usize..6, 2_usize..6).prop_flat_map(|(columns, rows)| {
            (Just(columns), Just(rows), prop::collection::vec(any_number(), columns * rows))
        }),
        x in [any_number(), any_number()], y in [any_number(), any_number()],
        step in any_number(), at in [any_number(), any_number(), any_number()], name in ".{0,12}",
        axis in any::<usize>(), fitting in any::<bool>(),
    ) {
        let mut figure = field();
        let field = field_of(&mut figure);
        (field.columns, field.rows, field.scores, field.x, field.y, field.axis) = (columns, rows, scores, x, y, axis);
        let largest = field.scores.iter().fold(0.0, |most: f64, score| score.abs().max(most));
        field.step = if fitting { largest / 7.0 } else { step };
        let key = &mut field.keys[0];
        (key.x, key.y, key.name) = (at[0], at[1], name.clone());
        let query = field.query.as_mut().expect("a query");
        (query.x, query.y, query.score, query.name) = (at[1], at[0], at[2], name);
        sound(&figure)?;
    }

    #[test]
    fn no_number_breaks_a_spectrum(
        shares in prop::collection::vec(prop_oneof![0.0_f64..1.0, any_number()], 1..90),
        eigenvalue in any_number(), kept in 0_usize..100, chosen in prop::option::of(0_usize..100), title in ".{0,60}",
    ) {
        let mut figure = spectrum();
        figure.title = title;
        let spectrum = spectrum_of(&mut figure);
        spectrum.eigenvalues = vec![eigenvalue; shares.len()];
        (spectrum.shares, spectrum.kept, spectrum.chosen) = (shares, kept, chosen);
        sound(&figure)?;
    }

    /// A text in which something has been overwritten is refused, or is a figure that can be drawn.
    #[test]
    fn no_broken_text_breaks_the_reader(at in any::<prop::sample::Index>(), with in "[-0-9a-z\\[\\]{}\",:.]{1,6}", cut in any::<bool>()) {
        let mut figure = field();
        field_of(&mut figure).scores.truncate(4);
        (field_of(&mut figure).columns, field_of(&mut figure).rows) = (2, 2);
        let mut text = serde_json::to_string(&figure).expect("JSON");
        let mut at = at.index(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        if cut {
            text.truncate(at);
        } else {
            text.insert_str(at, &with);
        }
        if let Ok(figure) = Figure::from_json(&text) {
            sound(&figure)?;
        }
    }
}

/// The figure is refused, or drawn with numbers that are numbers, in characters that XML takes.
fn sound(figure: &Figure) -> Result<(), TestCaseError> {
    if let Ok(drawn) = svg(figure, Format::default()) {
        prop_assert!(!drawn.contains("NaN") && !drawn.contains("inf,") && drawn.ends_with("</svg>\n"));
        prop_assert!(
            drawn
                .chars()
                .all(|character| character == '\n' || !character.is_control())
        );
    }
    Ok(())
}
