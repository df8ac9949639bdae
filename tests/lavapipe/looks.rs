//! Rules of the picture that a machine can check.

use egui::{Rect, Shape};
use eigenlens::lab::elliptical::EllipticalView;
use eigenlens::lab::support::SupportView;
use eigenlens::lab::{Lab, LensId, PresetId, Source, TextId, Theme};

use super::bench::{app, on};

pub(crate) const SIZES: [[f32; 2]; 6] = [
    [1440.0, 900.0],
    [1280.0, 720.0],
    [1920.0, 1080.0],
    [816.0, 700.0],
    [390.0, 780.0],
    [896.0, 720.0],
];

/// The lenses whose texts are looked at.
const LENSES: [LensId; 3] = [LensId::Softmax, LensId::Smoother, LensId::KernelPca];

/// Every text that was painted: its rectangle, its clip, its words.
fn texts(shape: &Shape, clip: Rect, found: &mut Vec<(Rect, Rect, String)>) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| texts(shape, clip, found)),
        Shape::Text(text) if !text.galley.text().trim().is_empty() => {
            found.push((text.visual_bounding_rect(), clip, text.galley.text().to_owned()));
        }
        _ => {}
    }
}

pub(crate) fn painted(harness: &egui_kittest::Harness<'_, eigenlens::app::App>) -> Vec<(Rect, Rect, String)> {
    let mut found = Vec::new();
    for clipped in &harness.output().shapes {
        texts(&clipped.shape, clipped.clip_rect, &mut found);
    }
    found
}

#[test]
fn names_on_the_board_stay_on_it_and_off_each_other() {
    for size in SIZES {
        for theme in Theme::ALL {
            let presets = [PresetId::ThreeGroups, PresetId::TwoOnARay, PresetId::Compass];
            for (lens, preset) in LENSES.into_iter().flat_map(|lens| presets.map(|preset| (lens, preset))) {
                let lab = Lab {
                    lens,
                    theme: Some(*theme),
                    ..Lab::of(Source::Preset(preset))
                };
                let harness = on(size, lab);
                let board = harness.state().place("board").expect("a board");
                let placed = harness.state().board().placed();
                let tokens = preset.preset().keys.rows();
                // On a narrow screen in the projector's sizes most names have no room; what must be named is.
                let least = if size[0] < 1000.0 && *theme == Theme::Projector {
                    2
                } else {
                    tokens * 8 / 10
                };
                assert!(
                    placed.len() >= least,
                    "{} of {tokens} names have a place at {size:?}",
                    placed.len()
                );
                for (i, a) in placed.iter().enumerate() {
                    assert!(board.contains_rect(*a), "{a:?} leaves the board {board:?} at {size:?}");
                    for b in &placed[i + 1..] {
                        assert!(
                            !a.intersects(*b),
                            "{a:?} and {b:?} overlap at {size:?} in {}",
                            theme.key()
                        );
                    }
                }
            }
        }
    }
}

/// A preset that suits each view of the elliptical and of the support-vector lens, the first of each among them.
fn views() -> Vec<Lab> {
    let preset = |lens, preset| Lab {
        lens,
        ..Lab::of(Source::Preset(preset))
    };
    let elliptical = EllipticalView::ALL.map(|view| {
        let mut lab = match view {
            EllipticalView::Ellipse => preset(LensId::Elliptical, PresetId::Stripes),
            EllipticalView::Estimator => preset(LensId::Elliptical, PresetId::Jump),
            EllipticalView::Robustness => preset(LensId::Elliptical, PresetId::Street),
            EllipticalView::Collapse => preset(LensId::Elliptical, PresetId::SixScattered),
        };
        lab.choices.elliptical.view = view;
        lab
    });
    let support = SupportView::ALL.map(|view| {
        let mut lab = match view {
            SupportView::Fit => preset(LensId::SupportVectors, PresetId::Ring),
            SupportView::Bn => preset(LensId::SupportVectors, PresetId::Crowd),
            SupportView::Sh => preset(LensId::SupportVectors, PresetId::Sentence),
            SupportView::Heads => Lab {
                lens: LensId::SupportVectors,
                ..Lab::of(Source::Text(TextId::Pronoun))
            },
        };
        lab.choices.support.view = view;
        lab
    });
    elliptical.into_iter().chain(support).collect()
}

/// What a view makes of a sentence.
fn views_of_a_text() -> Vec<Lab> {
    let text = |mut lab: Lab| {
        lab.scene = Lab::of(Source::Text(TextId::Pronoun)).scene;
        lab
    };
    views().into_iter().map(text).collect()
}

/// The map of all heads, where it takes the place of something else.
fn map() -> Lab {
    let mut lab = Lab {
        lens: LensId::KernelPca,
        ..Lab::of(Source::Text(TextId::Pronoun))
    };
    lab.choices.heads.open = true;
    lab
}

/// A toy cloud and a sentence through every lens and every view, and a long text, in every size and theme.
fn every_look() -> impl Iterator<Item = (Lab, [f32; 2], Theme)> {
    let through = |lens: &LensId| [Lab::default(), Lab::opening()].map(|lab| Lab { lens: *lens, ..lab });
    let labs = LensId::ALL.iter().flat_map(through);
    let labs = labs.chain([Lab::of(Source::Text(TextId::Long))]);
    let labs = labs.chain(views()).chain(views_of_a_text()).chain([map()]);
    labs.flat_map(|lab| {
        SIZES.into_iter().flat_map(move |size| {
            let lab = lab.clone();
            Theme::ALL.iter().map(move |theme| {
                let theme = *theme;
                (
                    Lab {
                        theme: Some(theme),
                        ..lab.clone()
                    },
                    size,
                    theme,
                )
            })
        })
    })
}

/// How many texts there are at least: a view of maps or of paths has few, and so has a replay where there is little room.
fn least(lab: &Lab) -> usize {
    let collapse = lab.lens == LensId::Elliptical && lab.choices.elliptical.view == EllipticalView::Collapse;
    let heads = lab.lens == LensId::SupportVectors && lab.choices.support.view == SupportView::Heads;
    if collapse || heads || [LensId::Claims, LensId::FullSize].contains(&lab.lens) {
        12
    } else {
        40
    }
}

/// No text of the canvas leaves it, nor what it is clipped by, nor meets another one.
pub(crate) fn check_texts(harness: &egui_kittest::Harness<'_, eigenlens::app::App>, size: [f32; 2], theme: Theme) {
    let found = painted(harness);
    assert!(found.len() > 8, "there are texts");
    assert_inside(&found, size, theme);
    assert_apart(&found, size, theme);
}

/// No text of the canvas leaves it, nor what it is clipped by.
pub(crate) fn check_inside(harness: &egui_kittest::Harness<'_, eigenlens::app::App>, size: [f32; 2], theme: Theme) {
    assert_inside(&painted(harness), size, theme);
}

fn assert_inside(found: &[(Rect, Rect, String)], size: [f32; 2], theme: Theme) {
    for (rect, clip, words) in found {
        let canvas = Rect::from_min_size(egui::Pos2::ZERO, size.into());
        let explain = size[0] >= 1200.0 && rect.left() > size[0] - 384.0;
        // The Explain column scrolls.
        assert!(
            explain || canvas.expand(1.0).contains_rect(*rect),
            "“{words}” at {rect:?} leaves {size:?} in {}",
            theme.key()
        );
        assert!(
            explain || clip.expand(1.5).contains_rect(*rect),
            "“{words}” at {rect:?} is cut by {clip:?} at {size:?} in {}",
            theme.key()
        );
    }
}

fn assert_apart(found: &[(Rect, Rect, String)], size: [f32; 2], theme: Theme) {
    for (i, (a, _, words)) in found.iter().enumerate() {
        for (b, _, others) in &found[i + 1..] {
            // A halo is the same text beside itself; a letter and its index touch.
            let apart = a.shrink(2.5).intersect(b.shrink(2.5));
            let index =
                |words: &str, others: &str| words.chars().count() == 1 && others.chars().all(|c| c.is_ascii_digit());
            let one_name = index(words, others) || index(others, words);
            assert!(
                words == others || one_name || !apart.is_positive(),
                "“{words}” {a:?} and “{others}” {b:?} overlap at {size:?} in {}",
                theme.key()
            );
        }
    }
}

#[test]
fn no_text_leaves_its_parent() {
    for (lab, size, theme) in every_look() {
        let (least, lens) = (least(&lab), lab.lens);
        let found = painted(&on(size, lab));
        assert!(
            found.len() > least,
            "{} texts in {lens:?} at {size:?} in {}",
            found.len(),
            theme.key()
        );
        assert_inside(&found, size, theme);
    }
}

#[test]
fn no_two_texts_overlap() {
    for (lab, size, theme) in every_look() {
        assert_apart(&painted(&on(size, lab)), size, theme);
    }
}

#[test]
fn every_token_can_be_found_by_its_sentence() {
    use egui_kittest::kittest::Queryable as _;
    let harness = app(SIZES[0], Theme::Light);
    for token in &harness.state().readouts().tokens {
        harness.get_by_label(&token.spoken);
    }
}

#[test]
fn text_has_contrast_in_every_theme() {
    use eigenlens::look::{Mode, Theme as Look};
    let linear = |c: u8| {
        let c = f64::from(c) / 255.0;
        if c <= 0.04045 {
            c / 12.92
        } else {
            ((c + 0.055) / 1.055).powf(2.4)
        }
    };
    let luminance = |c: egui::Color32| 0.2126 * linear(c.r()) + 0.7152 * linear(c.g()) + 0.0722 * linear(c.b());
    let ratio = |a: egui::Color32, b: egui::Color32| {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    };
    for (shown, mode) in [
        (Theme::Light, Mode::Light),
        (Theme::Dark, Mode::Dark),
        (Theme::Projector, Mode::Projector),
    ] {
        let theme = Look::of(mode);
        let harness = app(SIZES[0], shown);
        let grounds = [theme.canvas, theme.paper, theme.hover];
        for clipped in &harness.output().shapes {
            colours(&clipped.shape, &mut |colour, words| {
                let own = colour == theme.canvas || colour == theme.halo;
                // Words in the canvas' own colour are halos, or stand on ink.
                let worst = if own {
                    ratio(colour, theme.ink)
                } else {
                    grounds
                        .iter()
                        .map(|ground| ratio(colour, *ground))
                        .fold(f64::MAX, f64::min)
                };
                assert!(
                    worst >= 4.5 || colour == theme.ink3,
                    "“{words}” in {colour:?} has contrast {worst:.2} in {}",
                    shown.key()
                );
                // ink3 is no colour for words, but for a control that cannot be used.
                assert!(colour != theme.ink3, "“{words}” is set in the colour of quiet graphics");
            });
        }
    }
}

fn colours(shape: &Shape, check: &mut dyn FnMut(egui::Color32, &str)) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| colours(shape, check)),
        Shape::Text(text) if !text.galley.text().trim().is_empty() => {
            if let Some(colour) = text.override_text_color {
                check(colour, text.galley.text());
            } else {
                for section in &text.galley.job.sections {
                    let colour = section.format.color;
                    check(
                        if colour == egui::Color32::PLACEHOLDER {
                            text.fallback_color
                        } else {
                            colour
                        },
                        text.galley.text(),
                    );
                }
            }
        }
        _ => {}
    }
}
