//! What the axes of every head of a text are about. A job, begun when the map of all heads is opened.

use std::iter::zip;

use eigenlens_core::{
    AxisOwner, Centring, Decomposing, Error, Kernel, KernelPca as Solved, axis_owner, median, median_cosine,
    separation, separation_by_chance,
};
use nalgebra::DMatrix;

use super::derive::{ONE_TOKEN, Picture, Wanted};
use crate::job::{Job, Step, Task};
use crate::lab::readout::{Number, Readouts};
use crate::lab::text::Part;
use crate::lab::{KernelChoice, Lab, Library, Origin, Scene, Source, Temperature, TextId};

/// The row of the class token.
const CLASS: usize = 0;
/// First axes that are counted together when parts are told apart.
const FIRST_AXES: usize = 2;

/// The axes of one head, from the largest eigenvalue on.
#[derive(Debug)]
struct OneHead {
    /// The token that each axis belongs to most.
    owners: Vec<AxisOwner>,
    /// How well each axis tells the parts of the text apart.
    separations: Vec<Option<f64>>,
    /// The token with the longest feature, `max_j K_φ(j, j)`.
    longest: usize,
    /// The median cosine between features of different tokens.
    cosine: Option<f64>,
    /// Where the first axis is the class token's: the largest entry of the first axis of the others.
    without_class: Option<f64>,
}

/// What the heads depend on.
#[derive(Clone, PartialEq)]
struct Key {
    text: TextId,
    temperature: Temperature,
    kernel: KernelChoice,
    centred: bool,
}

/// All heads, once they are there.
#[derive(Default)]
pub(super) struct AllHeads {
    job: Job<Key, Vec<Option<OneHead>>>,
}

/// The chosen axis in every head: that of the head on the board with its edits, those of the others untouched.
pub(super) struct OneAxis {
    /// The token that the axis belongs to most: its row in the text, where it has one, and its entry.
    pub(super) owners: Vec<Option<(Option<usize>, f64)>>,
    /// How well the axis tells the parts of the text apart.
    pub(super) separations: Vec<Option<f64>>,
}

impl AllHeads {
    /// Asks for the heads of the lab's text. True while they are under way.
    pub(super) fn derive(&mut self, lab: &Lab, library: &Library) -> bool {
        let (Some(key), Some(cloud)) = (key(lab), library.cloud(&lab.scene.source)) else {
            return false;
        };
        self.job.request(key.clone(), || {
            let wanted = |head: &eigenlens_core::Head| Wanted::of(head, key.temperature, &lab.choices.kernel_pca);
            task(cloud.heads().iter().map(wanted).collect(), key.text.text().parts)
        });
        self.job.poll()
    }

    /// Whether the heads are asked for.
    pub(super) fn are_open(lab: &Lab) -> bool {
        lab.choices.heads.open && matches!(lab.scene.source, Source::Text(_))
    }

    /// Heads done, and heads in all, while work is under way.
    pub(super) fn progress(&self) -> Option<(usize, usize)> {
        self.job.progress()
    }

    fn of(&self, lab: &Lab) -> Option<&[Option<OneHead>]> {
        let fresh = key(lab).is_some_and(|key| self.job.is_fresh(&key));
        self.job.answer().filter(|_| fresh).map(Vec::as_slice)
    }

    /// The axis on the board in every head of this lab's text.
    pub(super) fn axis(&self, lab: &Lab, picture: &Picture) -> Option<OneAxis> {
        let mut axis = OneAxis::of(self.of(lab)?, picture.axis);
        let present = usize::from(lab.scene.head);
        let entries = picture.axes.get(picture.axis).map(|axis| {
            let entries = picture.fit.vectors.column(axis.canonical);
            entries.iter().copied().collect::<Vec<f64>>()
        });
        let row = |key: usize| match lab.scene.keys.get(key)?.origin {
            Origin::Row(row) => Some(usize::from(row)),
            Origin::Added => None,
        };
        if let (Some(entries), Some(place)) = (&entries, axis.owners.get_mut(present)) {
            *place = axis_owner(entries).map(|owner| (row(owner.key), owner.entry));
        }
        if let (Some(entries), Some(place)) = (&entries, axis.separations.get_mut(present)) {
            *place = separation_of(&lab.scene, entries);
        }
        Some(axis)
    }
}

/// How well an axis with these entries, one for each key of a scene, tells the parts of its text apart.
pub(super) fn separation_of(scene: &Scene, entries: &[f64]) -> Option<f64> {
    let Source::Text(text) = scene.source else { return None };
    let [one, other] = text.text().parts.map(|part| {
        let is_in = |origin: Origin| matches!(origin, Origin::Row(row) if (part.rows[0]..part.rows[1]).contains(&row));
        let of_part = zip(&scene.keys, entries).filter(|(key, _)| is_in(key.origin));
        of_part.map(|(_, entry)| *entry).collect::<Vec<f64>>()
    });
    separation(&one, &other)
}

impl OneAxis {
    fn of(heads: &[Option<OneHead>], axis: usize) -> Self {
        let each = || heads.iter().map(Option::as_ref);
        Self {
            owners: each()
                .map(|head| head?.owners.get(axis).map(|owner| (Some(owner.key), owner.entry)))
                .collect(),
            separations: each()
                .map(|head| head?.separations.get(axis).copied().flatten())
                .collect(),
        }
    }

    /// The heads in which one token owns the axis, and whether it is the class token.
    pub(super) fn owned(&self) -> Vec<Option<bool>> {
        let owned = |(row, entry): &(Option<usize>, f64)| (*entry > ONE_TOKEN).then_some(*row == Some(CLASS));
        self.owners.iter().map(|owner| owner.as_ref().and_then(owned)).collect()
    }

    /// The heads in which the axis tells the parts apart without an error.
    pub(super) fn separates(&self) -> Vec<bool> {
        self.separations.iter().map(|share| *share == Some(1.0)).collect()
    }
}

impl OneHead {
    fn of(pca: &Solved, temperature: f64, parts: &[Part; 2]) -> Result<Self, Error> {
        let vectors = pca.eigenvectors(pca.rank())?;
        let columns = || vectors.column_iter().map(|column| column.as_slice().to_vec());
        let part = |axis: &[f64], part: &Part| -> Vec<f64> {
            let [start, end] = part.rows.map(usize::from);
            axis.get(start..end).unwrap_or_default().to_vec()
        };
        let lengths: Vec<f64> = pca.gram().diagonal().iter().copied().collect();
        Ok(Self {
            owners: columns().filter_map(|axis| axis_owner(&axis)).collect(),
            separations: columns()
                .map(|axis| separation(&part(&axis, &parts[0]), &part(&axis, &parts[1])))
                .collect(),
            longest: axis_owner(&lengths).map_or(CLASS, |longest| longest.key),
            cosine: median_cosine(pca.keys(), temperature)?,
            without_class: None,
        })
    }

    /// Whether the first axis is the class token's.
    fn is_of_class(&self) -> bool {
        let first = self.owners.first();
        first.is_some_and(|owner| owner.key == CLASS && owner.entry > ONE_TOKEN)
    }
}

/// One head under way: its axes, then those without the class token where the first is the class token's.
struct Reading {
    wanted: Wanted,
    solving: Option<Decomposing>,
    found: Option<OneHead>,
}

impl Reading {
    fn new(wanted: Wanted) -> Result<Self, Error> {
        let solving = decomposing(&wanted, wanted.keys.clone())?;
        Ok(Self {
            wanted,
            solving: Some(solving),
            found: None,
        })
    }

    /// A small piece; the head once it is there.
    fn step(&mut self, parts: &[Part; 2]) -> Result<Option<OneHead>, Error> {
        let Some(mut solving) = self.solving.take() else {
            return Ok(self.found.take());
        };
        if !solving.step()?.is_finished() {
            self.solving = Some(solving);
            return Ok(None);
        }
        let pca = solving.finish()?;
        if let Some(mut head) = self.found.take() {
            let first = pca.eigenvectors(1.min(pca.rank()))?;
            head.without_class = axis_owner(first.as_slice()).map(|owner| owner.entry);
            return Ok(Some(head));
        }
        let temperature = self.wanted.temperature.value(self.wanted.keys.ncols());
        let head = OneHead::of(&pca, temperature, parts)?;
        if !head.is_of_class() || self.wanted.keys.nrows() < 2 {
            return Ok(Some(head));
        }
        let others = self.wanted.keys.clone().remove_row(CLASS);
        self.solving = Some(decomposing(&self.wanted, others)?);
        self.found = Some(head);
        Ok(None)
    }
}

fn decomposing(wanted: &Wanted, keys: DMatrix<f64>) -> Result<Decomposing, Error> {
    let (kernel, centring): (Kernel, Centring) = (wanted.kernel(), wanted.centring());
    Decomposing::new(keys, kernel, centring)
}

fn key(lab: &Lab) -> Option<Key> {
    let choices = &lab.choices.kernel_pca;
    let Source::Text(text) = lab.scene.source else {
        return None;
    };
    Some(Key {
        text,
        temperature: lab.scene.temperature,
        kernel: choices.kernel,
        centred: choices.centred,
    })
}

fn task(wanted: Vec<Wanted>, parts: [Part; 2]) -> Task<Vec<Option<OneHead>>> {
    let of = wanted.len();
    let mut left = wanted.into_iter();
    let mut done: Vec<Option<OneHead>> = Vec::with_capacity(of);
    let mut running: Option<Reading> = None;
    Box::new(move || {
        if let Some(mut reading) = running.take() {
            match reading.step(&parts) {
                Ok(None) => running = Some(reading),
                Ok(head) => done.push(head),
                // A head whose keys have no axes stays without a number.
                Err(_) => done.push(None),
            }
        } else {
            match left.next().map(Reading::new) {
                None => return Step::Done(std::mem::take(&mut done)),
                Some(Ok(reading)) => running = Some(reading),
                Some(Err(_)) => done.push(None),
            }
        }
        Step::Running { done: done.len(), of }
    })
}

/// The numbers of all heads: of the axis on the board, and of the first axes.
pub(super) fn read_out(all: &AllHeads, lab: &Lab, picture: &Picture, readouts: &mut Readouts) {
    let (Some(heads), Some(axis), Some(key)) = (all.of(lab), all.axis(lab, picture), key(lab)) else {
        return;
    };
    let count = |holds: &dyn Fn(&OneHead) -> bool| heads.iter().flatten().filter(|head| holds(head)).count();
    let owned = axis.owned();
    let class = owned.iter().filter(|owner| **owner == Some(true)).count();
    let first = (0..FIRST_AXES).map(|at| OneAxis::of(heads, at).separates());
    let separate: usize = first.map(|axis| axis.iter().filter(|holds| **holds).count()).sum();
    let asked = FIRST_AXES * heads.len();
    let [one, other] = key
        .text
        .text()
        .parts
        .map(|part| usize::from(part.rows[1] - part.rows[0]));
    let numbers = [
        ("heads", heads.len()),
        ("heads_with_one_token_axis", owned.iter().flatten().count()),
        ("heads_with_class_token_axis", class),
        ("heads_with_other_token_axis", owned.iter().flatten().count() - class),
        (
            "class_token_has_longest_phi",
            count(&|head| head.is_of_class() && head.longest == CLASS),
        ),
        (
            "one_token_axis_again_without_class_token",
            count(&|head| head.without_class.is_some_and(|entry| entry > ONE_TOKEN)),
        ),
        (
            "heads_that_separate",
            axis.separates().iter().filter(|holds| **holds).count(),
        ),
        ("axes_that_separate", separate),
        ("axes_asked", asked),
    ];
    for (name, number) in numbers {
        readouts.put(name, Number::count(number));
    }
    readouts.put(
        "axes_that_separate_by_chance",
        Number::plain(asked as f64 * separation_by_chance(one, other)),
    );
    let cosines: Vec<f64> = heads.iter().flatten().filter_map(|head| head.cosine).collect();
    if let Some(cosine) = median(&cosines) {
        readouts.put("median_cosine_of_heads", Number::plain(cosine));
    }
}
