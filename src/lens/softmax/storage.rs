//! What half precision costs: the error of the outputs of a head, and of every head of a text.

use std::sync::Arc;

use eigenlens_core::{
    Attending, AttentionRow, Cloud, Error, Head, attend, descending, deviation, in_half_precision, median,
};

use super::derive::{Picture, scoring};
use crate::job::{Job, Step, Task};
use crate::lab::{Library, Scene, Source, Temperature, TextId};

/// `‖O₁₆ − O‖_F/‖O‖_F` over all queries of a head, O₁₆ being what its tokens give when they were stored in half precision.
pub(super) fn error_of(exact: &Head, stored: &Head, temperature: Temperature) -> Result<f64, Error> {
    let scoring = scoring(temperature, exact.dim())?;
    deviation(&attend(stored, &scoring)?.output, &attend(exact, &scoring)?.output)
}

/// What half precision does to a head.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cost {
    /// `‖O₁₆ − O‖_F/‖O‖_F`.
    pub(super) error: f64,
    /// The greatest difference of two logits of a row.
    pub(super) widest: f64,
}

/// The cost for every head of a text, untouched.
#[derive(Default)]
pub(super) struct Costs {
    job: Job<(TextId, Temperature), Result<Vec<Cost>, Error>>,
}

impl Costs {
    /// Asks for the costs of a text where it is stored in half precision.
    pub(super) fn request(&mut self, scene: &Scene, library: &Library, half: bool) {
        match (&scene.source, library.cloud(&scene.source)) {
            (Source::Text(id), Some(cloud)) if half => {
                let temperature = scene.temperature;
                let task = || task(cloud, temperature);
                self.job.request((*id, temperature), task);
            }
            _ => self.job.cancel(),
        }
    }

    /// Takes what is finished; true while work is under way.
    pub(super) fn poll(&mut self) -> bool {
        self.job.poll()
    }

    /// The errors by number of the head, the one on the board with its own, and the head on the board.
    pub(super) fn errors(&self, scene: &Scene, picture: &Picture) -> Option<Vec<Option<f64>>> {
        let mut errors: Vec<Option<f64>> = self.all(scene)?.iter().map(|cost| Some(cost.error)).collect();
        let own = picture.stored.as_ref().and_then(|stored| stored.error);
        *errors.get_mut(usize::from(scene.head))? = own;
        Some(errors)
    }

    /// The costs of the text on the board.
    fn all(&self, scene: &Scene) -> Option<&Vec<Cost>> {
        match (&scene.source, self.job.answer()) {
            (Source::Text(id), Some(Ok(costs))) if self.job.is_fresh(&(*id, scene.temperature)) => Some(costs),
            _ => None,
        }
    }

    /// What is said of all heads, untouched.
    pub(super) fn summary(&self, scene: &Scene) -> Option<Summary> {
        let costs = self.all(scene)?;
        let errors: Vec<f64> = costs.iter().map(|cost| cost.error).collect();
        let widths: Vec<f64> = costs.iter().map(|cost| cost.widest).collect();
        Some(Summary {
            median: median(&errors)?,
            most: errors.iter().copied().fold(0.0, f64::max),
            worst: *descending(&errors).first()?,
            widest: *descending(&widths).first()?,
            width: widths.iter().copied().fold(0.0, f64::max),
            above: errors.iter().filter(|error| **error > TOLERANCE).count(),
        })
    }
}

/// The tolerance of the full-size lens for half precision.
pub(super) const TOLERANCE: f64 = 5e-4;

/// What is said of all heads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Summary {
    /// The median of the errors.
    pub(super) median: f64,
    /// The largest error.
    pub(super) most: f64,
    /// The head that has it.
    pub(super) worst: usize,
    /// The head with the widest row of logits.
    pub(super) widest: usize,
    /// How wide that is.
    pub(super) width: f64,
    /// In how many heads the error is above [`TOLERANCE`].
    pub(super) above: usize,
}

/// One row of one head in each call.
fn task(cloud: Arc<Cloud>, temperature: Temperature) -> Task<Result<Vec<Cost>, Error>> {
    let mut costs: Vec<Cost> = Vec::new();
    let mut under_way: Option<Rows> = None;
    Box::new(move || {
        let Some(head) = cloud.heads().get(costs.len()) else {
            return Step::Done(Ok(std::mem::take(&mut costs)));
        };
        let row = match &mut under_way {
            Some(rows) => rows.next(),
            None => Rows::new(head, temperature).map(|rows| {
                under_way = Some(rows);
                None
            }),
        };
        match row {
            Err(error) => return Step::Done(Err(error)),
            Ok(None) => {}
            Ok(Some(cost)) => {
                costs.push(cost);
                under_way = None;
            }
        }
        Step::Running {
            done: costs.len(),
            of: cloud.heads().len(),
        }
    })
}

/// The rows of a head, exact and of what was stored.
struct Rows {
    exact: Attending<Head>,
    stored: Attending<Head>,
    queries: usize,
    done: usize,
    apart: f64,
    length: f64,
    widest: f64,
}

impl Rows {
    fn new(head: &Head, temperature: Temperature) -> Result<Self, Error> {
        let scoring = scoring(temperature, head.dim())?;
        Ok(Self {
            queries: head.n_queries(),
            stored: Attending::new(in_half_precision(head)?, scoring.clone())?,
            exact: Attending::new(head.clone(), scoring)?,
            done: 0,
            apart: 0.0,
            length: 0.0,
            widest: 0.0,
        })
    }

    /// Takes the next row; after the last one there is the cost.
    fn next(&mut self) -> Result<Option<Cost>, Error> {
        let (exact, stored) = (self.exact.row(self.done)?, self.stored.row(self.done)?);
        for (exact, stored) in std::iter::zip(&exact.output, &stored.output) {
            self.apart += (stored - exact).powi(2);
            self.length += exact.powi(2);
        }
        self.widest = self.widest.max(width(&exact));
        self.done += 1;
        Ok((self.done == self.queries).then(|| Cost {
            error: (self.apart / self.length).sqrt(),
            widest: self.widest,
        }))
    }
}

fn width(row: &AttentionRow) -> f64 {
    let ends = (f64::INFINITY, f64::NEG_INFINITY);
    let (least, most) = row
        .logits
        .iter()
        .fold(ends, |(least, most), x| (least.min(*x), most.max(*x)));
    most - least
}
