//! What a push of the query does under M = I and under the chosen M, and what Proposition 1 allows it.

use eigenlens_core::{
    Head, KeyBias, Metric, MetricScaling, Scoring, attend, attention_jacobian, jacobian_bound, scaled_metric,
};
use nalgebra::{DMatrix, DVector};

use super::trade::{self, Curves};
use crate::lab::readout::Check;
use crate::lab::{Lab, Library, SceneError};
use crate::lens::common::{self, Common};
use crate::lens::elliptical::metric;

/// The push with which the derivative is compared is this much of what turns the weights.
const DIFFERENCE: f64 = 1e-4;

/// One M.
pub(super) struct Side {
    /// The diagonal, D entries.
    pub(super) m: DVector<f64>,
    /// Weights of the asking query before and after the push.
    pub(super) weights: [Vec<f64>; 2],
    /// Its outputs.
    pub(super) outputs: [Vec<f64>; 2],
    /// `‖f(q) − f(q + ε)‖`.
    pub(super) shift: f64,
    /// Of Proposition 1, for a push of length 1.
    pub(super) bound: f64,
    /// `‖∂f/∂q_i‖`, D entries.
    pub(super) sensitivity: Vec<f64>,
    /// By how much the shift is more than allowed, an entry of the Jacobian more than Lemma 1 allows, and a difference apart
    /// from the derivative, as shares of what they are compared with.
    excess: [f64; 3],
}

impl Side {
    fn of(head: &Head, asking: usize, epsilon: &[f64], m: DVector<f64>, temperature: f64) -> Result<Self, SceneError> {
        let query = head.query(asking).unwrap_or_default();
        let length = norm(epsilon);
        let pushed = |by: &[f64]| -> Vec<f64> { std::iter::zip(&query, by).map(|(q, by)| q + by).collect() };
        let scoring = Scoring::new(Metric::Diagonal(m.clone()), temperature, KeyBias::Zero)?;
        let ask = |queries: &[Vec<f64>]| -> Result<eigenlens_core::Attention, SceneError> {
            let rows = DMatrix::from_row_iterator(queries.len(), head.dim(), queries.iter().flatten().copied());
            let head = Head::new(rows, head.keys().clone(), head.values().clone())?;
            Ok(attend(&head, &scoring)?)
        };
        let answered = ask(&[query.clone(), pushed(epsilon)])?;
        let row = |matrix: &DMatrix<f64>, row: usize| -> Vec<f64> { matrix.row(row).iter().copied().collect() };
        let outputs = [0, 1].map(|i| row(&answered.output, i));
        let apart: Vec<f64> = std::iter::zip(&outputs[0], &outputs[1]).map(|(a, b)| a - b).collect();
        let shift = norm(&apart);
        let bound = trade::bound(head, &m, temperature)?;

        let jacobian = attention_jacobian(&query, head.keys(), &m, temperature)?;
        let slopes = head.values().transpose() * &jacobian;
        let sensitivity = slopes.column_iter().map(|column| column.norm()).collect();
        // Both sides in units of the steepest that a weight can be.
        let steepest = (head.keys().amax() * m.amax() / temperature).max(f64::MIN_POSITIVE);
        let allowed = jacobian_bound(head.keys());
        let mut over = 0.0_f64;
        for ((slopes, allowed), m) in std::iter::zip(std::iter::zip(jacobian.column_iter(), allowed.column_iter()), &m)
        {
            for (slope, allowed) in std::iter::zip(&slopes, &allowed) {
                over = over.max((slope.abs() - allowed * m / temperature) / steepest);
            }
        }
        let direction: Vec<f64> = if length > 0.0 {
            epsilon.iter().map(|entry| entry / length).collect()
        } else {
            (0..head.dim()).map(|i| f64::from(u8::from(i == 0))).collect()
        };
        let step = DIFFERENCE / steepest;
        let [on, back] = [step, -step].map(|step| pushed(&direction.iter().map(|x| step * x).collect::<Vec<_>>()));
        let differences = ask(&[on, back])?.weights;
        let derivative = &jacobian * DVector::from_vec(direction);
        let off = std::iter::zip(differences.column_iter(), &derivative)
            .filter_map(|(pair, slope)| {
                Some((pair.get(0)? - pair.get(1)?) / (2.0 * step * steepest) - slope / steepest)
            })
            .fold(0.0_f64, |most, off| most.max(off.abs()));
        Ok(Self {
            weights: [0, 1].map(|i| row(&answered.weights, i)),
            excess: [
                ((shift - bound * length) / (bound * length).max(f64::MIN_POSITIVE)).max(0.0),
                over,
                off,
            ],
            outputs,
            shift,
            bound,
            sensitivity,
            m,
        })
    }

    /// What the push is allowed to do.
    pub(super) fn allowed(&self, length: f64) -> f64 {
        self.bound * length
    }

    /// Which part of the bound the push uses; none without a push.
    pub(super) fn share(&self, length: f64) -> Option<f64> {
        let allowed = self.allowed(length);
        (allowed > 0.0).then(|| self.shift / allowed)
    }

    /// Whether M is a multiple of I, and which.
    pub(super) fn multiple(&self) -> Option<f64> {
        let first = *self.m.get(0)?;
        self.m.iter().all(|m| *m == first).then_some(first)
    }
}

fn norm(vector: &[f64]) -> f64 {
    vector.iter().fold(0.0_f64, |length, x| length.hypot(*x))
}

/// A push under two metrics.
pub(super) struct Picture {
    pub(super) common: Common,
    /// In coordinates along the axes of the board.
    pub(super) push: [f64; 2],
    /// The push, D entries.
    #[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
    pub(super) epsilon: Vec<f64>,
    /// The length of the push.
    pub(super) length: f64,
    /// Where the asking query is, and where it is pushed to, in board units.
    pub(super) from: [f64; 2],
    pub(super) to: [f64; 2],
    /// M = I, and the chosen M.
    pub(super) sides: [Side; 2],
    /// What the chosen M is when its mean is 1: the bound, how alike the outputs are.
    pub(super) mean: Option<(f64, Option<f64>)>,
    /// How alike the outputs are under the chosen M.
    pub(super) cosine: Option<f64>,
    /// Values are points of the board.
    pub(super) on_board: bool,
    pub(super) curves: Option<Curves>,
}

impl Picture {
    pub(super) fn new(lab: &Lab, library: &Library) -> Result<(Self, trade::Wanted), SceneError> {
        let common = Common::of(&lab.scene, library)?;
        let head = &common.head;
        let ground = library.ground(&lab.scene.source, lab.scene.head)?;
        let query = head.query(common.asking).unwrap_or_default();
        let at = ground.plane().coordinates(&query)?;
        let mut push = lab.choices.elliptical.push.map(|steps| f64::from(steps) / 1000.0);
        if head.dim() == 1 {
            push[1] = 0.0;
        }
        let pushed = ground.plane().move_to(&query, [at[0] + push[0], at[1] + push[1]])?;
        let epsilon: Vec<f64> = std::iter::zip(&pushed, &query).map(|(to, from)| to - from).collect();
        let m = metric::chosen(lab, library, head)?;
        let side = |m| Side::of(head, common.asking, &epsilon, m, common.temperature);
        let sides = [side(DVector::from_element(head.dim(), 1.0))?, side(m.clone())?];
        let wanted = trade::Wanted {
            keys: head.keys().clone(),
            temperature: common.temperature,
            shape: scaled_metric(&m, MetricScaling::Max)
                .ok()
                .filter(|_| sides[1].multiple().is_none()),
        };
        let mean = scaled_metric(&m, MetricScaling::Mean).ok().and_then(|m| {
            let bound = trade::bound(head, &m, common.temperature).ok()?;
            Some((bound, wanted.cosine(&m).ok()))
        });
        let [x, y] = common.positions.queries.get(common.asking).copied().unwrap_or_default();
        let picture = Self {
            length: norm(&epsilon),
            #[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
            epsilon,
            from: [x, y],
            to: [x + push[0] / common.scale, y + push[1] / common.scale],
            push,
            cosine: wanted.cosine(&m).ok(),
            on_board: common::values_are_on_board(&lab.scene),
            mean,
            sides,
            curves: None,
            common,
        };
        Ok((picture, wanted))
    }

    /// The chosen M.
    pub(super) fn chosen(&self) -> &Side {
        &self.sides[1]
    }

    /// What must hold, and how well it does.
    pub(super) fn checks(&self) -> Vec<Check> {
        let worst = |which: usize| {
            let all = self.sides.iter().filter_map(|side| side.excess.get(which));
            all.copied().fold(0.0, f64::max)
        };
        vec![
            Check::new("bound", worst(0), 1e-12),
            Check::new("lemma", worst(1), 1e-12),
            Check::new("derivative", worst(2), 1e-6),
        ]
    }
}
