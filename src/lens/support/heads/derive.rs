//! The maps of the heads of a layer and how far they are apart. Small ones are made in the frame, larger ones by a job.

use eigenlens_core::{Attending, Error, Head, Mechanism, head_distances, mean_head_distance, row_sum_residual};
use nalgebra::DMatrix;

use crate::job::{Job, Step, Task};
use crate::lab::readout::Check;
use crate::lab::text::{HEADS_IN_LAYER, layer_and_head};
use crate::lab::{Library, Origin, Scene, SceneError, Source};

/// Heads that are shown at once.
pub(super) const MOST: usize = 16;
/// Multiply-adds that a frame may spend on the maps: about a millisecond in the browser.
const IN_FRAME: usize = 1 << 19;

/// What the maps depend on.
#[derive(Clone, PartialEq)]
pub(super) struct Wanted {
    scene: Scene,
    /// Why the source is not there: a link may come before its file or its text.
    missing: Option<SceneError>,
}

/// The heads with their maps, `N_q×N` each.
#[derive(Clone)]
pub(super) struct Maps {
    /// The number of each head in its source.
    pub(super) numbers: Vec<u16>,
    /// Its map.
    pub(super) maps: Vec<DMatrix<f64>>,
}

/// Everything that the view paints and says.
pub(super) struct Picture {
    /// What each head is called: its number within its layer, counted from 1.
    pub(super) names: Vec<usize>,
    /// The number of each head in its source.
    pub(super) numbers: Vec<u16>,
    /// Its map, as it is shown.
    pub(super) maps: Vec<DMatrix<f64>>,
    /// The head that the other lenses show, where it is among them.
    pub(super) present: Option<usize>,
    /// The layer, counted from 1, of a text.
    pub(super) layer: Option<u16>,
    /// The first stands in for the second.
    pub(super) duplicate: bool,
    /// `H×H`.
    pub(super) distances: DMatrix<f64>,
    /// Mean and standard deviation over the pairs.
    pub(super) mean: f64,
    pub(super) deviation: f64,
    /// The nearest pair that is no copy, and the farthest; heads by their place in the list.
    pub(super) nearest: Option<Pair>,
    pub(super) farthest: Option<Pair>,
    /// The largest weight of the maps.
    pub(super) most: f64,
    /// The identities, with their residuals now.
    pub(super) checks: Vec<Check>,
}

/// Two heads and their distance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pair {
    pub(super) heads: [usize; 2],
    pub(super) distance: f64,
}

/// The heads beside the one of a scene: those of its layer, or of its file.
fn beside(scene: &Scene) -> Vec<u16> {
    let all = scene.source.counts().heads;
    let (first, count) = match &scene.source {
        Source::Text(_) => (layer_and_head(scene.head)[0] * HEADS_IN_LAYER, HEADS_IN_LAYER),
        _ => (scene.head - scene.head % MOST as u16, MOST as u16),
    };
    (first..first.saturating_add(count).min(all)).collect()
}

/// The heads as the mathematics sees them: the tokens of the source that are still on the board; in the scene's own head where
/// they were moved to. The maps need no values.
fn heads(scene: &Scene, library: &Library) -> Result<Vec<(u16, Head)>, SceneError> {
    let own = scene.head(library)?;
    let Some(cloud) = library.cloud(&scene.source) else {
        return Ok(vec![(scene.head, own)]);
    };
    let row = |origin: Origin| match origin {
        Origin::Row(row) => Some(usize::from(row)),
        Origin::Added => None,
    };
    let kept = |origins: &mut dyn Iterator<Item = Origin>| -> Vec<(usize, usize)> {
        origins
            .enumerate()
            .filter_map(|(at, origin)| Some((at, row(origin)?)))
            .collect()
    };
    let keys = kept(&mut scene.keys.iter().map(|key| key.origin));
    let queries = kept(&mut scene.queries.iter().map(|query| query.origin));
    let list = beside(scene);
    if list.len() < 2 || keys.is_empty() || queries.is_empty() {
        return Ok(vec![(scene.head, own)]);
    }
    let pick = |rows: &DMatrix<f64>, which: &mut dyn Iterator<Item = usize>| {
        let which: Vec<usize> = which.collect();
        DMatrix::from_fn(which.len(), rows.ncols(), |row, column| {
            let at = which.get(row).copied().unwrap_or_default();
            rows.get((at, column)).copied().unwrap_or_default()
        })
    };
    let head = |number: u16| -> Result<(u16, Head), SceneError> {
        let values = DMatrix::zeros(keys.len(), 1);
        let head = if number == scene.head {
            let queries = pick(own.queries(), &mut queries.iter().map(|(at, _)| *at));
            Head::new(queries, pick(own.keys(), &mut keys.iter().map(|(at, _)| *at)), values)?
        } else {
            let other = cloud.heads().get(usize::from(number));
            let other = other.ok_or_else(|| SceneError::NotInSource {
                what: "head",
                number: usize::from(number) + 1,
                name: scene.source.name(),
                has: cloud.heads().len(),
            })?;
            let queries = pick(other.queries(), &mut queries.iter().map(|(_, row)| *row));
            Head::new(
                queries,
                pick(other.keys(), &mut keys.iter().map(|(_, row)| *row)),
                values,
            )?
        };
        Ok((number, head))
    };
    list.into_iter().map(head).collect()
}

/// The maps, fresh or being computed.
#[derive(Default)]
pub(super) struct Making {
    known: Option<(Wanted, Result<Maps, SceneError>)>,
    job: Job<Wanted, Result<Maps, Error>>,
    asked: Option<Wanted>,
}

impl Making {
    /// Brings the maps up to date with a scene; true while a job is under way.
    pub(super) fn update(&mut self, scene: &Scene, library: &Library) -> bool {
        let wanted = Wanted {
            scene: scene.clone(),
            missing: library.ground(&scene.source, scene.head).err(),
        };
        if self.asked.as_ref() != Some(&wanted) {
            self.request(&wanted, library);
            self.asked = Some(wanted);
        }
        let working = self.job.poll();
        if let Some(asked) = self.asked.as_ref().filter(|asked| !working && self.job.is_fresh(asked))
            && self.known.as_ref().is_none_or(|(known, _)| known != asked)
            && let Some(maps) = self.job.answer()
        {
            self.known = Some((asked.clone(), maps.clone().map_err(SceneError::from)));
        }
        working
    }

    fn request(&mut self, wanted: &Wanted, library: &Library) {
        let scene = &wanted.scene;
        let heads = match heads(scene, library) {
            Ok(heads) => heads,
            Err(error) => {
                self.job.cancel();
                self.known = Some((wanted.clone(), Err(error)));
                return;
            }
        };
        let cost: usize = heads
            .iter()
            .map(|(_, head)| head.n_queries() * head.n_keys() * head.dim())
            .sum();
        let temperature = heads
            .first()
            .map_or(1.0, |(_, head)| scene.temperature.value(head.dim()));
        if cost <= IN_FRAME {
            self.job.cancel();
            let mut run = task(heads, temperature);
            let maps = loop {
                if let Step::Done(maps) = run() {
                    break maps;
                }
            };
            self.known = Some((wanted.clone(), maps.map_err(SceneError::from)));
        } else {
            self.job.request(wanted.clone(), move || task(heads, temperature));
        }
    }

    /// The maps; the old ones while new ones are computed.
    pub(super) fn maps(&self) -> Option<&Result<Maps, SceneError>> {
        self.known.as_ref().map(|(_, maps)| maps)
    }

    /// Stops what is under way.
    pub(super) fn rest(&mut self) {
        self.job.cancel();
        self.asked = None;
    }
}

/// One query a call, head after head.
fn task(heads: Vec<(u16, Head)>, temperature: f64) -> Task<Result<Maps, Error>> {
    let of = heads.iter().map(|(_, head)| head.n_queries()).sum();
    let mut done = 0;
    let mut made = Maps {
        numbers: Vec::new(),
        maps: Vec::new(),
    };
    let mut waiting = heads.into_iter();
    let mut running: Option<(u16, Attending<Head>)> = None;
    Box::new(move || {
        let next = match running.take() {
            Some(running) => Some(Ok(running)),
            None => waiting.next().map(|(number, head)| {
                let scoring = Mechanism::Softmax.scoring(head.dim())?.with_temperature(temperature)?;
                Ok((number, Attending::new(head, scoring)?))
            }),
        };
        let Some(next) = next else {
            let maps = std::mem::replace(
                &mut made,
                Maps {
                    numbers: Vec::new(),
                    maps: Vec::new(),
                },
            );
            return Step::Done(Ok(maps));
        };
        let stepped = next.and_then(|(number, mut attending)| Ok((number, attending.step()?, attending)));
        match stepped {
            Ok((number, progress, attending)) => {
                done += 1;
                if progress.is_finished() {
                    match attending.finish() {
                        Ok(all) => {
                            made.numbers.push(number);
                            made.maps.push(all.weights);
                        }
                        Err(error) => return Step::Done(Err(error)),
                    }
                } else {
                    running = Some((number, attending));
                }
                Step::Running { done, of }
            }
            Err(error) => Step::Done(Err(error)),
        }
    })
}

impl Picture {
    /// What the maps come to.
    pub(super) fn of(maps: &Maps, scene: &Scene, duplicate: bool) -> Result<Self, Error> {
        let mut shown = maps.maps.clone();
        let duplicate = duplicate && shown.len() > 1;
        if duplicate && let Some(first) = shown.first().cloned() {
            shown[1] = first;
        }
        let distances = head_distances(&shown)?;
        let pairs = || {
            let all = 0..shown.len();
            all.clone()
                .flat_map(move |b| (0..b).map(move |a| [a, b]))
                .filter_map(|heads| {
                    let distance = *distances.get((heads[0], heads[1]))?;
                    Some(Pair { heads, distance })
                })
        };
        let own = |pair: &Pair| !(duplicate && pair.heads == [0, 1]);
        let by = |a: &Pair, b: &Pair| a.distance.total_cmp(&b.distance);
        let nearest = pairs().filter(own).min_by(by);
        let farthest = pairs().max_by(by);
        let mean = if shown.len() > 1 {
            mean_head_distance(&distances)?
        } else {
            0.0
        };
        let count = pairs().count().max(1) as f64;
        let deviation = (pairs().map(|pair| (pair.distance - mean).powi(2)).sum::<f64>() / count).sqrt();
        let copy = match shown.first() {
            Some(first) => head_distances(&[first.clone(), first.clone()])?.amax(),
            None => 0.0,
        };
        let sums = shown
            .iter()
            .flat_map(|map| map.row_iter())
            .map(|row| row_sum_residual(&row.iter().copied().collect::<Vec<_>>()))
            .fold(0.0, f64::max);
        let columns = shown.first().map_or(0, DMatrix::ncols) as f64;
        let layer = matches!(scene.source, Source::Text(_)).then(|| layer_and_head(scene.head)[0] + 1);
        let name = |number: &u16| match layer {
            Some(_) => usize::from(layer_and_head(*number)[1]) + 1,
            None => usize::from(*number) + 1,
        };
        Ok(Self {
            names: maps.numbers.iter().map(name).collect(),
            present: maps.numbers.iter().position(|number| *number == scene.head),
            numbers: maps.numbers.clone(),
            layer,
            duplicate,
            mean,
            deviation,
            nearest,
            farthest,
            most: shown.iter().map(DMatrix::max).fold(0.0, f64::max),
            checks: vec![
                Check::new("copy", copy, 0.0),
                Check::new("row_sum", sums, f64::EPSILON * (8.0 + columns)),
            ],
            maps: shown,
            distances,
        })
    }

    /// What a head is called: "1", or "2, a copy of 1".
    pub(super) fn caption(&self, head: usize) -> String {
        let name = self.names.get(head).copied().unwrap_or_default();
        if self.duplicate && head == 1 {
            format!("{name}, a copy of {}", self.names.first().copied().unwrap_or_default())
        } else {
            name.to_string()
        }
    }
}
