//! The choices of the full-size lens as bytes.

use super::Losses;
use super::decode::known_code;
use crate::lab::FullSizeChoices;
use crate::lab::full_size::{Measured, Spikes, Storage, Tokens};

/// Codes of length, mechanism, precision and noise.
pub(super) type WireFullSize = [u8; 4];

pub(super) fn wire(choices: FullSizeChoices) -> WireFullSize {
    let FullSizeChoices {
        tokens,
        measured,
        storage,
        spikes,
    } = choices;
    [tokens.code(), measured.code(), storage.code(), spikes.code()]
}

pub(super) fn choices([tokens, measured, storage, spikes]: WireFullSize, losses: &mut Losses) -> FullSizeChoices {
    FullSizeChoices {
        tokens: known_code(Tokens::from_code(tokens), losses).unwrap_or_default(),
        measured: known_code(Measured::from_code(measured), losses).unwrap_or_default(),
        storage: known_code(Storage::from_code(storage), losses).unwrap_or_default(),
        spikes: known_code(Spikes::from_code(spikes), losses).unwrap_or_default(),
    }
}
