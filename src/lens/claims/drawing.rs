//! The tests of all heads of the cloud as a job: their values, then their nulls.

use eigenlens_core::claims::{ProjectionClaim, Spread};
use eigenlens_core::{Error, Head};

use super::derive::SEED;
use crate::job::{Step, Task};
use crate::lab::NullRows;
use crate::lab::claims::{Draws, HeadClaims, Unrelated, against_theorem};
use crate::lab::tested::{Cells, Group, Null, cells};
use crate::lab::text::HEADS_IN_LAYER;

/// Permutations of a null.
const DRAWS: usize = 20;
/// Tests against the theorem, which have a null: the first of all.
pub(super) const AGAINST_THEOREM: usize = 7;

/// The tests of every head, one head a call, unless they are known; then the nulls of those against the theorem, one draw a call.
pub(super) fn task(name: String, heads: Vec<Head>, null: NullRows, known: Option<Group>) -> Task<Group> {
    let first = heads.first();
    let mut group = known.unwrap_or_else(|| Group {
        name,
        tokens: first.map_or(0, Head::n_keys),
        value_dim: first.map_or(0, Head::value_dim),
        heads_in_layer: usize::from(HEADS_IN_LAYER).min(heads.len().max(1)),
        heads: Vec::new(),
    });
    for cell in group.heads.iter_mut().flatten().flatten() {
        cell.null = None;
    }
    let of = heads.len();
    let mut drawing: Option<Drawing> = None;
    let mut is_told = false;
    let mut at = 0;
    Box::new(move || {
        if let Some(head) = heads.get(group.heads.len()) {
            let none = Draws { count: 0, seed: SEED };
            let tested = HeadClaims::new(head, group.heads.len(), none);
            group.heads.push(tested.ok().map(|claims| cells(&claims)));
            return Step::Running {
                done: group.heads.len(),
                of,
            };
        }
        if !is_told {
            is_told = true;
            return Step::Partial(group.clone());
        }
        let Some(head) = heads.get(at) else {
            return Step::Done(group.clone());
        };
        let drawn = match &mut drawing {
            Some(drawing) => drawing.draw(head),
            None => Drawing::new(head, at, null).map(|new| drawing = Some(new)),
        };
        let is_whole = drawing.as_ref().is_some_and(Drawing::is_whole);
        if drawn.is_err() || is_whole {
            if let (Some(drawing), Some(Some(cells))) = (drawing.take(), group.heads.get_mut(at)) {
                drawing.put_into(cells);
            }
            at += 1;
        }
        Step::Running { done: at, of }
    })
}

/// The null of one head while it is drawn.
struct Drawing {
    claim: ProjectionClaim,
    unrelated: Unrelated,
    /// The numbers of each draw, in the order of the tests against the theorem.
    draws: Vec<[Option<f64>; AGAINST_THEOREM]>,
}

impl Drawing {
    fn new(head: &Head, number: usize, null: NullRows) -> Result<Self, Error> {
        let draws = Draws {
            count: DRAWS,
            seed: SEED,
        };
        Ok(Self {
            claim: ProjectionClaim::new(head, None)?,
            unrelated: Unrelated::new(null, head.n_keys(), number, draws),
            draws: Vec::new(),
        })
    }

    fn is_whole(&self) -> bool {
        self.draws.len() >= self.unrelated.count()
    }

    fn draw(&mut self, head: &Head) -> Result<(), Error> {
        let tests = self.claim.tests(&self.unrelated.draw(head.values()))?;
        self.draws.push(against_theorem(&tests));
        Ok(())
    }

    fn put_into(self, cells: &mut Cells) {
        for (at, cell) in cells.iter_mut().enumerate() {
            let numbers: Option<Vec<f64>> = self.draws.iter().map(|draw| *draw.get(at)?).collect();
            let spread = numbers.and_then(|numbers| Spread::new(numbers).ok());
            cell.null = spread.as_ref().map(Null::of);
        }
    }
}
