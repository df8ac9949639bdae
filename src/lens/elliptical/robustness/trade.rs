//! What a smaller M costs: the bound of Proposition 1 falls with c, and so does what tells the outputs apart.

use eigenlens_core::{Attending, Error, Head, KeyBias, Metric, Scoring, robustness_bound, token_cosine};
use nalgebra::{DMatrix, DVector};

use crate::job::{Step, Task};

/// From 1 down to this, c is shown.
pub(super) const LEAST: f64 = 0.01;
/// Values of c, evenly on a logarithmic scale; 1, 0.1 and 0.01 are among them.
const STEPS: usize = 48;
/// Most keys that ask: of more, as many spread over the list.
const MOST_ASKING: usize = 64;

/// The values of c, rising.
pub(super) fn factors() -> impl Iterator<Item = f64> {
    (0..=STEPS).map(|i| LEAST.powf(1.0 - i as f64 / STEPS as f64))
}

/// What the curves depend on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    /// `N×D`; they ask themselves, as in a layer of the film of collapse.
    pub(super) keys: DMatrix<f64>,
    pub(super) temperature: f64,
    /// `m/max m` of the chosen M, where it is no multiple of I.
    pub(super) shape: Option<DVector<f64>>,
}

/// The token cosine of the outputs for each c.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Curves {
    /// Of M = cI.
    pub(super) round: Vec<Option<f64>>,
    /// Of c times the shape of the chosen M; empty where that is round.
    pub(super) shaped: Vec<Option<f64>>,
}

impl Wanted {
    /// About how many multiplications it takes.
    pub(super) fn cost(&self) -> usize {
        let (n, dim) = self.keys.shape();
        let curves = 1 + usize::from(self.shape.is_some());
        (curves * (STEPS + 1)).saturating_mul(n.min(MOST_ASKING) * n * (dim + 10))
    }

    fn asking(&self) -> DMatrix<f64> {
        let n = self.keys.nrows();
        let kept = n.min(MOST_ASKING);
        self.keys
            .select_rows(&(0..kept).map(|i| i * n / kept.max(1)).collect::<Vec<_>>())
    }

    /// How alike the outputs are under `M = diag(m)`.
    pub(super) fn cosine(&self, m: &DVector<f64>) -> Result<f64, Error> {
        let head = Head::new(self.asking(), self.keys.clone(), self.keys.clone())?;
        let scoring = Scoring::new(Metric::Diagonal(m.clone()), self.temperature, KeyBias::Zero)?;
        let attending = Attending::new(&head, scoring)?;
        let mut outputs = DMatrix::zeros(head.n_queries(), head.dim());
        for (i, mut slot) in outputs.row_iter_mut().enumerate() {
            for (slot, entry) in std::iter::zip(slot.iter_mut(), attending.row(i)?.output) {
                *slot = entry;
            }
        }
        token_cosine(&outputs)
    }

    /// One point of a curve after the other; true when all are there.
    fn advance(&self, curves: &mut Curves) -> bool {
        let (curve, shape) = match (curves.round.len(), &self.shape) {
            (..=STEPS, _) => (&mut curves.round, DVector::from_element(self.keys.ncols(), 1.0)),
            (_, Some(shape)) => (&mut curves.shaped, shape.clone()),
            (_, None) => return true,
        };
        let Some(c) = factors().nth(curve.len()) else {
            return true;
        };
        curve.push(self.cosine(&(shape * c)).ok());
        false
    }

    /// All at once.
    pub(super) fn curves(&self) -> Curves {
        let mut curves = Curves::default();
        while !self.advance(&mut curves) {}
        curves
    }
}

/// The curves in small pieces.
pub(super) fn task(wanted: Wanted) -> Task<Curves> {
    let mut curves = Curves::default();
    let of = (STEPS + 1) * (1 + usize::from(wanted.shape.is_some()));
    Box::new(move || {
        if wanted.advance(&mut curves) {
            return Step::Done(curves.clone());
        }
        let done = curves.round.len() + curves.shaped.len();
        Step::Running { done, of }
    })
}

/// The bound per unit of push of `M = I` for these keys and values.
pub(super) fn bound(head: &Head, m: &DVector<f64>, temperature: f64) -> Result<f64, Error> {
    robustness_bound(head.keys(), head.values(), m, temperature)
}
