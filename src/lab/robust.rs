//! What was chosen in the robust lens, and the noise that it breaks keys with.

use std::num::NonZeroU16;

use eigenlens_core::RpcForm;

use super::corruption::{MAX_CELLS, steps, units};
use super::preset::RobustPreset;
use super::{Corruption, EditError, Planted, Scene, Source};

/// A positive number in thousandths, below 65.536: decimal numbers are the nearest `f64`, as in a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Thousandths(pub NonZeroU16);

impl Thousandths {
    /// The nearest one to a positive number; none where that is 0, too large or not a number.
    pub fn nearest(value: f64) -> Option<Self> {
        let rounded = (value * 1000.0).round();
        // A float-to-integer `as` sends NaN and what is below 0 to 0.
        let in_range = (rounded <= f64::from(u16::MAX)).then_some(rounded as u16)?;
        NonZeroU16::new(in_range).map(Self)
    }

    /// The number.
    pub fn value(self) -> f64 {
        f64::from(self.0.get()) / 1000.0
    }
}

/// λ of the pursuit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LambdaChoice {
    /// What the source asks for, else the textbook's.
    #[default]
    Source,
    /// 1/√max(N, D).
    Textbook,
    /// A chosen one.
    Fixed(Thousandths),
}

/// What repairs the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Principal Component Pursuit.
    Pursuit,
    /// RPC-Attention.
    Rpc,
    /// Both, side by side.
    #[default]
    Both,
}

impl Method {
    /// Every method, in the order of the switch.
    pub const ALL: [Self; 3] = [Self::Pursuit, Self::Rpc, Self::Both];

    /// The method's number in links; never reused.
    pub const fn code(self) -> u8 {
        match self {
            Self::Pursuit => 0,
            Self::Rpc => 1,
            Self::Both => 2,
        }
    }

    /// The method with this number in links.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.code() == code)
    }

    /// The word on the switch.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pursuit => "Pursuit",
            Self::Rpc => "RPC-Attention",
            Self::Both => "both",
        }
    }

    /// The stable name, as in `method rpc`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Pursuit => "pursuit",
            Self::Rpc => "rpc",
            Self::Both => "both",
        }
    }
}

/// The number of a form in links; never reused.
pub const fn form_code(form: RpcForm) -> u8 {
    match form {
        RpcForm::Printed => 0,
        RpcForm::Released => 1,
        RpcForm::Lagrangian => 2,
    }
}

/// The form with this number in links.
pub fn form_of_code(code: u8) -> Option<RpcForm> {
    RpcForm::ALL.into_iter().find(|form| form_code(*form) == code)
}

/// Who asks when outputs are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhoAsks {
    /// The queries where every key has one, else the keys.
    #[default]
    Source,
    /// The keys themselves: symmetric attention.
    Keys,
    /// The queries: asymmetric attention.
    Queries,
}

impl WhoAsks {
    /// The choice's number in links; never reused.
    pub const fn code(self) -> u8 {
        match self {
            Self::Source => 0,
            Self::Keys => 1,
            Self::Queries => 2,
        }
    }

    /// The choice with this number in links.
    pub fn from_code(code: u8) -> Option<Self> {
        [Self::Source, Self::Keys, Self::Queries]
            .into_iter()
            .find(|asks| asks.code() == code)
    }
}

/// A sub-view of the lens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RobustView {
    /// The keys and their split.
    #[default]
    Split,
    /// The phase diagram of recovery.
    Phase,
}

/// A way to break keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Damage {
    /// Sparse spikes: ±size with the brush's share of probability, else nothing.
    #[default]
    Spikes,
    /// A whole token: ±size on every entry.
    Token,
    /// size · N(0, 1) on every entry.
    Gaussian,
    /// size times the sign of the gradient of the output's deviation: the worst step of its size to first order.
    Adversary,
}

impl Damage {
    /// Every way, in the order of the switch.
    pub const ALL: [Self; 4] = [Self::Spikes, Self::Token, Self::Gaussian, Self::Adversary];

    /// Its number in links; never reused.
    pub const fn code(self) -> u8 {
        match self {
            Self::Spikes => 0,
            Self::Token => 1,
            Self::Gaussian => 2,
            Self::Adversary => 3,
        }
    }

    /// The way with this number in links.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|damage| damage.code() == code)
    }

    /// The word on the switch.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spikes => "Spikes",
            Self::Token => "Whole token",
            Self::Gaussian => "Gaussian",
            Self::Adversary => "Adversary",
        }
    }

    /// The stable name, as in `strike adversary`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Spikes => "spikes",
            Self::Token => "token",
            Self::Gaussian => "gaussian",
            Self::Adversary => "adversary",
        }
    }
}

/// The noise of the robust lens: what a stroke, and what the brush on a cell, adds to entries of the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellNoise {
    /// The way.
    pub damage: Damage,
    /// Size for each way, in thousandths.
    pub sizes: [Thousandths; 4],
    /// Share of spikes, in percent, from 1 to 100.
    pub percent: u8,
}

const fn thousandths(number: u16) -> Thousandths {
    match NonZeroU16::new(number) {
        Some(number) => Thousandths(number),
        None => Thousandths(NonZeroU16::MIN),
    }
}

impl Default for CellNoise {
    fn default() -> Self {
        Self {
            damage: Damage::Spikes,
            sizes: [thousandths(3500), thousandths(3500), thousandths(300), thousandths(100)],
            percent: 5,
        }
    }
}

impl CellNoise {
    /// The size of the present way, in units.
    pub fn size(self) -> f64 {
        self.size_of(self.damage).value()
    }

    /// The size of a way.
    pub fn size_of(self, damage: Damage) -> Thousandths {
        let [spikes, token, gaussian, adversary] = self.sizes;
        match damage {
            Damage::Spikes => spikes,
            Damage::Token => token,
            Damage::Gaussian => gaussian,
            Damage::Adversary => adversary,
        }
    }

    /// The same noise with this size for the present way; a size that cannot be is left out.
    #[must_use]
    pub fn with_size(mut self, size: f64) -> Self {
        let size = Thousandths::nearest(size).filter(|size| size.value() <= units(i16::MAX));
        if let (Some(size), Some(place)) = (size, self.sizes.get_mut(usize::from(self.damage.code()))) {
            *place = size;
        }
        self
    }

    /// What the brush on a cell adds, in thousandths: the size of a spike.
    pub fn spike(self) -> i16 {
        steps(self.size_of(Damage::Spikes).value())
    }
}

/// The comparison of RPC-Attention with plain attention over many settings at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SettingsChoices {
    /// It is open: on a phone it is the card, on a wall the chart, beside the board the lower part.
    pub open: bool,
    /// Sizes of the largest wrong entry, the others in proportion; none: half of what is in the cloud, that, and twice.
    pub sizes: Option<[Thousandths; 3]>,
}

impl SettingsChoices {
    /// The sizes, and what the wrong entries of a cloud are multiplied by to have them; nothing where no entry is wrong.
    pub fn sizes(&self, corruption: &Corruption) -> Option<[[f64; 2]; 3]> {
        let largest = corruption.cells().map(|(.., steps)| steps.unsigned_abs()).max()?;
        let largest = f64::from(largest) / 1000.0;
        Some(match self.sizes {
            Some(sizes) => sizes.map(|size| [size.value(), size.value() / largest]),
            None => [0.5, 1.0, 2.0].map(|factor| [factor * largest, factor]),
        })
    }
}

/// What was chosen in the robust lens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RobustChoices {
    /// λ of the pursuit.
    pub lambda: LambdaChoice,
    /// μ grows from step to step, which is faster.
    pub growing: bool,
    /// The step of the pursuit that is shown, from 1; none: what the source asks for, else the last.
    pub step: Option<NonZeroU16>,
    /// What repairs the keys.
    pub method: Method,
    /// Form of RPC-Attention.
    pub form: RpcForm,
    /// Iterations of RPC-Attention, from 1 to [`RobustChoices::MAX_ITERATIONS`].
    pub iterations: u8,
    /// λ of RPC-Attention in each of its forms; none: what the source asks for.
    pub rpc_lambdas: [Option<Thousandths>; 3],
    /// Heads of the model, which the released form counts; none: those of the source.
    pub heads: Option<NonZeroU16>,
    /// Who asks when outputs are compared.
    pub asks: WhoAsks,
    /// The sub-view.
    pub view: RobustView,
    /// The instance of the phase diagram that is looked at.
    pub instance: Option<Planted>,
    /// All settings of RPC-Attention.
    pub settings: SettingsChoices,
}

impl Default for RobustChoices {
    fn default() -> Self {
        Self {
            lambda: LambdaChoice::default(),
            growing: false,
            step: None,
            method: Method::default(),
            form: RpcForm::Released,
            iterations: 4,
            rpc_lambdas: [None; 3],
            heads: None,
            asks: WhoAsks::default(),
            view: RobustView::default(),
            instance: None,
            settings: SettingsChoices::default(),
        }
    }
}

impl RobustChoices {
    /// Most iterations of RPC-Attention.
    pub const MAX_ITERATIONS: u8 = 8;

    /// λ of the pursuit on a matrix of this shape.
    pub fn lambda(&self, source: &Source, [rows, columns]: [usize; 2]) -> f64 {
        let textbook = 1.0 / (rows.max(columns) as f64).sqrt();
        match self.lambda {
            LambdaChoice::Fixed(lambda) => lambda.value(),
            LambdaChoice::Textbook => textbook,
            LambdaChoice::Source => preset(source)
                .lambda
                .map_or(textbook, |lambda| f64::from(lambda) / 1000.0),
        }
    }

    /// λ of RPC-Attention in a form.
    pub fn rpc_lambda(&self, source: &Source, form: RpcForm) -> f64 {
        let at = usize::from(form_code(form));
        let chosen = self.rpc_lambdas.get(at).copied().flatten();
        let of_source = preset(source).rpc_lambdas.get(at).copied().unwrap_or(4000);
        chosen.map_or(f64::from(of_source) / 1000.0, Thousandths::value)
    }

    /// Heads of the model.
    pub fn heads(&self, source: &Source) -> usize {
        match (self.heads, source) {
            (Some(heads), _) => usize::from(heads.get()),
            (None, Source::Text(_)) => usize::from(super::text::HEADS_IN_LAYER),
            (None, Source::File(file)) => usize::from(file.heads),
            (None, Source::Preset(_) | Source::Blank | Source::Planted(_)) => usize::from(preset(source).heads),
        }
    }

    /// The step that is shown of `last` steps.
    pub fn shown_step(&self, source: &Source, last: usize) -> usize {
        let wanted = self.step.map(NonZeroU16::get).or(preset(source).step);
        wanted.map_or(last, usize::from).min(last)
    }

    /// Whether the queries ask, where every key has one; else the keys do.
    pub fn queries_ask(&self, scene: &Scene) -> bool {
        let paired = scene.queries.len() == scene.keys.len() && scene.is_self_attention();
        paired
            && match self.asks {
                WhoAsks::Keys => false,
                WhoAsks::Queries => true,
                WhoAsks::Source => matches!(scene.source, Source::Text(_) | Source::File(_)),
            }
    }
}

fn preset(source: &Source) -> RobustPreset {
    match source {
        Source::Preset(id) => id.preset().robust,
        Source::File(_) | Source::Text(_) | Source::Blank | Source::Planted(_) => RobustPreset::LIFTED,
    }
}

/// Checks that so many wrong entries fit.
pub(super) fn room_for(cells: usize) -> Result<(), EditError> {
    if cells <= MAX_CELLS {
        Ok(())
    } else {
        Err(EditError::TooManyCells {
            has: cells,
            bound: MAX_CELLS,
        })
    }
}
