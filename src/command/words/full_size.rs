//! Choices of the full-size lens by their stable names.

use crate::command::FullSizeEdit;
use crate::lab::full_size::{Measured, Spikes, Storage, Tokens};

/// "tokens 32k", "mechanism rpc", "precision f16", "noise 3".
pub(crate) fn full_size(choice: &str) -> Option<FullSizeEdit> {
    let (verb, name) = choice.split_once(' ')?;
    Some(match verb {
        "tokens" => FullSizeEdit::Tokens(Tokens::ALL.into_iter().find(|tokens| tokens.name() == name)?),
        "mechanism" => FullSizeEdit::Measured(Measured::ALL.into_iter().find(|measured| measured.key() == name)?),
        "precision" => FullSizeEdit::Storage(Storage::ALL.into_iter().find(|storage| storage.name() == name)?),
        "noise" => {
            let percent: u8 = name.parse().ok()?;
            FullSizeEdit::Spikes(Spikes::ALL.into_iter().find(|spikes| spikes.percent() == percent)?)
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_understood_or_refused() {
        assert_eq!(full_size("tokens 32k"), Some(FullSizeEdit::Tokens(Tokens::Long32k)));
        assert_eq!(full_size("mechanism bn"), Some(FullSizeEdit::Measured(Measured::Bn)));
        assert_eq!(full_size("precision f32"), Some(FullSizeEdit::Storage(Storage::F32)));
        assert_eq!(full_size("noise 0"), Some(FullSizeEdit::Spikes(Spikes::None)));
        for wrong in [
            "tokens 2k",
            "tokens",
            "mechanism x",
            "precision f64",
            "noise 2",
            "noise x",
            "",
        ] {
            assert_eq!(full_size(wrong), None, "{wrong}");
        }
    }
}
