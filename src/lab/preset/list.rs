//! The list of the presets.

use super::{EllipticalPreset, Group, Preset, PresetId, RobustPreset, SupportPreset, Table, Truth, data, wrong};

const fn group(name: &'static str, start: u16, end: u16) -> Group {
    Group {
        name,
        rows: [start, end],
    }
}

const THREE_GROUPS: Table = Table::new(
    2,
    &[
        -1.1, -0.4, -1.75, -0.25, -1.25, -1.15, -1.95, -0.95, 0.55, 2.0, -0.1, 2.4, -0.6, 1.85, 0.0, 1.6, 1.75, -0.45,
        1.1, -0.3, 1.75, -1.2, 1.05, -1.05,
    ],
);
const THREE_GROUPS_QUERY: Table = Table::new(2, &[0.65, 0.8]);
const TWO_ON_A_RAY: Table = Table::new(2, &[1.0, 0.0, 3.0, 0.0]);
const TWO_ON_A_RAY_QUERY: Table = Table::new(2, &[1.0, 0.0]);

/// What most presets are: values that are the keys, nothing wrong, no start of their own.
const PLAIN: Preset = Preset {
    id: PresetId::ThreeGroups,
    key: "",
    name: "",
    line: "",
    keys: THREE_GROUPS,
    queries: THREE_GROUPS_QUERY,
    values: None,
    previous: None,
    targets: None,
    truth: None,
    groups: &[],
    wrong: &[],
    robust: RobustPreset::LIFTED,
    elliptical: EllipticalPreset::PLAIN,
    support: SupportPreset::PLAIN,
};

/// Every preset, in the order of the menu and of the codes.
pub const PRESETS: &[Preset] = &[
    Preset {
        id: PresetId::ThreeGroups,
        key: "three_groups",
        name: "Three groups",
        line: "The query shares its attention between two groups and hardly sees the third.",
        keys: THREE_GROUPS,
        queries: THREE_GROUPS_QUERY,
        groups: &[group("left", 0, 4), group("upper", 4, 8), group("right", 8, 12)],
        ..PLAIN
    },
    Preset {
        id: PresetId::TwoOnARay,
        key: "two_on_a_ray",
        name: "Two on a ray",
        line: "The query stands on one key and looks at the longer one behind it.",
        keys: TWO_ON_A_RAY,
        queries: TWO_ON_A_RAY_QUERY,
        ..PLAIN
    },
    Preset {
        id: PresetId::Compass,
        key: "compass",
        name: "Compass",
        line: "Four keys of one length: only the direction of the query counts, and the row is 4 : 2 : 1 : 2.",
        keys: data::COMPASS,
        queries: data::COMPASS_QUERY,
        ..PLAIN
    },
    Preset {
        id: PresetId::CompassWithCentre,
        key: "compass_with_centre",
        name: "Compass with a centre",
        line: "A key in the middle of the others can tie, but never win.",
        keys: data::COMPASS_WITH_CENTRE,
        queries: data::COMPASS_QUERY,
        ..PLAIN
    },
    Preset {
        id: PresetId::Twins,
        key: "twins",
        name: "Twins",
        line: "Two keys at one place vote twice and add no axis.",
        keys: data::TWINS,
        queries: data::COMPASS_QUERY,
        ..PLAIN
    },
    Preset {
        id: PresetId::Rectangle,
        key: "rectangle",
        name: "Rectangle",
        line: "Three axes: left and right, up and down, and a saddle.",
        keys: data::RECTANGLE,
        queries: data::RECTANGLE_QUERY,
        ..PLAIN
    },
    Preset {
        id: PresetId::FourInARow,
        key: "four_in_a_row",
        name: "Four in a row",
        line: "Long keys are loud; dividing by g turns them down.",
        keys: data::FOUR_IN_A_ROW,
        queries: data::FOUR_IN_A_ROW_QUERY,
        ..PLAIN
    },
    Preset {
        id: PresetId::TwoVillages,
        key: "two_villages",
        name: "Two villages",
        line: "Axis 1 is the village.",
        keys: data::VILLAGES,
        queries: data::VILLAGES_QUERY,
        groups: &[group("the right village", 0, 4), group("the left village", 4, 8)],
        ..PLAIN
    },
    Preset {
        id: PresetId::WallAndVillage,
        key: "wall_and_village",
        name: "Wall and village",
        line: "What no straight line separates.",
        keys: data::WALL,
        queries: data::WALL_QUERY,
        groups: &[group("the wall", 0, 8), group("the village", 8, 12)],
        ..PLAIN
    },
    Preset {
        id: PresetId::Hexagon,
        key: "hexagon",
        name: "Hexagon",
        line: "Two equal eigenvalues: there is no first axis.",
        keys: data::HEXAGON,
        queries: data::HEXAGON_QUERY,
        ..PLAIN
    },
    Preset {
        id: PresetId::Fog,
        key: "fog",
        name: "Fog",
        line: "Many dimensions and no structure: axis 1 still holds more than an even share.",
        keys: data::FOG,
        queries: data::FOG_QUERY,
        ..PLAIN
    },
    Preset {
        id: PresetId::GoldenFour,
        key: "golden_four",
        name: "Golden four",
        line: "Four keys and four queries for the identities.",
        keys: data::GOLDEN_FOUR,
        queries: data::GOLDEN_FOUR_QUERIES,
        ..PLAIN
    },
    Preset {
        id: PresetId::Line,
        key: "line",
        name: "Line",
        line: "Keys of rank one.",
        keys: data::LINE,
        queries: data::LINE_QUERY,
        robust: RobustPreset::LINE,
        ..PLAIN
    },
    Preset {
        id: PresetId::Slip,
        key: "slip",
        name: "Slip",
        line: "One wrong number of 22 turns the first axis by 86 degrees.",
        keys: data::LINE,
        queries: data::LINE_QUERY,
        wrong: &[(8, 1, -1900)],
        robust: RobustPreset::LINE,
        ..PLAIN
    },
    Preset {
        id: PresetId::FarSlip,
        key: "far_slip",
        name: "Far slip",
        line: "Farther is not worse.",
        keys: data::LINE,
        queries: data::LINE_QUERY,
        values: Some(data::FAR_SLIP_VALUES),
        wrong: &[(8, 1, -3150)],
        robust: RobustPreset::LINE,
        ..PLAIN
    },
    Preset {
        id: PresetId::TiltedLine,
        key: "tilted_line",
        name: "Tilted line",
        line: "Sparse means sparse in these coordinates.",
        keys: data::TILTED_LINE,
        queries: data::TILTED_LINE_QUERY,
        robust: RobustPreset::PLANE,
        ..PLAIN
    },
    Preset {
        id: PresetId::Diamond,
        key: "diamond",
        name: "Diamond",
        line: "A cloud of full rank has nothing low-rank to find.",
        keys: data::DIAMOND,
        queries: data::DIAMOND_QUERY,
        robust: RobustPreset::PLANE,
        ..PLAIN
    },
    Preset {
        id: PresetId::Street,
        key: "street",
        name: "Street",
        line: "Six keys across the street matter, four beside it do not.",
        keys: data::STREET,
        queries: data::STREET_QUERY,
        values: Some(data::STREET_VALUES),
        groups: &[group("the relevant keys", 0, 6), group("the others", 6, 10)],
        truth: Some(Truth::One),
        elliptical: EllipticalPreset {
            radius: Some(1800),
            ..EllipticalPreset::PLAIN
        },
        ..PLAIN
    },
    Preset {
        id: PresetId::SixScattered,
        key: "six_scattered",
        name: "Six scattered",
        line: "Tokens for the film of collapse.",
        keys: data::SIX_SCATTERED,
        queries: data::SIX_SCATTERED_QUERY,
        elliptical: EllipticalPreset {
            metric: &[1000, 100],
            ..EllipticalPreset::PLAIN
        },
        ..PLAIN
    },
    Preset {
        id: PresetId::Clock,
        key: "clock",
        name: "Clock",
        line: "Twelve keys on a circle: values as support vectors can be seen.",
        keys: data::CLOCK,
        queries: data::CLOCK_QUERY,
        targets: Some(data::HILL),
        support: SupportPreset {
            epsilon: 200,
            cap: None,
        },
        ..PLAIN
    },
    Preset {
        id: PresetId::Crowd,
        key: "crowd",
        name: "Crowd",
        line: "Four keys stand together, two apart.",
        keys: data::CROWD,
        queries: data::CROWD_QUERY,
        groups: &[group("the crowd", 0, 4), group("the lonely keys", 4, 6)],
        ..PLAIN
    },
    Preset {
        id: PresetId::Strip,
        key: "strip",
        name: "Strip",
        line: "Eight tokens in a row; the third has a spike.",
        keys: data::STRIP,
        queries: data::STRIP_QUERY,
        values: Some(data::STRIP_VALUES),
        ..PLAIN
    },
    Preset {
        id: PresetId::Stripes,
        key: "stripes",
        name: "Stripes",
        line: "Values that change only from left to right.",
        keys: data::STRIPES,
        queries: data::STRIPES_QUERY,
        values: Some(data::STRIPES_VALUES),
        truth: Some(Truth::SineOfTheFirst),
        elliptical: EllipticalPreset {
            metric: &[1000, 150],
            sigma: Some(150),
            circle_sigma: Some(200),
            ..EllipticalPreset::PLAIN
        },
        ..PLAIN
    },
    Preset {
        id: PresetId::FourSpikes,
        key: "four_spikes",
        name: "Four spikes",
        line: "24 tokens in 16 dimensions; four numbers of token 18 are wrong.",
        keys: data::FOUR_SPIKES,
        queries: data::FOUR_SPIKES_QUERY,
        values: Some(data::FOUR_SPIKES_VALUES),
        wrong: &[(17, 1, -3500), (17, 10, 3500), (17, 9, -3500), (17, 14, 3500)],
        robust: RobustPreset {
            step: Some(8),
            heads: 3,
            ..RobustPreset::LIFTED
        },
        ..PLAIN
    },
    Preset {
        id: PresetId::OneSpike,
        key: "one_spike",
        name: "One spike",
        line: "One wrong entry of 960 turns the first axis by 44 degrees; pursuit puts it back.",
        keys: data::BAND,
        queries: data::BAND_QUERY,
        wrong: &[(20, 5, 8000)],
        ..PLAIN
    },
    Preset {
        id: PresetId::ManySpikes,
        key: "many_spikes",
        name: "Many spikes",
        line: "One entry in twenty is wrong; pursuit finds every one of them.",
        keys: data::BAND,
        queries: data::BAND_QUERY,
        wrong: wrong::MANY_SPIKES,
        ..PLAIN
    },
    Preset {
        id: PresetId::OneOutlier,
        key: "one_outlier",
        name: "One outlier token",
        line: "One token is wrong throughout: the axis comes back, the token does not.",
        keys: data::BAND,
        queries: data::BAND_QUERY,
        wrong: wrong::ONE_OUTLIER,
        ..PLAIN
    },
    Preset {
        id: PresetId::DenseNoise,
        key: "dense_noise",
        name: "Noise everywhere",
        line: "Every entry is a little wrong: nothing is sparse, and pursuit makes it worse.",
        keys: data::BAND,
        queries: data::BAND_QUERY,
        wrong: wrong::DENSE_NOISE,
        ..PLAIN
    },
    Preset {
        id: PresetId::HighRank,
        key: "high_rank",
        name: "High rank",
        line: "Four spikes on keys that fill twelve of sixteen dimensions: nothing is low-rank.",
        keys: data::HIGH_RANK,
        queries: data::HIGH_RANK_QUERY,
        wrong: &[(17, 1, -3500), (17, 10, 3500), (17, 9, -3500), (17, 14, 3500)],
        ..PLAIN
    },
    Preset {
        id: PresetId::Ring,
        key: "ring",
        name: "Ring",
        line: "Twelve noisy targets round a circle: eight keys hold the curve, four do nothing.",
        keys: data::CLOCK,
        queries: data::CLOCK_QUERY,
        targets: Some(data::RING_TARGETS),
        support: SupportPreset {
            epsilon: 200,
            cap: Some(1500),
        },
        ..PLAIN
    },
    Preset {
        id: PresetId::Jump,
        key: "jump",
        name: "Jump",
        line: "Four tokens whose values jump ten times farther in one coordinate than in the other.",
        keys: data::JUMP,
        queries: data::JUMP_QUERIES,
        values: Some(data::JUMP_VALUES),
        previous: Some(data::JUMP_PREVIOUS),
        ..PLAIN
    },
    Preset {
        id: PresetId::Lattice,
        key: "lattice",
        name: "Lattice",
        line: "Sixteen keys on a grid: what the estimator of M sees of a function, and what it gets wrong.",
        keys: data::LATTICE,
        queries: data::LATTICE_QUERY,
        ..PLAIN
    },
    Preset {
        id: PresetId::Ruler,
        key: "ruler",
        name: "Ruler",
        line: "Twelve keys on a line with targets that alternate: sharp targets through a wide kernel.",
        keys: data::RULER,
        queries: data::RULER_QUERY,
        targets: Some(data::ALTERNATING),
        support: SupportPreset { epsilon: 0, cap: None },
        ..PLAIN
    },
    Preset {
        id: PresetId::Sentence,
        key: "sentence",
        name: "Sentence",
        line: "Eight tokens in reading order; the third has a spike of 8, and coarse heads average it away.",
        keys: data::SENTENCE,
        queries: data::SENTENCE_QUERY,
        values: Some(data::STRIP_VALUES),
        ..PLAIN
    },
    Preset {
        id: PresetId::Pair,
        key: "pair",
        name: "Pair",
        line: "Two keys: e to their product is a sum of monomials.",
        keys: data::PAIR,
        queries: data::PAIR_QUERY,
        ..PLAIN
    },
];
