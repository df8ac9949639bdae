//! The ellipse on the page: the handle of m₂ is dragged, keys come in, the weights change, and the numbers are those of the
//! mathematics.

use eigenlens::lab::{Lab, LensId, Library, PresetId, Source};
use eigenlens_core::{KeyBias, Metric, Scoring, attend_row};
use nalgebra::DVector;

use crate::{
    page::{Chromium, Page, number, same},
    site::Site,
};

fn elliptical(preset: PresetId) -> Lab {
    Lab {
        lens: LensId::Elliptical,
        ..Lab::of(Source::Preset(preset))
    }
}

/// What the page shows against the weights and distances of the same cloud, computed here from the link alone.
fn agrees(page: &Page) {
    page.settle();
    let numbers = page.numbers();
    let lab = page.shown_lab();
    let head = lab.scene.head(&Library::default()).expect("a built-in cloud");
    let choices = &lab.choices.elliptical;
    let given = choices.given(&lab.scene.source);
    let m = DVector::from_fn(head.dim(), |entry, _| given.entry(entry));
    let sigma = choices.sigma(&lab.scene.source, (head.dim() as f64).sqrt());
    let radius = choices.radius(&lab.scene.source).unwrap_or(2.0 * sigma);
    let scoring = Scoring::new(Metric::Diagonal(m.clone()), sigma * sigma, KeyBias::Distance).expect("a scoring");
    let row = attend_row(&head, &scoring, lab.scene.asking()).expect("a row");
    let query = head.query(lab.scene.asking()).expect("a query");
    let mut inside = 0;
    for (key, weight) in row.weights.iter().enumerate() {
        let there = number(&numbers, &format!("weight of key {}", key + 1));
        assert!(
            (there - weight).abs() <= 1e-12,
            "key {}: {there} on the page, {weight} here",
            key + 1
        );
        let at = head.key(key).expect("a key");
        let squares = at
            .iter()
            .zip(&query)
            .zip(m.iter())
            .map(|((k, q), m)| m * (k - q) * (k - q));
        inside += usize::from(squares.sum::<f64>().sqrt() <= radius);
    }
    assert_eq!(number(&numbers, "inside"), inside as f64);
    let there = number(&numbers, "estimate");
    assert!(
        (there - row.output[0]).abs() <= 1e-12,
        "{there} on the page, {} here",
        row.output[0]
    );
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn the_handle_of_m2_brings_keys_in() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.size(1440, 900);
    page.open_lab(site.url(), &elliptical(PresetId::Street));
    page.until("the ellipse", "eigenlens.readouts().numbers.inside !== undefined");
    page.until(
        "the words of the lens",
        "document.documentElement.dataset.words === 'elliptical' && !document.getElementById('prose').textContent.includes('…')",
    );
    agrees(&page);
    let before = page.numbers();
    assert_eq!(number(&before, "inside"), 2.0);
    let handle = page.at("handle m2");
    page.drag(&[handle, handle.by(0.0, -80.0), handle.by(0.0, -160.0)]);
    page.changed(&before);
    agrees(&page);
    let after = page.numbers();
    assert!(number(&after, "m 2") < number(&before, "m 2"));
    assert!(number(&after, "inside") > number(&before, "inside"), "keys come in");
    assert!(number(&after, "weight of key 5") > number(&before, "weight of key 5"));
    page.screenshot("elliptical-1440x900");
    page.reload();
    page.until("the ellipse again", "eigenlens.readouts().numbers.inside !== undefined");
    page.until("the same digits after a reload", &same(&after));
    page.quiet();
}

#[test]
#[ignore = "needs Chromium and a built dist/: cargo xtask test"]
fn stripes_shows_the_numbers_of_its_picture() {
    let (site, chromium) = (Site::start(), Chromium::start());
    let page = chromium.page();
    page.size(1440, 900);
    page.open_lab(site.url(), &elliptical(PresetId::Stripes));
    page.until("the draws", "eigenlens.readouts().numbers.error !== undefined");
    agrees(&page);
    let numbers = page.numbers();
    for (name, theirs, tolerance) in [
        ("estimate", 0.5601365388710061, 1e-12),
        ("estimate_circle", 0.43427065288957273, 1e-12),
        ("error", 0.030149384004445653, 0.02),
        ("error_circle", 0.05119931011174503, 0.02),
    ] {
        let there = number(&numbers, name);
        assert!(
            (there / theirs - 1.0).abs() <= tolerance,
            "{name}: {there}, expected {theirs}"
        );
    }
    page.quiet();
}
