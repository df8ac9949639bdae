//! The diagram's numbers: which planted instances the pursuit gets back.
//!
//! A draw is a clean matrix with wrong entries ([`Planted`]); the pursuit has [`MAX_STEPS`] steps, and the error of what it
//! then calls the low-rank part decides. The numbers depend on nothing but this code.

use std::sync::Arc;

use eigenlens_core::{Error, Pursuing, PursuitOptions, PursuitStatus, deviation, singular_values, sorted_by};
use nalgebra::DMatrix;

use crate::job::{Step, Task};
use crate::lab::Planted;
use crate::lab::corruption::units;

/// Steps of a draw, at most.
pub(super) const MAX_STEPS: usize = 400;
/// A draw is recovered when its relative error is below this.
pub(super) const EXACT: f64 = 1e-3;
/// Where the pursuit stops: the relative residual of Candès, Li, Ma and Wright (2011, §5).
const TOLERANCE: f64 = 1e-7;
/// Cells of the diagram.
pub(super) const CELLS: usize = Planted::RANKS as usize * Planted::SHARES as usize;
/// Draws of a cell.
pub(super) const DRAWS: usize = Planted::DRAWS as usize;

/// What the pursuit made of one draw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Found {
    /// `‖L − L₀‖_F/‖L₀‖_F`; not a number where the pursuit broke off.
    pub(super) error: f64,
    /// Steps done.
    pub(super) steps: u16,
    /// Rank of L.
    pub(super) rank: u16,
    /// It stopped by itself.
    pub(super) converged: bool,
}

impl Found {
    /// Nothing: the pursuit broke off.
    const BROKEN: Self = Self {
        error: f64::NAN,
        steps: 0,
        rank: 0,
        converged: false,
    };

    /// Whether the clean matrix came back.
    pub(super) fn recovered(&self) -> bool {
        self.error < EXACT
    }
}

/// The draws of one rank and share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cell(pub(super) [Found; DRAWS]);

impl Cell {
    /// Draws that came back.
    pub(super) fn recovered(&self) -> usize {
        self.0.iter().filter(|found| found.recovered()).count()
    }
}

/// The cells that are there.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Diagram {
    cells: Vec<Option<Cell>>,
    done: usize,
}

impl Default for Diagram {
    fn default() -> Self {
        Self {
            cells: vec![None; CELLS],
            done: 0,
        }
    }
}

/// The place of a cell in the list; every draw of a cell has the same.
fn index(of: Planted) -> usize {
    usize::from(of.share_steps() - 1) * usize::from(Planted::RANKS) + usize::from(of.rank() - 1)
}

impl Diagram {
    /// The cell of an instance, where it is there.
    pub(super) fn cell(&self, of: Planted) -> Option<&Cell> {
        self.cells.get(index(of))?.as_ref()
    }

    /// How many cells are there.
    pub(super) fn done(&self) -> usize {
        self.done
    }

    /// Whether every cell is there.
    pub(super) fn is_whole(&self) -> bool {
        self.done == CELLS
    }

    fn put(&mut self, of: Planted, cell: Cell) {
        if let Some(place) = self.cells.get_mut(index(of))
            && place.replace(cell).is_none()
        {
            self.done += 1;
        }
    }

    /// The cells that are there, rank by rank within each share, with the first draw of each.
    pub(super) fn finished(&self) -> impl Iterator<Item = (Planted, &Cell)> {
        places().filter_map(|place| Some((place, self.cell(place)?)))
    }

    /// How many of the cells that are there have so many recovered draws.
    pub(super) fn with(&self, recovered: usize) -> usize {
        self.finished()
            .filter(|(_, cell)| cell.recovered() == recovered)
            .count()
    }

    /// Cells with some but not all draws recovered.
    pub(super) fn between(&self) -> usize {
        (1..DRAWS).map(|recovered| self.with(recovered)).sum()
    }
}

/// Every cell by its first draw, rank by rank within each share.
pub(super) fn places() -> impl Iterator<Item = Planted> {
    (1..=Planted::SHARES).flat_map(|share| (1..=Planted::RANKS).filter_map(move |rank| Planted::new(rank, share, 0)))
}

/// Every cell, coarse to fine: a lattice of every fourth, the middles of its squares, then theirs; half of all cells are a
/// chessboard, and the gaps come last. Each pass runs from the easy corner outwards.
pub(super) fn order() -> Vec<Planted> {
    let all: Vec<Planted> = places().collect();
    let key = |place: &Planted| {
        let (x, y) = (place.rank() - 1, place.share_steps() - 1);
        let pass = match (x % 4, y % 4) {
            (0, 0) => 0,
            (2, 2) => 1,
            (0 | 2, 0 | 2) => 2,
            (1 | 3, 1 | 3) => 3,
            _ => 4,
        };
        (pass, x + y, x)
    };
    sorted_by(&all, &|a, b| key(a).cmp(&key(b)))
}

/// A draw in the pursuit's hands.
pub(super) struct Drawing {
    clean: DMatrix<f64>,
    pursuing: Pursuing,
}

impl Drawing {
    pub(super) fn new(planted: Planted) -> Result<Self, Error> {
        let (clean, wrong) = planted.draw_all();
        let mut seen = clean.clone();
        for (row, column, added) in wrong {
            if let Some(entry) = seen.get_mut((usize::from(row), usize::from(column))) {
                *entry += units(added);
            }
        }
        let options = PursuitOptions {
            tolerance: TOLERANCE,
            max_iterations: MAX_STEPS,
            ..PursuitOptions::default()
        };
        Ok(Self {
            clean,
            pursuing: Pursuing::new(seen, &options)?,
        })
    }

    /// One step on; true while there are steps to take.
    pub(super) fn step(&mut self) -> Result<bool, Error> {
        Ok(self.pursuing.step()?.status == PursuitStatus::Running)
    }

    /// What is found until now.
    pub(super) fn found(&self) -> Found {
        let progress = self.pursuing.progress();
        Found {
            error: deviation(self.pursuing.low_rank(), &self.clean).unwrap_or(f64::NAN),
            steps: u16::try_from(progress.iteration).unwrap_or(u16::MAX),
            rank: u16::try_from(progress.rank).unwrap_or(u16::MAX),
            converged: progress.status == PursuitStatus::Converged,
        }
    }
}

/// One draw with its matrices.
#[derive(Clone, Debug)]
pub(super) struct Instance {
    pub(super) found: Found,
    pub(super) seen: DMatrix<f64>,
    pub(super) low_rank: DMatrix<f64>,
    /// `L − L₀`.
    pub(super) off: DMatrix<f64>,
    pub(super) seen_values: Vec<f64>,
    pub(super) clean_values: Vec<f64>,
    pub(super) found_values: Vec<f64>,
}

/// A draw with its matrices, or why there is none.
pub(super) type Looked = Result<Arc<Instance>, Error>;

/// Which cells a task computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// All that are not there yet.
    All,
    /// The one of this first draw.
    One(Planted),
}

/// The work on the diagram: one step of one draw a call, a partial answer whenever a cell is there.
struct Filling {
    diagram: Diagram,
    /// Cells to come, the next one last.
    left: Vec<Planted>,
    /// Draws of the cell under way that are there.
    draws: Vec<Found>,
    drawing: Option<Drawing>,
}

/// The task that fills a diagram.
pub(super) fn fill(diagram: Diagram, goal: Goal) -> Task<Diagram> {
    let mut left = match goal {
        Goal::All => order(),
        Goal::One(place) => vec![place],
    };
    left.retain(|place| diagram.cell(*place).is_none());
    left.reverse();
    let mut filling = Filling {
        diagram,
        left,
        draws: Vec::with_capacity(DRAWS),
        drawing: None,
    };
    Box::new(move || filling.step())
}

impl Filling {
    fn step(&mut self) -> Step<Diagram> {
        let Some(place) = self.left.last().copied() else {
            return Step::Done(std::mem::take(&mut self.diagram));
        };
        let Some(found) = self.draw(place) else {
            return self.running();
        };
        self.draws.push(found);
        let Ok(cell) = <[Found; DRAWS]>::try_from(self.draws.as_slice()) else {
            return self.running();
        };
        self.diagram.put(place, Cell(cell));
        self.draws.clear();
        self.left.pop();
        if self.left.is_empty() {
            Step::Done(std::mem::take(&mut self.diagram))
        } else {
            Step::Partial(self.diagram.clone())
        }
    }

    fn running(&self) -> Step<Diagram> {
        Step::Running {
            done: self.diagram.done(),
            of: CELLS,
        }
    }

    /// One step of the draw under way; what it has found when that was the last.
    fn draw(&mut self, place: Planted) -> Option<Found> {
        let mut drawing = if let Some(drawing) = self.drawing.take() {
            drawing
        } else {
            let draw = u8::try_from(self.draws.len()).unwrap_or(u8::MAX);
            let made = Planted::new(place.rank(), place.share_steps(), draw).map(Drawing::new);
            let Some(Ok(drawing)) = made else {
                return Some(Found::BROKEN);
            };
            drawing
        };
        match drawing.step() {
            Ok(true) => {
                self.drawing = Some(drawing);
                None
            }
            Ok(false) => Some(drawing.found()),
            Err(_) => Some(Found::BROKEN),
        }
    }
}

/// The task that computes one draw with its matrices.
pub(super) fn look(planted: Planted) -> Task<Looked> {
    let mut drawing = None;
    let mut running = true;
    let mut values: Vec<Vec<f64>> = Vec::with_capacity(2);
    let mut step = move || -> Result<Option<Instance>, Error> {
        let drawing = match &mut drawing {
            Some(drawing) => drawing,
            none => none.insert(Drawing::new(planted)?),
        };
        if running {
            running = drawing.step()?;
            return Ok(None);
        }
        let pursuing = &drawing.pursuing;
        // Singular values take longer than a step: one list a call.
        let [seen, clean] = match values.as_slice() {
            [] => {
                values.push(singular_values(pursuing.matrix())?);
                return Ok(None);
            }
            [_] => {
                values.push(singular_values(&drawing.clean)?);
                return Ok(None);
            }
            [seen, clean, ..] => [seen, clean].map(Vec::clone),
        };
        Ok(Some(Instance {
            found: drawing.found(),
            seen: pursuing.matrix().clone(),
            low_rank: pursuing.low_rank().clone(),
            off: pursuing.low_rank() - &drawing.clean,
            seen_values: seen,
            clean_values: clean,
            found_values: pursuing.singular_values().to_vec(),
        }))
    };
    Box::new(move || match step() {
        Ok(None) => Step::Running { done: 0, of: MAX_STEPS },
        Ok(Some(instance)) => Step::Done(Ok(Arc::new(instance))),
        Err(error) => Step::Done(Err(error)),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn planted(rank: u8, share: u8, draw: u8) -> Planted {
        Planted::new(rank, share, draw).expect("inside")
    }

    fn run(mut task: Task<Diagram>) -> (Vec<usize>, Diagram) {
        let mut seen = Vec::new();
        loop {
            match task() {
                Step::Running { .. } => {}
                Step::Partial(diagram) => seen.push(diagram.done()),
                Step::Done(diagram) => return (seen, diagram),
            }
        }
    }

    #[test]
    fn every_cell_comes_once_and_the_coarse_ones_first() {
        let order = order();
        let all: BTreeSet<Planted> = order.iter().copied().collect();
        assert_eq!((order.len(), all.len()), (CELLS, CELLS));
        let steps = |place: &Planted| [place.rank() - 1, place.share_steps() - 1].map(usize::from);
        // After each pass the farthest cell from one that is there is nearer: the shape is there before its details.
        let apart = |done: usize| {
            let far = |place: &Planted| {
                let [x, y] = steps(place);
                let reach = |other: &Planted| {
                    let [a, b] = steps(other);
                    a.abs_diff(x).max(b.abs_diff(y))
                };
                order[..done].iter().map(reach).min().expect("some are there")
            };
            order.iter().map(far).max().expect("there are cells")
        };
        assert_eq!([25, 50, 100, 200, 400].map(apart), [3, 2, 1, 1, 0]);
        let half: Vec<_> = order[..200].iter().map(steps).collect();
        assert!(half.iter().all(|[x, y]| (x + y) % 2 == 0), "half is a chessboard");
    }

    #[test]
    fn an_easy_cell_comes_back_and_a_hard_one_does_not() {
        for (place, recovered) in [
            (planted(1, 1, 0), DRAWS),
            (planted(5, 2, 0), DRAWS),
            (planted(18, 18, 0), 0),
        ] {
            let (partial, diagram) = run(fill(Diagram::default(), Goal::One(place)));
            let cell = diagram.cell(place).expect("it was computed");
            assert_eq!(cell.recovered(), recovered, "{place:?}: {cell:?}");
            assert_eq!((partial, diagram.done()), (Vec::new(), 1));
            if recovered == DRAWS {
                let rank = u16::from(place.rank());
                assert!(cell.0.iter().all(|found| found.rank == rank && found.converged));
                assert!(cell.0.iter().all(|found| found.error < 1e-5), "{cell:?}");
            }
        }
    }

    #[test]
    fn the_same_cell_is_the_same_to_the_last_digit() {
        let place = planted(7, 5, 3);
        let first = Planted::new(7, 5, 0).expect("inside");
        let (_, one) = run(fill(Diagram::default(), Goal::One(first)));
        let (_, two) = run(fill(one.clone(), Goal::One(planted(2, 2, 0))));
        assert_eq!(two.done(), 2);
        assert_eq!(one.cell(place), two.cell(place), "what is there is not touched");
        let mut task = look(place);
        let instance = loop {
            if let Step::Done(instance) = task() {
                break instance.expect("it can be computed");
            }
        };
        let cell = one.cell(place).expect("it is there");
        assert_eq!(instance.found, cell.0[3], "a draw that is looked at is the diagram's");
        let clean = &instance.low_rank - &instance.off;
        let error = instance.off.norm() / clean.norm();
        assert!((error / instance.found.error - 1.0).abs() < 1e-9);
        assert_eq!(instance.clean_values.iter().filter(|value| **value > 1e-9).count(), 7);
    }

    #[test]
    fn a_diagram_goes_on_where_it_stopped() {
        let mut begun = Diagram::default();
        let easy = order()
            .into_iter()
            .filter(|place| place.rank() <= 2 && place.share_steps() <= 2);
        let cell = Cell([Found::BROKEN; DRAWS]);
        for place in order() {
            begun.put(place, cell);
        }
        for place in easy.clone() {
            begun.cells[index(place)] = None;
            begun.done -= 1;
        }
        let (partial, whole) = run(fill(begun, Goal::All));
        assert_eq!(partial, [397, 398, 399]);
        assert!(whole.is_whole());
        assert_eq!(
            easy.map(|place| whole.cell(place).map(Cell::recovered))
                .collect::<Vec<_>>(),
            [Some(5); 4]
        );
        assert_eq!((whole.between(), whole.with(0), whole.with(DRAWS)), (0, 396, 4));
    }
}
