//! The claims lens: every claim of the papers as a card, tested on the present cloud beside what chance gives.

mod alike;
mod at_once;
mod cards;
mod choose;
mod derive;
mod drawing;
#[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
mod figures;
mod grounds;
mod map;
mod over;
mod paint;
mod pursuit;
mod say;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
mod training;

use std::borrow::Cow;
use std::sync::Arc;

use egui::{Painter, Rect, Ui};
use eigenlens_core::{Error, Head};

use super::common::{self, Said, Seen};
use super::{Film, Lens, Out, Phrase, Shape, Stage};
use crate::board::{BoardToken, Mark, View};
use crate::command::Edit;
use crate::job::Job;
use crate::lab::readout::Readouts;
use crate::lab::tested::{Group, Tested};
use crate::lab::{Card, ClaimsChoices, Key, Lab, LensId, Library, NullRows, Origin, SceneError, Source, ValuesFrom};
use derive::{Line, Shown};

/// What a card depends on.
type Wanted = Seen<(Card, ValuesFrom, ClaimsChoices)>;

/// The lens with what it remembers between frames.
#[derive(Default)]
pub struct Claims {
    seen: Option<Wanted>,
    /// Of the requests, so that a job is told from the next.
    number: u64,
    job: Job<u64, Result<Shown, Error>>,
    map: Job<(Source, NullRows), Group>,
    /// What was asked for of the map.
    mapped: Option<(Source, NullRows)>,
    /// Tests that were opened, and where their heads are.
    tested: Option<Arc<Tested>>,
    grounds: Option<grounds::Heads>,
    sought: Option<grounds::Sought>,
    choices: ClaimsChoices,
    source: Option<Source>,
    /// The head with its own values, or why there is none.
    head: Option<Result<Head, SceneError>>,
    temperature: f64,
    /// How many keys have a word that stands more than once, of how many; nothing without words.
    repeated: Option<[usize; 2]>,
    tokens: Vec<BoardToken>,
    card: Card,
    values: ValuesFrom,
    of: String,
    present: usize,
    news: bool,
}

impl Claims {
    /// What the card shows; while its null is drawn, its values.
    fn shown(&self) -> Option<Result<&Shown, String>> {
        let fresh = self.job.is_fresh(&self.number);
        let shown = if fresh { self.job.answer() } else { self.job.partial() };
        match (&self.head, shown) {
            (Some(Err(error)), _) => Some(Err(common::refusal(error))),
            (_, Some(Ok(shown))) => Some(Ok(shown)),
            (_, Some(Err(error))) => Some(Err(format!("{error}."))),
            (_, None) => None,
        }
    }

    /// What of the answers is there.
    fn stage_of_work(&self) -> [bool; 4] {
        [
            self.job.is_fresh(&self.number),
            self.job.partial().is_some(),
            self.map.partial().is_some(),
            self.map.answer().is_some(),
        ]
    }

    /// The numbers of the card: those of a training at the step that is shown.
    fn lines(&self) -> Cow<'_, [Line]> {
        match self.shown() {
            Some(Ok(shown)) if !shown.course.is_empty() => training::lines(&shown.course, self.choices).into(),
            Some(Ok(shown)) => Cow::Borrowed(&shown.lines),
            _ => Cow::default(),
        }
    }

    fn request(&mut self, lab: &Lab, library: &Library) {
        let temperature = |head: &Head| lab.scene.temperature.value(head.dim());
        let head = lab.scene.head(library);
        self.number += 1;
        self.job.cancel();
        if let Ok(head) = &head {
            let (card, temperature, head, choices) = (self.card, temperature(head), head.clone(), self.choices);
            let plants = self.values == ValuesFrom::Constructed;
            self.temperature = temperature;
            let previous = lab.scene.previous_values(library).ok().flatten();
            self.job.request(self.number, move || {
                let task = move |head| derive::task(card, head, previous, temperature, choices);
                if plants {
                    derive::planting(head, temperature, task)
                } else {
                    task(head)
                }
            });
        }
        self.head = Some(head);
    }
}

/// Keys whose word stands more than once, and all keys, where they have words: such keys and their values are nearly the same.
fn repeated(lab: &Lab, library: &Library) -> Option<[usize; 2]> {
    let cloud = library.cloud(&lab.scene.source)?;
    let word = |key: &Key| match key.origin {
        Origin::Row(row) => cloud.labels().get(usize::from(row)),
        Origin::Added => None,
    };
    let words: Vec<&String> = lab.scene.keys.iter().filter_map(word).collect();
    let stands_again = |word: &&&String| words.iter().filter(|other| other == word).count() > 1;
    (!words.is_empty()).then(|| [words.iter().filter(stands_again).count(), lab.scene.keys.len()])
}

impl Lens for Claims {
    fn id(&self) -> LensId {
        LensId::Claims
    }

    fn derive(&mut self, lab: &Lab, library: &Library) -> bool {
        let (card, values) = (lab.choices.card, lab.choices.kernel_pca.values);
        let asked = lab.choices.claims;
        let seen = Seen::of(lab, library, (card, values, asked.of(card)));
        let is_other_null = self.choices.null != asked.null;
        self.news = self.seen.as_ref() != Some(&seen) || self.choices != asked;
        self.choices = asked;
        self.find_heads(lab, library);
        if self.seen.as_ref() != Some(&seen) {
            (self.card, self.values) = (card, values);
            self.present = usize::from(lab.scene.head);
            self.source = Some(lab.scene.source.clone());
            self.of = match &lab.scene.source {
                Source::Text(_) | Source::File(_) => {
                    format!(
                        "{}, {}",
                        lab.scene.source.name(),
                        lab.scene.source.head_name(lab.scene.head)
                    )
                }
                source => source.name(),
            };
            self.repeated = repeated(lab, library);
            let order: Vec<usize> = (0..lab.scene.keys.len()).collect();
            self.tokens = common::board_tokens(&lab.scene, library, 1.0, &order, &|_| Said::default());
            self.request(lab, library);
            self.request_map(lab, library);
            self.seen = Some(seen);
        } else if is_other_null {
            self.request_map(lab, library);
        }
        let before = self.stage_of_work();
        let working = self.job.poll();
        let mapping = !working && self.map.poll();
        self.news |= before != self.stage_of_work();
        working || mapping
    }

    fn has_news(&self) -> bool {
        self.news
    }

    /// Each card has its evidence, for and against.
    fn explain(&self, lab: &Lab) -> Option<&'static str> {
        Some(match lab.choices.card {
            Card::Projection => "claims",
            Card::Similarity => "claims-similarity",
            Card::Training => "claims-training",
            Card::Gamma => "claims-gamma",
            Card::Eigenvalue => "claims-eigenvalue",
            Card::Gauge => "claims-gauge",
            Card::Pursuit => "claims-pursuit",
            Card::Elliptical => "claims-elliptical",
            Card::BatchNorm => "claims-batch-norm",
            Card::Dual => "claims-dual",
        })
    }

    fn rest(&mut self) {
        self.job.cancel();
        self.map.cancel();
        self.seen = None;
    }

    /// The steps of the training.
    fn film(&self, _lab: &Lab) -> Option<Film> {
        match self.shown() {
            Some(Ok(shown)) => training::film(&shown.course, self.choices),
            _ => None,
        }
    }

    /// The card before or after.
    fn step(&self, lab: &Lab, by: i32) -> Option<Edit> {
        let at = i32::from(lab.choices.card.code()) + by;
        Card::from_code(u8::try_from(at).ok()?).map(Edit::Card)
    }

    /// Values of the head, or planted ones.
    fn first_switch(&self, lab: &Lab) -> Option<Edit> {
        Some(Edit::Values(match lab.choices.kernel_pca.values {
            ValuesFrom::Constructed => ValuesFrom::Free,
            ValuesFrom::Free => ValuesFrom::Constructed,
        }))
    }

    fn shape(&self) -> Shape {
        Shape::Whole
    }

    fn takes_board(&self) -> bool {
        true
    }

    fn chooses_cloud(&self) -> bool {
        true
    }

    fn board_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        paint::whole_ui(self, ui, rect, stage, out);
    }

    fn headline(&self) -> Vec<Phrase> {
        say::headline(self)
    }

    fn subline(&self) -> String {
        say::subline(self)
    }

    /// While a lesson asks the board has the place of the card.
    fn tokens(&self) -> &[BoardToken] {
        &self.tokens
    }

    fn read_out(&self, readouts: &mut Readouts) {
        say::read_out(self, readouts);
    }

    fn paint_under(&self, _painter: &Painter, _view: &View, _stage: &Stage<'_>) {}

    fn marks(&self) -> Vec<Mark> {
        Vec::new()
    }

    fn paint_over(&self, _painter: &Painter, _view: &View, _stage: &Stage<'_>) {}

    fn chart_height(&self) -> f32 {
        0.0
    }

    fn chart_ui(&self, _ui: &mut Ui, _rect: Rect, _stage: &Stage<'_>, _out: &mut Out) {}

    fn microscope_ui(&self, _ui: &mut Ui, _rect: Rect, _stage: &Stage<'_>, _out: &mut Out) {}

    fn cards(&self) -> &'static [&'static str] {
        &["Claims", "Heads"]
    }

    fn card_ui(&self, ui: &mut Ui, rect: Rect, stage: &Stage<'_>, out: &mut Out) {
        match stage.card {
            0 => paint::list_ui(self, ui, rect, stage, out),
            _ => map::ui(self, ui, rect, stage, out),
        }
    }

    fn hall_ui(&self, _ui: &mut Ui, _rect: Rect, _stage: &Stage<'_>, _out: &mut Out) {}

    fn choices_ui(&self, ui: &mut Ui, stage: &Stage<'_>, out: &mut Out) {
        paint::choices_ui(self, ui, stage, out);
    }
}
