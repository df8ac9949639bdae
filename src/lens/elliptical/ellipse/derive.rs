//! What the metric makes of a scene: the neighbourhood of the query, its weights in the three forms, and what is compared with
//! them. A pure function, on the way of every drag.

use std::iter::zip;

use eigenlens_core::{
    AttentionRow, Error, Head, Mechanism, MetricScaling, RegressionError, Scoring, attend, attend_row, bridge_bias,
    bridge_residual, descending, estimated_metric, regression_error, row_sum_residual,
};
use nalgebra::{DMatrix, DVector};

use super::super::metric::{self, Origin};
use super::super::section::{Section, directions};
use crate::lab::elliptical::MetricSource;
use crate::lab::preset::{Group, Truth};
use crate::lab::readout::Check;
use crate::lab::regression::{self, NOISE};
use crate::lab::{Lab, Library, SceneError, SmootherForm, Source};
use crate::lens::common::{self, Common};

/// Places along the line through the query at which the estimate is drawn; fewer where there are many keys.
const SAMPLES: usize = 97;
const SAMPLES_OF_MANY: usize = 49;
const MANY: usize = 256;
/// Up to how many queries all rows are looked at.
const FEW_QUERIES: usize = 64;

/// Everything that the view paints and says.
pub(in super::super) struct Picture {
    /// The tokens, their names and places.
    pub(super) common: Common,
    /// Which weights are discs.
    pub(super) form: SmootherForm,
    /// Where M comes from.
    pub(super) source: MetricSource,
    /// Where the values of two layers come from, where M was estimated from them.
    pub(super) origin: Option<Origin>,
    /// M was to be estimated, but no coordinate moves: M = I stands for it.
    pub(super) undefined: bool,
    /// How the estimate is scaled.
    pub(super) scaling: MetricScaling,
    /// The diagonal of M.
    pub(super) m: DVector<f64>,
    /// σ of the weights and of the circle.
    pub(super) sigmas: [f64; 2],
    /// Radius of the neighbourhood and of the circle.
    pub(super) radii: [f64; 2],
    /// The radius was chosen, and σ does not move it.
    pub(super) own_radius: bool,
    /// The neighbourhood on the board, and the circle's.
    pub(super) sections: [Section; 2],
    /// The query's row in each form of [`SmootherForm::ALL`].
    pub(super) rows: [AttentionRow; 3],
    /// Its row in the chosen form with M = I and the circle's σ.
    pub(super) circle: AttentionRow,
    /// Its row by softmax attention, `softmax(q·k_j/τ)`.
    pub(super) plain: AttentionRow,
    /// `‖q − k_j‖_M`.
    pub(super) distance: Vec<f64>,
    /// `‖q − k_j‖`.
    pub(super) plain_distance: Vec<f64>,
    /// Named sets of keys, as rows of this scene.
    pub(super) groups: Vec<(&'static str, Vec<usize>)>,
    /// The values, where each is one number.
    pub(super) values: Option<Vec<f64>>,
    /// The function behind the values, where it is known.
    pub(super) truth: Option<Truth>,
    /// Its value at the query.
    pub(super) true_value: Option<f64>,
    /// The exact error at the query with M and with M = I, where the function is known there alone.
    pub(super) exact: Option<[RegressionError; 2]>,
    /// The estimates along x₁ through the query.
    pub(super) fit: Option<Fit>,
    /// How the logit of the used form grows on the board: a step of 1 to the right and one up.
    pub(super) slope: [f64; 2],
    /// The mean entropy of the rows of all queries, where they are few.
    pub(super) mean_entropy: Option<f64>,
    /// The identities, with their residuals now.
    pub(super) checks: Vec<Check>,
    /// The keys by weight, the heaviest first.
    pub(super) order: Vec<usize>,
    /// Whether the values live in the plane of the board.
    planar: bool,
}

/// Estimates along a line.
pub(super) struct Fit {
    pub(super) xs: Vec<f64>,
    pub(super) ellipse: Vec<f64>,
    pub(super) circle: Vec<f64>,
    pub(super) truth: Option<Vec<f64>>,
    /// The query's own place on it.
    pub(super) at: f64,
}

impl Picture {
    /// The row that is drawn as discs.
    pub(super) fn chosen(&self) -> &AttentionRow {
        let [distance, dot, bridged] = &self.rows;
        match self.form {
            SmootherForm::NadarayaWatson => distance,
            SmootherForm::Dot => dot,
            SmootherForm::DotWithBias => bridged,
        }
    }

    /// A row in another form.
    pub(super) fn row(&self, form: SmootherForm) -> &AttentionRow {
        let [distance, dot, bridged] = &self.rows;
        match form {
            SmootherForm::NadarayaWatson => distance,
            SmootherForm::Dot => dot,
            SmootherForm::DotWithBias => bridged,
        }
    }

    /// What a row estimates, where the values are numbers.
    pub(super) fn estimate(&self, row: &AttentionRow) -> Option<f64> {
        self.values.as_ref()?;
        row.output.first().copied()
    }

    /// Whether a key is within the radius.
    pub(super) fn is_inside(&self, key: usize) -> bool {
        within(&self.distance, key, self.radii[0])
    }

    /// Whether a key is within the circle.
    pub(super) fn is_in_circle(&self, key: usize) -> bool {
        within(&self.plain_distance, key, self.radii[1])
    }

    /// How many keys are inside now, how many came in against the circle, how many went out.
    pub(super) fn counts(&self) -> [usize; 4] {
        let count = |pick: &dyn Fn(usize) -> bool| (0..self.distance.len()).filter(|key| pick(*key)).count();
        [
            count(&|key| self.is_inside(key)),
            count(&|key| self.is_in_circle(key)),
            count(&|key| self.is_inside(key) && !self.is_in_circle(key)),
            count(&|key| !self.is_inside(key) && self.is_in_circle(key)),
        ]
    }

    /// How far the outputs with M and with M = I are apart.
    pub(super) fn outputs_apart(&self) -> f64 {
        zip(&self.chosen().output, &self.circle.output).fold(0.0_f64, |sum, (a, b)| sum.hypot(a - b))
    }

    /// A row's output as a point of the board, where the values live in the plane of the keys.
    pub(super) fn on_board(&self, row: &AttentionRow) -> Option<[f64; 2]> {
        match row.output.as_slice() {
            &[x, y] if self.planar => Some([x, y]),
            _ => None,
        }
    }

    /// Whether M is a multiple of I.
    pub(super) fn is_round(&self) -> bool {
        self.m.max() - self.m.min() < 5e-4
    }

    /// D.
    pub(super) fn dim(&self) -> usize {
        self.m.len()
    }

    /// Whether the number of a key fits the colour scale; the largest value's size.
    pub(super) fn most_value(&self) -> f64 {
        let values = self.values.iter().flatten();
        values.fold(0.0_f64, |most, value| most.max(value.abs()))
    }
}

fn within(distances: &[f64], key: usize, radius: f64) -> bool {
    // A key on the outline is inside, whatever rounding says.
    distances.get(key).is_some_and(|d| *d <= radius * (1.0 + 1e-12))
}

/// `−Σ w ln w`.
pub(in super::super) fn entropy(weights: &[f64]) -> f64 {
    weights.iter().filter(|w| **w > 0.0).map(|w| -w * w.ln()).sum()
}

/// The picture of a lab. Fails where the scene has no keys, is not there, or is beyond the range of numbers.
pub(super) fn picture(lab: &Lab, library: &Library) -> Result<Picture, SceneError> {
    let (scene, choices) = (&lab.scene, &lab.choices.elliptical);
    let common = Common::of(scene, library)?;
    let head = &*common.head;
    let query = head.query(common.asking).unwrap_or_default();
    let ones = DVector::from_element(head.dim(), 1.0);
    let mut origin = None;
    let mut undefined = false;
    if choices.metric == MetricSource::Estimated {
        origin = Some(metric::layers(lab, library, head)?.origin);
    }
    let m = match metric::chosen(lab, library, head) {
        Ok(m) => m,
        Err(SceneError::Core(Error::NotDefined { .. })) => {
            undefined = true;
            ones.clone()
        }
        Err(error) => return Err(error),
    };
    let sigma = choices.sigma(&scene.source, common.temperature);
    let circle_sigma = choices.circle_sigma(&scene.source, common.temperature);
    let own = choices.radius(&scene.source);
    let (tau, circle_tau) = (sigma * sigma, circle_sigma * circle_sigma);
    let row = |form: SmootherForm, m: &DVector<f64>, tau: f64| {
        attend_row(head, &regression::scoring(form, head.keys(), m, tau)?, common.asking)
    };
    let form = choices.form;
    let rows = [
        row(SmootherForm::NadarayaWatson, &m, tau)?,
        row(SmootherForm::Dot, &m, tau)?,
        row(SmootherForm::DotWithBias, &m, tau)?,
    ];
    let circle = row(form, &ones, circle_tau)?;
    let softmax = Mechanism::Softmax
        .scoring(head.dim())?
        .with_temperature(common.temperature)?;
    let plain = attend_row(head, &softmax, common.asking)?;
    let ground = library.ground(&scene.source, scene.head)?;
    let sections = [Section::of(&ground, &query, &m)?, Section::of(&ground, &query, &ones)?];
    let distances = |m: &DVector<f64>| -> Vec<f64> {
        let of = |key: usize| {
            let row = head.keys().row(key);
            let squares = zip(row.iter(), &query).zip(m.iter());
            squares.map(|((k, q), m)| (q - k) * m * (q - k)).sum::<f64>().sqrt()
        };
        (0..head.n_keys()).map(of).collect()
    };
    let values: Option<Vec<f64>> = (head.value_dim() == 1).then(|| head.values().iter().copied().collect());
    let truth = match scene.source {
        Source::Preset(id) => id.preset().truth,
        Source::File(_) | Source::Text(_) | Source::Blank | Source::Planted(_) => None,
    };
    let true_value = truth.map(|truth| truth.at(&query));
    let chosen = match form {
        SmootherForm::NadarayaWatson => &rows[0],
        SmootherForm::Dot => &rows[1],
        SmootherForm::DotWithBias => &rows[2],
    };
    let exact = match (truth, true_value, &values) {
        (Some(Truth::One), Some(truth), Some(values)) => {
            let error = |row: &AttentionRow| regression_error(&row.weights, values, truth, NOISE);
            Some([error(chosen)?, error(&circle)?])
        }
        _ => None,
    };
    let fit = match &values {
        Some(_) if head.dim() <= 2 => Some(fit(head, &query, form, [(&m, tau), (&ones, circle_tau)], truth)?),
        _ => None,
    };
    let slope = directions(&ground, &query)?.map(|step| {
        step.iter()
            .zip(&query)
            .zip(m.iter())
            .map(|((u, q), m)| u * m * q)
            .sum::<f64>()
            / tau
    });
    let mean_entropy = mean_entropy(head, &regression::scoring(form, head.keys(), &m, tau)?)?;
    let checks = checks(lab, library, head, (&query, common.asking), (&m, tau), &softmax, &rows)?;
    let order = descending(&chosen.weights);
    Ok(Picture {
        planar: common::values_are_on_board(scene),
        form,
        source: choices.metric,
        origin,
        undefined,
        scaling: choices.scaling,
        sigmas: [sigma, circle_sigma],
        radii: [own.unwrap_or(2.0 * sigma), own.unwrap_or(2.0 * circle_sigma)],
        own_radius: own.is_some(),
        sections,
        circle,
        plain,
        distance: distances(&m),
        plain_distance: distances(&ones),
        groups: groups(lab),
        values,
        truth,
        true_value,
        exact,
        fit,
        slope,
        mean_entropy,
        checks,
        order,
        rows,
        m,
        common,
    })
}

/// The mean entropy of the rows of all queries; none where they are many.
fn mean_entropy(head: &Head, scoring: &Scoring) -> Result<Option<f64>, Error> {
    if head.n_queries() > FEW_QUERIES || head.n_keys() > MANY {
        return Ok(None);
    }
    let weights = attend(head, scoring)?.weights;
    let rows = weights.row_iter().map(|row| entropy(row.transpose().as_slice()));
    Ok(Some(rows.sum::<f64>() / head.n_queries() as f64))
}

/// The named sets of a preset, as far as they are still on the board.
fn groups(lab: &Lab) -> Vec<(&'static str, Vec<usize>)> {
    let Source::Preset(id) = lab.scene.source else {
        return Vec::new();
    };
    let keys = |group: &Group| {
        let [first, end] = group.rows;
        let of_group = |key: &crate::lab::Key| match key.origin {
            crate::lab::Origin::Row(row) => (first..end).contains(&row),
            crate::lab::Origin::Added => false,
        };
        let keys = lab.scene.keys.iter().enumerate();
        keys.filter(|(_, key)| of_group(key)).map(|(index, _)| index).collect()
    };
    id.preset()
        .groups
        .iter()
        .map(|group| (group.name, keys(group)))
        .collect()
}

/// The estimates along x₁ through the query, of M and of M = I.
fn fit(
    head: &Head,
    query: &[f64],
    form: SmootherForm,
    metrics: [(&DVector<f64>, f64); 2],
    truth: Option<Truth>,
) -> Result<Fit, Error> {
    let at = query.first().copied().unwrap_or_default();
    let (low, high) = head
        .keys()
        .column(0)
        .iter()
        .fold((at, at), |(low, high), x| (low.min(*x), high.max(*x)));
    let margin = 0.05 * (high - low).max(1e-9);
    let n = if head.n_keys() > MANY { SAMPLES_OF_MANY } else { SAMPLES };
    let step = (high - low + 2.0 * margin) / (n - 1) as f64;
    let xs: Vec<f64> = (0..n).map(|i| low - margin + step * i as f64).collect();
    let points = DMatrix::from_fn(n, head.dim(), |i, column| {
        if column == 0 {
            xs[i]
        } else {
            query.get(column).copied().unwrap_or_default()
        }
    });
    let along =
        |(m, tau): (&DVector<f64>, f64)| regression::estimate((head.keys(), head.values()), &points, form, m, tau);
    let [ellipse, circle] = metrics;
    // Of a truth that is known at the query alone there is no curve.
    let truth = truth.filter(|truth| *truth == Truth::SineOfTheFirst);
    Ok(Fit {
        ellipse: along(ellipse)?,
        circle: along(circle)?,
        truth: truth.map(|truth| {
            points
                .row_iter()
                .map(|row| truth.at(row.transpose().as_slice()))
                .collect()
        }),
        xs,
        at,
    })
}

/// The identities of this scene.
fn checks(
    lab: &Lab,
    library: &Library,
    head: &Head,
    (query, asking): (&[f64], usize),
    (m, tau): (&DVector<f64>, f64),
    softmax: &Scoring,
    rows: &[AttentionRow; 3],
) -> Result<Vec<Check>, SceneError> {
    let metric = eigenlens_core::Metric::Diagonal(m.clone());
    let row = DMatrix::from_row_slice(1, query.len(), query);
    let one = Head::new(row.clone(), head.keys().clone(), head.values().clone())?;
    let size = |keys: &DMatrix<f64>| bridge_bias(keys, &metric, tau).map(|bias| bias.amax());
    let rounding = rounding(head, 2.0 * (size(&row)? + size(head.keys())?));
    let ones = DVector::from_element(head.dim(), 1.0);
    let identity = regression::scoring(SmootherForm::Dot, head.keys(), &ones, softmax.temperature())?;
    let [with_identity, plain] = [&identity, softmax].map(|scoring| attend_row(head, scoring, asking));
    let sums = rows.each_ref().map(|row| row_sum_residual(&row.weights));
    let mut checks = vec![
        Check::new("bridge", bridge_residual(&one, &metric, tau)?, rounding),
        Check::new(
            "identity",
            largest_difference(&with_identity?.weights, &plain?.weights),
            f64::EPSILON,
        ),
    ];
    if let Some(residual) = delta_cancels(lab, library, head)? {
        checks.push(Check::new("delta", residual, f64::EPSILON));
    }
    checks.push(Check::new(
        "row_sum",
        sums.into_iter().fold(0.0, f64::max),
        f64::EPSILON * (8.0 + head.n_keys() as f64),
    ));
    Ok(checks)
}

/// How far the max-scaled estimates with δ and with five times δ are apart; nothing where no coordinate moves.
pub(in super::super) fn delta_cancels(lab: &Lab, library: &Library, head: &Head) -> Result<Option<f64>, SceneError> {
    let layers = metric::layers(lab, library, head)?;
    let with = |delta: f64| estimated_metric(&layers.previous, &layers.present, delta, MetricScaling::Max);
    match (with(layers.delta), with(5.0 * layers.delta)) {
        (Ok(one), Ok(other)) => Ok(Some((one - other).amax())),
        (Err(Error::NotDefined { .. }), _) => Ok(None),
        (Err(error), _) | (_, Err(error)) => Err(error.into()),
    }
}

/// How far rounding may move a log weight: each of the logits behind it is a sum of D terms of at most `size`, each normaliser
/// a sum of N; four logits meet in a comparison of two rows.
fn rounding(head: &Head, size: f64) -> f64 {
    f64::EPSILON * (8.0 + 2.0 * head.n_keys() as f64 + 4.0 * (head.dim() as f64 + 4.0) * size)
}

fn largest_difference(a: &[f64], b: &[f64]) -> f64 {
    zip(a, b).fold(0.0, |most, (a, b)| most.max((a - b).abs()))
}
