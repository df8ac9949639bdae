//! All settings of RPC-Attention on one cloud: its three forms, each with two λ, on wrong entries of three sizes, with the
//! cloud's own values and with the keys as values. In each, after how many iterations the output is nearest to the clean one, and
//! whether it is nearer than that of plain attention.

mod paint;
#[cfg(any(not(target_arch = "wasm32"), feature = "studio"))]
mod take_away;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;

use std::sync::Arc;

use eigenlens_core::{Error, RpcAttending, RpcForm, RpcOptions};
use nalgebra::DMatrix;

use super::repair::Wanted;
use crate::lab::readout::{Number, Readouts};
use crate::lab::{Corruption, Lab, SettingsChoices};

pub(super) use paint::{height, ui};

/// Iterations after which the outputs are compared.
pub(super) const ITERATIONS: [u8; 5] = [1, 2, 3, 4, 6];
/// Multiply-adds up to which the settings are computed within the frame.
const MOST: usize = 12_000_000;

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Setting {
    pub(super) form: RpcForm,
    pub(super) lambda: f64,
    /// Of the largest wrong entry.
    pub(super) size: f64,
    /// The keys are the values, else the cloud's own.
    pub(super) keys_as_values: bool,
    /// How far the output of plain attention is from the clean one.
    pub(super) plain: f64,
    /// The same of RPC-Attention, after each of [`ITERATIONS`].
    pub(super) moved: [f64; ITERATIONS.len()],
}

impl Setting {
    /// Which of [`ITERATIONS`] is nearest to the clean output; of equal ones the first.
    pub(super) fn best(&self) -> usize {
        let mut best = 0;
        for (at, moved) in self.moved.iter().enumerate() {
            if *moved < self.moved[best] {
                best = at;
            }
        }
        best
    }

    /// How far after so many iterations, of how far plain attention is.
    pub(super) fn ratio(&self, at: usize) -> f64 {
        self.moved.get(at).map_or(f64::NAN, |moved| moved / self.plain)
    }
}

/// All settings: by form and λ, then by values, then by size.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Settings(pub(super) Vec<Setting>);

/// Why there are none.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Missing {
    /// No entry of a key is wrong.
    NothingWrong,
    /// The clean output is 0: nothing is so and so far from it.
    NoLength,
    /// More keys than a frame has time for.
    TooMany { has: usize, bound: usize },
    /// A setting has no output.
    NotDefined(Error),
}

impl Missing {
    /// In words.
    pub(super) fn words(&self) -> String {
        match self {
            Self::NothingWrong => "No entry of a key is wrong: there is nothing to repair.".to_owned(),
            Self::NoLength => "The clean output is 0: no distance is relative to it.".to_owned(),
            Self::TooMany { has, bound } => format!("{has} keys: all settings are compared for at most {bound}."),
            Self::NotDefined(error) => format!("Not in all settings: {error}."),
        }
    }
}

/// The λ that is chosen and its double, or its half where that is nearer to 1; the smaller first.
fn lambdas(chosen: f64) -> [f64; 2] {
    if chosen > 1.0 {
        [0.5 * chosen, chosen]
    } else {
        [chosen, 2.0 * chosen]
    }
}

/// Keys, clean and with wrong entries of some size, and the values that belong to each: `[clean, seen]`.
struct Values {
    keys_as_values: bool,
    of: [DMatrix<f64>; 2],
}

/// The values of the cloud, and the clean keys as values; one of them where they are the same, or where the values are of
/// another dimension, which RPC-Attention cannot take.
fn values(wanted: &Wanted) -> Vec<Values> {
    let truth = &wanted.truth;
    let mut keys = truth.seen.clone();
    for [clean, seen] in &truth.keys {
        keys.set_row(*seen, &truth.clean.row(*clean));
    }
    let keys = Values {
        keys_as_values: true,
        of: [truth.clean.clone(), keys],
    };
    let own = Values {
        keys_as_values: false,
        of: [truth.clean_values.clone(), truth.seen_values.clone()],
    };
    let has_own = truth.seen_values.ncols() == truth.seen.ncols() && own.of != keys.of;
    has_own.then_some(own).into_iter().chain([keys]).collect()
}

impl Settings {
    /// The settings of a cloud with wrong entries.
    pub(super) fn of(wanted: &Wanted, choices: SettingsChoices, corruption: &Corruption) -> Result<Self, Missing> {
        let sizes = choices.sizes(corruption).ok_or(Missing::NothingWrong)?;
        let truth = &wanted.truth;
        let (rows, columns) = truth.seen.shape();
        let all = values(wanted);
        let settings = RpcForm::ALL.len() * 2 * sizes.len() * all.len();
        let each = (last() + 1) * (2 * columns + 20);
        let bound = (MOST / (settings * each)).isqrt();
        if rows > bound {
            return Err(Missing::TooMany { has: rows, bound });
        }
        let mut found = Vec::with_capacity(settings);
        for (form, chosen) in std::iter::zip(RpcForm::ALL, wanted.rpc_lambdas) {
            for lambda in lambdas(chosen) {
                for values in &all {
                    let [clean, seen] = &values.of;
                    let clean =
                        (wanted.output(&truth.clean_queries, &truth.clean, clean)).map_err(Missing::NotDefined)?;
                    for [size, factor] in sizes {
                        let keys = slipped(wanted, factor);
                        let plain = (wanted.output(&truth.seen_queries, &keys, seen)).map_err(Missing::NotDefined)?;
                        found.push(Setting {
                            form,
                            lambda,
                            size,
                            keys_as_values: values.keys_as_values,
                            plain: wanted.moved(&plain, &clean).ok_or(Missing::NoLength)?,
                            moved: moved(wanted, (form, lambda), keys, seen, &clean)?,
                        });
                    }
                }
            }
        }
        Ok(Self(found))
    }

    /// In how many settings one iteration is nearest to the clean output.
    pub(super) fn best_at_one(&self) -> usize {
        self.0.iter().filter(|setting| setting.best() == 0).count()
    }

    /// In how many settings one iteration is nearer than plain attention.
    pub(super) fn better_at_one(&self) -> usize {
        self.0.iter().filter(|setting| setting.ratio(0) < 1.0).count()
    }

    /// The point.
    pub(super) fn sentence(&self) -> String {
        let all = self.0.len();
        let [best, better] = [self.best_at_one(), self.better_at_one()];
        format!("One iteration is best in {best} of {all} settings, and better than plain attention in {better}.")
    }

    /// The named numbers.
    pub(super) fn read_out(&self, readouts: &mut Readouts) {
        readouts.put("settings", Number::count(self.0.len()));
        readouts.put("settings_best_at_one", Number::count(self.best_at_one()));
        readouts.put("settings_better_at_one", Number::count(self.better_at_one()));
        let ratios = || {
            self.0
                .iter()
                .map(|setting| setting.ratio(0))
                .filter(|ratio| ratio.is_finite())
        };
        for (name, ratio) in [
            ("settings_least_ratio", ratios().reduce(f64::min)),
            ("settings_largest_ratio", ratios().reduce(f64::max)),
        ] {
            if let Some(ratio) = ratio {
                readouts.put(name, Number::plain(ratio));
            }
        }
    }
}

/// The last of [`ITERATIONS`].
fn last() -> usize {
    ITERATIONS.last().copied().map_or(1, usize::from)
}

/// The keys as they are seen, what is wrong with them multiplied by a factor.
fn slipped(wanted: &Wanted, factor: f64) -> DMatrix<f64> {
    let truth = &wanted.truth;
    let mut keys = truth.seen.clone();
    for [clean, seen] in &truth.keys {
        let clean = truth.clean.row(*clean);
        let wrong = truth.seen.row(*seen) - clean;
        keys.set_row(*seen, &(clean + wrong * factor));
    }
    keys
}

/// How far the output is from the clean one after each of [`ITERATIONS`].
fn moved(
    wanted: &Wanted,
    (form, lambda): (RpcForm, f64),
    keys: DMatrix<f64>,
    values: &DMatrix<f64>,
    clean: &DMatrix<f64>,
) -> Result<[f64; ITERATIONS.len()], Missing> {
    let at = usize::from(crate::lab::robust::form_code(form));
    let options = RpcOptions {
        lambda,
        ..wanted.rpc_options(at, last())
    };
    let queries = wanted.queries_ask.then(|| wanted.truth.seen_queries.clone());
    let mut attending = RpcAttending::new(keys, values.clone(), queries, &options).map_err(Missing::NotDefined)?;
    let mut all = [f64::NAN; ITERATIONS.len()];
    for n in 1..=last() {
        attending.step().map_err(Missing::NotDefined)?;
        if let Some(place) = ITERATIONS.iter().position(|known| usize::from(*known) == n) {
            all[place] = wanted.moved(attending.output(), clean).ok_or(Missing::NoLength)?;
        }
    }
    Ok(all)
}

/// What settings depend on.
type Key = (Wanted, SettingsChoices, Corruption);

/// The settings of a lab, kept until what they depend on changes.
#[derive(Default)]
pub(super) struct Kept(Option<(Key, Arc<Result<Settings, Missing>>)>);

impl Kept {
    /// The settings of a lab that has them open; nothing of a text with a wrong word, whose clean cloud is another one.
    pub(super) fn of(&mut self, lab: &Lab, wanted: &Wanted) -> Option<Arc<Result<Settings, Missing>>> {
        let choices = lab.choices.robust.settings;
        if !choices.open || wanted.own_baseline {
            return None;
        }
        let corruption = &lab.scene.corruption;
        let is_fresh = |(known, ..): &(Key, _)| {
            let (of, with, wrong) = known;
            (of, with, wrong) == (wanted, &choices, corruption)
        };
        if !self.0.as_ref().is_some_and(is_fresh) {
            let settings = Arc::new(Settings::of(wanted, choices, corruption));
            self.0 = Some(((wanted.clone(), choices, corruption.clone()), settings));
        }
        self.0.as_ref().map(|(_, settings)| Arc::clone(settings))
    }
}
