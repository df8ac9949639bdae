//! What is shown: the films of a lab at one layer.

use std::sync::Arc;

use eigenlens_core::RpcOptions;
use nalgebra::DVector;

use super::film::{Film, Films, Layer, Mechanism, Wanted};
use crate::lab::elliptical::MetricSource;
use crate::lab::{Lab, Library, Scene, SceneError};
use crate::lens::common::{self, Common};
use crate::lens::elliptical::metric;
use crate::lens::elliptical::plane::{self, Form};

/// The layer that is met first.
const FIRST: u8 = 2;
/// Cosines nearer than this stand for the same.
const ALIKE: f64 = 0.005;

/// What the films of a lab depend on.
pub(super) fn wanted(lab: &Lab, library: &Library) -> Result<Wanted, SceneError> {
    let head = lab.scene.head(library)?;
    let (choices, robust, source) = (&lab.choices.elliptical, &lab.choices.robust, &lab.scene.source);
    let temperature = lab.scene.temperature.value(head.dim());
    let given = match choices.metric {
        MetricSource::Given => Some(metric::chosen(lab, library, &head)?),
        MetricSource::Estimated => None,
    };
    // What is left of a round M after scaling is I: there would be one film under three names.
    let is_round = |m: &DVector<f64>| m.iter().all(|entry| Some(entry) == m.get(0));
    Ok(Wanted {
        temperature,
        metric: given.filter(|m| !is_round(m)),
        residual: choices.residual,
        layers: usize::from(choices.layers),
        rpc: RpcOptions {
            form: robust.form,
            lambda: robust.rpc_lambda(source, robust.form),
            iterations: usize::from(robust.iterations).max(1),
            model_width: Some(robust.heads(source).saturating_mul(head.dim())),
            temperature: Some(temperature),
        },
        ground: library.ground(source, lab.scene.head)?,
        tokens: head.keys().clone(),
    })
}

/// The films of a lab at the layer that it shows.
pub(super) struct Picture {
    pub(super) common: Common,
    /// The scene that the films were made of.
    pub(super) scene: Scene,
    pub(super) films: Arc<Films>,
    /// The layer that is shown.
    pub(super) layer: usize,
    /// The last layer.
    pub(super) last: usize,
    pub(super) residual: bool,
    /// M is estimated from layer to layer: as was chosen, or because the given one is round.
    pub(super) estimated: bool,
    /// The mechanisms that have a board.
    pub(super) boards: Vec<Mechanism>,
    pub(super) rpc: RpcOptions,
    /// Names of the tokens: of those that are letters in the theory, x₁ and so on.
    pub(super) names: Vec<String>,
    /// The directions of the board.
    axes: [Vec<f64>; 2],
}

impl Picture {
    pub(super) fn new(lab: &Lab, library: &Library, wanted: &Wanted, films: Arc<Films>) -> Result<Self, SceneError> {
        let common = Common::of(&lab.scene, library)?;
        let choices = &lab.choices.elliptical;
        let last = usize::from(choices.layers);
        let with_rpc = |mechanism: &Mechanism| match mechanism {
            Mechanism::Softmax | Mechanism::Max | Mechanism::Mean => true,
            Mechanism::Rpc => choices.rpc,
            Mechanism::Double => false,
        };
        let token = |name: &String| match name.strip_prefix('k') {
            Some(index) if common::is_letter(name) => format!("x{index}"),
            _ => name.clone(),
        };
        Ok(Self {
            names: common.keys.iter().map(token).collect(),
            layer: usize::from(choices.layer.unwrap_or(FIRST)).min(last),
            last,
            residual: wanted.residual,
            estimated: wanted.metric.is_none(),
            boards: Mechanism::ALL.into_iter().filter(with_rpc).collect(),
            rpc: wanted.rpc,
            scene: lab.scene.clone(),
            axes: plane::axes(&wanted.ground)?,
            films,
            common,
        })
    }

    /// The film of a mechanism.
    pub(super) fn film(&self, mechanism: Mechanism) -> Option<&Film> {
        self.films.of(mechanism)
    }

    /// A mechanism's tokens at the layer that is shown; none where its film ends before.
    pub(super) fn now(&self, mechanism: Mechanism) -> Option<&Layer> {
        self.film(mechanism)?.layers.get(self.layer)
    }

    /// The token cosine of a mechanism at the layer that is shown.
    pub(super) fn cosine(&self, mechanism: Mechanism) -> Option<f64> {
        self.now(mechanism)?.cosine
    }

    /// The diagonal of the M that made the layer that is shown; at layer 0 that of the next one.
    pub(super) fn metric(&self, mechanism: Mechanism) -> Option<&DVector<f64>> {
        self.film(mechanism)?.layers.get(self.layer.max(1))?.metric.as_ref()
    }

    /// The same on the board; M = I where the layer has none of its own. None for RPC-Attention.
    pub(super) fn form(&self, mechanism: Mechanism) -> Option<Form> {
        let identity = || DVector::from_element(self.common.head.dim(), 1.0);
        match (self.metric(mechanism), mechanism) {
            (_, Mechanism::Rpc) => None,
            (Some(m), _) => Some(Form::of(m, &self.axes)),
            (None, _) => Some(Form::of(&identity(), &self.axes)),
        }
    }

    /// The mechanisms with boards that have collapsed most, and how far.
    pub(super) fn most(&self) -> Option<(Vec<Mechanism>, f64)> {
        let all = || {
            self.boards
                .iter()
                .filter_map(|mechanism| Some((*mechanism, self.cosine(*mechanism)?)))
        };
        let most = all().map(|(_, cosine)| cosine).reduce(f64::max)?;
        let near = all().filter(|(_, cosine)| most - cosine < ALIKE);
        Some((near.map(|(mechanism, _)| mechanism).collect(), most))
    }
}
