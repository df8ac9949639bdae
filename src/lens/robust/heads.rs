//! Every head of a text with a wrong word: how far each mechanism moves in it. A job, begun when it is first looked at.

use eigenlens_core::Error;

use super::numbers::{new_tokens, weight_on};
use super::repair::{Repairing, Wanted};
use crate::job::{Job, Step, Task};
use crate::lab::{Lab, Library, Scene, Source};

/// Of the length of M: where a pursuit in one of many heads stops. The pursuit of the head on the board goes on to 10⁻⁹.
const TOLERANCE: f64 = 1e-7;

/// One head.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct OneHead {
    pub(super) seen: Option<f64>,
    pub(super) pursuit: Option<f64>,
    /// After each iteration of RPC-Attention, in the chosen form.
    pub(super) rpc: Vec<Option<f64>>,
    /// What the other tokens give to those of the wrong word, and to those of the right one.
    pub(super) on_wrong: Option<f64>,
    pub(super) on_right: Option<f64>,
}

/// What the heads depend on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    source: Source,
    growing: bool,
    lambda: crate::lab::LambdaChoice,
    form: eigenlens_core::RpcForm,
    rpc_lambda: f64,
    heads: usize,
    asks: crate::lab::WhoAsks,
}

/// All heads, once they are there.
#[derive(Default)]
pub(super) struct AllHeads {
    job: Job<Key, Vec<OneHead>>,
}

impl AllHeads {
    /// Asks for the heads of the lab's text. True while they are under way.
    pub(super) fn derive(&mut self, lab: &Lab, library: &Library) -> bool {
        let Some(key) = key(lab) else { return false };
        self.job.request(key, || task(wanted(lab, library), lab));
        self.job.poll()
    }

    /// The heads of this lab's text.
    pub(super) fn of(&self, lab: &Lab) -> Option<&[OneHead]> {
        let fresh = key(lab).is_some_and(|key| self.job.is_fresh(&key));
        self.job.answer().filter(|_| fresh).map(Vec::as_slice)
    }

    /// Heads done, and heads in all, while work is under way.
    pub(super) fn progress(&self) -> Option<(usize, usize)> {
        self.job.progress()
    }
}

fn key(lab: &Lab) -> Option<Key> {
    let choices = &lab.choices.robust;
    let source = &lab.scene.source;
    matches!(source, Source::Text(id) if id.clean().is_some()).then(|| Key {
        source: source.clone(),
        growing: choices.growing,
        lambda: choices.lambda,
        form: choices.form,
        rpc_lambda: choices.rpc_lambda(source, choices.form),
        heads: choices.heads(source),
        asks: choices.asks,
    })
}

/// What is wanted of each head, untouched.
fn wanted(lab: &Lab, library: &Library) -> Vec<Option<Wanted>> {
    let heads = lab.scene.source.counts().heads;
    let one = |head: u16| {
        let scene = Scene::of(lab.scene.source.clone(), head);
        let untouched = Lab { scene, ..lab.clone() };
        let mut wanted = super::wanted(&untouched, library).ok()?;
        wanted.tolerance = TOLERANCE;
        Some(wanted)
    };
    (0..heads).map(one).collect()
}

fn task(wanted: Vec<Option<Wanted>>, lab: &Lab) -> Task<Vec<OneHead>> {
    let of = wanted.len();
    let form = usize::from(crate::lab::robust::form_code(lab.choices.robust.form));
    let mut left = wanted.into_iter();
    let mut done: Vec<OneHead> = Vec::with_capacity(of);
    let mut running: Option<(Wanted, Repairing)> = None;
    Box::new(move || {
        if let Some((wanted, mut repairing)) = running.take() {
            match repairing.step() {
                Ok(Some(_)) => running = Some((wanted, repairing)),
                Ok(None) => done.push(one_head(&wanted, repairing, form).unwrap_or_default()),
                Err(_) => done.push(OneHead::default()),
            }
        } else {
            match left.next() {
                None => return Step::Done(std::mem::take(&mut done)),
                Some(None) => done.push(OneHead::default()),
                Some(Some(wanted)) => match Repairing::new(wanted.clone()) {
                    Ok(repairing) => running = Some((wanted, repairing)),
                    Err(_) => done.push(OneHead::default()),
                },
            }
        }
        Step::Running { done: done.len(), of }
    })
}

fn one_head(wanted: &Wanted, repairing: Repairing, form: usize) -> Result<OneHead, Error> {
    let truth = &wanted.truth;
    let repair = repairing.finish()?;
    let pursued = wanted.output(&truth.seen_queries, repair.trace.last.low_rank(), &truth.seen_values)?;
    let [right, wrong] = new_tokens(wanted);
    let film = repair.rpc.get(form).and_then(|film| film.as_ref().ok());
    Ok(OneHead {
        seen: wanted.moved(&repair.seen_output, &repair.clean_output),
        pursuit: wanted.moved(&pursued, &repair.pursuit_baseline),
        rpc: film.map_or_else(Vec::new, |film| film.steps.iter().map(|step| step.moved).collect()),
        on_wrong: weight_on(wanted, &wrong, true),
        on_right: weight_on(wanted, &right, false),
    })
}
