//! What the user did: the one serialisable state of the app, and the edits that change it.
//!
//! Everything on screen is derived from a [`Lab`]; a [`link`] is a `Lab` written down. No clock, no files, no screen here.

pub mod card;
pub mod choices;
pub mod claims;
pub mod corruption;
pub mod elliptical;
pub mod full_size;
pub mod history;
pub mod link;
pub mod noise;
pub mod planted;
pub mod preset;
pub mod readout;
pub mod regression;
pub mod results;
pub mod support;
pub mod tested;
pub mod text;

mod damage;
mod grid;
mod layers;
mod resolve;
pub mod robust;
mod scene;
mod source;
pub mod truth;
mod wire;
mod words;

#[cfg(all(test, not(target_arch = "wasm32")))]
mod arbitrary;

pub use card::{Beside, Card, ClaimsChoices, NullRows, Start};
pub use choices::{
    AxisFrame, AxisReading, Choices, HeadsChoices, KernelChoice, KernelPcaChoices, SmootherForm, SmootherView,
    SoftmaxChoices, ValuesFrom,
};
pub use corruption::{Corruption, Lift};
pub use elliptical::{EllipticalChoices, EllipticalView};
pub use full_size::FullSizeChoices;
pub use grid::{Camera, GridPoint, Temperature};
pub use history::History;
pub use noise::{Brush, NoiseKind};
pub use planted::Planted;
pub use preset::PresetId;
pub use readout::{Notice, Readouts, Severity};
pub use resolve::Positions;
pub use robust::{
    CellNoise, Damage, LambdaChoice, Method, RobustChoices, RobustView, SettingsChoices, Thousandths, WhoAsks,
};
pub use scene::{
    Counts, FileSource, Key, MAX_NAME_BYTES, MAX_TOKENS, NotAToken, Origin, Query, Scene, Source, TokenRef,
};
pub use source::{Ground, Library, MAX_FILES, SceneError, TooLarge};
pub use support::{SupportChoices, SupportView};
pub use text::TextId;
pub use truth::Truth;

/// Which theory the cloud is looked at through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LensId {
    /// Softmax attention.
    #[default]
    Softmax,
    /// Attention as a kernel smoother.
    Smoother,
    /// Attention as a projection on the principal axes of kernel PCA.
    KernelPca,
    /// Attention with a Mahalanobis metric.
    Elliptical,
    /// Values as support vectors; Attention-BN and Attention-SH.
    SupportVectors,
    /// Attention broken by wrong entries, and what repairs it.
    Robust,
    /// What every mechanism costs at the sizes of real models.
    FullSize,
    /// What the papers claim, tested.
    Claims,
}

impl LensId {
    /// Every lens, in the order of the tabs.
    pub const ALL: &'static [Self] = &[
        Self::Softmax,
        Self::Smoother,
        Self::KernelPca,
        Self::Elliptical,
        Self::SupportVectors,
        Self::Robust,
        Self::FullSize,
        Self::Claims,
    ];

    /// The lens' number in links; never reused.
    pub const fn code(self) -> u16 {
        match self {
            Self::Softmax => 0,
            Self::Smoother => 1,
            Self::KernelPca => 2,
            Self::Robust => 3,
            Self::Elliptical => 4,
            Self::SupportVectors => 5,
            Self::FullSize => 6,
            Self::Claims => 7,
        }
    }

    /// The lens with this number in links.
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|lens| lens.code() == code)
    }

    /// Stable name, as in `softmax`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Softmax => "softmax",
            Self::Smoother => "smoother",
            Self::KernelPca => "kernel-pca",
            Self::Elliptical => "elliptical",
            Self::SupportVectors => "support-vectors",
            Self::Robust => "robust",
            Self::FullSize => "full-size",
            Self::Claims => "claims",
        }
    }

    /// Name on screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Softmax => "Softmax",
            Self::Smoother => "Smoother",
            Self::KernelPca => "Kernel PCA",
            Self::Elliptical => "Elliptical",
            Self::SupportVectors => "Support vectors",
            Self::Robust => "Robust",
            Self::FullSize => "Full size",
            Self::Claims => "Claims",
        }
    }
}

/// Colours and sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
    /// Light, larger, stronger.
    Projector,
}

impl Theme {
    /// Every theme, in the order in which the button goes through them.
    pub const ALL: &'static [Self] = &[Self::Light, Self::Dark, Self::Projector];

    /// The theme's number in links; never reused.
    pub const fn code(self) -> u8 {
        match self {
            Self::Light => 0,
            Self::Dark => 1,
            Self::Projector => 2,
        }
    }

    /// The theme with this number in links.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|theme| theme.code() == code)
    }

    /// Stable name, as in `light`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Projector => "projector",
        }
    }
}

/// Why an edit was not done. The lab is then as it was.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EditError {
    /// The token is not on the board.
    #[error("there is no {token}: the board has {has}")]
    NoSuchToken {
        /// What was asked for.
        token: TokenRef,
        /// How many tokens of its role there are.
        has: usize,
    },
    /// The board holds no more tokens of this role.
    #[error("the board holds at most {bound} {role}, and it has {has}")]
    BoardFull {
        /// "keys" or "queries".
        role: &'static str,
        /// How many there are.
        has: usize,
        /// How many there may be.
        bound: usize,
    },
    /// The only query cannot be erased.
    #[error("the last query stays: without a query there is no row of attention")]
    LastQuery,
    /// A temperature outside its range, or not a number.
    #[error("the temperature {value} is outside {min} to {max}")]
    Temperature {
        /// What was asked for.
        value: f64,
        /// The smallest.
        min: f64,
        /// The largest.
        max: f64,
    },
    /// The source has no such head.
    #[error("there is no head {number}: the source has {has}")]
    NoSuchHead {
        /// What was asked for, counted from 1.
        number: usize,
        /// How many there are.
        has: u16,
    },
    /// More wrong entries than a link can hold.
    #[error("{has} wrong entries are too many: at most {bound} fit in a link")]
    TooManyCells {
        /// How many there would be.
        has: usize,
        /// How many there may be.
        bound: usize,
    },
    /// The keys have no such entry.
    #[error("there is no entry {column} of key {key}: the board has {keys} keys of {columns} entries")]
    NoSuchCell {
        /// The key, counted from 1.
        key: usize,
        /// The entry, counted from 1.
        column: usize,
        /// How many keys there are.
        keys: usize,
        /// How many entries each has.
        columns: usize,
    },
    /// The edit needs the source's coordinates, and they are not there.
    #[error(transparent)]
    Scene(#[from] SceneError),
}

/// What the user did. Everything on screen follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lab {
    /// The tokens.
    pub scene: Scene,
    /// The A of an A/B comparison: the scene as it was when it was frozen.
    pub ghost: Option<Box<Scene>>,
    /// The lens.
    pub lens: LensId,
    /// The chosen theme; `None` follows the system.
    pub theme: Option<Theme>,
    /// What the board shows.
    pub camera: Camera,
    /// The noise brush, with the seed of its next stroke.
    pub brush: Brush,
    /// What was chosen in the lenses.
    pub choices: Choices,
}

impl Default for Lab {
    fn default() -> Self {
        Self::of(Source::Preset(PresetId::default()))
    }
}

impl Lab {
    /// What a person meets who comes without a link: a real head, whose "it" looks at the animal.
    ///
    /// It is no default of links: those begin with [`Lab::default`], for ever.
    pub fn opening() -> Self {
        Self::of(Source::Text(TextId::Pronoun))
    }

    /// A fresh lab on a source.
    pub fn of(source: Source) -> Self {
        Self {
            scene: Scene::of_choice(source, None),
            ghost: None,
            lens: LensId::default(),
            theme: None,
            camera: Camera::default(),
            brush: Brush::default(),
            choices: Choices::default(),
        }
    }

    /// Puts a token at `to`.
    pub fn move_token(&mut self, token: TokenRef, to: GridPoint) -> Result<(), EditError> {
        self.scene.move_token(token, to)
    }

    /// Puts a key (position from 0) at `to`.
    pub fn move_key(&mut self, key: usize, to: GridPoint) -> Result<(), EditError> {
        self.scene.move_token(TokenRef::Key(key), to)
    }

    /// Puts a query (position from 0) at `to`.
    pub fn move_query(&mut self, query: usize, to: GridPoint) -> Result<(), EditError> {
        self.scene.move_token(TokenRef::Query(query), to)
    }

    /// Adds a key at the end of the list.
    pub fn add_key(&mut self, at: GridPoint) -> Result<TokenRef, EditError> {
        self.scene.add_key(at, false)
    }

    /// Adds a query at the end of the list. The asking query stays the same.
    pub fn add_query(&mut self, at: GridPoint) -> Result<TokenRef, EditError> {
        self.scene.add_query(at)
    }

    /// Adds a key that is marked as an outlier.
    pub fn plant_outlier(&mut self, at: GridPoint) -> Result<TokenRef, EditError> {
        self.scene.add_key(at, true)
    }

    /// Takes a token off the board; the last query stays.
    pub fn erase(&mut self, token: TokenRef) -> Result<(), EditError> {
        self.scene.erase(token)
    }

    /// Gives a key (position from 0) a value of its own.
    pub fn set_value(&mut self, key: usize, value: GridPoint) -> Result<(), EditError> {
        self.scene.set_value(key, value)
    }

    /// Sets the temperature τ.
    pub fn set_temperature(&mut self, temperature: Temperature) {
        self.scene.temperature = temperature;
    }

    /// Makes a query (position from 0) the one whose row is shown.
    pub fn ask(&mut self, query: usize) -> Result<(), EditError> {
        self.scene.ask(query)
    }

    /// Puts another cloud on the board: a text with the head that is looked at, so that sentences can be compared. The ghost,
    /// which was a state of the old one, goes; the view is fitted.
    pub fn select(&mut self, source: Source) {
        self.scene = Scene::of_choice(source, Some(&self.scene));
        self.ghost = None;
        self.camera = Camera::Fit;
        self.choices.kernel_pca.frame = AxisFrame::default();
        self.choices.robust.step = None;
        self.choices.elliptical.start_over();
        self.choices.support.start_over();
    }

    /// Shows another head (from 0) of the source, untouched: an edit belongs to the plane of the head it was made on.
    /// The temperature stays, and so does the asking query; the ghost goes; the view is fitted.
    pub fn set_head(&mut self, head: u16) -> Result<(), EditError> {
        let has = self.scene.source.counts().heads;
        if head >= has {
            return Err(EditError::NoSuchHead {
                number: usize::from(head) + 1,
                has,
            });
        }
        let untouched = Scene::of(self.scene.source.clone(), head);
        let old = std::mem::replace(&mut self.scene, untouched);
        self.scene.temperature = old.temperature;
        self.scene.asking = old.asking.min(self.scene.queries.len().saturating_sub(1) as u16);
        self.ghost = None;
        self.camera = Camera::Fit;
        self.choices.kernel_pca.frame = AxisFrame::default();
        Ok(())
    }

    /// Puts the scene back to its source, same head. The ghost stays, so that before and after can be compared.
    pub fn reset(&mut self) {
        self.scene = Scene::of(self.scene.source.clone(), self.scene.head);
        self.choices.kernel_pca.frame = AxisFrame::default();
    }

    /// The texts whose numbers the lab needs.
    pub fn texts(&self) -> Vec<TextId> {
        let scenes = std::iter::once(&self.scene).chain(self.ghost.as_deref());
        let robust = self.lens == LensId::Robust;
        scenes
            .flat_map(|scene| match &scene.source {
                // The robust lens compares a text that has a wrong word with the right one.
                Source::Text(id) => [Some(*id), id.clean().filter(|_| robust).map(|clean| clean.text)],
                Source::Preset(_) | Source::File(_) | Source::Blank | Source::Planted(_) => [None; 2],
            })
            .flatten()
            .collect()
    }

    /// Freezes the scene as A; what is done from here on is B.
    pub fn freeze(&mut self) {
        self.ghost = Some(Box::new(self.scene.clone()));
    }

    /// Ends the A/B comparison.
    pub fn clear_ghost(&mut self) {
        self.ghost = None;
    }

    /// Makes scene and ghost of a link fit the file they name, once that file is open: see [`Scene::reconcile`].
    pub fn reconcile(&mut self, library: &Library) -> usize {
        let ghost = self.ghost.as_deref_mut();
        self.scene.reconcile(library) + ghost.map_or(0, |ghost| ghost.reconcile(library))
    }

    /// Adds the brush's noise to each of `tokens` (a token named twice is passed once) and moves the seed on by one.
    ///
    /// The result is snapped to the grid and stored, so that a link holds values, not a recipe.
    pub fn noise_stroke(&mut self, tokens: &[TokenRef], library: &Library) -> Result<(), EditError> {
        self.brush.stroke(&mut self.scene, tokens, library)
    }
}
