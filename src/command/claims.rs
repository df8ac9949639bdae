//! Choices of the claims lens as edits.

use crate::lab::claims::TESTS;
use crate::lab::{Beside, ClaimsChoices, NullRows, Start};

/// A choice of the claims lens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimsEdit {
    /// The test that the map of the heads shows, by its place among the tests.
    Test(u8),
    /// Whose heads it shows: 0 for those of the cloud, else a group of the tests that were opened, from 1.
    Group(u8),
    /// The step of the training that is shown.
    Step(u8),
    /// Whether queries and keys learn too.
    AllLearn(bool),
    /// How chance is drawn.
    Null(NullRows),
    /// What the values are compared with.
    Beside(Beside),
    /// The values with which the training begins.
    Start(Start),
}

impl ClaimsEdit {
    pub(super) fn label(self) -> String {
        match self {
            Self::Test(test) => TESTS
                .get(usize::from(test))
                .map_or_else(|| "Another test".to_owned(), |test| format!("Map of {}", test.name)),
            Self::Group(0) => "Map of the cloud".to_owned(),
            Self::Group(group) => format!("Map of group {group}"),
            Self::Step(step) => format!("Step {step}"),
            Self::AllLearn(true) => "Queries and keys learn too".to_owned(),
            Self::AllLearn(false) => "Values learn alone".to_owned(),
            Self::Null(null) => format!("Chance: {} rows", null.key()),
            Self::Beside(beside) => format!("Compare: {}", beside.name()),
            Self::Start(start) => format!("Start with {} values", start.key()),
        }
    }

    pub(super) fn apply(self, choices: &mut ClaimsChoices) {
        match self {
            Self::Test(test) if usize::from(test) < TESTS.len() => choices.test = test,
            Self::Test(_) => {}
            Self::Group(group) => choices.group = group,
            Self::Step(step) => choices.step = step.min(ClaimsChoices::STEPS),
            Self::AllLearn(all) => choices.all_learn = all,
            Self::Null(null) => choices.null = null,
            Self::Beside(beside) => choices.beside = beside,
            Self::Start(start) => choices.start = start,
        }
    }
}
