//! What kernel PCA makes of a scene: pure functions, on the way of every drag.

use std::iter::zip;
use std::sync::Arc;

use eigenlens_core::{
    AttentionRow, Centring, Error, Head, Kernel, KernelPca, Mechanism, PlanarField, Scoring, attend_row, axis_owner,
    median_cosine, projection_loss, singular_values, sorted_by,
};
use nalgebra::DMatrix;

use super::heads::separation_of;
use crate::lab::readout::{Check, text};
use crate::lab::{
    AxisFrame, KernelChoice, KernelPcaChoices, Library, Origin, Scene, SceneError, Source, Temperature, ValuesFrom,
};
use crate::lens::common::Common;

/// Relative distance of two eigenvalues below which their axes are called undefined.
const GAP: f64 = 0.01;
/// From this size of an entry on an axis is called the axis of one token.
pub(super) const ONE_TOKEN: f64 = 0.9;
/// Entries of K up to which they are read out one by one.
pub(super) const MOST_SIMILARITIES: usize = 144;
/// The loss is computed over all queries where that costs at most about a millisecond: multiply-adds.
const LOSS_MOST_TERMS: usize = 1 << 19;

/// What the decomposition depends on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    pub(super) keys: DMatrix<f64>,
    pub(super) temperature: Temperature,
    pub(super) kernel: KernelChoice,
    pub(super) centred: bool,
}

impl Wanted {
    pub(super) fn of(head: &Head, temperature: Temperature, choices: &KernelPcaChoices) -> Self {
        Self {
            keys: head.keys().clone(),
            temperature,
            kernel: choices.kernel,
            centred: choices.centred,
        }
    }

    pub(super) fn kernel(&self) -> Kernel {
        let temperature = self.temperature.value(self.keys.ncols());
        match self.kernel {
            KernelChoice::Exponential => Kernel::Exponential { temperature },
            KernelChoice::Gaussian => Kernel::Gaussian { temperature },
        }
    }

    pub(super) fn centring(&self) -> Centring {
        if self.centred {
            Centring::Centred
        } else {
            Centring::Uncentred
        }
    }
}

/// Keys of which every pair is compared: some milliseconds at most.
const MOST_COMPARED: usize = 256;

/// The decomposition of the keys with all that follows from it alone. Axes are canonical here.
#[derive(Debug)]
pub(super) struct Fit {
    /// The solved eigenproblem.
    pub(super) pca: KernelPca,
    /// Unit eigenvectors, N×rank.
    pub(super) vectors: DMatrix<f64>,
    /// A, N×rank.
    pub(super) coefficients: DMatrix<f64>,
    /// The constructed V, N×rank.
    pub(super) values: DMatrix<f64>,
    /// Share of each axis.
    pub(super) shares: Vec<f64>,
    /// The largest entry of K, and the largest size of one of K̃.
    pub(super) most: [f64; 2],
    /// The median cosine between features of different keys, of few enough keys.
    pub(super) cosine: Option<f64>,
    /// The eigenvalues of `I − 11ᵀ/N`, ascending, of few keys: of a positive semi-definite matrix they are the singular values.
    pub(super) centring: Vec<f64>,
}

impl Fit {
    pub(super) fn new(pca: KernelPca) -> Result<Self, Error> {
        let rank = pca.rank();
        Ok(Self {
            vectors: pca.eigenvectors(rank)?,
            coefficients: pca.coefficients(rank)?,
            values: pca.values(rank)?,
            shares: pca.shares(),
            most: [pca.gram().amax(), pca.centred_gram().amax()],
            cosine: cosine(&pca)?,
            centring: centring(pca.n_keys())?,
            pca,
        })
    }

    pub(super) fn rank(&self) -> usize {
        self.shares.len()
    }
}

fn cosine(pca: &KernelPca) -> Result<Option<f64>, Error> {
    match pca.kernel() {
        Kernel::Exponential { temperature } | Kernel::Gaussian { temperature } if pca.n_keys() <= MOST_COMPARED => {
            median_cosine(pca.keys(), temperature)
        }
        _ => Ok(None),
    }
}

fn centring(n: usize) -> Result<Vec<f64>, Error> {
    if n * n > MOST_SIMILARITIES {
        return Ok(Vec::new());
    }
    let mut values = singular_values(&DMatrix::identity(n, n).add_scalar(-1.0 / n as f64))?;
    values.reverse();
    Ok(values)
}

/// An axis as it is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Axis {
    /// The canonical axis behind it.
    pub(super) canonical: usize,
    /// 1 or −1.
    pub(super) sign: f64,
    /// Its share of what differs between the keys.
    pub(super) share: f64,
    /// Its eigenvalue has a neighbour nearer than [`GAP`].
    pub(super) undefined: bool,
}

/// Everything that the lens paints and says.
pub(super) struct Picture {
    /// The tokens.
    pub(super) common: Common,
    /// The row of the asking query under the kernel: weights.
    pub(super) row: AttentionRow,
    /// The decomposition.
    pub(super) fit: Arc<Fit>,
    /// The axes in the order in which they are shown.
    pub(super) axes: Vec<Axis>,
    /// The values: constructed, N×rank in the shown order, or the cloud's own, `N×D_v`.
    pub(super) values: DMatrix<f64>,
    /// `h = Σ_j w_j v_j`, one per column of the values.
    pub(super) scores: Vec<f64>,
    /// The axis that is marked in the spectrum.
    pub(super) axis: usize,
    /// How many axes are kept.
    pub(super) axes_kept: usize,
    /// The column of the values on the board: the axis, where the values are constructed.
    pub(super) chosen: usize,
    /// The other axis of the plane of scores and of the curves through the query, where there is one.
    pub(super) partner: Option<usize>,
    /// How many columns are kept.
    pub(super) kept: usize,
    /// The values are the cloud's own.
    pub(super) free: bool,
    /// `‖φ(q)‖²`.
    pub(super) phi_squared: f64,
    /// `‖h‖²` over all columns.
    pub(super) h_squared: f64,
    /// `‖h‖²` over the kept columns.
    pub(super) h_squared_kept: f64,
    /// The outputs of all queries against what they project, where that is computed.
    pub(super) loss: Option<Loss>,
    /// The largest difference between attention and the projection, over the kept axes.
    pub(super) difference: f64,
    /// Value coordinates in one step of 1 of a value that was set on the board.
    pub(super) value_scale: f64,
    /// What the chosen axis tells apart.
    pub(super) meaning: Meaning,
    /// Where the chosen column points on a plane, in degrees.
    pub(super) bearing: Option<f64>,
    /// The identities, with their residuals now.
    pub(super) checks: Vec<Check>,
}

/// The outputs of all queries, over the kept columns, against what they project.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Loss {
    /// `J = mean_i(‖φ(q_i)‖² − ‖h_i‖²)`.
    pub(super) signed: f64,
    /// `mean ‖h_i‖²`.
    pub(super) output: f64,
    /// By how much the values must be scaled for J = 0: `√(mean ‖φ(q_i)‖²/mean ‖h_i‖²)`.
    pub(super) scale: f64,
    /// By how much they may be scaled at most such that no output is longer than what it projects: `min ‖φ(q_i)‖/‖h_i‖`.
    pub(super) safe_scale: f64,
    /// How many outputs are longer than what they project, by more than rounding.
    pub(super) too_long: usize,
}

/// What an axis is about, in words.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Meaning {
    /// One named group on the negative side, another on the positive one.
    Groups(&'static str, &'static str),
    /// One named group against all others.
    Group(&'static str),
    /// One token against all others.
    Token(usize),
    /// Without centring: every key on the same side.
    Everyone,
    /// Nothing that has a name: the axis holds a share of what differs.
    Share,
}

/// The member of the family whose rows the kernel gives.
pub(super) fn scoring(wanted: &Wanted) -> Result<Scoring, Error> {
    let mechanism = match wanted.kernel {
        KernelChoice::Exponential => Mechanism::Softmax,
        KernelChoice::Gaussian => Mechanism::Smoother,
    };
    let dim = wanted.keys.ncols();
    mechanism.scoring(dim)?.with_temperature(wanted.temperature.value(dim))
}

/// The axes of a fit in their frame.
pub(super) fn axes(fit: &Fit, frame: AxisFrame) -> Vec<Axis> {
    let axis = |(canonical, sign): (usize, f64)| Axis {
        canonical,
        sign,
        share: fit.shares.get(canonical).copied().unwrap_or_default(),
        undefined: fit.pca.gap(canonical) < GAP,
    };
    frame.shown(fit.rank()).into_iter().map(axis).collect()
}

/// The columns of a canonical matrix in the shown order, with their signs.
pub(super) fn framed(matrix: &DMatrix<f64>, axes: &[Axis]) -> DMatrix<f64> {
    DMatrix::from_fn(matrix.nrows(), axes.len(), |row, column| {
        axes[column].sign * matrix[(row, axes[column].canonical)]
    })
}

impl Picture {
    /// The picture of a scene on its decomposition.
    ///
    /// # Errors
    /// When the rank is 0 there is no axis: [`Error::NotDefined`].
    pub(super) fn new(
        scene: &Scene,
        common: Common,
        fit: Arc<Fit>,
        wanted: &Wanted,
        choices: &KernelPcaChoices,
    ) -> Result<Self, SceneError> {
        let scoring = scoring(wanted)?;
        let row = attend_row(&common.head, &scoring, common.asking)?;
        let axes = axes(&fit, choices.frame);
        if axes.is_empty() {
            return Err(SceneError::Core(Error::NotDefined {
                what: "the principal axis",
                needs: "keys that differ".to_owned(),
                has: if common.head.n_keys() == 1 {
                    "a single key".to_owned()
                } else {
                    "no difference between them".to_owned()
                },
            }));
        }
        let free = choices.values == ValuesFrom::Free;
        let values = if free {
            common.head.values().clone()
        } else {
            framed(&fit.values, &axes)
        };
        let columns = values.ncols();
        let scores: Vec<f64> = values
            .column_iter()
            .map(|column| zip(&row.weights, column.iter()).map(|(w, v)| w * v).sum())
            .collect();
        let chosen = usize::from(choices.axis).min(columns.saturating_sub(1));
        let partner = (columns > 1).then_some(usize::from(chosen == 0));
        let kept = usize::from(choices.kept).clamp(1, columns);
        let query = common.head.query(common.asking).unwrap_or_default();
        let by_definition = fit.pca.scores(&query, fit.rank())?;
        let compared = if free { kept.min(axes.len()) } else { kept };
        let difference = axes
            .iter()
            .zip(&scores)
            .take(compared)
            .map(|(axis, score)| (score - axis.sign * by_definition[axis.canonical]).abs())
            .fold(0.0, f64::max);
        let squared = |columns: usize| scores.iter().take(columns).map(|score| score * score).sum();
        let (h_squared, h_squared_kept) = (squared(scores.len()), squared(kept));
        let mut picture = Self {
            axis: usize::from(choices.axis).min(axes.len() - 1),
            axes_kept: usize::from(choices.kept).clamp(1, axes.len()),
            // Beyond the range of numbers it is longer than any output.
            phi_squared: match fit.pca.squared_length(&query) {
                Err(Error::Overflow { .. }) => f64::INFINITY,
                length => length?,
            },
            loss: None,
            meaning: meaning(scene, &framed(&fit.vectors, &axes), chosen, free),
            bearing: None,
            checks: Vec::new(),
            value_scale: 1.0,
            common,
            row,
            fit,
            axes,
            values,
            scores,
            chosen,
            partner,
            kept,
            free,
            h_squared,
            h_squared_kept,
            difference,
        };
        picture.loss = picture.loss(&scoring)?;
        picture.bearing = picture.bearing(&scoring);
        picture.checks = picture.checks(wanted.centred);
        Ok(picture)
    }

    /// Share of what differs on the kept axes.
    pub(super) fn kept_share(&self) -> f64 {
        self.axes.iter().take(self.axes_kept).map(|axis| axis.share).sum()
    }

    /// Each key's scores on the chosen axis and its partner, were it a query: a row of weights times V.
    pub(super) fn scores_of_keys(&self, wanted: &Wanted) -> Result<Vec<[f64; 2]>, Error> {
        let Some(partner) = self.partner else {
            return Ok(Vec::new());
        };
        let head = &self.common.head;
        if head.n_keys() * head.n_keys() * head.dim() > LOSS_MOST_TERMS {
            return Ok(Vec::new());
        }
        let scoring = scoring(wanted)?;
        let [first, second] = [self.chosen.min(partner), self.chosen.max(partner)];
        let asking = Head::new(
            head.keys().clone(),
            head.keys().clone(),
            self.values.select_columns(&[first, second]),
        )?;
        (0..head.n_keys())
            .map(|key| {
                let output = attend_row(&asking, &scoring, key)?.output;
                Ok([0, 1].map(|axis| output.get(axis).copied().unwrap_or_default()))
            })
            .collect()
    }

    /// The loss over the kept columns.
    fn loss(&self, scoring: &Scoring) -> Result<Option<Loss>, Error> {
        let head = &self.common.head;
        if head.n_queries() * head.n_keys() * (head.dim() + self.kept) > LOSS_MOST_TERMS {
            return Ok(None);
        }
        let kept: Vec<usize> = (0..self.kept).collect();
        let asking = Head::new(
            head.queries().clone(),
            head.keys().clone(),
            self.values.select_columns(&kept),
        )?;
        let scores = eigenlens_core::attend(&asking, scoring)?.output;
        let signed = match projection_loss(&self.fit.pca, head.queries(), &scores) {
            Err(Error::Overflow { .. }) => return Ok(None),
            loss => loss?,
        };
        let rounding = 1.0 + 8.0 * f64::EPSILON * (8.0 + head.n_keys() as f64);
        let (mut safe_scale, mut too_long) = (f64::INFINITY, 0);
        for (query, scores) in zip(head.queries().row_iter(), scores.row_iter()) {
            let query: Vec<f64> = query.iter().copied().collect();
            let (projected, output) = (self.fit.pca.squared_length(&query)?, scores.norm_squared());
            too_long += usize::from(output > projected * rounding);
            safe_scale = (projected / output).sqrt().min(safe_scale);
        }
        let output = scores.norm_squared() / head.n_queries() as f64;
        let scale = ((signed + output) / output).sqrt();
        Ok(Some(Loss {
            signed,
            output,
            scale,
            safe_scale,
            too_long,
        }))
    }

    /// Entries of the unit eigenvector of the chosen axis, with its sign; none of free values.
    pub(super) fn entries(&self) -> Option<Vec<f64>> {
        let axis = self.axes.get(self.chosen).filter(|_| !self.free)?;
        let vector = self.fit.vectors.column(axis.canonical);
        Some(vector.iter().map(|entry| axis.sign * entry).collect())
    }

    /// What the mean of the keys in feature space scores on the chosen axis, `1ᵀK_φ a/N`: by so much attention, which does not
    /// take it off the query, is away from the textbook's score.
    pub(super) fn score_of_mean(&self) -> Option<f64> {
        let axis = self.axes.get(self.chosen).filter(|_| !self.free)?;
        let coefficients = self.fit.coefficients.column(axis.canonical);
        let gram = self.fit.pca.gram();
        let terms = zip(gram.column_iter(), coefficients.iter()).map(|(column, a)| column.sum() * a);
        Some(axis.sign * terms.sum::<f64>() / gram.nrows() as f64)
    }

    /// `∇h(0) = (1/τ) Σ_j w_j (v_j − h) k_j`: where the chosen column points on a plane, in degrees from 0 to 180.
    pub(super) fn bearing(&self, scoring: &Scoring) -> Option<f64> {
        let head = &self.common.head;
        if head.dim() != 2 {
            return None;
        }
        let values = self.values.select_columns(&[self.chosen]);
        let origin = Head::new(DMatrix::zeros(1, 2), head.keys().clone(), values.clone()).ok()?;
        let row = attend_row(&origin, scoring, 0).ok()?;
        let score = row.output.first()?;
        let along = |axis: usize| -> f64 {
            let keys = head.keys().column(axis);
            let terms = zip(&row.weights, values.iter()).map(|(w, v)| w * (v - score));
            zip(terms, keys.iter()).map(|(term, k)| term * k).sum()
        };
        Some(along(1).atan2(along(0)).to_degrees().rem_euclid(180.0))
    }

    /// The identities of the lens. Bounds are a few units in the last place per term of the sums involved.
    fn checks(&self, centred: bool) -> Vec<Check> {
        let n = self.row.weights.len();
        let rounding = f64::EPSILON * (8.0 + n as f64);
        let sum: f64 = self.row.weights.iter().sum();
        let mut checks = vec![Check::new("row_sum", (sum - 1.0).abs(), rounding)];
        if centred {
            let gram = self.fit.pca.centred_gram();
            let left: f64 = gram.row_iter().map(|row| row.sum().abs()).fold(0.0, f64::max);
            checks.push(Check::new("centred", left, rounding * n as f64 * self.fit.most[0]));
        }
        // The terms of the sums behind a score: `w_j v_jd` on one side, `a_jd φ(q)·φ(k_j)` on the other, which are the same
        // numbers, the latter taken relative to their mean.
        let terms = |column: usize| -> f64 {
            let column = self.values.column(column);
            zip(&self.row.weights, column.iter()).map(|(w, v)| (w * v).abs()).sum()
        };
        let largest = (0..self.kept).map(terms).fold(0.0, f64::max);
        checks.push(Check::new("projection", self.difference, 8.0 * rounding * largest));
        let excess = (self.h_squared - self.phi_squared).max(0.0);
        let mut bessel = Check::new("bessel", excess, 8.0 * rounding * self.phi_squared);
        let sign = if bessel.holds { "≤" } else { ">" };
        bessel.text = format!(
            "{} {sign} {}",
            text::number(self.h_squared),
            text::number(self.phi_squared)
        );
        checks.push(bessel);
        checks
    }
}

/// What an axis is about: named groups of the preset, or one token.
fn meaning(scene: &Scene, vectors: &DMatrix<f64>, chosen: usize, free: bool) -> Meaning {
    if free || chosen >= vectors.ncols() {
        return Meaning::Share;
    }
    let entries = vectors.column(chosen);
    if entries.len() > 1 && entries.min() * entries.max() > 0.0 {
        return Meaning::Everyone;
    }
    let mean = |[start, end]: [u16; 2]| -> Option<f64> {
        let rows = start..end;
        let of_row = |row: u16| {
            let place = scene.keys.iter().position(|key| key.origin == Origin::Row(row))?;
            entries.get(place).copied()
        };
        let found: Vec<f64> = rows.clone().filter_map(of_row).collect();
        (found.len() == rows.len() && !found.is_empty()).then(|| found.iter().sum::<f64>() / found.len() as f64)
    };
    if let Source::Preset(id) = &scene.source {
        let groups: Vec<(f64, &'static str)> = id
            .preset()
            .groups
            .iter()
            .filter_map(|group| Some((mean(group.rows)?, group.name)))
            .collect();
        let groups = sorted_by(&groups, &|a, b| a.0.total_cmp(&b.0));
        if let [low, .., high] = groups.as_slice() {
            return between_groups(&groups, *low, *high);
        }
    }
    let entries = entries.as_slice();
    match axis_owner(entries) {
        Some(owner) if owner.entry > ONE_TOKEN && entries.len() > 2 => Meaning::Token(owner.key),
        _ => parts(scene, entries).unwrap_or(Meaning::Share),
    }
}

/// The parts of a text, where the axis tells one from the other without an error.
fn parts(scene: &Scene, entries: &[f64]) -> Option<Meaning> {
    let Source::Text(text) = scene.source else { return None };
    let apart = separation_of(scene, entries) == Some(1.0);
    let [one, other] = text.text().parts;
    apart.then_some(Meaning::Groups(one.name, other.name))
}

/// One group against the rest where the rest is close together, else the two at the ends. Groups that the axis hardly moves
/// have nothing to do with it.
fn between_groups(groups: &[(f64, &'static str)], low: (f64, &'static str), high: (f64, &'static str)) -> Meaning {
    let spread = high.0 - low.0;
    // A unit vector over N keys has entries of about 1/√N.
    if spread < 0.2 {
        return Meaning::Share;
    }
    if let [.., second, _] = groups
        && groups.len() > 2
        && high.0 - second.0 > 0.75 * spread
    {
        return Meaning::Group(high.1);
    }
    if let [_, second, ..] = groups
        && groups.len() > 2
        && second.0 - low.0 > 0.75 * spread
    {
        return Meaning::Group(low.1);
    }
    Meaning::Groups(low.1, high.1)
}

/// The frame in which the axes of a fit continue those that were shown before.
pub(super) fn following(before: &DMatrix<f64>, fit: &Fit) -> AxisFrame {
    let n = AxisFrame::AXES.min(before.ncols()).min(fit.rank());
    AxisFrame::following(n, |old, new| before.column(old).dot(&fit.vectors.column(new)))
}

/// The field of values, one column per score, over the board's plane: the points are in board units.
pub(super) fn field(
    picture: &Picture,
    scene: &Scene,
    library: &Library,
    wanted: &Wanted,
    values: &DMatrix<f64>,
) -> Result<PlanarField, SceneError> {
    let ground = library.ground(&scene.source, scene.head)?;
    let (plane, scale) = (ground.plane(), ground.scale());
    let query = picture.common.head.query(picture.common.asking).unwrap_or_default();
    let origin = plane.move_to(&query, [0.0, 0.0])?;
    let along = |to: [f64; 2]| -> Result<Vec<f64>, SceneError> {
        let moved = plane.move_to(&query, to)?;
        Ok(zip(moved, &origin).map(|(to, from)| to - from).collect())
    };
    let axes = [along([scale, 0.0])?, along([0.0, scale])?];
    Ok(PlanarField::new(
        picture.fit.pca.keys(),
        wanted.kernel(),
        &origin,
        [&axes[0], &axes[1]],
        values,
    )?)
}
