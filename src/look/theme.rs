//! One table of colours, strokes, sizes and times per theme, and the egui style made from it.
//!
//! A theme is a constant: code asks for a role (`theme.query_text`), never for a colour. Lengths that are drawn pass through
//! [`Theme::px`], because the projector shows everything 1.6 times as large.

use std::collections::BTreeMap;

use egui::style::{HandleShape, ScrollAnimation, Selection, WidgetVisuals, Widgets};
use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle, Visuals, vec2};

use super::fonts;

mod table;

pub use table::{DARK, LIGHT, PROJECTOR};

/// Which of the three tables is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Dark ink on white: the default.
    Light,
    /// Pale ink on near black.
    Dark,
    /// Black on white, everything 1.6 times as large, for a hall.
    Projector,
}

/// Stroke widths in points, as drawn (the projector has its own, not scaled by [`Theme::px`]).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Strokes {
    /// Grid and contour lines.
    pub hairline: f32,
    /// Thin links, the frame of a cell.
    pub thin: f32,
    /// The zero line of a field, a selection.
    pub zero_line: f32,
    /// Axes, ellipses, value arrows.
    pub object: f32,
    /// Stems.
    pub stem: f32,
}

/// Control points of a colour map: position and colour, positions rising.
pub type Ramp = [(f32, Color32); 5];

/// Every visual constant of one theme.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Theme {
    /// Which theme this is.
    pub mode: Mode,
    /// Background of the canvas and of the board.
    pub canvas: Color32,
    /// Background of explanatory prose.
    pub paper: Color32,
    /// Background under the pointer.
    pub hover: Color32,
    /// Background while pressed, or chosen.
    pub press: Color32,
    /// Keys, text, axes, buttons.
    pub ink: Color32,
    /// Secondary text.
    pub ink2: Color32,
    /// Quiet graphics; never text.
    pub ink3: Color32,
    /// Frames and separators; decoration only.
    pub line: Color32,
    /// Grid of the board; decoration only.
    pub grid: Color32,
    /// The query and all it causes, as graphics.
    pub query: Color32,
    /// The query and all it causes, as words.
    pub query_text: Color32,
    /// Positive.
    pub pos: Color32,
    /// Negative.
    pub neg: Color32,
    /// Damage: outliers and corrupted cells.
    pub bad: Color32,
    /// A disputed claim.
    pub disputed: Color32,
    /// The user: focus ring, guess, link.
    pub focus: Color32,
    /// Halo of glyphs and labels: the board's colour.
    pub halo: Color32,
    /// Sequential map, position 0 to 1.
    pub ink_map: Ramp,
    /// Diverging map, position −1 to 1.
    pub tidal_map: Ramp,
    /// Part of the diverging map that the field uses: its largest value is shown as `tidal(field_span)`.
    pub field_span: f32,
    /// Opacity of the field over the board.
    pub field_opacity: f32,
    /// Stroke widths.
    pub strokes: Strokes,
    /// Factor on every size; see [`Theme::px`].
    pub scale: f32,
}

/// Type sizes in points before [`Theme::px`].
pub mod size {
    /// Title of a lesson.
    pub const TITLE: f32 = 32.0;
    /// The headline, and q on the board.
    pub const HEADLINE: f32 = 24.0;
    /// Words on the board; prose.
    pub const WORD: f32 = 18.0;
    /// Everything else.
    pub const BODY: f32 = 14.0;
    /// Numerals on ticks, and nothing else.
    pub const TICK: f32 = 12.0;
}

/// Distances in points before [`Theme::px`]: a grid of 4.
pub mod space {
    /// Between things that belong together.
    pub const XS: f32 = 4.0;
    /// Between a symbol and its word.
    pub const S: f32 = 8.0;
    /// Inside a button.
    pub const M: f32 = 12.0;
    /// Between blocks.
    pub const L: f32 = 16.0;
    /// Padding of the canvas.
    pub const XL: f32 = 24.0;
    /// Between sections.
    pub const XXL: f32 = 32.0;
    /// Height of a bar.
    pub const XXXL: f32 = 48.0;
    /// Gap between board and microscope.
    pub const COLUMN: f32 = 42.0;
}

/// Corner radii in points before [`Theme::px`].
pub mod radius {
    /// Tags.
    pub const TAG: f32 = 4.0;
    /// Switches and segments.
    pub const SWITCH: f32 = 6.0;
    /// Buttons.
    pub const BUTTON: f32 = 8.0;
}

/// Times in seconds. All are 0 where the system asks for reduced motion; see [`Theme::seconds`].
pub mod motion {
    /// Fade of a hover background.
    pub const HOVER: f32 = 0.080;
    /// Cross-fade of field and microscope when the lens changes.
    pub const LENS: f32 = 0.200;
    /// Tokens glide to a preset.
    pub const PRESET: f32 = 0.350;
    /// The truth sweeps from "before".
    pub const REVEAL_SWEEP: f32 = 0.900;
    /// The gap between guess and truth opens.
    pub const REVEAL_GAP: f32 = 0.300;
    /// One step of pursuit.
    pub const PURSUIT_STEP: f32 = 0.125;
    /// One sweep of the support-vector solver.
    pub const SVR_SWEEP: f32 = 0.160;
    /// One layer of the collapse film.
    pub const FILM_LAYER: f32 = 0.500;
    /// The laser's trail.
    pub const LASER_FADE: f32 = 0.600;
    /// The pen's stroke.
    pub const PEN_FADE: f32 = 3.000;
}

/// The colour seen when `above` lies over the opaque `below` at `opacity` in [0, 1]: linear in sRGB, as egui and CSS blend.
pub fn over(below: Color32, above: Color32, opacity: f32) -> Color32 {
    let opacity = unit(opacity);
    let mix = |low: u8, high: u8| (f32::from(low) + (f32::from(high) - f32::from(low)) * opacity).round() as u8;
    Color32::from_rgb(
        mix(below.r(), above.r()),
        mix(below.g(), above.g()),
        mix(below.b(), above.b()),
    )
}

/// `colour` with an opacity in [0, 1], to be laid over whatever is there.
pub fn faded(colour: Color32, opacity: f32) -> Color32 {
    let alpha = (255.0 * unit(opacity)).round() as u8;
    Color32::from_rgba_unmultiplied(colour.r(), colour.g(), colour.b(), alpha)
}

/// `x` held in [0, 1]; not a number counts as 0.
fn unit(x: f32) -> f32 {
    if x.is_nan() { 0.0 } else { x.clamp(0.0, 1.0) }
}

impl Theme {
    /// The three themes.
    pub const ALL: [&'static Self; 3] = [&LIGHT, &DARK, &PROJECTOR];

    /// The table of a mode.
    pub const fn of(mode: Mode) -> &'static Self {
        match mode {
            Mode::Light => &LIGHT,
            Mode::Dark => &DARK,
            Mode::Projector => &PROJECTOR,
        }
    }

    /// A length or a type size as it is drawn: x × (1, or 1.6 on the projector).
    pub const fn px(&self, x: f32) -> f32 {
        x * self.scale
    }

    /// A duration: `seconds`, or 0 under reduced motion.
    pub const fn seconds(seconds: f32, reduced_motion: bool) -> f32 {
        if reduced_motion { 0.0 } else { seconds }
    }

    /// A corner radius ([`radius`]) as egui wants it.
    pub const fn corner(&self, radius: f32) -> CornerRadius {
        CornerRadius::same(self.px(radius) as u8)
    }

    /// Disc under the pointer: ink at 12 %.
    pub fn hover_disc(&self) -> Color32 {
        faded(self.ink, 0.12)
    }

    /// Links from the query: the query's colour at 38 % over the board.
    pub fn link(&self) -> Color32 {
        faded(self.query, 0.38)
    }

    /// The disc under a token whose area is its weight: the query's colour at 45 % over the board.
    pub fn weight_disc(&self) -> Color32 {
        faded(self.query, 0.45)
    }

    /// Width of a link of weight `weight` in [0, 1]: 34 px × weight, at least 0.6 px.
    pub fn link_width(&self, weight: f32) -> f32 {
        self.px((34.0 * unit(weight)).max(0.6))
    }

    /// The clean truth, which no algorithm sees: a pale band of ink at 17 %.
    pub fn clean_band(&self) -> Color32 {
        faded(self.ink, 0.17)
    }

    /// Background of a notice whose stripe is `stripe`.
    pub fn wash(&self, stripe: Color32) -> Color32 {
        over(self.canvas, stripe, 0.08)
    }

    /// A line between two bands of a field: green where the score is positive, violet where it is negative.
    pub fn field_line(&self, positive: bool) -> Stroke {
        self.hairline(faded(if positive { self.pos } else { self.neg }, 0.7))
    }

    /// The ring round what has the keyboard focus: 3 px in the focus colour.
    pub fn focus_stroke(&self) -> Stroke {
        Stroke::new(self.px(3.0), self.focus)
    }

    /// A hairline in `colour`.
    pub fn hairline(&self, colour: Color32) -> Stroke {
        Stroke::new(self.strokes.hairline, colour)
    }

    /// egui's style for this theme.
    pub fn style(&self, reduced_motion: bool) -> Style {
        let mut style = Style {
            text_styles: self.text_styles(),
            animation_time: Self::seconds(motion::HOVER, reduced_motion),
            visuals: self.visuals(reduced_motion),
            ..Style::default()
        };
        style.scroll_animation = if reduced_motion {
            ScrollAnimation::none()
        } else {
            ScrollAnimation::duration(motion::LENS)
        };
        let spacing = &mut style.spacing;
        spacing.item_spacing = vec2(self.px(space::S), self.px(space::S));
        spacing.button_padding = vec2(self.px(space::M), self.px(space::S));
        spacing.menu_margin = Margin::same(self.px(space::S) as i8);
        spacing.window_margin = Margin::same(self.px(space::L) as i8);
        spacing.interact_size = vec2(self.px(44.0), self.px(36.0));
        spacing.slider_width = self.px(120.0);
        spacing.slider_rail_height = self.px(4.0);
        spacing.icon_width = self.px(20.0);
        spacing.icon_width_inner = self.px(12.0);
        spacing.icon_spacing = self.px(space::S);
        style.interaction.selectable_labels = false;
        style.interaction.tooltip_delay = 0.4;
        style
    }

    fn text_styles(&self) -> BTreeMap<TextStyle, FontId> {
        let ui = |size| fonts::ui(self.px(size));
        BTreeMap::from([
            (TextStyle::Small, ui(size::TICK)),
            (TextStyle::Body, ui(size::BODY)),
            (TextStyle::Button, ui(size::BODY)),
            (
                TextStyle::Monospace,
                FontId::new(self.px(size::BODY), FontFamily::Monospace),
            ),
            (TextStyle::Heading, fonts::strong(self.px(size::HEADLINE))),
        ])
    }

    /// egui's colours for this theme. Nothing has a shadow, nothing blinks, nothing grows under the pointer.
    pub fn visuals(&self, reduced_motion: bool) -> Visuals {
        let dark = self.mode == Mode::Dark;
        let mut visuals = if dark { Visuals::dark() } else { Visuals::light() };
        visuals.override_text_color = None;
        visuals.weak_text_color = Some(self.ink2);
        visuals.widgets = self.widgets();
        visuals.selection = Selection {
            bg_fill: self.press,
            stroke: Stroke::new(self.px(2.0), self.ink),
        };
        visuals.ime_composition.active_underline_stroke = Stroke::new(self.px(2.0), self.focus);
        visuals.ime_composition.inactive_underline_stroke = Stroke::new(self.px(1.0), self.ink2);
        visuals.hyperlink_color = self.focus;
        visuals.faint_bg_color = self.hover;
        visuals.extreme_bg_color = self.canvas;
        visuals.text_edit_bg_color = Some(self.canvas);
        visuals.code_bg_color = self.hover;
        visuals.warn_fg_color = self.disputed;
        visuals.error_fg_color = self.bad;
        visuals.window_corner_radius = self.corner(radius::BUTTON);
        visuals.menu_corner_radius = self.corner(radius::BUTTON);
        visuals.window_shadow = Shadow::NONE;
        visuals.popup_shadow = Shadow::NONE;
        visuals.window_fill = self.canvas;
        visuals.window_stroke = self.hairline(self.line);
        visuals.panel_fill = self.canvas;
        visuals.text_cursor.stroke = Stroke::new(self.px(2.0), self.focus);
        visuals.text_cursor.blink = false;
        visuals.handle_shape = HandleShape::Circle;
        visuals.slider_trailing_fill = false;
        visuals.striped = false;
        visuals.image_loading_spinners = !reduced_motion;
        visuals
    }

    fn widgets(&self) -> Widgets {
        let rest = WidgetVisuals {
            // Buttons are as white as the canvas; rails of sliders and boxes of switches must be seen on it.
            bg_fill: self.line,
            weak_bg_fill: self.canvas,
            bg_stroke: self.hairline(self.line),
            corner_radius: self.corner(radius::BUTTON),
            fg_stroke: Stroke::new(self.strokes.thin, self.ink),
            expansion: 0.0,
        };
        let filled = |fill: Color32, frame: Stroke| WidgetVisuals {
            bg_fill: fill,
            weak_bg_fill: fill,
            bg_stroke: frame,
            ..rest
        };
        Widgets {
            noninteractive: WidgetVisuals {
                fg_stroke: self.hairline(self.ink),
                ..rest
            },
            inactive: rest,
            hovered: filled(self.hover, self.hairline(self.ink3)),
            // egui gives a focused widget the look of a pressed one; the ring must show in both.
            active: filled(self.press, Stroke::new(self.px(2.0), self.focus)),
            open: filled(self.press, self.hairline(self.ink3)),
        }
    }
}

#[cfg(test)]
mod tests;
