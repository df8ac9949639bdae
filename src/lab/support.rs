//! What was chosen in the support-vector lens.

use std::num::NonZeroU16;

use eigenlens_core::{BnForm, ClassToken, Remainder};

use super::preset::SupportPreset;
use super::{Source, Thousandths};

/// A sub-view of the support-vector lens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SupportView {
    /// The regression whose dual variables the values are.
    #[default]
    Fit,
    /// Attention-BN.
    Bn,
    /// Attention-SH.
    Sh,
    /// How similar heads are.
    Heads,
}

impl SupportView {
    /// Every view, in the order of the tabs.
    pub const ALL: [Self; 4] = [Self::Fit, Self::Bn, Self::Sh, Self::Heads];

    /// The view's number in links; never reused.
    pub const fn code(self) -> u8 {
        match self {
            Self::Fit => 0,
            Self::Bn => 1,
            Self::Sh => 2,
            Self::Heads => 3,
        }
    }

    /// The view with this number in links.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|view| view.code() == code)
    }

    /// The stable name, as in `view fit`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Fit => "fit",
            Self::Bn => "bn",
            Self::Sh => "sh",
            Self::Heads => "heads",
        }
    }

    /// The word on the tab.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fit => "Fit",
            Self::Bn => "Attention-BN",
            Self::Sh => "Attention-SH",
            Self::Heads => "Heads",
        }
    }
}

/// The most that a value may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Cap {
    /// What the source asks for.
    #[default]
    Source,
    /// No bound.
    Free,
    /// |v| at most this.
    At(Thousandths),
}

/// Which targets the regression has where none was dragged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TargetSet {
    /// The source's; 0 where it has none.
    #[default]
    Source,
    /// Up and down once around: 0, 1, 2, 3, 2, 1, 0, −1, −2, −3, −2, −1, by thirds.
    Hill,
    /// 1 at the fourth key, else 0.
    One,
    /// 1 and −1 in turn.
    Alternating,
}

impl TargetSet {
    /// Every set, in the order of the switch.
    pub const ALL: [Self; 4] = [Self::Source, Self::Hill, Self::One, Self::Alternating];

    /// The number in links; never reused.
    pub const fn code(self) -> u8 {
        match self {
            Self::Source => 0,
            Self::Hill => 1,
            Self::One => 2,
            Self::Alternating => 3,
        }
    }

    /// The set with this number in links.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.code() == code)
    }

    /// The stable name, as in `targets hill`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Hill => "hill",
            Self::One => "one",
            Self::Alternating => "alternating",
        }
    }
}

/// What Attention-BN shifts in the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Shift {
    /// The query.
    #[default]
    Query,
    /// The keys.
    Keys,
    /// Both.
    Both,
}

impl Shift {
    /// Every choice, in the order of the switch.
    pub const ALL: [Self; 3] = [Self::Query, Self::Keys, Self::Both];

    /// The number in links; never reused.
    pub const fn code(self) -> u8 {
        match self {
            Self::Query => 0,
            Self::Keys => 1,
            Self::Both => 2,
        }
    }

    /// The choice with this number in links.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|shift| shift.code() == code)
    }

    /// The word on the switch, and the stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Keys => "keys",
            Self::Both => "both",
        }
    }
}

/// What was chosen in the support-vector lens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SupportChoices {
    /// The sub-view.
    pub view: SupportView,
    /// ε, half the width of the tube, in thousandths; none for the source's.
    pub epsilon: Option<u16>,
    /// The most that a value may be.
    pub cap: Cap,
    /// The values are dragged, and the targets follow.
    pub drag_values: bool,
    /// Taylor degree of the kernel; none for the exponential itself.
    pub degree: Option<u8>,
    /// Which targets.
    pub targets: TargetSet,
    /// The sweep of the solver that is shown, from 1; none for the last.
    pub sweep: Option<NonZeroU16>,
    /// β of Attention-BN, in thousandths.
    pub beta: u16,
    /// Form of Attention-BN.
    pub bn_form: BnForm,
    /// What the picture of Attention-BN shifts.
    pub shift: Shift,
    /// Factors of the four heads of Attention-SH: powers of two, from 1 to 8.
    pub factors: [u8; 4],
    /// The head that is shown, from 0.
    pub sh_head: u8,
    /// What Attention-SH does with tokens that fill no block.
    pub remainder: Remainder,
    /// What it does with the first token.
    pub class_token: ClassToken,
    /// The length whose cost is shown: this power of two, from 6 to 15.
    pub length: u8,
    /// The first head of the layer stands in for the second, too: their distance is 0.
    pub duplicate: bool,
}

impl Default for SupportChoices {
    fn default() -> Self {
        Self {
            view: SupportView::default(),
            epsilon: None,
            cap: Cap::default(),
            drag_values: false,
            degree: None,
            targets: TargetSet::default(),
            sweep: None,
            beta: 1000,
            bn_form: BnForm::Recentred,
            shift: Shift::default(),
            factors: [1, 2, 4, 8],
            sh_head: 1,
            remainder: Remainder::Short,
            class_token: ClassToken::Pooled,
            length: 9,
            duplicate: false,
        }
    }
}

impl SupportChoices {
    /// Largest Taylor degree of the kernel.
    pub const MAX_DEGREE: u8 = 16;
    /// Largest β, in thousandths.
    pub const MAX_BETA: u16 = 2000;

    /// Lets go of what belongs to one cloud: another one begins as its source asks.
    pub(super) fn start_over(&mut self) {
        self.epsilon = None;
        self.cap = Cap::Source;
        self.sweep = None;
        self.targets = TargetSet::Source;
    }

    /// ε on a source.
    pub fn epsilon(&self, source: &Source) -> f64 {
        f64::from(self.epsilon.unwrap_or(preset(source).epsilon)) / 1000.0
    }

    /// The bound of |v| on a source; none: unbounded.
    pub fn cap(&self, source: &Source) -> Option<f64> {
        match self.cap {
            Cap::Source => preset(source).cap.map(|cap| f64::from(cap) / 1000.0),
            Cap::Free => None,
            Cap::At(cap) => Some(cap.value()),
        }
    }
}

fn preset(source: &Source) -> SupportPreset {
    match source {
        Source::Preset(id) => id.preset().support,
        Source::File(_) | Source::Text(_) | Source::Blank | Source::Planted(_) => SupportPreset::PLAIN,
    }
}
