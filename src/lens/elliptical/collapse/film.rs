//! The layers of every mechanism, computed piece by piece: within a frame where they are few, else as a job.

use std::sync::Arc;

use eigenlens_core::{
    CollapseLayer, CollapseOptions, Collapsing, Error, LayerMechanism, MetricScaling, RpcOptions, scaled_metric,
};
use nalgebra::{DMatrix, DVector};

use crate::job::{Step, Task};
use crate::lab::{Ground, SceneError};

/// What stacks its layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mechanism {
    /// M = I.
    Softmax,
    /// M scaled so that its largest entry is 1.
    Max,
    /// M scaled so that its mean is 1.
    Mean,
    /// RPC-Attention.
    Rpc,
    /// M = 2I: no ellipse, only sharper.
    Double,
}

impl Mechanism {
    pub(super) const ALL: [Self; 5] = [Self::Softmax, Self::Max, Self::Mean, Self::Rpc, Self::Double];

    /// The stable name in the readouts.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Softmax => "softmax",
            Self::Max => "max",
            Self::Mean => "mean",
            Self::Rpc => "rpc",
            Self::Double => "double",
        }
    }
}

/// Above so many tokens RPC-Attention is left out: each of its iterations is one piece of work.
pub(super) const MOST_RPC: usize = 256;

/// What the films depend on.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    /// `X₀`, `N×D`.
    pub(super) tokens: DMatrix<f64>,
    pub(super) temperature: f64,
    /// The given M; none where it is estimated from layer to layer.
    pub(super) metric: Option<DVector<f64>>,
    pub(super) residual: bool,
    pub(super) layers: usize,
    pub(super) rpc: RpcOptions,
    /// The plane on which the tokens are drawn.
    pub(super) ground: Arc<Ground>,
}

impl PartialEq for Wanted {
    fn eq(&self, other: &Self) -> bool {
        self.tokens == other.tokens
            && self.temperature.to_bits() == other.temperature.to_bits()
            && self.metric == other.metric
            && (self.residual, self.layers, self.rpc) == (other.residual, other.layers, other.rpc)
            && Arc::ptr_eq(&self.ground, &other.ground)
    }
}

impl Wanted {
    /// About how many multiplications all films take.
    pub(super) fn cost(&self) -> usize {
        let (n, dim) = self.tokens.shape();
        let films = Mechanism::ALL.len() + self.rpc.iterations;
        n.saturating_mul(n)
            .saturating_mul(dim + 10)
            .saturating_mul(self.layers * films)
    }

    fn mechanism(&self, mechanism: Mechanism) -> Result<LayerMechanism, Error> {
        let scaled = |scaling| match &self.metric {
            Some(given) => scaled_metric(given, scaling).map(LayerMechanism::Metric),
            None => Ok(LayerMechanism::Estimated(scaling)),
        };
        match mechanism {
            Mechanism::Softmax => Ok(LayerMechanism::Softmax),
            Mechanism::Max => scaled(MetricScaling::Max),
            Mechanism::Mean => scaled(MetricScaling::Mean),
            Mechanism::Rpc => Ok(LayerMechanism::Rpc(self.rpc)),
            Mechanism::Double => Ok(self.times_identity(2.0)),
        }
    }

    /// `M = cI`.
    fn times_identity(&self, c: f64) -> LayerMechanism {
        LayerMechanism::Metric(DVector::from_element(self.tokens.ncols(), c))
    }

    fn begin(&self, mechanism: LayerMechanism, residual: bool) -> Result<Collapsing, Error> {
        let options = CollapseOptions {
            mechanism,
            residual,
            temperature: Some(self.temperature),
        };
        Collapsing::new(self.tokens.clone(), options)
    }
}

/// The tokens after a layer, as far as they are shown.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layer {
    /// In board units.
    pub(super) at: Vec<[f64; 2]>,
    pub(super) cosine: Option<f64>,
    /// The diagonal of the M that made the layer.
    pub(super) metric: Option<DVector<f64>>,
    row_sum: Option<f64>,
    /// How far a token is outside of the box of the layer before, of the largest coordinate; the input of a residual stream is
    /// taken off before.
    outside: Option<f64>,
}

/// The layers of one mechanism.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Film {
    pub(super) mechanism: Mechanism,
    /// From layer 0 on; fewer than asked for where one fails. Empty where the mechanism is left out.
    pub(super) layers: Vec<Layer>,
    /// Why there are no more layers.
    pub(super) error: Option<SceneError>,
}

/// The films of all mechanisms with what was measured on them.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Films {
    pub(super) films: Vec<Film>,
    /// How far the first layer with M = I is from softmax attention, of the largest coordinate.
    pub(super) identity: Option<f64>,
}

impl Films {
    pub(super) fn of(&self, mechanism: Mechanism) -> Option<&Film> {
        self.films.iter().find(|film| film.mechanism == mechanism)
    }

    fn most(&self, of: impl Fn(&Layer) -> Option<f64>) -> Option<f64> {
        let all = self.films.iter().flat_map(|film| &film.layers).filter_map(of);
        all.reduce(f64::max)
    }

    /// How far a row of weights is from summing to 1, at most.
    pub(super) fn row_sum(&self) -> Option<f64> {
        self.most(|layer| layer.row_sum)
    }

    /// How far a token is outside of the box of the layer before, at most.
    pub(super) fn outside(&self) -> Option<f64> {
        self.most(|layer| layer.outside)
    }
}

/// The films as a stepper.
pub(super) struct Filming {
    wanted: Wanted,
    films: Vec<Film>,
    /// The mechanism that is under way.
    running: Option<Collapsing>,
    /// `X₁` of softmax attention, and the same with M = I.
    softmax: Option<DMatrix<f64>>,
    identity: Option<Result<Collapsing, Error>>,
}

impl Filming {
    pub(super) fn new(wanted: Wanted) -> Self {
        Self {
            wanted,
            films: Vec::new(),
            running: None,
            softmax: None,
            identity: None,
        }
    }

    /// Layers that are there, and layers in all.
    pub(super) fn progress(&self) -> (usize, usize) {
        let under_way = self.running.as_ref().map_or(0, |film| film.layers().len() - 1);
        let done = self.films.len() * self.wanted.layers + under_way;
        (done, Mechanism::ALL.len() * self.wanted.layers)
    }

    /// A small piece. True when all is there.
    pub(super) fn advance(&mut self) -> bool {
        if let Some(collapsing) = &mut self.running {
            let failed = match collapsing.advance() {
                Ok(false) => return false,
                Ok(true) if collapsing.layers().len() <= self.wanted.layers => return false,
                Ok(true) => None,
                Err(error) => Some(error),
            };
            self.put_away(failed);
            return false;
        }
        let Some(mechanism) = Mechanism::ALL.get(self.films.len()) else {
            return self.advance_identity();
        };
        let left_out = *mechanism == Mechanism::Rpc && self.wanted.tokens.nrows() > MOST_RPC;
        let begun = self.wanted.mechanism(*mechanism);
        match begun.and_then(|mechanism| self.wanted.begin(mechanism, self.wanted.residual)) {
            Ok(collapsing) if !left_out => self.running = Some(collapsing),
            begun => self.films.push(Film {
                mechanism: *mechanism,
                layers: Vec::new(),
                error: begun.err().map(SceneError::from),
            }),
        }
        false
    }

    /// The film under way is kept as far as it has come.
    fn put_away(&mut self, failed: Option<Error>) {
        let (Some(collapsing), Some(mechanism)) = (self.running.take(), Mechanism::ALL.get(self.films.len())) else {
            return;
        };
        if *mechanism == Mechanism::Softmax {
            self.softmax = collapsing.layers().get(1).map(|layer| layer.tokens.clone());
        }
        let weighted = *mechanism != Mechanism::Rpc;
        let mut film = Film {
            mechanism: *mechanism,
            layers: Vec::new(),
            error: failed.map(SceneError::from),
        };
        for (at, layer) in collapsing.layers().iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| collapsing.layers().get(at));
            match self.layer(layer, before.filter(|_| weighted)) {
                Ok(layer) => film.layers.push(layer),
                Err(error) => {
                    film.error = Some(error);
                    break;
                }
            }
        }
        self.films.push(film);
    }

    fn layer(&self, layer: &CollapseLayer, before: Option<&CollapseLayer>) -> Result<Layer, SceneError> {
        let rows = layer.tokens.row_iter();
        let place = |row: Vec<f64>| self.wanted.ground.place(&row);
        let at = rows
            .map(|row| place(row.iter().copied().collect()))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Layer {
            at,
            cosine: layer.cosine,
            metric: layer.metric.clone(),
            row_sum: layer.row_sum,
            outside: before.map(|before| outside(&layer.tokens, &before.tokens, self.wanted.residual)),
        })
    }

    fn advance_identity(&mut self) -> bool {
        let identity = self.identity.get_or_insert_with(|| {
            let identity = self.wanted.times_identity(1.0);
            self.wanted.begin(identity, self.wanted.residual)
        });
        match identity {
            Ok(collapsing) => collapsing.advance().unwrap_or(true),
            Err(_) => true,
        }
    }

    /// What there is.
    pub(super) fn finish(self) -> Films {
        let identity = self.identity.and_then(Result::ok).zip(self.softmax);
        let identity = identity.and_then(|(identity, softmax)| {
            let layer = identity.layers().get(1)?;
            Some((&layer.tokens - &softmax).amax() / size(&softmax))
        });
        Films {
            films: self.films,
            identity,
        }
    }
}

/// The largest coordinate, to divide by.
fn size(tokens: &DMatrix<f64>) -> f64 {
    tokens.amax().max(f64::MIN_POSITIVE)
}

/// See [`Layer::outside`].
fn outside(tokens: &DMatrix<f64>, before: &DMatrix<f64>, residual: bool) -> f64 {
    let mut most = 0.0_f64;
    for (now, before) in std::iter::zip(tokens.column_iter(), before.column_iter()) {
        let (low, high) = (before.min(), before.max());
        for (now, own) in std::iter::zip(&now, &before) {
            let average = if residual { now - own } else { *now };
            most = most.max(low - average).max(average - high);
        }
    }
    most / size(tokens).max(size(before))
}

/// The films in small pieces.
pub(super) fn task(wanted: Wanted) -> Task<Films> {
    let mut filming = Some(Filming::new(wanted));
    let mut progress = (0, 1);
    Box::new(move || {
        if let Some(mut under_way) = filming.take() {
            if under_way.advance() {
                return Step::Done(under_way.finish());
            }
            progress = under_way.progress();
            filming = Some(under_way);
        }
        Step::Running {
            done: progress.0,
            of: progress.1,
        }
    })
}
