//! The table against the promises of the visual language: contrast, and egui showing nothing else.

use super::*;
use crate::look::Maps;

/// Relative luminance (WCAG 2.2).
fn luminance(colour: Color32) -> f64 {
    let linear = |channel: u8| {
        let encoded = f64::from(channel) / 255.0;
        if encoded <= 0.04045 {
            encoded / 12.92
        } else {
            ((encoded + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
}

/// Contrast ratio (WCAG 2.2), 1 to 21.
fn contrast(a: Color32, b: Color32) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn roles_of_text(theme: &Theme) -> [(&'static str, Color32); 8] {
    [
        ("ink", theme.ink),
        ("ink2", theme.ink2),
        ("query_text", theme.query_text),
        ("pos", theme.pos),
        ("neg", theme.neg),
        ("bad", theme.bad),
        ("focus", theme.focus),
        ("disputed", theme.disputed),
    ]
}

#[test]
fn contrast_measures_black_on_white_as_21() {
    assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 1e-9);
    assert!((contrast(Color32::WHITE, Color32::WHITE) - 1.0).abs() < 1e-9);
}

#[test]
fn text_reaches_4_5_on_canvas_and_paper() {
    for theme in Theme::ALL {
        for (role, colour) in roles_of_text(theme) {
            for (ground_name, ground) in [("canvas", theme.canvas), ("paper", theme.paper)] {
                let ratio = contrast(colour, ground);
                assert!(
                    ratio >= 4.5,
                    "{:?}: {role} on {ground_name} has {ratio:.2}, needs 4.5",
                    theme.mode
                );
            }
        }
    }
}

#[test]
fn text_of_buttons_reaches_4_5_in_every_state() {
    for theme in Theme::ALL {
        for (role, colour) in [("ink", theme.ink), ("ink2", theme.ink2), ("focus", theme.focus)] {
            for (state, ground) in [("hover", theme.hover), ("press", theme.press)] {
                let ratio = contrast(colour, ground);
                assert!(
                    ratio >= 4.5,
                    "{:?}: {role} on {state} has {ratio:.2}, needs 4.5",
                    theme.mode
                );
            }
        }
    }
}

#[test]
fn graphics_reach_3_on_the_canvas() {
    for theme in Theme::ALL {
        for (role, colour) in [("query", theme.query), ("ink3", theme.ink3)] {
            let ratio = contrast(colour, theme.canvas);
            assert!(
                ratio >= 3.0,
                "{:?}: {role} on the canvas has {ratio:.2}, needs 3",
                theme.mode
            );
        }
    }
}

#[test]
fn contrasts_are_the_published_ones() {
    // Role, then the ratio on the canvas in light, dark and projector.
    type Role = fn(&Theme) -> Color32;
    let published: [(&str, Role, [f64; 3]); 10] = [
        ("ink", |theme| theme.ink, [16.2, 16.5, 21.0]),
        ("ink2", |theme| theme.ink2, [7.1, 8.8, 12.8]),
        ("ink3", |theme| theme.ink3, [3.6, 4.6, 5.9]),
        ("query", |theme| theme.query, [3.7, 8.4, 4.3]),
        ("query_text", |theme| theme.query_text, [5.4, 9.3, 6.2]),
        ("pos", |theme| theme.pos, [5.8, 10.4, 7.5]),
        ("neg", |theme| theme.neg, [9.7, 6.7, 11.8]),
        ("bad", |theme| theme.bad, [8.5, 6.4, 10.0]),
        ("focus", |theme| theme.focus, [6.4, 9.2, 7.8]),
        ("disputed", |theme| theme.disputed, [6.6, 9.5, 8.3]),
    ];
    for (role, colour, ratios) in published {
        for (theme, wanted) in Theme::ALL.into_iter().zip(ratios) {
            let ratio = contrast(colour(theme), theme.canvas);
            assert!(
                (ratio - wanted).abs() <= 0.05 + 1e-9,
                "{:?}: {role} has {ratio:.3}, published {wanted}",
                theme.mode
            );
        }
    }
}

#[test]
fn ink_reaches_4_7_on_every_tint_of_the_field() {
    for theme in Theme::ALL {
        for step in -100_i16..=100 {
            let value = f32::from(step) / 100.0;
            let ratio = contrast(theme.ink, Maps::of(theme).field_tint(value));
            assert!(
                ratio >= 4.7,
                "{:?}: ink on the tint of {value} has {ratio:.2}, needs 4.7",
                theme.mode
            );
        }
    }
}

#[test]
fn the_projector_shows_nothing_below_19_pixels() {
    for size in [size::TICK, size::BODY, size::WORD, size::HEADLINE, size::TITLE] {
        assert!(PROJECTOR.px(size) >= 19.0, "{size} becomes {}", PROJECTOR.px(size));
    }
    assert_eq!(LIGHT.px(14.0), 14.0);
}

#[test]
fn egui_shows_only_colours_of_the_table() {
    for theme in Theme::ALL {
        let table = [
            theme.canvas,
            theme.paper,
            theme.hover,
            theme.press,
            theme.ink,
            theme.ink2,
            theme.ink3,
            theme.line,
            theme.grid,
            theme.bad,
            theme.disputed,
            theme.focus,
        ];
        let visuals = theme.visuals(false);
        let widgets = &visuals.widgets;
        let of_widget = |widget: &WidgetVisuals| {
            [
                widget.bg_fill,
                widget.weak_bg_fill,
                widget.bg_stroke.color,
                widget.fg_stroke.color,
            ]
        };
        let mut shown = vec![
            visuals.text_color(),
            visuals.weak_text_color(),
            visuals.strong_text_color(),
            visuals.text_edit_bg_color(),
            visuals.selection.bg_fill,
            visuals.selection.stroke.color,
            visuals.ime_composition.active_underline_stroke.color,
            visuals.ime_composition.inactive_underline_stroke.color,
            visuals.hyperlink_color,
            visuals.faint_bg_color,
            visuals.extreme_bg_color,
            visuals.code_bg_color,
            visuals.warn_fg_color,
            visuals.error_fg_color,
            visuals.window_fill,
            visuals.window_stroke.color,
            visuals.panel_fill,
            visuals.text_cursor.stroke.color,
        ];
        for widget in [
            &widgets.noninteractive,
            &widgets.inactive,
            &widgets.hovered,
            &widgets.active,
            &widgets.open,
        ] {
            shown.extend(of_widget(widget));
        }
        for colour in shown {
            assert!(table.contains(&colour), "{:?} shows {colour:?}", theme.mode);
        }
        assert_eq!([visuals.window_shadow, visuals.popup_shadow], [Shadow::NONE; 2]);
        assert!(!visuals.text_cursor.blink);
    }
}

#[test]
fn focus_and_choice_are_seen() {
    for theme in Theme::ALL {
        let visuals = theme.visuals(false);
        assert_eq!(visuals.widgets.active.bg_stroke.color, theme.focus);
        assert_eq!(visuals.text_cursor.stroke.color, theme.focus);
        assert!(visuals.widgets.active.bg_stroke.width > visuals.widgets.inactive.bg_stroke.width);
        assert_eq!(visuals.selection.bg_fill, theme.press);
        assert_ne!(
            visuals.widgets.hovered.weak_bg_fill,
            visuals.widgets.inactive.weak_bg_fill
        );
        assert!(theme.focus_stroke().width >= 3.0);
    }
}

#[test]
fn reduced_motion_stops_every_animation() {
    let still = LIGHT.style(true);
    assert_eq!(still.animation_time, 0.0);
    assert_eq!(still.scroll_animation, ScrollAnimation::none());
    assert!(!still.visuals.image_loading_spinners);
    assert_eq!(LIGHT.style(false).animation_time, motion::HOVER);
    assert_eq!(Theme::seconds(motion::REVEAL_SWEEP, true), 0.0);
}

#[test]
fn over_and_faded_agree_with_the_weights() {
    let (white, black) = (Color32::WHITE, Color32::BLACK);
    assert_eq!(over(white, black, 0.0), white);
    assert_eq!(over(white, black, 1.0), black);
    assert_eq!(over(white, black, 0.2), Color32::from_rgb(204, 204, 204));
    assert_eq!(over(white, black, f32::NAN), white);
    assert_eq!(faded(LIGHT.query, 0.38).a(), 97);
    assert_eq!(faded(LIGHT.query, 7.0).a(), 255);
}

#[test]
fn links_have_a_width_for_every_weight() {
    assert_eq!(LIGHT.link_width(0.5), 17.0);
    assert_eq!(LIGHT.link_width(0.0), 0.6);
    assert_eq!(LIGHT.link_width(f32::NAN), 0.6);
    assert_eq!(LIGHT.link_width(3.0), 34.0);
}
