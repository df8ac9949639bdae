//! The three tables. Every colour of the app is here and nowhere else.

use egui::Color32;

use super::{Mode, Strokes, Theme};

/// Colour from a hexadecimal number 0xRRGGBB.
const fn hex(rgb: u32) -> Color32 {
    Color32::from_rgb((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
}

const STROKES: Strokes = Strokes {
    hairline: 1.0,
    thin: 1.75,
    zero_line: 2.4,
    object: 3.5,
    stem: 5.0,
};

/// The light theme.
pub const LIGHT: Theme = Theme {
    mode: Mode::Light,
    canvas: hex(0xFF_FF_FF),
    paper: hex(0xF8_F6_F1),
    hover: hex(0xF1_F2_F4),
    press: hex(0xE4_E7_EB),
    ink: hex(0x18_21_2D),
    ink2: hex(0x4E_59_67),
    ink3: hex(0x7F_88_94),
    line: hex(0xD8_DC_E1),
    grid: hex(0xEE_F0_F2),
    query: hex(0xD7_63_00),
    query_text: hex(0xAD_4F_00),
    pos: hex(0x00_72_6B),
    neg: hex(0x51_27_A3),
    bad: hex(0x9B_0A_33),
    disputed: hex(0x7D_55_00),
    focus: hex(0x0B_57_D0),
    halo: hex(0xFF_FF_FF),
    ink_map: [
        (0.0, hex(0xF7_F8_F9)),
        (0.25, hex(0xCF_D9_E4)),
        (0.5, hex(0x8F_A6_BF)),
        (0.75, hex(0x4A_6B_91)),
        (1.0, hex(0x10_29_4B)),
    ],
    tidal_map: [
        (-1.0, hex(0x3C_16_8A)),
        (-0.5, hex(0x9A_86_D2)),
        (0.0, hex(0xF8_F7_F5)),
        (0.5, hex(0x5D_B2_A8)),
        (1.0, hex(0x00_53_4F)),
    ],
    field_span: 0.62,
    field_opacity: 0.80,
    strokes: STROKES,
    scale: 1.0,
};

/// The dark theme.
pub const DARK: Theme = Theme {
    mode: Mode::Dark,
    canvas: hex(0x0F_14_19),
    paper: hex(0x17_1D_24),
    hover: hex(0x1F_27_30),
    press: hex(0x2A_34_3F),
    ink: hex(0xEE_F2_F6),
    ink2: hex(0xA9_B4_C0),
    ink3: hex(0x74_80_8D),
    line: hex(0x2E_38_42),
    grid: hex(0x1A_21_29),
    query: hex(0xFF_94_40),
    query_text: hex(0xFF_A2_5A),
    pos: hex(0x5F_D6_BE),
    neg: hex(0xA0_8C_FA),
    bad: hex(0xFF_5F_86),
    disputed: hex(0xE3_B3_41),
    focus: hex(0x8A_B8_FF),
    halo: hex(0x0F_14_19),
    ink_map: [
        (0.0, hex(0x17_1D_24)),
        (0.25, hex(0x2C_3D_51)),
        (0.5, hex(0x52_73_93)),
        (0.75, hex(0x91_B2_CF)),
        (1.0, hex(0xED_F5_FC)),
    ],
    tidal_map: [
        (-1.0, hex(0xC3_B4_FF)),
        (-0.5, hex(0x6F_57_C6)),
        (0.0, hex(0x17_1D_24)),
        (0.5, hex(0x0F_84_76)),
        (1.0, hex(0x6E_EA_D2)),
    ],
    field_span: 0.56,
    field_opacity: 0.80,
    strokes: STROKES,
    scale: 1.0,
};

/// The projector theme.
pub const PROJECTOR: Theme = Theme {
    mode: Mode::Projector,
    canvas: hex(0xFF_FF_FF),
    paper: hex(0xFF_FF_FF),
    hover: hex(0xEC_EE_F1),
    press: hex(0xDD_E1_E6),
    ink: hex(0x00_00_00),
    ink2: hex(0x2B_33_3D),
    ink3: hex(0x5C_66_70),
    line: hex(0xA9_B1_BA),
    grid: hex(0xE3_E6_EA),
    query: hex(0xC8_5A_00),
    query_text: hex(0xA0_46_00),
    pos: hex(0x00_5F_5A),
    neg: hex(0x3F_18_96),
    bad: hex(0x8A_00_26),
    disputed: hex(0x6B_47_00),
    focus: hex(0x0B_4F_A8),
    halo: hex(0xFF_FF_FF),
    ink_map: [
        (0.0, hex(0xFF_FF_FF)),
        (0.2, hex(0xC4_D2_E1)),
        (0.45, hex(0x7C_98_B7)),
        (0.7, hex(0x38_59_8A)),
        (1.0, hex(0x06_1B_3A)),
    ],
    tidal_map: [
        (-1.0, hex(0x2A_0C_78)),
        (-0.4, hex(0x8C_74_D2)),
        (0.0, hex(0xFF_FF_FF)),
        (0.4, hex(0x3F_A7_9B)),
        (1.0, hex(0x00_44_3F)),
    ],
    field_span: 0.54,
    field_opacity: 0.88,
    strokes: Strokes {
        hairline: 2.0,
        thin: 3.0,
        zero_line: 4.5,
        object: 5.5,
        stem: 8.0,
    },
    scale: 1.6,
};
