//! Choices of the claims lens in words.

use crate::command::ClaimsEdit;
use crate::lab::ClaimsChoices;
use crate::lab::claims::TESTS;

/// "test overlap", "map here", "map 2", "step 20", "learns all", "learns values".
pub(super) fn claims(words: &str) -> Option<ClaimsEdit> {
    Some(match words.split_once(' ')? {
        ("test", key) => ClaimsEdit::Test(u8::try_from(TESTS.iter().position(|test| test.key == key)?).ok()?),
        ("map", "here") => ClaimsEdit::Group(0),
        ("map", number) => ClaimsEdit::Group(number.parse().ok().filter(|group| *group > 0)?),
        ("step", number) => ClaimsEdit::Step(number.parse().ok().filter(|step| *step <= ClaimsChoices::STEPS)?),
        ("learns", "all") => ClaimsEdit::AllLearn(true),
        ("learns", "values") => ClaimsEdit::AllLearn(false),
        _ => return None,
    })
}
