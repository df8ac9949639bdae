//! What can be taken away of every lens: its figures, its arrays, and the script that reproduces the numbers.
//!
//! With `EIGENLENS_FIGURES` set to a folder, every figure is written there as SVG and PNG, to be looked at.

#![cfg(not(target_arch = "wasm32"))]

#[path = "studio/labs.rs"]
mod labs;
/// Named after what it needs: without python3 or numpy it is skipped, and said to be.
#[path = "studio/python3_numpy.rs"]
mod python3_numpy;

use std::fs;
use std::path::{Path, PathBuf};

use eigenlens::look;
use eigenlens_figures::{Figure, Format, svg};
use labs::{finished, is_phase, labs};

/// The words of an SVG, in the order in which they are drawn.
fn words(svg: &str) -> impl Iterator<Item = &str> {
    let texts = svg.split("<text ").skip(1).filter_map(|rest| rest.split_once('>'));
    texts.filter_map(|(_, rest)| Some(rest.split('<').next()?.trim()))
}

/// Every word and numeral of every figure is as it was looked at; with `EIGENLENS_BLESS` set they are written down instead.
///
/// Shapes are not compared: the exponentials of two machines differ in their last digit.
#[test]
fn the_words_of_every_figure_are_as_they_were_looked_at() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/studio/words.txt");
    let mut lines = Vec::new();
    for (name, lab, library) in labs().into_iter().filter(|(_, lab, _)| !is_phase(lab)) {
        let studio = finished(&lab, library);
        for figure in studio.figures() {
            let Ok(made) = studio.figure(figure.key, &look::theme::LIGHT) else {
                continue;
            };
            let drawn = svg(&made, Format::default()).expect("an SVG");
            let words: Vec<&str> = words(&drawn).collect();
            lines.push(format!("{name}, {}: {}\n", figure.key, words.join(" | ")));
        }
    }
    let found = lines.concat();
    if std::env::var_os("EIGENLENS_BLESS").is_some() {
        fs::write(&path, &found).expect("a golden file");
    }
    let wanted = fs::read_to_string(&path).expect("a golden file: EIGENLENS_BLESS=1 writes it");
    for (ours, theirs) in std::iter::zip(found.lines(), wanted.lines()) {
        assert_eq!(ours, theirs);
    }
    assert_eq!(found.lines().count(), wanted.lines().count());
}

#[test]
fn every_figure_of_every_lens_is_drawn_in_every_theme() {
    let gallery = std::env::var_os("EIGENLENS_FIGURES").map(PathBuf::from);
    let mut drawn = 0;
    for (name, lab, library) in labs() {
        let studio = finished(&lab, library);
        for figure in studio.figures() {
            let key = format!("{}-{}", studio.stem(), figure.key);
            for theme in look::Theme::ALL {
                let made = match studio.figure(figure.key, theme) {
                    Ok(made) => made,
                    // Some are there in some states only; every one is there in one of these labs.
                    Err(eigenlens::studio::Error::Nothing { .. }) => continue,
                    Err(error) => panic!("{name}, {key}: {error}"),
                };
                let text = svg(&made, Format::default()).unwrap_or_else(|error| panic!("{name}, {key}: {error}"));
                assert!(text.contains("<text"), "{name}, {key}");
                let json = serde_json::to_string(&made).expect("JSON");
                assert_eq!(Figure::from_json(&json).as_ref(), Ok(&made), "{name}, {key}");
                // The narrowest that a figure is.
                let narrow = Format::new(720.0, 20.0).expect("a format");
                svg(&made, narrow).unwrap_or_else(|error| panic!("{name}, {key}: {error}"));
                drawn += 1;
                if let Some(folder) = &gallery {
                    let mode = format!("{:?}", theme.mode).to_lowercase();
                    fs::create_dir_all(folder).expect("a folder");
                    let file = folder.join(format!("{name}-{}-{mode}", figure.key));
                    fs::write(file.with_extension("svg"), &text).expect("an SVG");
                    let png = look::figure::png(&made, Format::default()).expect("a PNG");
                    fs::write(file.with_extension("png"), png).expect("a PNG");
                }
            }
        }
    }
    assert!(drawn > 150, "{drawn}");
}
