//! The bytes of a link: a lab as the difference from its source, in sections.
//!
//! ```text
//! payload = section*          section = tag: varint, length: varint, body: `length` bytes of postcard
//! ```
//! What equals its default has no section, so an untouched default lab is empty. A section is read item by item, so that a
//! payload that was cut gives all items that are whole; a section or an item that is unknown is skipped and counted. Later
//! versions may add sections, and fields at the end of a section. The numbers of tags and variants, and the defaults, are
//! for ever.
//!
//! A ghost is a payload of its own with the sections in which it differs from the scene.

use serde::{Deserialize, Serialize};

use super::{AxisFrame, GridPoint, Origin, Scene};

mod decode;
mod elliptical;
mod encode;
mod full_size;
mod support;

pub(super) use decode::decode;
pub(super) use encode::encode;

/// Numbers of the sections.
mod tag {
    pub(super) const SOURCE: u32 = 1;
    pub(super) const HEAD: u32 = 2;
    pub(super) const KEY_ORDER: u32 = 3;
    pub(super) const QUERY_ORDER: u32 = 4;
    pub(super) const MOVES: u32 = 5;
    pub(super) const VALUES: u32 = 6;
    pub(super) const OUTLIERS: u32 = 7;
    pub(super) const ASKING: u32 = 8;
    pub(super) const TEMPERATURE: u32 = 9;
    /// In a ghost: the tags of the scene's sections that the ghost does not have.
    pub(super) const ABSENT: u32 = 10;
    pub(super) const WRONG: u32 = 11;
    pub(super) const LIFT: u32 = 12;
    pub(super) const PREVIOUS: u32 = 13;
    pub(super) const TARGETS: u32 = 14;
    pub(super) const DUALS: u32 = 15;
    pub(super) const LENS: u32 = 16;
    pub(super) const THEME: u32 = 17;
    pub(super) const CAMERA: u32 = 18;
    pub(super) const BRUSH: u32 = 19;
    pub(super) const SMOOTHER: u32 = 20;
    pub(super) const KERNEL_PCA: u32 = 21;
    pub(super) const AXIS_FRAME: u32 = 22;
    pub(super) const ROBUST: u32 = 23;
    pub(super) const DAMAGE: u32 = 24;
    pub(super) const ELLIPTICAL: u32 = 25;
    pub(super) const SUPPORT: u32 = 26;
    pub(super) const FULL_SIZE: u32 = 27;
    pub(super) const CARD: u32 = 28;
    pub(super) const CLAIMS: u32 = 29;
    pub(super) const COMPARED: u32 = 30;
    pub(super) const HEADS: u32 = 31;
    pub(super) const GHOST: u32 = 32;
    pub(super) const SOFTMAX: u32 = 33;
    pub(super) const SMOOTHER_VIEW: u32 = 34;
    pub(super) const SETTINGS: u32 = 35;

    /// The sections of a scene, in the order in which they are written.
    pub(super) const SCENE: [u32; 14] = [
        SOURCE,
        HEAD,
        KEY_ORDER,
        QUERY_ORDER,
        MOVES,
        VALUES,
        OUTLIERS,
        ASKING,
        TEMPERATURE,
        WRONG,
        LIFT,
        PREVIOUS,
        TARGETS,
        DUALS,
    ];
    /// The other sections of a lab.
    pub(super) const REST: [u32; 20] = [
        LENS,
        THEME,
        CAMERA,
        BRUSH,
        SMOOTHER,
        KERNEL_PCA,
        AXIS_FRAME,
        ROBUST,
        DAMAGE,
        ELLIPTICAL,
        SUPPORT,
        FULL_SIZE,
        CARD,
        CLAIMS,
        COMPARED,
        HEADS,
        SOFTMAX,
        SMOOTHER_VIEW,
        SETTINGS,
        GHOST,
    ];
}

/// A source. The variants' numbers are their order: only ever append.
#[derive(Serialize, Deserialize)]
enum WireSource<'a> {
    Preset {
        code: u16,
    },
    Blank,
    File {
        name: &'a str,
        hash: [u8; 8],
        heads: u16,
        keys: u16,
        queries: u16,
    },
    Text {
        code: u16,
    },
    Planted {
        rank: u8,
        share: u8,
        draw: u8,
    },
}

/// The wrong entries of a key, as many as `len`, after `skip` keys that have none. `len` pairs follow: entries passed over since
/// the last wrong one, and what was added, in thousandths.
#[derive(Serialize, Deserialize)]
struct WrongKey {
    skip: u16,
    len: u16,
}

/// The space of a plane's keys. The variants' numbers are their order: only ever append.
#[derive(Serialize, Deserialize)]
enum WireLift {
    Plane,
    Lifted { seed: u32 },
}

/// λ of the pursuit: 0 for the source's, 1 for the textbook's, else itself in thousandths, moved up by 2.
#[derive(Serialize, Deserialize)]
struct WireRobust {
    lambda: u32,
    growing: bool,
    step: u16,
    method: u8,
    form: u8,
    iterations: u8,
    /// In thousandths; 0 for the source's.
    rpc_lambdas: [u16; 3],
    heads: u16,
    asks: u8,
    phase: bool,
    /// Rank, share and draw; zeros for none.
    instance: [u8; 3],
}

/// All settings of RPC-Attention: the sizes in thousandths; zeros for those that follow from the cloud.
#[derive(Serialize, Deserialize)]
struct WireSettings {
    open: bool,
    sizes: [u16; 3],
}

#[derive(Serialize, Deserialize)]
struct WireDamage {
    damage: u8,
    sizes: [u16; 4],
    percent: u8,
}

/// A grid point: x, y in steps, little-endian. Four bytes wherever it lies, so that the length of a link has a bound.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct WirePoint([u8; 4]);

/// Tokens in their order: `len` rows of the source, then the number of the first; or `len` 0 for a token that was added on
/// the board, then its place.
enum Segment {
    Rows { start: u16, len: u16 },
    Added(WirePoint),
}

/// `len` tokens in a row that have something, after `skip` that do not. For [`tag::MOVES`], [`tag::VALUES`] and
/// [`tag::PREVIOUS`] `len` points follow, for [`tag::TARGETS`] and [`tag::DUALS`] as many numbers in thousandths. Moves count the keys that are rows of the source, then the queries that are: an added token has its place
/// in the order.
#[derive(Serialize, Deserialize)]
struct Run {
    skip: u16,
    len: u16,
}

#[derive(Serialize, Deserialize)]
struct WireCamera {
    centre: WirePoint,
    span: u16,
}

#[derive(Serialize, Deserialize)]
struct WireBrush {
    kind: u8,
    strength: u16,
    seed: u32,
    radius: u16,
}

#[derive(Serialize, Deserialize)]
struct WireKernelPca {
    axis: u8,
    kept: u8,
    centred: bool,
    kernel: u8,
    free: bool,
}

/// The choices of the claims lens beside its card.
#[derive(Serialize, Deserialize)]
struct WireClaims {
    test: u8,
    group: u8,
    step: u8,
    all_learn: bool,
}

/// What the numbers of a claim stand beside, by the codes of the choices.
#[derive(Serialize, Deserialize)]
struct WireCompared {
    null: u8,
    beside: u8,
    start: u8,
}

/// The map of all heads.
#[derive(Serialize, Deserialize)]
struct WireHeads {
    open: bool,
    reading: u8,
}

#[derive(Serialize, Deserialize)]
struct WireAxisFrame {
    order: [u8; AxisFrame::AXES],
    flips: u8,
}

impl WirePoint {
    fn of(point: GridPoint) -> Self {
        let [x, y] = point.steps();
        let ([a, b], [c, d]) = (x.to_le_bytes(), y.to_le_bytes());
        Self([a, b, c, d])
    }

    fn point(self, losses: &mut Losses) -> GridPoint {
        let Self([a, b, c, d]) = self;
        let steps = [i16::from_le_bytes([a, b]), i16::from_le_bytes([c, d])];
        let [x, y] = steps;
        let point = GridPoint::from_steps(x, y);
        losses.out_of_range += usize::from(point.steps() != steps);
        point
    }
}

/// What could not be read of a payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Losses {
    /// It ended in the middle of something.
    pub(super) cut: bool,
    /// Parts that only a newer version knows.
    pub(super) unknown: usize,
    /// Entries that were left out or put on their bound.
    pub(super) out_of_range: usize,
}

/// A token's origin, with its place where it was added.
type Birth = (Origin, Option<GridPoint>);

/// How the tokens of a scene came to be, without the moves.
fn births(scene: &Scene) -> [Vec<Birth>; 2] {
    let birth = |origin: Origin, at: Option<GridPoint>| (origin, at.filter(|_| origin == Origin::Added));
    [
        scene.keys.iter().map(|key| birth(key.origin, key.at)).collect(),
        scene
            .queries
            .iter()
            .map(|query| birth(query.origin, query.at))
            .collect(),
    ]
}
