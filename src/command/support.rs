//! Choices of the support-vector lens as edits.

use std::num::NonZeroU16;

use eigenlens_core::{BnForm, ClassToken, Remainder};

use crate::lab::support::{Cap, Shift, SupportChoices, SupportView, TargetSet};

/// A choice of the support-vector lens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SupportEdit {
    /// The sub-view.
    View(SupportView),
    /// ε in thousandths; none for the source's.
    Epsilon(Option<u16>),
    /// The most that a value may be.
    Cap(Cap),
    /// Whether the values are dragged, and the targets follow.
    DragValues(bool),
    /// Taylor degree of the kernel; none for the exponential.
    Degree(Option<u8>),
    /// Which targets.
    Targets(TargetSet),
    /// The sweep that is shown; none for the last.
    Sweep(Option<NonZeroU16>),
    /// β of Attention-BN, in thousandths.
    Beta(u16),
    /// Form of Attention-BN.
    BnForm(BnForm),
    /// What the picture of Attention-BN shifts.
    Shift(Shift),
    /// Factors of the heads of Attention-SH.
    Factors([u8; 4]),
    /// The head of Attention-SH that is shown, from 0.
    ShHead(u8),
    /// What happens with tokens that fill no block.
    Remainder(Remainder),
    /// What happens with the first token.
    ClassToken(ClassToken),
    /// The length whose cost is shown: this power of two.
    Length(u8),
    /// The first head stands in for the second, too.
    Duplicate(bool),
}

impl SupportEdit {
    pub(super) fn label(self) -> String {
        match self {
            Self::View(view) => format!("Show {}", view.name()),
            Self::Epsilon(_) => "Change ε".to_owned(),
            Self::Cap(Cap::Free) => "No cap".to_owned(),
            Self::Cap(_) => "Change the cap".to_owned(),
            Self::DragValues(true) => "Drag the values".to_owned(),
            Self::DragValues(false) => "Fit the targets".to_owned(),
            Self::Degree(Some(degree)) => format!("Kernel of degree {degree}"),
            Self::Degree(None) => "Exponential kernel".to_owned(),
            Self::Targets(set) => format!("Targets {}", set.key()),
            Self::Sweep(Some(sweep)) => format!("Sweep {sweep}"),
            Self::Sweep(None) => "Last sweep".to_owned(),
            Self::Beta(_) => "Change β".to_owned(),
            Self::BnForm(form) => format!("Attention-BN, form {}", form.name()),
            Self::Shift(shift) => format!("Shift {}", shift.name()),
            Self::Factors(_) => "Change the factors".to_owned(),
            Self::ShHead(head) => format!("Show head {}", u16::from(head) + 1),
            Self::Remainder(remainder) => format!("Remainder {}", remainder.name()),
            Self::ClassToken(ClassToken::Pooled) => "Pool the class token".to_owned(),
            Self::ClassToken(ClassToken::Apart) => "Keep the class token apart".to_owned(),
            Self::Length(power) => format!("{} tokens", 1_u32 << power.min(15)),
            Self::Duplicate(true) => "Duplicate a head".to_owned(),
            Self::Duplicate(false) => "Every head its own".to_owned(),
        }
    }

    /// Whether the regression is another one after it.
    pub(super) const fn moves_regression(self) -> bool {
        matches!(
            self,
            Self::Epsilon(_) | Self::Cap(_) | Self::DragValues(_) | Self::Degree(_) | Self::Targets(_)
        )
    }

    pub(super) fn apply(self, choices: &mut SupportChoices) {
        match self {
            Self::View(view) => choices.view = view,
            Self::Epsilon(epsilon) => choices.epsilon = epsilon,
            Self::Cap(cap) => choices.cap = cap,
            Self::DragValues(drag) => choices.drag_values = drag,
            Self::Degree(degree) => choices.degree = degree.map(|degree| degree.min(SupportChoices::MAX_DEGREE)),
            Self::Targets(set) => choices.targets = set,
            Self::Sweep(sweep) => choices.sweep = sweep,
            Self::Beta(beta) => choices.beta = beta.min(SupportChoices::MAX_BETA),
            Self::BnForm(form) => choices.bn_form = form,
            Self::Shift(shift) => choices.shift = shift,
            Self::Factors(factors) => choices.factors = factors.map(power_of_two),
            Self::ShHead(head) => choices.sh_head = head.min(3),
            Self::Remainder(remainder) => choices.remainder = remainder,
            Self::ClassToken(class_token) => choices.class_token = class_token,
            Self::Length(power) => choices.length = power.clamp(6, 15),
            Self::Duplicate(duplicate) => choices.duplicate = duplicate,
        }
    }
}

/// The power of two from 1 to 8 at or below a factor.
fn power_of_two(factor: u8) -> u8 {
    1 << factor.clamp(1, 8).ilog2()
}
