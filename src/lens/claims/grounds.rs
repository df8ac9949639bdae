//! Where the heads of opened tests are: on the board when they are asked for, or missing.

use std::sync::Arc;

use eigenlens_core::Head;
use eigenlens_core::claims::column_sums;

use super::Claims;
use crate::lab::claims::TESTS;
use crate::lab::tested::{Group, Tested};
use crate::lab::text::{HEADS_IN_LAYER, TextId};
use crate::lab::{Lab, Library, Source};

/// How far a number of a file may be off the same one here.
const AGREES: f64 = 1e-6;

/// What the heads of opened tests were sought among.
#[derive(Debug, PartialEq)]
pub(super) struct Sought {
    group: u8,
    tested: Option<*const Tested>,
    sources: Vec<Source>,
}

/// Where the heads of a group of opened tests are.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Heads {
    /// On the board when they are asked for.
    Here(Source),
    /// What is missing, as a sentence.
    Missing(String),
}

impl Claims {
    /// Finds the heads of the chosen group, where what there is has changed.
    pub(super) fn find_heads(&mut self, lab: &Lab, library: &Library) {
        let tested = library.tested.clone();
        let present = &lab.scene.source;
        let others = library.files().map(|(source, _)| source.clone());
        let sought = Sought {
            group: lab.choices.claims.group,
            tested: tested.as_ref().map(Arc::as_ptr),
            sources: std::iter::once(present.clone()).chain(others).collect(),
        };
        if self.sought.as_ref() == Some(&sought) {
            return;
        }
        self.tested = tested;
        self.sought = Some(sought);
        self.news = true;
        let found = self
            .opened()
            .map(|(file, group)| heads_of(file, group, present, library));
        self.grounds = found;
    }
}

/// The heads that a group was tested on: of a text that comes with the program, or of an opened file of the same shape with the
/// same numbers.
fn heads_of(file: &Tested, group: &Group, present: &Source, library: &Library) -> Heads {
    let layers = group.heads.len() / group.heads_in_layer.max(1);
    let shape = format!("{layers} × {} heads of {} tokens", group.heads_in_layer, group.tokens);
    let shipped = TextId::from_key(&group.name).filter(|id| {
        usize::from(id.text().count()) == group.tokens && group.heads_in_layer == usize::from(HEADS_IN_LAYER)
    });
    let mut files: Vec<_> = library.files().collect();
    files.sort_by_key(|(source, _)| *source != present);
    let suits = |heads: &[Head]| {
        heads.len() == group.heads.len()
            && heads
                .first()
                .is_some_and(|head| head.n_keys() == group.tokens && head.value_dim() == group.value_dim)
    };
    let mut others = None;
    for (source, cloud) in files.iter().filter(|(_, cloud)| suits(cloud.heads())) {
        if agrees(group, cloud.heads()) {
            return Heads::Here((*source).clone());
        }
        others = Some(source.name());
    }
    if let Some(id) = shipped {
        return Heads::Here(Source::Text(id));
    }
    Heads::Missing(match others {
        Some(name) => format!("{name} has other numbers than {}.", file.name),
        None => format!("Not open here: these {shape}."),
    })
}

/// Whether the first head that was tested has the same sums of columns here: they ask for no eigenvectors.
fn agrees(group: &Group, heads: &[Head]) -> bool {
    let first = std::iter::zip(&group.heads, heads).find_map(|(cells, head)| Some((cells.as_ref()?, head)));
    let told = first.and_then(|(cells, head)| {
        let at = TESTS.iter().position(|test| test.key == "column_sum")?;
        Some((cells.get(at)?.value?, head))
    });
    match told {
        Some((told, head)) => column_sums(head.keys(), head.values(), None).is_ok_and(|own| {
            let mean = own.iter().sum::<f64>() / own.len() as f64;
            (told - mean).abs() <= AGREES
        }),
        // What a file does not say cannot disagree.
        None => true,
    }
}
