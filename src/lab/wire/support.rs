//! The choices of the support-vector lens as bytes.

use std::num::NonZeroU16;

use eigenlens_core::{BnForm, ClassToken, Remainder};
use serde::{Deserialize, Serialize};

use super::Losses;
use super::decode::known_code;
use crate::lab::Thousandths;
use crate::lab::support::{Cap, Shift, SupportChoices, SupportView, TargetSet};

/// ε in thousandths, moved up by 1, 0 for the source's. The cap: 0 for the source's, 1 for none, else itself in thousandths,
/// moved up by 2. The degree moved up by 1, 0 for the exponential.
#[derive(Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "independent switches")]
pub(super) struct WireSupport {
    view: u8,
    epsilon: u32,
    cap: u32,
    drag_values: bool,
    degree: u8,
    targets: u8,
    sweep: u16,
    beta: u16,
    full: bool,
    shift: u8,
    /// Logarithms to base 2.
    factors: [u8; 4],
    sh_head: u8,
    drop_remainder: bool,
    class_apart: bool,
    length: u8,
    duplicate: bool,
}

impl WireSupport {
    pub(super) fn of(choices: &SupportChoices) -> Self {
        let SupportChoices {
            view,
            epsilon,
            cap,
            drag_values,
            degree,
            targets,
            sweep,
            beta,
            bn_form,
            shift,
            factors,
            sh_head,
            remainder,
            class_token,
            length,
            duplicate,
        } = *choices;
        Self {
            view: view.code(),
            epsilon: epsilon.map_or(0, |epsilon| u32::from(epsilon) + 1),
            cap: match cap {
                Cap::Source => 0,
                Cap::Free => 1,
                Cap::At(cap) => u32::from(cap.0.get()) + 2,
            },
            drag_values,
            degree: degree.map_or(0, |degree| degree.saturating_add(1)),
            targets: targets.code(),
            sweep: sweep.map_or(0, NonZeroU16::get),
            beta,
            full: bn_form == BnForm::Full,
            shift: shift.code(),
            factors: factors.map(|factor| factor.max(1).ilog2() as u8),
            sh_head,
            drop_remainder: remainder == Remainder::Drop,
            class_apart: class_token == ClassToken::Apart,
            length,
            duplicate,
        }
    }

    pub(super) fn choices(&self, losses: &mut Losses) -> SupportChoices {
        let mut within = |value: u32, least: u32, most: u32| {
            losses.out_of_range += usize::from(!(least..=most).contains(&value));
            value.clamp(least, most)
        };
        let epsilon = within(self.epsilon, 0, u32::from(u16::MAX) + 1).checked_sub(1);
        let cap = within(self.cap, 0, u32::from(u16::MAX) + 2);
        let degree = within(u32::from(self.degree), 0, u32::from(SupportChoices::MAX_DEGREE) + 1).checked_sub(1);
        let beta = within(u32::from(self.beta), 0, u32::from(SupportChoices::MAX_BETA)) as u16;
        let factors = self.factors.map(|power| 1_u8 << within(u32::from(power), 0, 3));
        let sh_head = within(u32::from(self.sh_head), 0, 3) as u8;
        let length = within(u32::from(self.length), 6, 15) as u8;
        let cap = match cap {
            0 => Cap::Source,
            1 => Cap::Free,
            moved => {
                let steps = u16::try_from(moved - 2).ok().and_then(NonZeroU16::new);
                losses.out_of_range += usize::from(steps.is_none());
                steps.map_or(Cap::Source, |steps| Cap::At(Thousandths(steps)))
            }
        };
        SupportChoices {
            view: known_code(SupportView::from_code(self.view), losses).unwrap_or_default(),
            epsilon: epsilon.map(|epsilon| epsilon as u16),
            cap,
            drag_values: self.drag_values,
            degree: degree.map(|degree| degree as u8),
            targets: known_code(TargetSet::from_code(self.targets), losses).unwrap_or_default(),
            sweep: NonZeroU16::new(self.sweep),
            beta,
            bn_form: if self.full { BnForm::Full } else { BnForm::Recentred },
            shift: known_code(Shift::from_code(self.shift), losses).unwrap_or_default(),
            factors,
            sh_head,
            remainder: if self.drop_remainder {
                Remainder::Drop
            } else {
                Remainder::Short
            },
            class_token: if self.class_apart {
                ClassToken::Apart
            } else {
                ClassToken::Pooled
            },
            length,
            duplicate: self.duplicate,
        }
    }
}
