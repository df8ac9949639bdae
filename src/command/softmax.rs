//! Choices of the softmax lens as edits.

use eigenlens_core::TileOrder;

use crate::lab::SoftmaxChoices;

/// A choice of the softmax lens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SoftmaxEdit {
    /// Whether tokens are stored in half precision.
    Half(bool),
    /// The row in tiles, the keys in this order; or at every temperature.
    Tiles(Option<TileOrder>),
}

impl SoftmaxEdit {
    pub(super) fn label(self) -> String {
        match self {
            Self::Half(true) => "Store in half precision",
            Self::Half(false) => "Store in full precision",
            Self::Tiles(None) => "Every temperature",
            Self::Tiles(Some(TileOrder::AsGiven)) => "Tiles in reading order",
            Self::Tiles(Some(TileOrder::Rising)) => "Tiles by rising logits",
            Self::Tiles(Some(TileOrder::Falling)) => "Tiles by falling logits",
        }
        .to_owned()
    }

    pub(super) fn apply(self, choices: &mut SoftmaxChoices) {
        match self {
            Self::Half(half) => choices.half = half,
            Self::Tiles(order) => choices.tiles = order,
        }
    }
}
