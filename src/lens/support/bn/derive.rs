//! What Attention-BN makes of a scene: a pure function, on the way of every drag.

use std::iter::zip;

use eigenlens_core::{
    AttentionRow, BnForm, BnOptions, Error, Head, KeyBias, Mechanism, attend_row, bn_head, bn_scoring,
    bn_shifted_queries, descending, key_statistics, order_by, row_sum_residual,
};
use nalgebra::{DMatrix, Matrix2, Vector2};

use crate::lab::readout::Check;
use crate::lab::support::{Shift, SupportChoices};
use crate::lab::{Ground, Lab, Library, Origin, Scene, SceneError, Source};
use crate::lens::common::Common;

/// Samples of the curve against β.
const SAMPLES: usize = 81;
/// Points of the ellipse.
const OUTLINE: usize = 72;

/// Everything that the view paints and says.
pub(super) struct Picture {
    /// The tokens, their names and places.
    pub(super) common: Common,
    /// Which form.
    pub(super) form: BnForm,
    /// β of the recentred form; the full form shifts by the whole mean key.
    pub(super) beta: f64,
    /// What the board shifts.
    pub(super) shift: Shift,
    /// μ, D entries.
    pub(super) mean: Vec<f64>,
    /// `1/(σ²+ε)`, D entries, in the full form.
    pub(super) metric: Vec<f64>,
    /// The asking query's row without a shift: softmax attention.
    pub(super) plain: AttentionRow,
    /// Its row under Attention-BN.
    pub(super) row: AttentionRow,
    /// The bias of each key that does the same.
    pub(super) penalty: Vec<f64>,
    /// `max_j |w_j − w′_j|` between what the board shifts and what the picture beside it does.
    pub(super) difference: f64,
    /// The keys whose share is spoken of.
    pub(super) crowd: Crowd,
    /// Their share against β, in the recentred form.
    pub(super) sweep: Sweep,
    /// Where what is no token stands.
    pub(super) places: Places,
    /// The keys by weight, the heaviest first; equal weights in reading order.
    pub(super) order: Vec<usize>,
    /// The identities, with their residuals now.
    pub(super) checks: Vec<Check>,
}

/// A set of keys whose share is followed.
pub(super) struct Crowd {
    /// Its name in a sentence.
    pub(super) words: &'static str,
    /// One entry per key.
    pub(super) has: Vec<bool>,
}

/// A share against β.
#[derive(Default)]
pub(super) struct Sweep {
    /// Rising.
    pub(super) betas: Vec<f64>,
    /// The share at each.
    pub(super) shares: Vec<f64>,
}

/// Places on the board, in board units.
pub(super) struct Places {
    /// The mean key.
    pub(super) mean: [f64; 2],
    /// The point whose coordinates are 0.
    pub(super) origin: [f64; 2],
    /// The query less βμ.
    pub(super) moved: [f64; 2],
    /// By how much a whole μ moves a point.
    pub(super) mu: [f64; 2],
    /// One standard deviation of the keys round their mean, coordinate by coordinate, as a closed line; in the full form.
    pub(super) outline: Vec<[f64; 2]>,
    /// The keys and the asking query, normalised, in units of the spread; in the full form.
    pub(super) normalised: Option<(Vec<[f64; 2]>, [f64; 2])>,
}

impl Crowd {
    fn of(scene: &Scene, head: &Head, mean: &[f64]) -> Self {
        let group = match &scene.source {
            Source::Preset(id) => id.preset().groups.iter().find(|group| group.name == "the crowd"),
            _ => None,
        };
        if let Some(group) = group {
            let member = |key: &crate::lab::Key| match key.origin {
                Origin::Row(row) => (group.rows[0]..group.rows[1]).contains(&row),
                Origin::Added => false,
            };
            let has: Vec<bool> = scene.keys.iter().map(member).collect();
            if has.contains(&true) {
                return Self {
                    words: "the crowd",
                    has,
                };
            }
        }
        let apart: Vec<f64> = head
            .keys()
            .row_iter()
            .map(|key| zip(key.iter(), mean).fold(0.0_f64, |sum, (k, m)| sum.hypot(k - m)))
            .collect();
        let mut has = vec![false; apart.len()];
        let near = order_by(apart.len(), &|a, b| apart[a].total_cmp(&apart[b]));
        for key in near.into_iter().take(apart.len().div_ceil(2)) {
            has[key] = true;
        }
        Self {
            words: "the half near μ",
            has,
        }
    }

    /// The share of its keys in a row of weights.
    pub(super) fn share(&self, weights: &[f64]) -> f64 {
        zip(&self.has, weights).filter(|(has, _)| **has).map(|(_, w)| w).sum()
    }
}

impl Picture {
    /// The row that the board draws as links.
    pub(super) fn on_board(&self) -> &AttentionRow {
        match self.shift {
            Shift::Keys => &self.plain,
            Shift::Query | Shift::Both => &self.row,
        }
    }

    /// Where the links begin.
    pub(super) fn asks_from(&self) -> [f64; 2] {
        match self.shift {
            Shift::Keys => self.query(),
            Shift::Query | Shift::Both => self.places.moved,
        }
    }

    /// Whether the board moves the keys.
    pub(super) fn moves_keys(&self) -> bool {
        matches!(self.shift, Shift::Keys | Shift::Both)
    }

    /// By how much a shifted point moves, in board units.
    pub(super) fn step(&self) -> [f64; 2] {
        let query = self.query();
        [self.places.moved[0] - query[0], self.places.moved[1] - query[1]]
    }

    /// The asking query.
    pub(super) fn query(&self) -> [f64; 2] {
        let queries = &self.common.positions.queries;
        queries.get(self.common.asking).copied().unwrap_or_default()
    }

    /// The crowd's share without a shift, and on the board.
    pub(super) fn shares(&self) -> [f64; 2] {
        [&self.plain, self.on_board()].map(|row| self.crowd.share(&row.weights))
    }

    /// Whether a shift changes nothing, because μ is 0.
    pub(super) fn is_centred(&self) -> bool {
        self.mean.iter().all(|m| *m == 0.0)
    }
}

/// The picture of a lab. Fails where the scene has no keys, is not there, or is beyond the range of numbers.
pub(super) fn picture(lab: &Lab, library: &Library) -> Result<Picture, SceneError> {
    let (scene, choices) = (&lab.scene, &lab.choices.support);
    let common = Common::of(scene, library)?;
    let ground = library.ground(&scene.source, scene.head)?;
    // One query asks; the others cost time.
    let asker = common.head.queries().rows(common.asking, 1).into_owned();
    let head = Head::new(asker, common.head.keys().clone(), common.head.values().clone())?;
    let form = choices.bn_form;
    let options = BnOptions {
        form,
        beta: f64::from(choices.beta) / 1000.0,
        ..BnOptions::default()
    };
    let beta = match form {
        BnForm::Recentred => options.beta,
        BnForm::Full => 1.0,
    };
    let rows = Rows::of(&head, &options, common.temperature)?;
    let (mean, metric) = match form {
        BnForm::Recentred => (head.keys().row_mean().iter().copied().collect(), Vec::new()),
        BnForm::Full => {
            let statistics = key_statistics(head.keys())?;
            let metric = statistics.variance.iter().map(|v| 1.0 / (v + options.epsilon));
            (statistics.mean.iter().copied().collect(), metric.collect())
        }
    };
    let mean: Vec<f64> = mean;
    let difference = match (form, choices.shift) {
        (BnForm::Full, _) => largest_difference(&rows.both, &rows.biased),
        (BnForm::Recentred, Shift::Keys) => largest_difference(&rows.keys_only, &rows.plain),
        (BnForm::Recentred, Shift::Query | Shift::Both) => largest_difference(&rows.both, &rows.query_only),
    };
    let crowd = Crowd::of(scene, &head, &mean);
    let sweep = match form {
        BnForm::Recentred => sweep(&head, &rows.plain, &crowd, common.temperature)?,
        BnForm::Full => Sweep::default(),
    };
    let places = Places::of(&ground, &head, &options, &mean, beta, &metric)?;
    let checks = rows.checks(&head, form);
    let order = descending(&rows.biased.weights);
    Ok(Picture {
        form,
        beta,
        shift: choices.shift,
        mean,
        metric,
        plain: rows.plain,
        row: rows.biased,
        penalty: rows.penalty,
        difference,
        crowd,
        sweep,
        places,
        order,
        checks,
        common,
    })
}

/// The same query's row, by each way to write it.
struct Rows {
    plain: AttentionRow,
    keys_only: AttentionRow,
    query_only: AttentionRow,
    both: AttentionRow,
    /// By the bias of each key (and, in the full form, by the metric).
    biased: AttentionRow,
    penalty: Vec<f64>,
}

impl Rows {
    fn of(head: &Head, options: &BnOptions, tau: f64) -> Result<Self, Error> {
        let softmax = Mechanism::Softmax.scoring(head.dim())?.with_temperature(tau)?;
        let scoring = bn_scoring(head.keys(), options, tau)?;
        let both = bn_head(head, options)?;
        let recentred = BnOptions {
            form: BnForm::Recentred,
            ..*options
        };
        let centred = bn_head(head, &recentred)?;
        let keys_only = Head::new(head.queries().clone(), centred.keys().clone(), head.values().clone())?;
        let query_only = bn_shifted_queries(head, options.beta)?;
        let penalty = match scoring.bias() {
            KeyBias::Given(bias) => bias.iter().copied().collect(),
            KeyBias::Zero | KeyBias::Distance => vec![0.0; head.n_keys()],
        };
        Ok(Self {
            plain: attend_row(head, &softmax, 0)?,
            keys_only: attend_row(&keys_only, &softmax, 0)?,
            query_only: attend_row(&query_only, &softmax, 0)?,
            both: attend_row(&both, &softmax, 0)?,
            biased: attend_row(head, &scoring, 0)?,
            penalty,
        })
    }

    /// The identities. Bounds are a few units in the last place for each term of the sums involved.
    fn checks(&self, head: &Head, form: BnForm) -> Vec<Check> {
        let rows = [&self.plain, &self.keys_only, &self.query_only, &self.both, &self.biased];
        let size = rows
            .into_iter()
            .flat_map(|row| &row.logits)
            .chain(&self.penalty)
            .fold(0.0_f64, |most, logit| most.max(logit.abs()));
        let bound = f64::EPSILON * (8.0 + 2.0 * head.n_keys() as f64 + 4.0 * (head.dim() as f64 + 4.0) * size);
        let sums = rows.map(|row| row_sum_residual(&row.weights));
        let mut checks = vec![Check::new(
            "keys_only",
            largest_difference(&self.keys_only, &self.plain),
            bound,
        )];
        match form {
            BnForm::Recentred => checks.extend([
                Check::new("both", largest_difference(&self.query_only, &self.both), bound),
                Check::new("penalty", largest_difference(&self.query_only, &self.biased), bound),
            ]),
            BnForm::Full => checks.push(Check::new("full", largest_difference(&self.both, &self.biased), bound)),
        }
        checks.push(Check::new(
            "row_sum",
            sums.into_iter().fold(0.0, f64::max),
            f64::EPSILON * (8.0 + head.n_keys() as f64),
        ));
        checks
    }
}

fn largest_difference(a: &AttentionRow, b: &AttentionRow) -> f64 {
    zip(&a.weights, &b.weights).fold(0.0, |most, (a, b)| most.max((a - b).abs()))
}

/// The crowd's share for β from 0 to its largest: the logits are straight lines in β.
fn sweep(head: &Head, plain: &AttentionRow, crowd: &Crowd, tau: f64) -> Result<Sweep, Error> {
    let once = bn_scoring(head.keys(), &BnOptions::default(), tau)?;
    let KeyBias::Given(slopes) = once.bias() else {
        return Ok(Sweep::default());
    };
    let last = f64::from(SupportChoices::MAX_BETA) / 1000.0;
    let betas = (0..SAMPLES).map(|i| last * i as f64 / (SAMPLES - 1) as f64);
    let share = |beta: f64| {
        let logits = || zip(&plain.logits, slopes).map(|(logit, slope)| logit + beta * slope);
        let most = logits().fold(f64::NEG_INFINITY, f64::max);
        let [of_crowd, all] = zip(logits(), &crowd.has).fold([0.0; 2], |[crowd, all], (logit, has)| {
            let weight = (logit - most).exp();
            [crowd + if *has { weight } else { 0.0 }, all + weight]
        });
        of_crowd / all
    };
    Ok(Sweep {
        betas: betas.clone().collect(),
        shares: betas.map(share).collect(),
    })
}

impl Places {
    fn of(
        ground: &Ground,
        head: &Head,
        options: &BnOptions,
        mean: &[f64],
        beta: f64,
        metric: &[f64],
    ) -> Result<Self, SceneError> {
        let origin = ground.place(&vec![0.0; head.dim()])?;
        let place = |row: &[f64]| ground.place(row);
        let at = place(mean)?;
        let query = head.query(0).unwrap_or_default();
        let less: Vec<f64> = zip(&query, mean).map(|(q, m)| q - beta * m).collect();
        let mut places = Self {
            mean: at,
            origin,
            moved: place(&less)?,
            mu: [at[0] - origin[0], at[1] - origin[1]],
            outline: Vec::new(),
            normalised: None,
        };
        if metric.is_empty() {
            return Ok(places);
        }
        places.outline = outline(ground, at, origin, metric)?;
        let both = bn_head(head, options)?;
        let on_plane = |rows: &DMatrix<f64>| -> Result<Vec<[f64; 2]>, SceneError> {
            let row = |row: nalgebra::RowDVector<f64>| {
                let [x, y] = place(row.as_slice())?;
                Ok([x - origin[0], y - origin[1]].map(|x| x * ground.scale()))
            };
            rows.row_iter().map(|it| row(it.into_owned())).collect()
        };
        let query = on_plane(both.queries())?.first().copied().unwrap_or_default();
        places.normalised = Some((on_plane(both.keys())?, query));
        Ok(places)
    }
}

/// The shadow on the board of `Σ_d (x_d − μ_d)² m_d = 1`: for keys of a plane the ellipse itself.
fn outline(ground: &Ground, mean: [f64; 2], origin: [f64; 2], metric: &[f64]) -> Result<Vec<[f64; 2]>, SceneError> {
    let mut spread = Matrix2::zeros();
    let mut unit = vec![0.0; metric.len()];
    for (d, m) in metric.iter().enumerate() {
        unit[d] = 1.0;
        let [x, y] = ground.place(&unit)?;
        unit[d] = 0.0;
        let axis = Vector2::new(x - origin[0], y - origin[1]);
        spread += axis * axis.transpose() / *m;
    }
    // The lower triangle whose square the spread is. A plane that has one dimension only has a flat ellipse.
    let across = spread.m11.max(0.0).sqrt();
    let slant = if across > 0.0 { spread.m21 / across } else { 0.0 };
    let up = (spread.m22 - slant * slant).max(0.0).sqrt();
    let point = |i: usize| {
        let angle = std::f64::consts::TAU * i as f64 / OUTLINE as f64;
        let (x, y) = (angle.cos(), angle.sin());
        [mean[0] + across * x, mean[1] + slant * x + up * y]
    };
    Ok((0..=OUTLINE).map(point).collect())
}
