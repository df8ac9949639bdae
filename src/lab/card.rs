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
