//! Choices of the full-size lens as edits.

use crate::lab::full_size::{FullSizeChoices, Measured, Spikes, Storage, Tokens};

/// A choice of the full-size lens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FullSizeEdit {
    /// How many tokens.
    Tokens(Tokens),
    /// The mechanism that stands out.
    Measured(Measured),
    /// How tensors are stored.
    Storage(Storage),
    /// The noise.
    Spikes(Spikes),
}

impl FullSizeEdit {
    pub(super) fn label(self) -> String {
        match self {
            Self::Tokens(tokens) => format!("{} tokens", tokens.name()),
            Self::Measured(measured) => measured.name().replace('*', ""),
            Self::Storage(storage) => storage.name().to_owned(),
            Self::Spikes(spikes) => format!("Noise: {}", spikes.name()),
        }
    }

    pub(super) fn apply(self, choices: &mut FullSizeChoices) {
        match self {
            Self::Tokens(tokens) => choices.tokens = tokens,
            Self::Measured(measured) => choices.measured = measured,
            Self::Storage(storage) => choices.storage = storage,
            Self::Spikes(spikes) => choices.spikes = spikes,
        }
    }
}
