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

    /// "half on", "tiles rising", "tiles off".
    pub(super) fn of_words(choice: &str) -> Option<Self> {
        Some(match choice.split_once(' ')? {
            ("half", "on") => Self::Half(true),
            ("half", "off") => Self::Half(false),
            ("tiles", "off") => Self::Tiles(None),
            ("tiles", name) => {
                let mut orders = SoftmaxChoices::ORDERS.iter();
                Self::Tiles(Some(orders.find(|(.., key)| *key == name)?.0))
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_understood_or_refused() {
        assert_eq!(SoftmaxEdit::of_words("half on"), Some(SoftmaxEdit::Half(true)));
        assert_eq!(SoftmaxEdit::of_words("tiles off"), Some(SoftmaxEdit::Tiles(None)));
        let rising = SoftmaxEdit::Tiles(Some(TileOrder::Rising));
        assert_eq!(SoftmaxEdit::of_words("tiles rising"), Some(rising));
        for wrong in ["half", "half 1", "tiles", "tiles up", "tiles on", ""] {
            assert_eq!(SoftmaxEdit::of_words(wrong), None, "{wrong}");
        }
    }
}
