//! What helps who speaks to a hall. The window has it itself; on the page it is HTML beside the canvas (`web/hall.js`).

/// An aid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aid {
    /// A window of its own with the notes, the next step, a timer and the steps.
    Presenter,
    /// The link of what is shown, as a QR code.
    Code,
    /// A dot that follows the pointer and leaves a trace that fades.
    Laser,
    /// A pen whose strokes fade.
    Pen,
    /// The keys that were pressed last, at the bottom.
    LastKeys,
    /// The whole screen.
    FullScreen,
    /// What makes a lesson of states of the lab.
    Author,
}

impl Aid {
    /// Every aid, in the order of the menu.
    pub const ALL: [Self; 7] = [
        Self::Presenter,
        Self::Code,
        Self::Laser,
        Self::Pen,
        Self::LastKeys,
        Self::FullScreen,
        Self::Author,
    ];

    /// The stable name, as in `aid laser`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Presenter => "presenter",
            Self::Code => "code",
            Self::Laser => "laser",
            Self::Pen => "pen",
            Self::LastKeys => "last-keys",
            Self::FullScreen => "full-screen",
            Self::Author => "author",
        }
    }

    /// The words in the menu.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Presenter => "Presenter window",
            Self::Code => "QR code of this link",
            Self::Laser => "Laser",
            Self::Pen => "Draw",
            Self::LastKeys => "Show the last keys",
            Self::FullScreen => "Full screen",
            Self::Author => "Make a lesson …",
        }
    }

    /// The key that it is on.
    pub const fn press(self) -> &'static str {
        match self {
            Self::Laser => "L",
            Self::Pen => "D",
            _ => "",
        }
    }

    /// The aid with a stable name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|aid| aid.key() == key)
    }
}
