//! The robust lens on the page: a cell is painted, a token dragged, steps are taken and played, and the numbers are those of the
//! mathematics.

use eigenlens::lab::{Lab, LensId, Library, PresetId, Source};
use eigenlens_core::{Pursuing, PursuitOptions, RpcAttending, RpcForm, RpcOptions, deviation, symmetric_attention};

use crate::{
    page::{Chromium, Page, number, same},
    site::Site,
};

fn robust(preset: PresetId) -> Lab {
    Lab {
        lens: LensId::Robust,
        ..Lab::of(Source::Preset(preset))
    }
}

/// What the page shows against the pursuit and RPC-Attention of the same matrix, computed here from the link alone.
fn agrees(page: &Page) {
    page.settle();
    let numbers = page.numbers();
    let lab = page.shown_lab();
    let truth = lab.scene.truth(&Library::default()).expect("a built-in cloud");
    let temperature = Some(number(&numbers, "temperature"));
    let options = PursuitOptions {
        lambda: Some(number(&numbers, "lambda")),
        ..PursuitOptions::default()
    };
    let mut pursuing = Pursuing::new(truth.seen.clone(), &options).expect("a matrix");
    let step = number(&numbers, "step") as usize;
    while pursuing.progress().iteration < step {
        pursuing.step().expect("a step");
    }
    let progress = pursuing.progress();
    let clean = symmetric_attention(&truth.clean, &truth.clean_values, temperature).expect("attention");
    let repaired = symmetric_attention(pursuing.low_rank(), &truth.seen_values, temperature).expect("attention");
    let rpc = RpcOptions {
        form: RpcForm::Released,
        lambda: number(&numbers, "lambda_released"),
        iterations: 2,
        model_width: Some(number(&numbers, "heads") as usize * truth.seen.ncols()),
        temperature,
    };
    let rpc = RpcAttending::new(truth.seen.clone(), truth.seen_values.clone(), None, &rpc).expect("RPC-Attention");
    let output = rpc.finish().expect("its output").output;
    for (name, here) in [
        ("rank", progress.rank as f64),
        ("nonzeros", progress.nonzeros as f64),
        ("residual", progress.residual),
        ("objective", progress.objective),
        ("moved_pursuit", deviation(&repaired, &clean).expect("defined")),
        ("moved_released 2", deviation(&output, &clean).expect("defined")),
    ] {
        let there = number(&numbers, name);
        assert!(
            (there - here).abs() <= 1e-10 * here.abs().max(1.0),
            "{name}: {there} on the page, {here} here"
        );
    }
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn cells_are_painted_and_steps_are_played() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.size(1440, 900);
    page.open_lab(site.url(), &robust(PresetId::FourSpikes));
    page.until("the steps", "eigenlens.readouts().numbers.step !== undefined");
    page.until(
        "the words of the lens",
        "document.documentElement.dataset.words === 'robust' && !document.getElementById('prose').textContent.includes('…')",
    );
    page.screenshot("robust-1440x900");
    agrees(&page);

    page.eval("eigenlens.command('tool corrupt')");
    let before = page.numbers();
    page.click(page.at("matrix"));
    page.changed(&before);
    agrees(&page);
    assert_eq!(
        number(&page.numbers(), "wrong_entries"),
        5.0,
        "the cell under the pointer is wrong"
    );
    page.eval("eigenlens.command('tool move')");

    let before = page.numbers();
    let key = page.at("key 3");
    page.drag(&[key, key.by(15.0, -20.0), key.by(30.0, -40.0)]);
    page.changed(&before);
    agrees(&page);

    page.key("k");
    page.until("a step on", "eigenlens.readouts().numbers.step.value === 9");
    agrees(&page);
    page.key("j");
    page.until("a step back", "eigenlens.readouts().numbers.step.value === 8");
    page.key(" ");
    page.until("some steps played", "eigenlens.readouts().numbers.step.value > 10");
    page.key(" ");
    agrees(&page);

    let shown = page.numbers();
    page.reload();
    page.until("the steps again", "eigenlens.readouts().numbers.step !== undefined");
    page.until("the same digits after a reload", &same(&shown));
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn the_phase_diagram_fills_and_stops() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.size(1280, 720);
    page.open_lab(site.url(), &robust(PresetId::FourSpikes));
    page.eval("eigenlens.command('robust view phase')");
    page.until("some cells", "eigenlens.readouts().numbers.cells_done?.value >= 4");
    page.screenshot("robust-phase-1280x720");
    page.eval("eigenlens.command('escape')");
    page.settle();
    let done = number(&page.numbers(), "cells_done");
    assert!((4.0..400.0).contains(&done), "{done} cells are kept");
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn a_wrong_word_is_compared_with_the_right_one() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.phone(390, 844);
    let lab = Lab {
        lens: LensId::Robust,
        ..Lab::of(Source::Text(eigenlens::lab::TextId::Typo))
    };
    page.open_lab(site.url(), &lab);
    page.until("both texts", "eigenlens.readouts().numbers.moved_pursuit !== undefined");
    page.screenshot("robust-typo-phone");
    let headline = page.eval("eigenlens.readouts().headline");
    assert!(
        headline
            .as_str()
            .is_some_and(|it| it.starts_with("One wrong word moves the output")),
        "{headline}"
    );
    page.quiet();
}
