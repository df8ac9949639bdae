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
    let theme = lab::Theme::ALL.iter().find(|theme| theme.key() == name)?;
    Some(match theme {
        lab::Theme::Light => &LIGHT,
        lab::Theme::Dark => &DARK,
        lab::Theme::Projector => &PROJECTOR,
    })
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
