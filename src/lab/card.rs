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

/// How chance takes the values of a head away from its keys, for numbers that see the order of the tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NullRows {
    /// The rows of the values in a random order.
    #[default]
    Permuted,
    /// The rows of the values moved on cyclically.
    Shifted,
}

/// What the values are compared with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Beside {
    /// With those that the theorem constructs.
    #[default]
    Constructed,
    /// With the keys.
    Keys,
    /// No values of the cloud: two matrices of 197 × 64 that have nothing to do with each other are compared.
    Strangers,
}

/// The values with which a training begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Start {
    /// Twice standard normal numbers.
    #[default]
    Random,
    /// The same few numbers for every cloud.
    Fixed,
}

/// A choice by its number in links, which is its place and never reused, and by its name in scripts.
macro_rules! coded {
    ($choice:ident: $($variant:ident $key:literal),+) => {
        impl $choice {
            /// Every one, in the order in which they are offered.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its number in links.
            pub const fn code(self) -> u8 {
                self as u8
            }

            /// The one with this number in links.
            pub fn from_code(code: u8) -> Option<Self> {
                Self::ALL.get(usize::from(code)).copied()
            }

            /// Its name in scripts.
            pub const fn key(self) -> &'static str {
                match self {
                    $(Self::$variant => $key),+
                }
            }
        }
    };
}

impl Beside {
    /// The name on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Constructed => "constructed values",
            Self::Keys => "the keys",
            Self::Strangers => "two strangers",
        }
    }
}

coded!(NullRows: Permuted "permuted", Shifted "shifted");
coded!(Beside: Constructed "constructed", Keys "keys", Strangers "strangers");
coded!(Start: Random "random", Fixed "fixed");

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
    /// How chance is drawn.
    pub null: NullRows,
    /// What the values are compared with.
    pub beside: Beside,
    /// The values with which the training begins.
    pub start: Start,
}

impl ClaimsChoices {
    /// Steps of the training.
    pub const STEPS: u8 = 200;

    /// Of these choices those that the numbers of a card depend on; the others are the default's.
    #[must_use]
    pub fn of(self, card: Card) -> Self {
        let default = Self::default();
        match card {
            Card::Projection | Card::Gamma | Card::Dual => Self {
                null: self.null,
                ..default
            },
            Card::Similarity => Self {
                beside: self.beside,
                ..default
            },
            Card::Training => Self {
                all_learn: self.all_learn,
                start: self.start,
                ..default
            },
            Card::Eigenvalue | Card::Gauge | Card::Pursuit | Card::Elliptical | Card::BatchNorm => default,
        }
    }
}

impl Default for ClaimsChoices {
    fn default() -> Self {
        Self {
            test: 0,
            group: 0,
            step: Self::STEPS,
            all_learn: false,
            null: NullRows::default(),
            beside: Beside::default(),
            start: Start::default(),
        }
    }
}
