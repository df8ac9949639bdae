//! The clouds that are built in, with exact coordinates.
//!
//! A link names a preset by its code, so a code, once given, and the coordinates behind it never change.

/// A built-in cloud.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PresetId {
    /// Three groups of four keys; the query looks between two of them.
    #[default]
    ThreeGroups,
    /// Two keys in one direction.
    TwoOnARay,
    /// Four keys of one length.
    Compass,
}

/// A named set of keys of a preset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name in a sentence, as in "Axis 1 tells left from right".
    pub name: &'static str,
    /// Rows of the source, counted from 0.
    pub rows: &'static [u16],
}

/// What a preset is. D = 2 and the values are the keys.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preset {
    /// Which one.
    pub id: PresetId,
    /// Stable name for scripts and menus' ids, as in `three_groups`.
    pub key: &'static str,
    /// Name on screen.
    pub name: &'static str,
    /// One line that says what it shows.
    pub line: &'static str,
    /// Keys, `N×2`.
    pub keys: &'static [[f64; 2]],
    /// Queries, `N_q×2`, at least one.
    pub queries: &'static [[f64; 2]],
    /// Named sets of keys; may be empty.
    pub groups: &'static [Group],
}

/// Every preset, in the order of the menu. A preset's code in links is its number in [`PresetId::code`].
pub const PRESETS: &[Preset] = &[THREE_GROUPS, TWO_ON_A_RAY, COMPASS];

const THREE_GROUPS: Preset = Preset {
    id: PresetId::ThreeGroups,
    key: "three_groups",
    name: "Three groups",
    line: "The query shares its attention between two groups and hardly sees the third.",
    keys: &[
        [-1.1, -0.4],
        [-1.75, -0.25],
        [-1.25, -1.15],
        [-1.95, -0.95],
        [0.55, 2.0],
        [-0.1, 2.4],
        [-0.6, 1.85],
        [0.0, 1.6],
        [1.75, -0.45],
        [1.1, -0.3],
        [1.75, -1.2],
        [1.05, -1.05],
    ],
    queries: &[[0.65, 0.8]],
    groups: &[
        Group {
            name: "left",
            rows: &[0, 1, 2, 3],
        },
        Group {
            name: "upper",
            rows: &[4, 5, 6, 7],
        },
        Group {
            name: "right",
            rows: &[8, 9, 10, 11],
        },
    ],
};

const TWO_ON_A_RAY: Preset = Preset {
    id: PresetId::TwoOnARay,
    key: "two_on_a_ray",
    name: "Two on a ray",
    line: "The query stands on one key and looks at the longer one behind it.",
    keys: &[[1.0, 0.0], [3.0, 0.0]],
    queries: &[[1.0, 0.0]],
    groups: &[],
};

/// `ln 2 / √2`: with D = 2 and keys of length 2 it gives the weights 4 : 2 : 1 : 2.
const COMPASS_QUERY: f64 = std::f64::consts::LN_2 * std::f64::consts::FRAC_1_SQRT_2;

const COMPASS: Preset = Preset {
    id: PresetId::Compass,
    key: "compass",
    name: "Compass",
    line: "Four keys of one length: only the direction of the query counts, and the row is 4 : 2 : 1 : 2.",
    keys: &[[2.0, 0.0], [0.0, 2.0], [-2.0, 0.0], [0.0, -2.0]],
    queries: &[[COMPASS_QUERY, 0.0]],
    groups: &[],
};

impl PresetId {
    /// What this preset is.
    pub const fn preset(self) -> &'static Preset {
        match self {
            Self::ThreeGroups => &THREE_GROUPS,
            Self::TwoOnARay => &TWO_ON_A_RAY,
            Self::Compass => &COMPASS,
        }
    }

    /// The preset's number in links; never reused.
    pub const fn code(self) -> u16 {
        match self {
            Self::ThreeGroups => 0,
            Self::TwoOnARay => 1,
            Self::Compass => 2,
        }
    }

    /// The preset with this number in links.
    pub fn from_code(code: u16) -> Option<Self> {
        PRESETS.iter().map(|preset| preset.id).find(|id| id.code() == code)
    }

    /// The preset with this stable name, as in `three_groups`.
    pub fn from_key(key: &str) -> Option<Self> {
        PRESETS.iter().find(|preset| preset.key == key).map(|preset| preset.id)
    }
}

#[cfg(test)]
mod tests {
    use eigenlens_core::{Mechanism, attend_row};

    use super::super::{Library, Scene, Source};
    use super::*;

    fn weights(id: PresetId) -> Vec<f64> {
        let head = Scene::of(Source::Preset(id), 0)
            .head(&Library::default())
            .expect("a preset is valid");
        let scoring = Mechanism::Softmax.scoring(head.dim()).expect("D = 2 has a temperature");
        attend_row(&head, &scoring, 0).expect("a preset has a row").weights
    }

    fn assert_close(ours: &[f64], theirs: &[f64]) {
        assert_eq!(ours.len(), theirs.len());
        for (index, (a, b)) in std::iter::zip(ours, theirs).enumerate() {
            assert!((a - b).abs() <= 1e-11, "weight {index}: {a} and {b}");
        }
    }

    #[test]
    fn three_groups_gives_the_weights_of_the_reference() {
        let reference = [
            0.0254513894046913,
            0.02055019713215851,
            0.015542269164068352,
            0.012616012679370802,
            0.21119616166064398,
            0.19643054978749186,
            0.11436238758477014,
            0.13080694493642453,
            0.09168890466402506,
            0.07403230667360323,
            0.05998756598720143,
            0.04733531032555061,
        ];
        assert_close(&weights(PresetId::ThreeGroups), &reference);
    }

    #[test]
    fn the_small_presets_say_what_their_lines_say() {
        assert_close(
            &weights(PresetId::Compass),
            &[4.0 / 9.0, 2.0 / 9.0, 1.0 / 9.0, 2.0 / 9.0],
        );
        // The longer key gets e^{√2} times the weight of the one the query stands on.
        let behind = 1.0 / (1.0 + (-std::f64::consts::SQRT_2).exp());
        assert_close(&weights(PresetId::TwoOnARay), &[1.0 - behind, behind]);
    }

    #[test]
    fn codes_and_keys_name_one_preset_each() {
        for preset in PRESETS {
            assert_eq!(PresetId::from_code(preset.id.code()), Some(preset.id));
            assert_eq!(PresetId::from_key(preset.key), Some(preset.id));
            assert_eq!(preset.id.preset(), preset);
            let rows: Vec<_> = preset.groups.iter().flat_map(|group| group.rows).copied().collect();
            assert!(rows.iter().all(|row| usize::from(*row) < preset.keys.len()));
        }
        assert_eq!(PresetId::from_code(PRESETS.len() as u16), None);
        assert_eq!(PresetId::from_key("nothing"), None);
    }
}
