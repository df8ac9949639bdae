//! Commands by their stable names that need more than a word: for the host page, the keys and the tests.

mod elliptical;
mod full_size;
mod support;

pub(super) use elliptical::elliptical;
pub(super) use full_size::full_size;
pub(super) use support::support;

use std::num::NonZeroU16;

use eigenlens_core::RpcForm;

use crate::command::{Edit, RobustEdit};
use crate::lab::corruption::steps;
use crate::lab::{LambdaChoice, Method, PresetId, RobustView, Scene, Source, TextId, Thousandths, TokenRef, WhoAsks};

/// A choice of the robust lens: "method rpc", "form printed", "iterations 4", "lambda 0.5", "lambda textbook", "lambda source",
/// "rpc-lambda 2", "heads 12", "mu growing", "asks queries", "view phase", "step 8", "step last".
pub(super) fn robust(choice: &str) -> Option<RobustEdit> {
    let (verb, object) = choice.split_once(' ')?;
    Some(match (verb, object) {
        ("method", key) => RobustEdit::Method(Method::ALL.into_iter().find(|method| method.key() == key)?),
        ("form", name) => RobustEdit::Form(name.parse::<RpcForm>().ok()?),
        ("iterations", n) => RobustEdit::Iterations(n.parse().ok().filter(|n| *n > 0)?),
        ("lambda", "source") => RobustEdit::Lambda(LambdaChoice::Source),
        ("lambda", "textbook") => RobustEdit::Lambda(LambdaChoice::Textbook),
        ("lambda", value) => RobustEdit::Lambda(LambdaChoice::Fixed(positive(value)?)),
        ("rpc-lambda", form_and_value) => {
            let (form, value) = form_and_value.split_once(' ')?;
            RobustEdit::RpcLambda(form.parse().ok()?, Some(positive(value)?))
        }
        ("heads", n) => RobustEdit::Heads(Some(n.parse::<NonZeroU16>().ok()?)),
        ("mu", "growing") => RobustEdit::Growing(true),
        ("mu", "constant") => RobustEdit::Growing(false),
        ("asks", "keys") => RobustEdit::Asks(WhoAsks::Keys),
        ("asks", "queries") => RobustEdit::Asks(WhoAsks::Queries),
        ("view", "split") => RobustEdit::View(RobustView::Split),
        ("view", "phase") => RobustEdit::View(RobustView::Phase),
        ("step", "source") => RobustEdit::Step(None),
        ("step", "last") => RobustEdit::Step(Some(NonZeroU16::MAX)),
        ("step", n) => RobustEdit::Step(Some(n.parse::<NonZeroU16>().ok()?)),
        _ => return None,
    })
}

fn positive(value: &str) -> Option<Thousandths> {
    Thousandths::nearest(value.parse().ok()?)
}

/// A stroke of the robust lens' noise: over "all" keys, or over one.
pub(super) fn strike(token: &str, scene: &Scene) -> Option<Edit> {
    if token == "all" {
        return Some(Edit::Strike((0..scene.keys.len()).map(TokenRef::Key).collect()));
    }
    let token: TokenRef = token.parse().ok()?;
    scene.has(token).then(|| Edit::Strike(vec![token]))
}

/// "9 2 -1.9": key and entry, counted from 1, and what is added to it; 0 makes it clean.
pub(super) fn corrupt(cell: &str) -> Option<Edit> {
    let mut words = cell.split(' ');
    let mut place = || words.next()?.parse::<u16>().ok()?.checked_sub(1);
    let (key, column) = (place()?, place()?);
    let added: f64 = words.next()?.parse().ok()?;
    let rest = words.next();
    rest.is_none().then(|| Edit::Cells(vec![(key, column, steps(added))]))
}

/// "2 0.36": a key, counted from 1, and a number for it, which becomes thousandths.
pub(super) fn of_key(words: &str, edit: fn(usize, i16) -> Edit) -> Option<Edit> {
    let (key, number) = words.split_once(' ')?;
    let key = key.parse::<usize>().ok()?.checked_sub(1)?;
    Some(edit(key, steps(number.parse().ok().filter(|x: &f64| x.is_finite())?)))
}

/// A cloud by its stable name: of a preset or of a text.
pub(super) fn source(name: &str) -> Option<Source> {
    let preset = PresetId::from_key(name).map(Source::Preset);
    preset.or_else(|| TextId::from_key(name).map(Source::Text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_understood_or_refused() {
        assert_eq!(robust("method rpc"), Some(RobustEdit::Method(Method::Rpc)));
        assert_eq!(
            robust("lambda textbook"),
            Some(RobustEdit::Lambda(LambdaChoice::Textbook))
        );
        assert!(matches!(robust("lambda 0.35"), Some(RobustEdit::Lambda(LambdaChoice::Fixed(l))) if l.value() == 0.35));
        for wrong in [
            "lambda 0",
            "lambda -1",
            "lambda nan",
            "lambda 1e9",
            "method",
            "step 0",
            "iterations 0",
            "form x",
            "",
        ] {
            assert_eq!(robust(wrong), None, "{wrong}");
        }
        assert_eq!(corrupt("9 2 -1.9"), Some(Edit::Cells(vec![(8, 1, -1900)])));
        for wrong in ["0 1 1", "1 0 1", "1 1", "1 1 x", "1 1 1 1", "99999 1 1"] {
            assert_eq!(corrupt(wrong), None, "{wrong}");
        }
    }
}
