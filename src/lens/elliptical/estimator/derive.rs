//! The metric as the values of two layers give it, what it should be where a function is behind them, and what it does to the
//! rows of attention, those of a causal model too.

use std::iter::zip;

use eigenlens_core::{
    AttentionRow, Error, MetricScaling, attend_causally, attend_row, descending, estimated_metric,
    estimated_metric_of_past, row_sum_residual, scaled_metric,
};
use nalgebra::{DMatrix, DVector};

use super::super::ellipse::delta_cancels;
use super::super::metric::{self, Layers};
use super::super::section::Section;
use crate::lab::elliptical::LayerValues;
use crate::lab::readout::Check;
use crate::lab::regression::scoring;
use crate::lab::{Lab, Library, SceneError, SmootherForm};
use crate::lens::common::Common;

/// Up to how many tokens the causal rows are computed.
pub(super) const MOST_ROWS: usize = 64;

/// Everything that the view paints and says.
pub(super) struct Picture {
    /// The tokens, their names and places.
    pub(super) common: Common,
    /// The values of two layers.
    pub(super) layers: Layers,
    /// Values in one step of an edit.
    pub(super) value_scale: f64,
    /// How m is scaled.
    pub(super) scaling: MetricScaling,
    /// No coordinate moves: M = I stands for the estimate.
    pub(super) undefined: bool,
    /// The diagonal of M.
    pub(super) m: DVector<f64>,
    /// Before scaling: the mean jump over δ.
    pub(super) unscaled: DVector<f64>,
    /// `E|∂f/∂k_i|` of the function behind the values, where there is one.
    pub(super) slopes: Option<DVector<f64>>,
    /// The same, scaled as m is.
    pub(super) true_m: Option<DVector<f64>>,
    /// Radius of the neighbourhood.
    pub(super) radius: f64,
    /// It was chosen.
    pub(super) own_radius: bool,
    /// The neighbourhood on the board under M and under M = I.
    pub(super) sections: [Section; 2],
    /// The asking query's row as the layer uses M, and with M = I.
    pub(super) row: AttentionRow,
    /// The same with M = I.
    pub(super) plain: AttentionRow,
    /// There are as many queries as keys, so that rows can be causal.
    pub(super) can_be_causal: bool,
    /// The causal rows, where they are asked for.
    pub(super) causal: Option<Causal>,
    /// The identities, with their residuals now.
    pub(super) checks: Vec<Check>,
    /// The keys by weight, the heaviest first.
    pub(super) order: Vec<usize>,
}

/// Causal rows with M from all tokens, and with M from what a row may see.
pub(super) struct Causal {
    /// With the mean over all tokens.
    pub(super) rows: DMatrix<f64>,
    /// Each row with the mean over its past.
    pub(super) of_past: DMatrix<f64>,
    /// The largest change of a weight in each row.
    pub(super) leaks: Vec<f64>,
}

impl Causal {
    /// The row that knows most of its future.
    pub(super) fn worst(&self) -> Option<(usize, f64)> {
        let rows = self.leaks.iter().copied().enumerate();
        rows.reduce(|worst, row| if row.1 > worst.1 { row } else { worst })
    }
}

impl Picture {
    /// D.
    pub(super) fn dim(&self) -> usize {
        self.m.len()
    }

    /// Whether the values are a function of the keys: else their arrows can be dragged.
    pub(super) fn is_function(&self) -> bool {
        self.layers.origin.values != LayerValues::Source
    }

    /// The first two coordinates of a row of values.
    pub(super) fn place(values: &DMatrix<f64>, row: usize) -> [f64; 2] {
        [0, 1].map(|column| values.get((row, column)).copied().unwrap_or_default())
    }
}

/// The estimate; M = I where no coordinate moves.
fn or_identity(estimate: Result<DVector<f64>, Error>, dim: usize) -> Result<(DVector<f64>, bool), Error> {
    match estimate {
        Ok(m) => Ok((m, false)),
        Err(Error::NotDefined { .. }) => Ok((DVector::from_element(dim, 1.0), true)),
        Err(error) => Err(error),
    }
}

/// The picture of a lab. Fails where the scene has no keys, is not there, or is beyond the range of numbers.
pub(super) fn picture(lab: &Lab, library: &Library) -> Result<Picture, SceneError> {
    let (scene, choices) = (&lab.scene, &lab.choices.elliptical);
    let common = Common::of(scene, library)?;
    let head = &*common.head;
    let dim = head.dim();
    let ground = library.ground(&scene.source, scene.head)?;
    let layers = metric::layers(lab, library, head)?;
    let estimate = |scaling: MetricScaling| estimated_metric(&layers.previous, &layers.present, layers.delta, scaling);
    let (m, undefined) = or_identity(estimate(choices.scaling), dim)?;
    let unscaled = if undefined {
        DVector::zeros(dim)
    } else {
        estimate(MetricScaling::None)?
    };
    let slopes = slopes(layers.origin.values, head.keys());
    let true_m = slopes
        .as_ref()
        .and_then(|slopes| scaled_metric(slopes, choices.scaling).ok());
    let query = head.query(common.asking).unwrap_or_default();
    let ones = DVector::from_element(dim, 1.0);
    let tau = common.temperature;
    let used = |m: &DVector<f64>| scoring(SmootherForm::Dot, head.keys(), m, tau);
    let row = attend_row(head, &used(&m)?, common.asking)?;
    let plain = attend_row(head, &used(&ones)?, common.asking)?;
    let sigma = choices.sigma(&scene.source, tau);
    let own = choices.radius(&scene.source);
    let can_be_causal = head.n_queries() == head.n_keys();
    let n = head.n_keys();
    let causal = (choices.causal && can_be_causal && n <= MOST_ROWS).then(|| -> Result<Causal, Error> {
        let rows = attend_causally(head, &used(&m)?)?.weights;
        let mut of_past = DMatrix::zeros(n, n);
        for i in 0..n {
            let past = estimated_metric_of_past(&layers.previous, &layers.present, layers.delta, choices.scaling, i);
            let (past, _) = or_identity(past, dim)?;
            let row = attend_row(&head_of_past(head, i)?, &scoring_of_past(head, &past, tau, i)?, i)?;
            for (column, weight) in row.weights.iter().enumerate() {
                of_past[(i, column)] = *weight;
            }
        }
        let leak = |i: usize| {
            let (all, past) = (rows.row(i), of_past.row(i));
            zip(all.iter(), past.iter()).fold(0.0, |most: f64, (a, b)| most.max((a - b).abs()))
        };
        let leaks = (0..n).map(leak).collect();
        Ok(Causal { rows, of_past, leaks })
    });
    let mut checks = Vec::new();
    if let Some(residual) = delta_cancels(lab, library, head)? {
        checks.push(Check::new("delta", residual, f64::EPSILON));
    }
    let sums = [&row, &plain].map(|row| row_sum_residual(&row.weights));
    let bound = f64::EPSILON * (8.0 + n as f64);
    checks.push(Check::new("row_sum", sums.into_iter().fold(0.0, f64::max), bound));
    let order = descending(&row.weights);
    Ok(Picture {
        value_scale: ground.value_scale(),
        scaling: choices.scaling,
        undefined,
        sections: [Section::of(&ground, &query, &m)?, Section::of(&ground, &query, &ones)?],
        radius: own.unwrap_or(2.0 * sigma),
        own_radius: own.is_some(),
        causal: causal.transpose()?,
        can_be_causal,
        m,
        unscaled,
        slopes,
        true_m,
        layers,
        row,
        plain,
        checks,
        order,
        common,
    })
}

/// The tokens up to one of them.
fn head_of_past(head: &eigenlens_core::Head, last: usize) -> Result<eigenlens_core::Head, Error> {
    let past = |matrix: &DMatrix<f64>| matrix.rows(0, last + 1).into_owned();
    eigenlens_core::Head::new(past(head.queries()), past(head.keys()), past(head.values()))
}

fn scoring_of_past(
    head: &eigenlens_core::Head,
    m: &DVector<f64>,
    tau: f64,
    last: usize,
) -> Result<eigenlens_core::Scoring, Error> {
    let keys = head.keys().rows(0, last + 1).into_owned();
    scoring(SmootherForm::Dot, &keys, m, tau)
}

/// `E|∂f/∂k_i|` over the keys, of the function behind the values.
fn slopes(origin: LayerValues, keys: &DMatrix<f64>) -> Option<DVector<f64>> {
    if origin == LayerValues::Source {
        return None;
    }
    let second = 1.min(keys.ncols().saturating_sub(1));
    // f reads one coordinate through the sine, the other through the slope of 0.1.
    let (steep, flat) = if origin == LayerValues::Swapped {
        (second, 0)
    } else {
        (0, second)
    };
    let n = keys.nrows() as f64;
    let mean = keys
        .column(steep)
        .iter()
        .map(|x| (3.0 * (3.0 * x).cos()).abs() / n)
        .sum();
    let mut slopes = DVector::zeros(keys.ncols());
    slopes[flat] = 0.1;
    slopes[steep] = mean;
    Some(slopes)
}
