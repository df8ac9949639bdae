//! What was chosen in the elliptical lens.

use eigenlens_core::MetricScaling;

use super::choices::SmootherForm;
use super::preset::EllipticalPreset;
use super::{Source, Thousandths};

/// A sub-view of the elliptical lens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EllipticalView {
    /// The neighbourhood and its weights.
    #[default]
    Ellipse,
    /// The estimator of M from the values of two layers.
    Estimator,
    /// What a push of the query does, and its bound.
    Robustness,
    /// Layers stacked on the same tokens.
    Collapse,
}

impl EllipticalView {
    /// Every view, in the order of the tabs.
    pub const ALL: [Self; 4] = [Self::Ellipse, Self::Estimator, Self::Robustness, Self::Collapse];

    /// The view's number in links; never reused.
    pub const fn code(self) -> u8 {
        match self {
            Self::Ellipse => 0,
            Self::Estimator => 1,
            Self::Robustness => 2,
            Self::Collapse => 3,
        }
    }

    /// The view with this number in links.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.code() == code)
    }

    /// The stable name, as in `view collapse`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Ellipse => "ellipse",
            Self::Estimator => "estimator",
            Self::Robustness => "robustness",
            Self::Collapse => "collapse",
        }
    }

    /// The word on the tab.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ellipse => "Ellipse",
            Self::Estimator => "Estimator",
            Self::Robustness => "Robustness",
            Self::Collapse => "Collapse",
        }
    }
}

/// Where M comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum MetricSource {
    /// As it was set.
    #[default]
    Given,
    /// From the values of two layers.
    Estimated,
}

/// Where the values of the two layers come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum LayerValues {
    /// The cloud's own, where it has a layer before; else `f(k) = (sin 3k₁, 0.1 k₂)`.
    #[default]
    Source,
    /// `f(k) = (sin 3k₁, 0.1 k₂)` at the keys, and at the keys moved by (0.05, 0.05): what the estimator assumes.
    Separable,
    /// `f(k) = (sin 3k₂, 0.1 k₁)`: what it gets wrong.
    Swapped,
}

impl LayerValues {
    /// Every origin, in the order of the switch.
    pub const ALL: [Self; 3] = [Self::Source, Self::Separable, Self::Swapped];

    /// The number in links; never reused.
    pub const fn code(self) -> u8 {
        match self {
            Self::Source => 0,
            Self::Separable => 1,
            Self::Swapped => 2,
        }
    }

    /// The origin with this number in links.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.code() == code)
    }

    /// The stable name, as in `values swapped`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Separable => "separable",
            Self::Swapped => "swapped",
        }
    }
}

/// The number of a scaling in links; never reused.
pub const fn scaling_code(scaling: MetricScaling) -> u8 {
    match scaling {
        MetricScaling::Max => 0,
        MetricScaling::Mean => 1,
        MetricScaling::None => 2,
    }
}

/// The scaling with this number in links.
pub fn scaling_of_code(code: u8) -> Option<MetricScaling> {
    MetricScaling::ALL
        .into_iter()
        .find(|scaling| scaling_code(*scaling) == code)
}

/// The diagonal of a given M, in thousandths; entries beyond the last are 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct GivenMetric([u16; Self::ENTRIES]);

impl Default for GivenMetric {
    fn default() -> Self {
        Self([1000; Self::ENTRIES])
    }
}

impl GivenMetric {
    /// Most entries that can be set.
    pub const ENTRIES: usize = 64;

    /// With these first entries, in thousandths.
    pub fn of(first: &[u16]) -> Self {
        let mut metric = Self::default();
        for (entry, thousandths) in std::iter::zip(&mut metric.0, first) {
            *entry = *thousandths;
        }
        metric
    }

    /// The entries up to the last that is not 1, in thousandths.
    pub fn trimmed(&self) -> &[u16] {
        let len = self
            .0
            .iter()
            .rposition(|entry| *entry != 1000)
            .map_or(0, |last| last + 1);
        self.0.get(..len).unwrap_or_default()
    }

    /// Entry `index`, from 0.
    pub fn entry(&self, index: usize) -> f64 {
        self.0
            .get(index)
            .map_or(1.0, |thousandths| f64::from(*thousandths) / 1000.0)
    }

    /// The same with another entry: the nearest thousandth from 0 to 65.535.
    #[must_use]
    pub fn with(mut self, index: usize, value: f64) -> Self {
        if let Some(entry) = self.0.get_mut(index) {
            // A float-to-integer `as` saturates, and sends NaN to 0.
            *entry = (value * 1000.0).round() as u16;
        }
        self
    }
}

/// What was chosen in the elliptical lens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EllipticalChoices {
    /// The sub-view.
    pub view: EllipticalView,
    /// Which weights are shown.
    pub form: SmootherForm,
    /// Where M comes from.
    pub metric: MetricSource,
    /// The given M; none for the source's.
    pub given: Option<GivenMetric>,
    /// Bandwidth σ; none for the source's, else √τ.
    pub sigma: Option<Thousandths>,
    /// Radius of the neighbourhood; none for the source's, else 2σ.
    pub radius: Option<Thousandths>,
    /// How an estimated m is scaled.
    pub scaling: MetricScaling,
    /// δ of the estimator; none for 1, and for the step of the function where the values are one.
    pub delta: Option<Thousandths>,
    /// Where the values of the two layers come from.
    pub values: LayerValues,
    /// A token sees those before it only.
    pub causal: bool,
    /// Seed of the noise of the regression.
    pub seed: u32,
    /// The push of the query along the board's axes, in thousandths of a coordinate.
    pub push: [i16; 2],
    /// Layers of the film.
    pub layers: u8,
    /// The layer that is shown; none for the film's own first one.
    pub layer: Option<u8>,
    /// Each layer adds its input.
    pub residual: bool,
    /// RPC-Attention has a board of its own in the film.
    pub rpc: bool,
}

impl Default for EllipticalChoices {
    fn default() -> Self {
        Self {
            view: EllipticalView::default(),
            form: SmootherForm::NadarayaWatson,
            metric: MetricSource::default(),
            given: None,
            sigma: None,
            radius: None,
            scaling: MetricScaling::Max,
            delta: None,
            values: LayerValues::default(),
            causal: false,
            seed: Self::SEED,
            push: [0, 500],
            layers: 5,
            layer: None,
            residual: false,
            rpc: false,
        }
    }
}

impl EllipticalChoices {
    /// Most layers of the film.
    pub const MAX_LAYERS: u8 = 24;
    /// The seed whose 200 draws give the errors that were once drawn with another generator, to 2 %.
    pub const SEED: u32 = 69;

    /// Lets go of what belongs to one cloud: another one begins as its source asks.
    pub(super) fn start_over(&mut self) {
        self.given = None;
        self.sigma = None;
        self.radius = None;
        self.delta = None;
        self.layer = None;
    }

    /// The given M on a source.
    pub fn given(&self, source: &Source) -> GivenMetric {
        self.given.unwrap_or_else(|| GivenMetric::of(preset(source).metric))
    }

    /// σ on a source whose temperature is τ.
    pub fn sigma(&self, source: &Source, temperature: f64) -> f64 {
        let of_source = preset(source).sigma.map(|sigma| f64::from(sigma) / 1000.0);
        let chosen = self.sigma.map(Thousandths::value);
        chosen.or(of_source).unwrap_or_else(|| temperature.sqrt())
    }

    /// σ of the circle that is compared with.
    pub fn circle_sigma(&self, source: &Source, temperature: f64) -> f64 {
        let of_source = preset(source).circle_sigma.map(|sigma| f64::from(sigma) / 1000.0);
        of_source.unwrap_or_else(|| self.sigma(source, temperature))
    }

    /// Radius of the neighbourhood; none: 2σ.
    pub fn radius(&self, source: &Source) -> Option<f64> {
        let of_source = preset(source).radius.map(|radius| f64::from(radius) / 1000.0);
        self.radius.map(Thousandths::value).or(of_source)
    }
}

fn preset(source: &Source) -> EllipticalPreset {
    match source {
        Source::Preset(id) => id.preset().elliptical,
        Source::File(_) | Source::Text(_) | Source::Blank | Source::Planted(_) => EllipticalPreset::PLAIN,
    }
}
