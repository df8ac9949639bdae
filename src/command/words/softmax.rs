//! Choices of the softmax lens by their stable names.

use crate::command::SoftmaxEdit;
use crate::lab::SoftmaxChoices;

/// "half on", "tiles rising", "tiles off".
pub(super) fn softmax(choice: &str) -> Option<SoftmaxEdit> {
    Some(match choice.split_once(' ')? {
        ("half", "on") => SoftmaxEdit::Half(true),
        ("half", "off") => SoftmaxEdit::Half(false),
        ("tiles", "off") => SoftmaxEdit::Tiles(None),
        ("tiles", name) => {
            let mut orders = SoftmaxChoices::ORDERS.iter();
            SoftmaxEdit::Tiles(Some(orders.find(|(.., key)| *key == name)?.0))
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use eigenlens_core::TileOrder;

    #[test]
    fn names_are_understood_or_refused() {
        assert_eq!(softmax("half on"), Some(SoftmaxEdit::Half(true)));
        assert_eq!(softmax("tiles off"), Some(SoftmaxEdit::Tiles(None)));
        assert_eq!(
            softmax("tiles rising"),
            Some(SoftmaxEdit::Tiles(Some(TileOrder::Rising)))
        );
        for wrong in ["half", "half 1", "tiles", "tiles up", "tiles on", ""] {
            assert_eq!(softmax(wrong), None, "{wrong}");
        }
    }
}
