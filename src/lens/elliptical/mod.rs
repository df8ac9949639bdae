//! The elliptical lens: Mahalanobis neighbourhoods, the estimator of their metric, what they buy and cost
//! (Nielsen, Abdullaev, Teo and Nguyen 2024, arXiv 2406.13770).

mod collapse;
mod ellipse;
mod estimator;
pub(in crate::lens) mod metric;
mod plane;
mod robustness;
mod section;

use super::views::Views;
use crate::command::{Edit, EllipticalEdit};
use crate::lab::LensId;
use crate::lab::elliptical::EllipticalView;

#[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
/// One of the views, on its own.
pub(crate) fn view(of: EllipticalView) -> Box<dyn crate::studio::View> {
    match of {
        EllipticalView::Ellipse => Box::new(ellipse::Ellipse::default()),
        EllipticalView::Estimator => Box::new(estimator::Estimator::default()),
        EllipticalView::Robustness => Box::new(robustness::Robustness::default()),
        EllipticalView::Collapse => Box::new(collapse::Collapse::default()),
    }
}

/// The lens with its views.
pub(super) fn lens() -> Views {
    Views::new(
        LensId::Elliptical,
        |lab| usize::from(lab.choices.elliptical.view.code()),
        EllipticalView::ALL.map(|view| (view.name(), Edit::Elliptical(EllipticalEdit::View(view)))),
        [
            Box::new(ellipse::Ellipse::default()),
            Box::new(estimator::Estimator::default()),
            Box::new(robustness::Robustness::default()),
            Box::new(collapse::Collapse::default()),
        ],
    )
}
