//! The colours of a figure: roles of the theme, as the figures of the app take them.

use egui::Color32;
use eigenlens_figures::{Look, Rgb};

use super::colormap::Maps;
use super::theme::{DARK, LIGHT, PROJECTOR, Theme};
use crate::lab;

/// Tints from −1 to 1: more than the bands of any field, and few enough for a text that is handed over.
const TINTS: i16 = 65;

/// The theme with this name, as in `light`.
pub fn theme(name: &str) -> Option<&'static Theme> {
    lab::Theme::ALL
        .iter()
        .find(|theme| theme.key() == name)
        .map(|theme| of(*theme))
}

/// The colours and sizes of a lab's theme.
pub fn of(theme: lab::Theme) -> &'static Theme {
    match theme {
        lab::Theme::Light => &LIGHT,
        lab::Theme::Dark => &DARK,
        lab::Theme::Projector => &PROJECTOR,
    }
}

/// A figure as a PNG, in the fonts of the app.
///
/// # Errors
/// As [`eigenlens_figures::bitmap()`]; [`eigenlens_figures::Error::Backend`] where the pixels cannot be packed.
#[cfg(not(target_arch = "wasm32"))]
pub fn png(
    figure: &eigenlens_figures::Figure,
    format: eigenlens_figures::Format,
) -> Result<Vec<u8>, eigenlens_figures::Error> {
    use image::ImageEncoder as _;

    let eigenlens_figures::Bitmap { width, height, rgba } = pixels(figure, format)?;
    let mut png = Vec::new();
    image::codecs::png::PngEncoder::new(&mut png)
        .write_image(&rgba, width, height, image::ExtendedColorType::Rgba8)
        .map_err(|error| eigenlens_figures::Error::Backend(error.to_string()))?;
    Ok(png)
}

/// A figure as pixels, in the fonts of the app.
///
/// # Errors
/// As [`eigenlens_figures::bitmap()`].
#[cfg(not(target_arch = "wasm32"))]
pub fn pixels(
    figure: &eigenlens_figures::Figure,
    format: eigenlens_figures::Format,
) -> Result<eigenlens_figures::Bitmap, eigenlens_figures::Error> {
    let [regular, strong, _, symbols] = super::fonts::INSIDE;
    let faces = eigenlens_figures::Faces {
        regular: &[regular, symbols],
        strong: &[strong, regular, symbols],
    };
    eigenlens_figures::bitmap(figure, format, faces)
}

/// The colours of `theme` for a figure.
pub fn look(theme: &Theme) -> Look {
    let rgb = |colour: Color32| -> Rgb { [colour.r(), colour.g(), colour.b()] };
    let maps = Maps::of(theme);
    let half = TINTS / 2;
    Look {
        canvas: rgb(theme.canvas),
        ink: rgb(theme.ink),
        ink2: rgb(theme.ink2),
        ink3: rgb(theme.ink3),
        grid: rgb(theme.line),
        query: rgb(theme.query),
        pos: rgb(theme.pos),
        neg: rgb(theme.neg),
        bad: rgb(theme.bad),
        field: (-half..=half)
            .map(|at| rgb(maps.field_tint(f32::from(at) / f32::from(half))))
            .collect(),
        heat: (0..TINTS)
            .map(|at| rgb(maps.ink(f32::from(at) / f32::from(TINTS - 1))))
            .collect(),
        tidal: (-half..=half)
            .map(|at| rgb(maps.tidal(f32::from(at) / f32::from(half))))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_no_tint_at_zero_and_its_own_at_both_ends() {
        for theme in Theme::ALL {
            let look = look(theme);
            let rgb = |colour: Color32| [colour.r(), colour.g(), colour.b()];
            let maps = Maps::of(theme);
            let tints = [0, look.field.len() / 2, look.field.len() - 1].map(|at| look.field[at]);
            assert_eq!(
                tints,
                [-1.0, 0.0, 1.0].map(|s| rgb(maps.field_tint(s))),
                "{:?}",
                theme.mode
            );
            assert_eq!((look.canvas, look.query), (rgb(theme.canvas), rgb(theme.query)));
        }
    }
}
