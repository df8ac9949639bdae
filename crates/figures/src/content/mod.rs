//! The kinds of content: a few, which every lens fills.

mod bars;
mod chart;
mod heat;
mod plane;

pub use bars::{BarRow, Bars, Series};
pub use chart::{Axis, Chart, Charts, Dot, Line, Ruler};
pub use heat::{HeatMap, HeatMaps};
pub use plane::{Arrow, Glyph, Link, Outline, Plane, Shade, Token};

use serde::{Deserialize, Serialize};

use crate::{Look, Rgb};

/// What a line or a bar stands for; the theme has a colour for each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// What the figure is about.
    #[default]
    Ink,
    /// What it is compared with.
    Second,
    /// What stands back.
    Quiet,
    /// The query and what it causes.
    Query,
    /// Positive; what is repaired.
    Positive,
    /// Negative.
    Negative,
    /// Damage.
    Bad,
}

impl Role {
    /// The colour in a look.
    pub fn of(self, look: &Look) -> Rgb {
        match self {
            Self::Ink => look.ink,
            Self::Second => look.ink2,
            Self::Quiet => look.ink3,
            Self::Query => look.query,
            Self::Positive => look.pos,
            Self::Negative => look.neg,
            Self::Bad => look.bad,
        }
    }
}
