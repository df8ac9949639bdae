//! The two colour maps. "Ink" says how much, "Tidal" says which sign.
//!
//! Control points are interpolated in `OKLab` (Ottosson 2020), where equal steps look equal, into tables of 256 entries; a
//! look-up is then an index. Tables are made once per theme, at the first use.

use std::sync::OnceLock;

use egui::Color32;

use super::theme::{Mode, Ramp, Theme, over};

/// Entries in a table.
const ENTRIES: usize = 256;

type Table = [Color32; ENTRIES];

/// The colour maps of one theme.
pub struct Maps {
    ink: Table,
    /// −1 to 0, then 0 to 1: 0 has an entry of its own, so that nothing is nothing.
    tidal_negative: Table,
    tidal_positive: Table,
    board: Color32,
    field_span: f32,
    field_opacity: f32,
}

impl Maps {
    /// The maps of `theme`.
    pub fn of(theme: &Theme) -> &'static Self {
        static LIGHT: OnceLock<Maps> = OnceLock::new();
        static DARK: OnceLock<Maps> = OnceLock::new();
        static PROJECTOR: OnceLock<Maps> = OnceLock::new();
        let maps = match theme.mode {
            Mode::Light => &LIGHT,
            Mode::Dark => &DARK,
            Mode::Projector => &PROJECTOR,
        };
        maps.get_or_init(|| Self::new(Theme::of(theme.mode)))
    }

    fn new(theme: &Theme) -> Self {
        Self {
            ink: table(&theme.ink_map, 0.0, 1.0),
            tidal_negative: table(&theme.tidal_map, 0.0, -1.0),
            tidal_positive: table(&theme.tidal_map, 0.0, 1.0),
            board: theme.canvas,
            field_span: theme.field_span,
            field_opacity: theme.field_opacity,
        }
    }

    /// How much: `t` in [0, 1], held at the ends. Not a number is drawn as nothing, `ink(0)`.
    pub fn ink(&self, t: f32) -> Color32 {
        look_up(&self.ink, t)
    }

    /// Which sign, and how much: `s` in [−1, 1], held at the ends. Not a number is drawn as zero.
    pub fn tidal(&self, s: f32) -> Color32 {
        if s < 0.0 {
            look_up(&self.tidal_negative, -s)
        } else {
            look_up(&self.tidal_positive, s)
        }
    }

    /// Tint of the field where it is `s` times its largest size, `s` in [−1, 1]: over(board, tidal(span·s), opacity).
    pub fn field_tint(&self, s: f32) -> Color32 {
        let s = if s.is_nan() { 0.0 } else { s.clamp(-1.0, 1.0) };
        over(self.board, self.tidal(self.field_span * s), self.field_opacity)
    }
}

/// The entry nearest to `t` in [0, 1].
fn look_up(table: &Table, t: f32) -> Color32 {
    // NaN fails the comparison and becomes 0.
    let t = if t > 0.0 { t.min(1.0) } else { 0.0 };
    let index = (t * (ENTRIES - 1) as f32).round() as usize;
    table.get(index).copied().unwrap_or(Color32::TRANSPARENT)
}

/// The ramp sampled from position `from` to position `to`, ends included.
fn table(ramp: &Ramp, from: f32, to: f32) -> Table {
    std::array::from_fn(|entry| {
        let t = entry as f32 / (ENTRIES - 1) as f32;
        at(ramp, from + (to - from) * t)
    })
}

/// The ramp at a position; a control point gives its colour exactly.
fn at(ramp: &Ramp, position: f32) -> Color32 {
    let mut last = ramp[0];
    for &next in ramp {
        if position <= next.0 {
            let width = next.0 - last.0;
            let t = if width > 0.0 { (position - last.0) / width } else { 1.0 };
            return mix(last.1, next.1, t);
        }
        last = next;
    }
    last.1
}

fn mix(low: Color32, high: Color32, t: f32) -> Color32 {
    let (low, high) = (Oklab::from_srgb(low), Oklab::from_srgb(high));
    let lerp = |low: f32, high: f32| low + (high - low) * t;
    Oklab {
        lightness: lerp(low.lightness, high.lightness),
        green_red: lerp(low.green_red, high.green_red),
        blue_yellow: lerp(low.blue_yellow, high.blue_yellow),
    }
    .to_srgb()
}

/// A colour in `OKLab` (Björn Ottosson, "A perceptual color space for image processing", 2020).
#[derive(Clone, Copy, Debug)]
struct Oklab {
    lightness: f32,
    green_red: f32,
    blue_yellow: f32,
}

impl Oklab {
    fn from_srgb(colour: Color32) -> Self {
        let [r, g, b] = [colour.r(), colour.g(), colour.b()].map(linear_from_srgb);
        let l = (0.412_221_46 * r + 0.536_332_55 * g + 0.051_445_995 * b).cbrt();
        let m = (0.211_903_5 * r + 0.680_699_5 * g + 0.107_396_96 * b).cbrt();
        let s = (0.088_302_46 * r + 0.281_718_85 * g + 0.629_978_7 * b).cbrt();
        Self {
            lightness: 0.210_454_26 * l + 0.793_617_8 * m - 0.004_072_047 * s,
            green_red: 1.977_998_5 * l - 2.428_592_2 * m + 0.450_593_7 * s,
            blue_yellow: 0.025_904_037 * l + 0.782_771_77 * m - 0.808_675_77 * s,
        }
    }

    fn to_srgb(self) -> Color32 {
        let cubed = |root: f32| root * root * root;
        let l = cubed(self.lightness + 0.396_337_78 * self.green_red + 0.215_803_76 * self.blue_yellow);
        let m = cubed(self.lightness - 0.105_561_346 * self.green_red - 0.063_854_17 * self.blue_yellow);
        let s = cubed(self.lightness - 0.089_484_18 * self.green_red - 1.291_485_5 * self.blue_yellow);
        let [r, g, b] = [
            4.076_741_7 * l - 3.307_711_6 * m + 0.230_969_94 * s,
            -1.268_438 * l + 2.609_757_4 * m - 0.341_319_38 * s,
            -0.004_196_086_3 * l - 0.703_418_6 * m + 1.707_614_7 * s,
        ]
        .map(srgb_from_linear);
        Color32::from_rgb(r, g, b)
    }
}

/// Channel value in linear light, 0 to 1 (IEC 61966-2-1).
fn linear_from_srgb(channel: u8) -> f32 {
    let encoded = f32::from(channel) / 255.0;
    if encoded <= 0.04045 {
        encoded / 12.92
    } else {
        ((encoded + 0.055) / 1.055).powf(2.4)
    }
}

fn srgb_from_linear(linear: f32) -> u8 {
    let encoded = if linear <= 0.003_130_8 {
        12.92 * linear
    } else {
        1.055 * linear.powf(1.0 / 2.4) - 0.055
    };
    (255.0 * encoded.clamp(0.0, 1.0)).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_points_keep_their_colours() {
        for theme in Theme::ALL {
            let maps = Maps::of(theme);
            for (position, colour) in [theme.ink_map[0], theme.ink_map[4]] {
                assert_eq!(maps.ink(position), colour, "{:?}: ink({position})", theme.mode);
            }
            for (position, colour) in [theme.tidal_map[0], theme.tidal_map[2], theme.tidal_map[4]] {
                assert_eq!(maps.tidal(position), colour, "{:?}: tidal({position})", theme.mode);
            }
            for &(position, colour) in &theme.ink_map {
                assert_eq!(at(&theme.ink_map, position), colour);
            }
            for &(position, colour) in &theme.tidal_map {
                assert_eq!(at(&theme.tidal_map, position), colour);
            }
        }
    }

    #[test]
    fn between_control_points_oklab_is_straight() {
        for theme in Theme::ALL {
            for ramp in [&theme.ink_map, &theme.tidal_map] {
                for pair in ramp.windows(2) {
                    let ((from, low), (to, high)) = (pair[0], pair[1]);
                    let middle = Oklab::from_srgb(at(ramp, 0.5 * (from + to)));
                    let (low, high) = (Oklab::from_srgb(low), Oklab::from_srgb(high));
                    // A step of 1/255 in a channel is up to 0.006 in OKLab.
                    for (ours, wanted) in [
                        (middle.lightness, 0.5 * (low.lightness + high.lightness)),
                        (middle.green_red, 0.5 * (low.green_red + high.green_red)),
                        (middle.blue_yellow, 0.5 * (low.blue_yellow + high.blue_yellow)),
                    ] {
                        assert!(
                            (ours - wanted).abs() < 0.006,
                            "{:?} at {from}..{to}: {ours} for {wanted}",
                            theme.mode
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn oklab_knows_white_and_the_published_red() {
        let white = Oklab::from_srgb(Color32::WHITE);
        assert!((white.lightness - 1.0).abs() < 1e-3 && white.green_red.abs() < 1e-3 && white.blue_yellow.abs() < 1e-3);
        // sRGB red in OKLab: L = 0.628, a = 0.225, b = 0.126.
        let red = Oklab::from_srgb(Color32::RED);
        let off = [red.lightness - 0.628, red.green_red - 0.225, red.blue_yellow - 0.126];
        assert!(off.iter().all(|off| off.abs() < 1e-3), "{red:?}");
    }

    #[test]
    fn every_srgb_grey_and_primary_returns() {
        for level in 0..=255_u8 {
            for [r, g, b] in [[level; 3], [level, 0, 0], [0, level, 0], [0, 0, level]] {
                let colour = Color32::from_rgb(r, g, b);
                assert_eq!(Oklab::from_srgb(colour).to_srgb(), colour);
            }
        }
    }

    #[test]
    fn more_ink_is_farther_from_the_canvas() {
        for theme in Theme::ALL {
            let lightness: Vec<f32> = (0..ENTRIES)
                .map(|entry| Oklab::from_srgb(Maps::of(theme).ink(entry as f32 / 255.0)).lightness)
                .collect();
            let sign = if theme.mode == Mode::Dark { 1.0 } else { -1.0 };
            // Rounding to 8 bits may take back a part of a step, never a whole one.
            for pair in lightness.windows(2) {
                assert!(sign * (pair[1] - pair[0]) > -0.002, "{:?}: {pair:?}", theme.mode);
            }
            assert!(sign * (lightness[255] - lightness[0]) > 0.6, "{:?}", theme.mode);
        }
    }

    #[test]
    fn equal_sizes_of_both_signs_stand_out_alike() {
        for theme in Theme::ALL {
            let maps = Maps::of(theme);
            for step in 0..=100_u8 {
                let size = f32::from(step) / 100.0;
                let [plus, minus] = [size, -size].map(|s| Oklab::from_srgb(maps.tidal(s)).lightness);
                assert!(
                    (plus - minus).abs() < 0.13,
                    "{:?} at ±{size}: {plus} against {minus}",
                    theme.mode
                );
            }
            assert_eq!(maps.tidal(0.0), maps.tidal(-0.0));
        }
    }

    #[test]
    fn the_fields_tint_is_the_map_over_the_board() {
        for theme in Theme::ALL {
            let maps = Maps::of(theme);
            let wanted = over(theme.canvas, maps.tidal(theme.field_span), theme.field_opacity);
            assert_eq!(maps.field_tint(1.0), wanted);
            assert_eq!(maps.field_tint(9.0), wanted);
            assert_ne!(maps.field_tint(-1.0), wanted);
        }
    }

    #[test]
    fn no_number_is_without_a_colour() {
        for theme in Theme::ALL {
            let maps = Maps::of(theme);
            assert_eq!(maps.ink(f32::NAN), theme.ink_map[0].1);
            assert_eq!(maps.tidal(f32::NAN), theme.tidal_map[2].1);
            assert_eq!(maps.field_tint(f32::NAN), maps.field_tint(0.0));
            assert_eq!(maps.ink(f32::INFINITY), theme.ink_map[4].1);
            assert_eq!(maps.ink(-3.0), theme.ink_map[0].1);
            assert_eq!(maps.tidal(f32::NEG_INFINITY), theme.tidal_map[0].1);
        }
    }
}
