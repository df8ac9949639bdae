//! The cards of the claims lens: which claim is looked at.

/// A claim of the papers, in the order of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Card {
    /// Softmax attention is a kernel PCA projection.
    #[default]
    Projection,
    /// Trained values are alike to the constructed ones.
    Similarity,
    /// The projection loss falls, so the layer learns PCA.
    Training,
    /// γ is constant, so the values are eigenvectors.
    Gamma,
    /// The largest eigenvalue is 648.46.
    Eigenvalue,
    /// The columns of the values are the eigenvectors.
    Gauge,
    /// RPC-Attention is Principal Component Pursuit on the keys.
    Pursuit,
    /// Elliptical Attention is robust.
    Elliptical,
    /// Attention-BN centres the keys.
    BatchNorm,
    /// Values are dual variables.
    Dual,
}

impl Card {
    /// Every card, in the order of the list.
    pub const ALL: [Self; 10] = [
        Self::Projection,
        Self::Similarity,
        Self::Training,
        Self::Gamma,
        Self::Eigenvalue,
        Self::Gauge,
        Self::Pursuit,
        Self::Elliptical,
        Self::BatchNorm,
        Self::Dual,
    ];

    /// The card's number in links; never reused.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The card with this number in links.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|card| card.code() == code)
    }
}

/// What was chosen in the claims lens beside the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClaimsChoices {
    /// The test that the map of the heads shows, by its place among [`TESTS`](super::claims::TESTS).
    pub test: u8,
    /// Whose heads it shows: 0 for those of the cloud, else a group of the tests that were opened, from 1.
    pub group: u8,
    /// The step of the training that is shown, from 0 to [`ClaimsChoices::STEPS`].
    pub step: u8,
    /// Whether queries and keys learn too, and not the values alone.
    pub all_learn: bool,
}

impl ClaimsChoices {
    /// Steps of the training.
    pub const STEPS: u8 = 200;
}

impl Default for ClaimsChoices {
    fn default() -> Self {
        Self {
            test: 0,
            group: 0,
            step: Self::STEPS,
            all_learn: false,
        }
    }
}
