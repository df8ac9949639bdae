//! What everything looks like. No other folder names a colour, a stroke width, a font or an icon.

pub mod colormap;
#[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
pub mod figure;
pub mod fonts;
pub mod icons;
pub mod name;
pub mod theme;
pub mod widgets;

pub use colormap::Maps;
pub use icons::Icon;
pub use theme::{Mode, Theme};
