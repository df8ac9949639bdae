//! The support-vector lens: values as dual variables of a regression, and what the same reading makes of batch normalisation
//! and of scaled heads (Nguyen, Nguyen, Ho, Bertozzi, Baraniuk and Osher 2023, arXiv 2406.13781).

mod bn;
mod fit;
mod heads;
mod obstacles;
mod sh;

use super::views::Views;
use crate::command::{Edit, SupportEdit};
use crate::lab::LensId;
use crate::lab::support::SupportView;

#[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
/// One of the views, on its own.
pub(crate) fn view(of: SupportView) -> Box<dyn crate::studio::View> {
    match of {
        SupportView::Fit => Box::new(fit::Fit::default()),
        SupportView::Bn => Box::new(bn::Bn::default()),
        SupportView::Sh => Box::new(sh::Sh::default()),
        SupportView::Heads => Box::new(heads::Heads::default()),
    }
}

/// The lens with its views.
pub(super) fn lens() -> Views {
    Views::new(
        LensId::SupportVectors,
        |lab| usize::from(lab.choices.support.view.code()),
        SupportView::ALL.map(|view| (view.name(), Edit::Support(SupportEdit::View(view)))),
        [
            Box::new(fit::Fit::default()),
            Box::new(bn::Bn::default()),
            Box::new(sh::Sh::default()),
            Box::new(heads::Heads::default()),
        ],
    )
}
