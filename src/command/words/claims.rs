//! Choices of the claims lens in words.

use crate::command::ClaimsEdit;
use crate::lab::claims::TESTS;
use crate::lab::{Beside, ClaimsChoices, NullRows, Start};

/// "test overlap", "map here", "map 2", "step 20", "learns all", "learns values", "null shifted", "beside keys", "start fixed".
pub(super) fn claims(words: &str) -> Option<ClaimsEdit> {
    Some(match words.split_once(' ')? {
        ("test", key) => ClaimsEdit::Test(u8::try_from(TESTS.iter().position(|test| test.key == key)?).ok()?),
        ("map", "here") => ClaimsEdit::Group(0),
        ("map", number) => ClaimsEdit::Group(number.parse().ok().filter(|group| *group > 0)?),
        ("step", number) => ClaimsEdit::Step(number.parse().ok().filter(|step| *step <= ClaimsChoices::STEPS)?),
        ("learns", "all") => ClaimsEdit::AllLearn(true),
        ("learns", "values") => ClaimsEdit::AllLearn(false),
        ("null", key) => ClaimsEdit::Null(*NullRows::ALL.iter().find(|null| null.key() == key)?),
        ("beside", key) => ClaimsEdit::Beside(*Beside::ALL.iter().find(|beside| beside.key() == key)?),
        ("start", key) => ClaimsEdit::Start(*Start::ALL.iter().find(|start| start.key() == key)?),
        _ => return None,
    })
}
