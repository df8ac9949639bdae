//! The clouds that are built in, with exact coordinates.
//!
//! A link names a preset by its code, so a code, once given, and the coordinates behind it never change.

mod list;
// Numbers in rows, as the script writes them.
#[rustfmt::skip]
mod data;
#[rustfmt::skip]
mod wrong;

use nalgebra::DMatrix;

pub use list::PRESETS;

/// Up and down once around: targets for a regression on twelve keys.
pub(super) const HILL: Table = data::HILL;

/// A built-in cloud. The number is its code in links; never reused.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u16)]
pub enum PresetId {
    /// The query shares its attention between two groups and hardly sees the third.
    #[default]
    ThreeGroups = 0,
    /// The query stands on one key and looks at the longer one behind it.
    TwoOnARay = 1,
    /// Four keys of one length: only the direction of the query counts, and the row is 4 : 2 : 1 : 2.
    Compass = 2,
    /// A key in the middle of the others can tie, but never win.
    CompassWithCentre = 3,
    /// Two keys at one place vote twice and add no axis.
    Twins = 4,
    /// Three axes: left and right, up and down, and a saddle.
    Rectangle = 5,
    /// Long keys are loud; dividing by g turns them down.
    FourInARow = 6,
    /// Axis 1 is the village.
    TwoVillages = 7,
    /// What no straight line separates.
    WallAndVillage = 8,
    /// Two equal eigenvalues: there is no first axis.
    Hexagon = 9,
    /// Many dimensions and no structure: axis 1 still holds more than an even share.
    Fog = 10,
    /// Four keys and four queries for the identities.
    GoldenFour = 11,
    /// Keys of rank one.
    Line = 12,
    /// One wrong number of 22 turns the first axis by 86 degrees.
    Slip = 13,
    /// Farther is not worse.
    FarSlip = 14,
    /// Sparse means sparse in these coordinates.
    TiltedLine = 15,
    /// A cloud of full rank has nothing low-rank to find.
    Diamond = 16,
    /// Six keys across the street matter, four beside it do not.
    Street = 17,
    /// Tokens for the film of collapse.
    SixScattered = 18,
    /// Twelve keys on a circle: values as support vectors can be seen.
    Clock = 19,
    /// Four keys stand together, two apart.
    Crowd = 20,
    /// Eight tokens in a row; the third has a spike.
    Strip = 21,
    /// Values that change only from left to right.
    Stripes = 22,
    /// 24 tokens in 16 dimensions; four numbers of token 18 are wrong.
    FourSpikes = 23,
    /// One wrong entry of 960 turns the first axis by 44 degrees.
    OneSpike = 24,
    /// One entry in twenty is wrong.
    ManySpikes = 25,
    /// One token is wrong throughout: that is not sparse.
    OneOutlier = 26,
    /// Every entry is a little wrong: nothing is sparse.
    DenseNoise = 27,
    /// The clean keys fill twelve of sixteen dimensions: nothing is low-rank.
    HighRank = 28,
    /// Twelve noisy targets round a circle.
    Ring = 29,
    /// Values of two layers, for the estimator of M.
    Jump = 30,
    /// Sixteen keys on a grid, on which a function is looked at.
    Lattice = 31,
    /// Twelve keys on a line: support vectors where the problem is ill-posed.
    Ruler = 32,
    /// Eight tokens in reading order; the third has a spike.
    Sentence = 33,
    /// Two keys, and a query that stands on the second.
    Pair = 34,
}

/// Rows of coordinates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Table {
    columns: usize,
    numbers: &'static [f64],
}

impl Table {
    const fn new(columns: usize, numbers: &'static [f64]) -> Self {
        Self { columns, numbers }
    }

    /// How many rows there are.
    pub const fn rows(&self) -> usize {
        self.numbers.len() / self.columns
    }

    /// The first entry of a row.
    pub fn entry(&self, row: usize) -> Option<f64> {
        self.numbers.get(row * self.columns).copied()
    }

    /// The rows as a matrix.
    pub fn matrix(self) -> DMatrix<f64> {
        DMatrix::from_row_iterator(self.rows(), self.columns, self.numbers.iter().copied())
    }
}

/// A named set of keys of a preset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its name in a sentence, as in "Axis 1 tells left from right".
    pub name: &'static str,
    /// First row and the row after the last, counted from 0.
    pub rows: [u16; 2],
}

/// What a preset is.
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
    /// Keys, `N×D`.
    pub keys: Table,
    /// Queries, `N_q×D`, at least one.
    pub queries: Table,
    /// Values, `N×D_v`; without them the values are the keys.
    pub values: Option<Table>,
    /// Values of the layer before, `N×D_v`, for the estimator of M.
    pub previous: Option<Table>,
    /// Targets of the regression whose dual variables the values are, `N×1`.
    pub targets: Option<Table>,
    /// The function behind the values, where it is known.
    pub truth: Option<Truth>,
    /// Named sets of keys; may be empty.
    pub groups: &'static [Group],
    /// Wrong entries: key and column from 0, what was added in thousandths.
    pub wrong: &'static [(u16, u16, i16)],
    /// What the robust lens starts with.
    pub robust: RobustPreset,
    /// What the elliptical lens starts with.
    pub elliptical: EllipticalPreset,
    /// What the support-vector lens starts with.
    pub support: SupportPreset,
}

/// The function behind the values of a preset, where it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// `f(k) = sin 3k₁`, seen with noise of standard deviation ½.
    SineOfTheFirst,
    /// `f(q) = 1`: the value of the keys that matter.
    One,
}

impl Truth {
    /// The function at a place of D coordinates.
    pub fn at(self, place: &[f64]) -> f64 {
        match self {
            Self::SineOfTheFirst => (3.0 * place.first().copied().unwrap_or_default()).sin(),
            Self::One => 1.0,
        }
    }
}

/// What the elliptical lens starts with on a preset; numbers in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EllipticalPreset {
    /// The first entries of the given m; those beyond are 1.
    pub metric: &'static [u16],
    /// Bandwidth σ of the weights; √τ without.
    pub sigma: Option<u16>,
    /// Bandwidth of the circle that is compared with; σ without.
    pub circle_sigma: Option<u16>,
    /// Radius of the neighbourhood that is drawn; 2σ without.
    pub radius: Option<u16>,
}

impl EllipticalPreset {
    /// M = I, σ = √τ, radius 2σ.
    pub const PLAIN: Self = Self {
        metric: &[],
        sigma: None,
        circle_sigma: None,
        radius: None,
    };
}

/// What the support-vector lens starts with on a preset; numbers in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SupportPreset {
    /// Half the width of the tube, ε.
    pub epsilon: u16,
    /// The most that a value may be, C/h; unbounded without.
    pub cap: Option<u16>,
}

impl SupportPreset {
    /// ε = 0.2, no cap.
    pub const PLAIN: Self = Self {
        epsilon: 200,
        cap: None,
    };
}

/// What the robust lens starts with on a preset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RobustPreset {
    /// Keys of the plane are taken apart as they are, not lifted.
    pub plane: bool,
    /// λ of the pursuit, in thousandths; the textbook's without.
    pub lambda: Option<u16>,
    /// The step that is shown; the last without.
    pub step: Option<u16>,
    /// λ of RPC-Attention as printed, as released and from the Lagrangian, in thousandths.
    pub rpc_lambdas: [u16; 3],
    /// Heads of the model, which the released form counts.
    pub heads: u16,
}

impl RobustPreset {
    /// Lifted, the textbook's λ, the authors' λ = 4.
    pub const LIFTED: Self = Self {
        plane: false,
        lambda: None,
        step: None,
        rpc_lambdas: [4000; 3],
        heads: 1,
    };
    /// The plane as it is, with the textbook's λ.
    pub(super) const PLANE: Self = Self {
        plane: true,
        ..Self::LIFTED
    };
    /// A line in the plane, which the pursuit repairs with λ = 0.5.
    pub(super) const LINE: Self = Self {
        plane: true,
        lambda: Some(500),
        rpc_lambdas: [500, 2000, 500],
        ..Self::LIFTED
    };
}

impl PresetId {
    /// What this preset is.
    pub fn preset(self) -> &'static Preset {
        // Codes are the places in the list, as a test sees to.
        PRESETS.get(usize::from(self.code())).unwrap_or(&PRESETS[0])
    }

    /// The preset's number in links; never reused.
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// The preset with this number in links.
    pub fn from_code(code: u16) -> Option<Self> {
        PRESETS.get(usize::from(code)).map(|preset| preset.id)
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
    fn twins_vote_twice_and_the_centre_never_wins() {
        let twins = weights(PresetId::Twins);
        assert!((twins[0] + twins[1] - 0.615384615385).abs() < 6.2e-7, "{twins:?}");
        let centred = weights(PresetId::CompassWithCentre);
        assert!(centred[4] < centred[0] && centred[4] <= 0.2, "{centred:?}");
        let crowd = weights(PresetId::Crowd);
        assert!(
            (crowd[..4].iter().sum::<f64>() - 0.768200355213).abs() < 7.7e-7,
            "{crowd:?}"
        );
    }

    /// The wrong entries of the drawn presets are strokes of the lens' own noise with seed 1, kept so that all platforms agree.
    #[test]
    fn drawn_damage_is_a_stroke_with_seed_1() {
        use super::super::{CellNoise, Damage, Lab, TokenRef};

        let library = Library::default();
        for (id, damage, size, keys) in [
            (PresetId::ManySpikes, Damage::Spikes, 3.5, 0..30),
            (PresetId::OneOutlier, Damage::Token, 3.5, 11..12),
            (PresetId::DenseNoise, Damage::Gaussian, 0.5, 0..30),
        ] {
            let mut lab = Lab::of(Source::Preset(PresetId::OneSpike));
            lab.scene.corruption = super::super::Corruption::default();
            lab.brush.seed = 1;
            lab.brush.damage = CellNoise {
                damage,
                ..CellNoise::default()
            }
            .with_size(size);
            let tokens: Vec<_> = keys.map(TokenRef::Key).collect();
            lab.strike(&tokens, &library).expect("the keys are there");
            let drawn: Vec<_> = lab.scene.corruption.cells().collect();
            let kept: Vec<_> = super::super::Corruption::of(&Source::Preset(id)).cells().collect();
            // A logarithm or a cosine may differ in its last digit: then one thousandth may.
            let near = std::iter::zip(&drawn, &kept).all(|(a, b)| (a.0, a.1) == (b.0, b.1) && (a.2 - b.2).abs() <= 1);
            assert!(drawn.len() == kept.len() && near, "{}", id.preset().key);
        }
    }

    #[test]
    fn codes_and_keys_name_one_preset_each() {
        for preset in PRESETS {
            assert_eq!(PresetId::from_code(preset.id.code()), Some(preset.id));
            assert_eq!(PresetId::from_key(preset.key), Some(preset.id));
            assert_eq!(preset.id.preset(), preset);
            let [keys, queries] = [preset.keys, preset.queries].map(Table::matrix);
            assert_eq!(keys.ncols(), queries.ncols(), "{}", preset.key);
            assert!(preset.values.is_none_or(|values| values.rows() == preset.keys.rows()));
            for group in preset.groups {
                let [start, end] = group.rows.map(usize::from);
                assert!(start < end && end <= preset.keys.rows(), "{}", group.name);
            }
        }
        assert_eq!(PresetId::from_code(PRESETS.len() as u16), None);
        assert_eq!(PresetId::from_key("nothing"), None);
    }
}
