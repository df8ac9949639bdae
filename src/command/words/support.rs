//! Choices of the support-vector lens by their stable names.

use eigenlens_core::ClassToken;

use super::elliptical::switch;
use crate::command::SupportEdit;
use crate::lab::Thousandths;
use crate::lab::support::{Cap, Shift, SupportView, TargetSet};

/// "view bn", "epsilon 0.2", "epsilon source", "cap 1.5", "cap free", "cap source", "drag values", "drag targets", "degree 4",
/// "degree exact", "targets hill", "sweep 8", "sweep last", "beta 1", "form full", "shift keys", "factors 1 2 4 8", "head 2",
/// "remainder drop", "class apart", "length 512", "duplicate on".
pub(crate) fn support(choice: &str) -> Option<SupportEdit> {
    let (verb, object) = choice.split_once(' ')?;
    let thousandths = || {
        let value = object.parse::<f64>().ok()?;
        (0.0..=f64::from(u16::MAX) / 1000.0)
            .contains(&value)
            .then(|| (value * 1000.0).round() as u16)
    };
    Some(match (verb, object) {
        ("view", key) => SupportEdit::View(SupportView::ALL.into_iter().find(|view| view.key() == key)?),
        ("epsilon", "source") => SupportEdit::Epsilon(None),
        ("epsilon", _) => SupportEdit::Epsilon(Some(thousandths()?)),
        ("cap", "source") => SupportEdit::Cap(Cap::Source),
        ("cap", "free") => SupportEdit::Cap(Cap::Free),
        ("cap", value) => SupportEdit::Cap(Cap::At(Thousandths::nearest(value.parse().ok()?)?)),
        ("drag", "values") => SupportEdit::DragValues(true),
        ("drag", "targets") => SupportEdit::DragValues(false),
        ("degree", "exact") => SupportEdit::Degree(None),
        ("degree", n) => SupportEdit::Degree(Some(n.parse().ok()?)),
        ("targets", key) => SupportEdit::Targets(TargetSet::ALL.into_iter().find(|set| set.key() == key)?),
        ("sweep", "last") => SupportEdit::Sweep(None),
        ("sweep", n) => SupportEdit::Sweep(Some(n.parse().ok()?)),
        ("beta", _) => SupportEdit::Beta(thousandths()?),
        ("form", name) => SupportEdit::BnForm(name.parse().ok()?),
        ("shift", name) => SupportEdit::Shift(Shift::ALL.into_iter().find(|shift| shift.name() == name)?),
        ("factors", factors) => {
            let factors: Vec<u8> = factors.split(' ').map(|n| n.parse().ok()).collect::<Option<_>>()?;
            let factors: [u8; 4] = factors.try_into().ok()?;
            let fit = factors.iter().all(|factor| [1, 2, 4, 8].contains(factor));
            fit.then_some(SupportEdit::Factors(factors))?
        }
        ("head", n) => SupportEdit::ShHead(n.parse::<u8>().ok()?.checked_sub(1).filter(|head| *head < 4)?),
        ("remainder", name) => SupportEdit::Remainder(name.parse().ok()?),
        ("class", "apart") => SupportEdit::ClassToken(ClassToken::Apart),
        ("class", "pooled") => SupportEdit::ClassToken(ClassToken::Pooled),
        ("length", n) => {
            let length = n.parse::<u32>().ok().filter(|n| n.is_power_of_two())?;
            let power = length.ilog2() as u8;
            (6..=15).contains(&power).then_some(SupportEdit::Length(power))?
        }
        ("duplicate", how) => SupportEdit::Duplicate(switch(how)?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_understood_or_refused() {
        assert_eq!(support("epsilon 0"), Some(SupportEdit::Epsilon(Some(0))));
        assert_eq!(support("factors 1 1 2 4"), Some(SupportEdit::Factors([1, 1, 2, 4])));
        assert_eq!(support("length 512"), Some(SupportEdit::Length(9)));
        for wrong in [
            "epsilon -1",
            "epsilon nan",
            "cap 0",
            "factors 1 2 3 4",
            "factors 1 2 4",
            "head 0",
            "head 5",
            "length 500",
            "length 2",
            "sweep 0",
            "view x",
            "",
        ] {
            assert_eq!(support(wrong), None, "{wrong}");
        }
    }
}
