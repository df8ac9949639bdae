//! The clouds behind the sources, and the plane that edits are made on.

use std::sync::{Arc, OnceLock};

use eigenlens_core::{Cloud, Error, Head, Plane, PlaneKind, straight_axis};
use nalgebra::DMatrix;

use super::GridPoint;
use super::corruption::{Corruption, units};
use super::planted::Planted;
use super::preset::{PRESETS, Preset};
use super::results::Shelf;
use super::scene::{FileSource, MAX_TOKENS, Origin, Source};
use super::tested::Tested;
use super::text::{TextError, TextId};

/// Most files that are kept at once; beyond, the one opened first is let go.
pub const MAX_FILES: usize = 8;

/// Why a scene has no tokens to compute with.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SceneError {
    /// The lab was made on a file that is not open here.
    #[error("{name} is not open")]
    FileMissing {
        /// The file's name.
        name: String,
        /// The file's hash.
        hash: [u8; 8],
    },
    /// The numbers of the text have not come yet.
    #[error("“{}” is not here yet", text.text().key)]
    TextMissing {
        /// Which text.
        text: TextId,
        /// How much of it has come, in percent, while it is on its way.
        percent: Option<u8>,
    },
    /// All keys were erased.
    #[error("there are no keys on the board")]
    NoKeys,
    /// The scene names a row or a head that its source does not have.
    #[error("there is no {what} {number}: {name} has {has}")]
    NotInSource {
        /// "key", "query" or "head".
        what: &'static str,
        /// Which one, counted from 1.
        number: usize,
        /// Name of the source.
        name: String,
        /// How many it has.
        has: usize,
    },
    /// The tokens are outside what can be computed.
    #[error(transparent)]
    Core(#[from] Error),
}

/// Why a cloud cannot be put on the board.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} has {has} {what}: at most {bound} fit on the board")]
pub struct TooLarge {
    /// Name of the file.
    pub name: String,
    /// "keys", "queries" or "heads".
    pub what: &'static str,
    /// How many it has.
    pub has: usize,
    /// How many it may have.
    pub bound: usize,
}

/// One head of a source with its plane: what edits are made on.
///
/// The plane is that of the untouched head, so it stands still while a token is dragged.
#[derive(Clone, Debug)]
pub struct Ground {
    cloud: Arc<Cloud>,
    head: usize,
    /// Rows of a blank board's cloud are no tokens.
    is_blank: bool,
    name: String,
    plane: Plane,
    scale: f64,
    value_scale: f64,
    values_are_keys: bool,
    /// Mean of the keys, D entries: where an added token is off the plane.
    centre: Vec<f64>,
    /// Mean of the values, `D_v` entries: the value of an added key.
    value_centre: Vec<f64>,
}

impl Ground {
    fn new(source: &Source, cloud: Arc<Cloud>, head_index: usize) -> Result<Self, SceneError> {
        let name = source.name();
        let head = cloud.heads().get(head_index).ok_or_else(|| SceneError::NotInSource {
            what: "head",
            number: head_index + 1,
            name: name.clone(),
            has: cloud.heads().len(),
        })?;
        let plane = damaged_plane(source, head).unwrap_or_else(|| Plane::new(head))?;
        let rows = |matrix: &DMatrix<f64>| -> Vec<Vec<f64>> {
            matrix.row_iter().map(|row| row.iter().copied().collect()).collect()
        };
        let mut extent = 0.0_f64;
        for row in rows(head.keys()).iter().chain(&rows(head.queries())) {
            let [x, y] = plane.coordinates(row)?;
            extent = extent.max(x.abs()).max(y.abs());
        }
        let centre = head.keys().row_mean().iter().copied().collect();
        let value_centre = head.values().row_mean().iter().copied().collect();
        let before = cloud.previous_values().get(head_index).map_or(0.0, DMatrix::amax);
        let value_scale = scale_of(head.values().amax().max(before));
        Ok(Self {
            head: head_index,
            is_blank: *source == Source::Blank,
            values_are_keys: match source {
                Source::Preset(id) => id.preset().values.is_none(),
                Source::Blank | Source::Planted(_) => true,
                Source::File(_) | Source::Text(_) => false,
            },
            name,
            plane,
            scale: scale_of(extent),
            value_scale,
            centre,
            value_centre,
            cloud,
        })
    }

    /// The plane of the head: its kind, its share of what varies, the keys it places worst (rows of the source).
    pub fn plane(&self) -> &Plane {
        &self.plane
    }

    /// Coordinates in one board unit: a power of two, 1 unless the cloud is far larger or far smaller than the board.
    pub fn scale(&self) -> f64 {
        self.scale
    }

    /// Value coordinates in one step of 1 of a value that was set on the board: a power of two, 1 unless the values are far
    /// larger or far smaller than the board.
    pub fn value_scale(&self) -> f64 {
        self.value_scale
    }

    /// D.
    pub fn dim(&self) -> usize {
        self.centre.len()
    }

    /// `D_v`.
    pub fn value_dim(&self) -> usize {
        self.value_centre.len()
    }

    /// Keys and queries of the untouched head.
    pub(super) fn counts(&self) -> [u16; 2] {
        let head = self.cloud.heads().get(self.head).filter(|_| !self.is_blank);
        head.map_or([0; 2], |head| [head.n_keys() as u16, head.n_queries() as u16])
    }

    /// Where a point of D coordinates is drawn, in board units.
    pub fn place(&self, row: &[f64]) -> Result<[f64; 2], SceneError> {
        let [x, y] = self.plane.coordinates(row)?;
        Ok([x / self.scale, y / self.scale])
    }

    /// Whether a key without a value of its own has itself as value.
    pub fn values_are_keys(&self) -> bool {
        self.values_are_keys
    }

    fn not_in_source(&self, what: &'static str, row: u16, has: usize) -> SceneError {
        SceneError::NotInSource {
            what,
            number: usize::from(row) + 1,
            name: self.name.clone(),
            has,
        }
    }

    /// A row of one of the head's matrices.
    fn row(
        &self,
        what: &'static str,
        row: u16,
        pick: impl Fn(&Head, usize) -> Option<Vec<f64>>,
        count: impl Fn(&Head) -> usize,
    ) -> Result<Vec<f64>, SceneError> {
        let head = self.cloud.heads().get(self.head).filter(|_| !self.is_blank);
        head.and_then(|head| pick(head, usize::from(row)))
            .ok_or_else(|| self.not_in_source(what, row, head.map_or(0, count)))
    }

    /// A token's D coordinates before it was moved.
    fn birth(&self, origin: Origin, role: Role) -> Result<Vec<f64>, SceneError> {
        match (origin, role) {
            (Origin::Added, _) => Ok(self.centre.clone()),
            (Origin::Row(row), Role::Key) => self.row("key", row, Head::key, Head::n_keys),
            (Origin::Row(row), Role::Query) => self.row("query", row, Head::query, Head::n_queries),
        }
    }

    /// A token's D coordinates.
    pub(super) fn token(&self, origin: Origin, at: Option<GridPoint>, role: Role) -> Result<Vec<f64>, SceneError> {
        let row = self.birth(origin, role)?;
        match at {
            None => Ok(row),
            Some(at) => Ok(self.plane.move_to(&row, at.to_world().map(|x| x * self.scale))?),
        }
    }

    /// Where a token is drawn, in board units.
    pub(super) fn position(&self, origin: Origin, at: Option<GridPoint>, role: Role) -> Result<[f64; 2], SceneError> {
        match (at, self.plane.kind()) {
            // Keys of one dimension lie on a line, wherever the gesture ended.
            (Some(at), PlaneKind::Coordinates { dim: 1 }) => {
                let [x, _] = at.to_world();
                Ok([x, 0.0])
            }
            (Some(at), _) => Ok(at.to_world()),
            (None, _) => {
                let on_plane = self.plane.coordinates(&self.birth(origin, role)?)?;
                Ok(on_plane.map(|x| x / self.scale))
            }
        }
    }

    /// A key's `D_v` value coordinates, from its D coordinates.
    pub(super) fn value(&self, origin: Origin, value: Option<GridPoint>, key: &[f64]) -> Result<Vec<f64>, SceneError> {
        let mut row = match origin {
            _ if self.values_are_keys => key.to_vec(),
            Origin::Added => self.value_centre.clone(),
            Origin::Row(row) => self.row("key", row, Head::value, Head::n_keys)?,
        };
        if let Some(value) = value {
            for (entry, set) in std::iter::zip(&mut row, value.to_world()) {
                *entry = set * self.value_scale;
            }
        }
        Ok(row)
    }
}

/// The plane of a cloud of more than two dimensions that comes with wrong entries: through the first axes of the clean keys and
/// of the keys as they are seen, the damaged ones upwards, so that the angle between the two is seen as it is.
fn damaged_plane(source: &Source, head: &Head) -> Option<Result<Plane, Error>> {
    let wrong = Corruption::of(source);
    if wrong.is_empty() || head.dim() <= 2 {
        return None;
    }
    let mut seen = head.keys().clone();
    for (key, column, steps) in wrong.cells() {
        if let Some(entry) = seen.get_mut((key, column)) {
            *entry += units(steps);
        }
    }
    let clean = straight_axis(head.keys()).ok()?.axis;
    let mut turned = straight_axis(&seen).ok()?.axis;
    let dot = |a: &[f64], b: &[f64]| std::iter::zip(a, b).map(|(a, b)| a * b).sum::<f64>();
    let along = dot(&clean, &turned);
    for (entry, clean) in std::iter::zip(&mut turned, &clean) {
        *entry -= along * clean;
    }
    let upwards: f64 = wrong
        .cells()
        .map(|(_, column, steps)| units(steps) * turned.get(column).copied().unwrap_or_default())
        .sum();
    if upwards < 0.0 {
        for entry in &mut turned {
            *entry = -*entry;
        }
    }
    Some(Plane::along(head, [&clean, &turned]))
}

#[derive(Clone, Copy)]
pub(super) enum Role {
    Key,
    Query,
}

/// The power of two that a length is divided by to fit the board: 1 for lengths from 1/4 to 16, which the board shows well and
/// where the grid of 2⁻¹⁰ is fine enough; else the one that brings the length to between 8 and 16.
fn scale_of(extent: f64) -> f64 {
    const FITS: std::ops::RangeInclusive<f64> = 0.25..=16.0;
    const SMALLEST: f64 = f64::MIN_POSITIVE;
    let mut scale = 1.0;
    if extent == 0.0 || !extent.is_finite() || FITS.contains(&extent) {
        return scale;
    }
    while extent / scale > 16.0 {
        scale *= 2.0;
    }
    while extent / scale <= 8.0 && scale > SMALLEST {
        scale /= 2.0;
    }
    scale
}

/// A cloud, with the ground of each head once it has been looked at.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) source: Source,
    cloud: Arc<Cloud>,
    grounds: Vec<OnceLock<Result<Arc<Ground>, SceneError>>>,
}

impl Entry {
    fn new(source: Source, cloud: Arc<Cloud>) -> Self {
        Self {
            source,
            grounds: vec![OnceLock::new(); cloud.heads().len()],
            cloud,
        }
    }
}

/// The clouds that sources name: those built in, the texts that have come, and up to [`MAX_FILES`] opened files.
#[derive(Clone, Debug)]
pub struct Library {
    built_in: Vec<Entry>,
    texts: Vec<Entry>,
    /// Texts on their way, and how much of each has come, in percent.
    coming: Vec<(TextId, u8)>,
    /// Oldest first.
    files: Vec<Entry>,
    /// Planted instances by their number, made when they are first looked at.
    planted: Vec<OnceLock<Option<Entry>>>,
    /// What was measured at full size.
    pub results: Shelf,
    /// Tests of heads that a person has opened.
    pub tested: Option<Arc<Tested>>,
}

impl Default for Library {
    fn default() -> Self {
        let presets = PRESETS.iter().map(|preset| {
            let source = Source::Preset(preset.id);
            (source, cloud(preset))
        });
        // The mathematics knows no cloud without tokens; a blank board stands on one whose rows it never uses.
        let origin = DMatrix::zeros(1, 2);
        let blank = Head::new(origin.clone(), origin.clone(), origin);
        let blank = (Source::Blank, blank.and_then(|head| Cloud::new(vec![head], Vec::new())));
        let built_in = presets.chain([blank]);
        Self {
            // The built-in coordinates are valid, as a test sees to; one that were not would be missing, not a panic.
            built_in: built_in
                .filter_map(|(source, cloud)| Some(Entry::new(source, Arc::new(cloud.ok()?))))
                .collect(),
            texts: Vec::new(),
            coming: Vec::new(),
            files: Vec::new(),
            planted: vec![OnceLock::new(); Planted::COUNT],
            results: Shelf::default(),
            tested: None,
        }
    }
}

/// The cloud of a planted instance: its clean keys, the first of which asks.
fn plant(planted: Planted) -> Option<Entry> {
    let (keys, _) = planted.draw_all();
    let head = Head::new(keys.rows(0, 1).into_owned(), keys.clone(), keys);
    let cloud = Cloud::new(vec![head.ok()?], Vec::new()).ok()?;
    Some(Entry::new(Source::Planted(planted), Arc::new(cloud)))
}

/// A preset's cloud, of one head.
fn cloud(preset: &Preset) -> Result<Cloud, Error> {
    let values = preset.values.unwrap_or(preset.keys);
    let head = Head::new(preset.queries.matrix(), preset.keys.matrix(), values.matrix())?;
    let cloud = Cloud::new(vec![head], Vec::new())?;
    match preset.previous {
        Some(previous) => cloud.with_previous_values(vec![previous.matrix()]),
        None => Ok(cloud),
    }
}

impl Library {
    /// Keeps the cloud of a file under the hash of its content, and gives the source that names it.
    ///
    /// A file that is already there is replaced; beyond [`MAX_FILES`] the one opened first is let go, and a scene on it says so.
    pub fn insert(&mut self, name: &str, hash: [u8; 8], cloud: Arc<Cloud>) -> Result<Source, TooLarge> {
        let counts = cloud
            .heads()
            .first()
            .map_or([0; 2], |head| [head.n_keys(), head.n_queries()]);
        let [keys, queries] = counts;
        let heads = cloud.heads().len();
        for (what, has, bound) in [
            ("keys", keys, MAX_TOKENS),
            ("queries", queries, MAX_TOKENS),
            ("heads", heads, usize::from(u16::MAX)),
        ] {
            if has > bound {
                let name = name.to_owned();
                return Err(TooLarge { name, what, has, bound });
            }
        }
        let source = Source::File(FileSource::new(name, hash, heads as u16, keys as u16, queries as u16));
        self.files.retain(|file| !file.source.names_same_cloud(&source));
        if self.files.len() >= MAX_FILES {
            self.files.remove(0);
        }
        self.files.push(Entry::new(source.clone(), cloud));
        Ok(source)
    }

    /// Keeps the heads of a text, unpacked as [`super::text::Text::unpack`] wants them.
    pub fn insert_text(&mut self, id: TextId, bytes: &[u8]) -> Result<(), TextError> {
        let cloud = Arc::new(id.text().unpack(bytes)?);
        let source = Source::Text(id);
        self.set_coming(id, None);
        self.texts.retain(|text| text.source != source);
        self.texts.push(Entry::new(source, cloud));
        Ok(())
    }

    /// Says how much of a text has come, in percent; `None` that it is not on its way.
    pub fn set_coming(&mut self, id: TextId, percent: Option<u8>) {
        self.coming.retain(|(other, _)| *other != id);
        self.coming.extend(percent.map(|percent| (id, percent.min(100))));
    }

    /// The cloud that a source names, untouched; none for a blank board, and for a file or a text that is not here.
    pub fn cloud(&self, source: &Source) -> Option<Arc<Cloud>> {
        let entry = self.entry(source).filter(|entry| entry.source != Source::Blank)?;
        Some(Arc::clone(&entry.cloud))
    }

    /// One head of a source with its plane, computed when it is first asked for.
    pub fn ground(&self, source: &Source, head: u16) -> Result<Arc<Ground>, SceneError> {
        let entry = self.entry(source).ok_or_else(|| match source {
            Source::Text(id) => SceneError::TextMissing {
                text: *id,
                percent: self
                    .coming
                    .iter()
                    .find(|(other, _)| other == id)
                    .map(|(_, percent)| *percent),
            },
            Source::File(_) | Source::Preset(_) | Source::Blank | Source::Planted(_) => SceneError::FileMissing {
                name: source.name(),
                hash: match source {
                    Source::File(file) => file.hash,
                    Source::Preset(_) | Source::Blank | Source::Text(_) | Source::Planted(_) => [0; 8],
                },
            },
        })?;
        let head = usize::from(head);
        let compute = || Ground::new(&entry.source, Arc::clone(&entry.cloud), head).map(Arc::new);
        match entry.grounds.get(head) {
            Some(ground) => ground.get_or_init(compute).clone(),
            None => compute(),
        }
    }

    /// The opened files, the one opened last first.
    pub fn files(&self) -> impl Iterator<Item = (&Source, &Cloud)> {
        self.files.iter().rev().map(|entry| (&entry.source, &*entry.cloud))
    }

    pub(super) fn entry(&self, source: &Source) -> Option<&Entry> {
        if let Source::Planted(planted) = source {
            return self
                .planted
                .get(planted.index())?
                .get_or_init(|| plant(*planted))
                .as_ref();
        }
        let mut entries = self.built_in.iter().chain(&self.texts).chain(&self.files);
        entries.find(|entry| entry.source.names_same_cloud(source))
    }
}

impl Source {
    /// Name on screen: of the preset, of the text, of the file, "Blank board".
    pub fn name(&self) -> String {
        match self {
            Self::Preset(id) => id.preset().name.to_owned(),
            Self::File(file) => file.name.clone(),
            Self::Blank => "Blank board".to_owned(),
            Self::Text(id) => id.text().key.to_owned(),
            Self::Planted(planted) => format!(
                "Planted: rank {}, {} wrong, draw {}",
                planted.rank(),
                planted.percent(),
                planted.draw() + 1
            ),
        }
    }

    /// Whether two sources are the same cloud; a file is known by its hash, whatever it is called.
    pub(super) fn names_same_cloud(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File(file), Self::File(other)) => file.hash == other.hash,
            _ => self == other,
        }
    }
}
