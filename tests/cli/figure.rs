//! `eigenlens figure`.

use std::fs;

use eigenlens::lab::{Lab, LensId, PresetId, Source, TextId, link};
use tempfile::tempdir;

use crate::{Case, refuses, works};

fn state(lens: LensId, source: Source) -> String {
    link::encode(&Lab {
        lens,
        ..Lab::of(source)
    })
}

fn compass() -> String {
    state(LensId::KernelPca, Source::Preset(PresetId::Compass))
}

#[test]
fn a_link_becomes_an_svg_and_a_png() {
    let folder = tempdir().unwrap();
    let link = compass();
    let made = |arguments: &[&str], file: &str| {
        let all = [&["figure", "spectrum", "--state", &link, "-o", file], arguments].concat();
        assert_eq!(works(&all, folder.path()), "");
        fs::read(folder.path().join(file)).unwrap()
    };
    let svg = String::from_utf8(made(&[], "light.svg")).unwrap();
    assert!(svg.starts_with("<svg ") && svg.contains("width=\"1280\" height=\"800\"") && svg.ends_with("</svg>\n"));
    assert!(
        svg.contains("share of what differs") && svg.contains("<text"),
        "text is text"
    );
    let dark = String::from_utf8(made(
        &["--theme", "dark", "--width", "640", "--font-size", "16"],
        "dark.svg",
    ))
    .unwrap();
    assert!(dark.contains("width=\"640\" height=\"400\" viewBox=\"0 0 10000 6250\""));
    let background = |svg: &str| {
        svg.lines()
            .find(|line| line.starts_with("<rect"))
            .unwrap_or_default()
            .to_owned()
    };
    assert_ne!(background(&svg), background(&dark));
    let png = image::load_from_memory(&made(&["--width", "900"], "light.png")).unwrap();
    assert_eq!((png.width(), png.height()), (900, 563));
    let pixels = png.to_rgb8();
    let mut colours: Vec<_> = pixels.pixels().collect();
    colours.sort_by_key(|pixel| pixel.0);
    colours.dedup();
    assert!(colours.len() > 30, "edges are smooth: {} colours", colours.len());
}

#[test]
fn a_state_may_be_a_file_with_a_link_or_a_cloud() {
    let case = Case::new(&[1, 3], &[5, 3], &[5, 3]);
    let folder = case.folder.path();
    fs::write(folder.join("lab.eigenlens"), format!("{}\n", compass())).unwrap();
    let list = works(&["figure", "--list", "--state", "lab.eigenlens"], folder);
    assert!(list.starts_with("spectrum: spectrum\nfield: score field\n"), "{list}");
    let list = works(&["figure", "--list", "--state", "in.npz"], folder);
    assert!(list.contains("row: row of the query\n"), "{list}");
    works(&["figure", "row", "--state", "in.npz", "-o", "row.svg"], folder);
    assert!(fs::read_to_string(folder.join("row.svg")).unwrap().contains("k₅"));
    // A sentence is inside the program.
    let sentence = state(LensId::Softmax, Source::Text(TextId::Pronoun));
    works(&["figure", "heads", "--state", &sentence, "-o", "heads.png"], folder);
}

#[test]
fn what_cannot_be_drawn_is_refused_in_one_line() {
    let folder = tempdir().unwrap();
    let link = compass();
    let refused = |arguments: &[&str]| refuses(&[&["figure"], arguments].concat(), folder.path());
    assert_eq!(
        refused(&["portrait", "--state", &link, "-o", "x.svg"]),
        "there is no figure `portrait` here; there are spectrum, field, similarities, sum, scores, heads"
    );
    let plane = state(LensId::Softmax, Source::Preset(PresetId::Compass));
    let line = refused(&["heads", "--state", &plane, "-o", "x.svg"]);
    assert!(
        line.starts_with("`heads` has nothing to show in this state, of which the lens says: The query"),
        "{line}"
    );
    for (arguments, words) in [
        (&["spectrum", "--state", "#v1.broken", "-o", "x.svg"][..], "This link"),
        (
            &["spectrum", "--state", "none.npz", "-o", "x.svg"],
            "cannot read `none.npz`",
        ),
        (
            &["spectrum", "--state", "none.txt", "-o", "x.svg"],
            "cannot read `none.txt`",
        ),
        (
            &["spectrum", "--state", &link, "-o", "x.pdf"],
            "`x.pdf`: figures are written as .svg or .png",
        ),
        (
            &["spectrum", "--state", &link, "-o", "none/x.svg"],
            "cannot write `none/x.svg`",
        ),
        (
            &["spectrum", "--state", &link, "-o", "x.svg", "--width", "9999"],
            "the width in pixels is 9999: expected 200 to 8192",
        ),
        (
            &["spectrum", "--state", &link, "-o", "x.svg", "--font-size", "60"],
            "the font size in pixels is 60: expected 8 to 35.5",
        ),
        (
            &["spectrum", "--state", &link, "-o", "x.svg", "--theme", "blue"],
            "invalid value 'blue' for '--theme",
        ),
        (
            &["spectrum", "--state", &link],
            "the following required arguments were not provided: --output",
        ),
        (
            &["--list", "spectrum", "--state", &link],
            "the argument '--list' cannot be used with",
        ),
    ] {
        let line = refused(arguments);
        assert!(line.starts_with(words), "{line}");
    }
    assert!(
        fs::read_dir(folder.path()).unwrap().next().is_none(),
        "nothing was written"
    );
}
