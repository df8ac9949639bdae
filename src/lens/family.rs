//! Seven mechanisms as one logit, `q·M k_j/τ + b_j`: metric and key bias of each, for the present cloud and choices.
//!
//! Softmax and the Nadaraya–Watson smoother (Nielsen et al. 2024, section 2), elliptical attention in both forms (the same,
//! equations 11 to 13), Attention-BN in both forms (Nguyen et al. 2023, equations 22 and 26), and Attention-SH, which has
//! other keys (the same, definition 2).

use eigenlens_core::{BnForm, BnOptions, Error, Head, KeyBias, Metric, Scoring, bn_scoring, bridge_bias};
use nalgebra::DVector;

use crate::lab::readout::{Number, Readouts, text};
use crate::lab::{Lab, Library};
use crate::lens::elliptical::metric;

/// Entries of a diagonal that are written.
const ENTRIES: usize = 3;

/// A row of the table.
#[derive(Clone, Debug, PartialEq)]
struct Member {
    /// Stable name, as in `family_softmax_m`.
    id: &'static str,
    /// M in words.
    metric: String,
    /// b of the heaviest key, and in words with its range over the keys.
    bias: (f64, String),
}

/// The table.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Family {
    members: Vec<Member>,
}

impl Family {
    /// The family of a lab; empty where its cloud is not there.
    pub(super) fn of(lab: &Lab, library: &Library) -> Self {
        let Ok(head) = lab.scene.head(library) else {
            return Self::default();
        };
        let tau = lab.scene.temperature.value(head.dim());
        let choices = &lab.choices.support;
        let heaviest = heaviest(&head, lab.scene.asking());
        let identity = || Ok(Metric::Identity);
        let elliptical = || {
            let diagonal = metric::chosen(lab, library, &head).map_err(|_| ())?;
            Ok(Metric::Diagonal(diagonal))
        };
        let bridged = |metric: Result<Metric, ()>| {
            let metric = metric?;
            let bias = bridge_bias(head.keys(), &metric, tau).map_err(|_| ())?;
            Ok((metric, Some(bias)))
        };
        let bn = |form: BnForm| {
            let options = BnOptions {
                form,
                beta: f64::from(choices.beta) / 1000.0,
                ..BnOptions::default()
            };
            bn_scoring(head.keys(), &options, tau)
                .map(|scoring| parts(&scoring))
                .map_err(|_: Error| ())
        };
        let factor = choices.factors.get(usize::from(choices.sh_head)).copied().unwrap_or(1);
        let sh = if factor == 1 {
            "I".to_owned()
        } else {
            format!("I, means of {factor}")
        };
        let member = |id, parts: Result<(Metric, Option<DVector<f64>>), ()>| match parts {
            Ok((metric, bias)) => Member {
                id,
                metric: diagonal(&metric),
                bias: written(bias.as_ref(), heaviest),
            },
            Err(()) => Member {
                id,
                metric: "not defined".to_owned(),
                bias: (0.0, "not defined".to_owned()),
            },
        };
        let plain = |metric: Result<Metric, ()>| metric.map(|metric| (metric, None));
        Self {
            members: vec![
                member("softmax", plain(identity())),
                member("smoother", bridged(identity())),
                member("elliptical", plain(elliptical())),
                member("elliptical_distance", bridged(elliptical())),
                member("bn_full", bn(BnForm::Full)),
                member("bn", bn(BnForm::Recentred)),
                Member {
                    metric: sh,
                    ..member("sh", plain(identity()))
                },
            ],
        }
    }

    /// Puts the table into the readouts: `family_NAME_m` and `family_NAME_b`.
    pub(super) fn read_out(&self, readouts: &mut Readouts) {
        for Member { id, metric, bias } in &self.members {
            let (value, text) = bias.clone();
            readouts
                .numbers
                .insert(format!("family_{id}_b"), Number { value, text });
            let text = metric.clone();
            readouts
                .numbers
                .insert(format!("family_{id}_m"), Number { value: 0.0, text });
        }
    }
}

fn parts(scoring: &Scoring) -> (Metric, Option<DVector<f64>>) {
    let bias = match scoring.bias() {
        KeyBias::Given(bias) => Some(bias.clone()),
        KeyBias::Zero | KeyBias::Distance => None,
    };
    (scoring.metric().clone(), bias)
}

/// The key with the largest dot product.
fn heaviest(head: &Head, asking: usize) -> usize {
    let Some(query) = head.queries().row_iter().nth(asking) else {
        return 0;
    };
    let dots = head.keys().row_iter().map(|key| query.dot(&key)).enumerate();
    // The first of equals.
    dots.fold(
        (0, f64::NEG_INFINITY),
        |best, (at, dot)| if dot > best.1 { (at, dot) } else { best },
    )
    .0
}

/// "I", "1.00, 0.15", "0.63, 7.96, 1.20, …".
fn diagonal(metric: &Metric) -> String {
    match metric {
        Metric::Identity => "I".to_owned(),
        Metric::Full(_) => "a full matrix".to_owned(),
        Metric::Diagonal(entries) => {
            let mut words: Vec<String> = entries.iter().take(ENTRIES).map(|m| text::number(*m)).collect();
            if entries.len() > ENTRIES {
                words.push("…".to_owned());
            }
            words.join(", ")
        }
    }
}

/// b of the heaviest key, with its range over all.
fn written(bias: Option<&DVector<f64>>, heaviest: usize) -> (f64, String) {
    let Some(bias) = bias else { return (0.0, "0".to_owned()) };
    let own = bias.get(heaviest).copied().unwrap_or_default();
    let least = bias.iter().copied().fold(f64::INFINITY, f64::min);
    let most = bias.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let number = |value: f64| {
        if value.abs() < 1e-9 {
            "0".to_owned()
        } else {
            text::coordinate(value)
        }
    };
    let words = if number(least) == number(most) {
        format!("{} for all", number(own))
    } else {
        format!("{} ({} … {})", number(own), number(least), number(most))
    };
    (own, words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::{PresetId, Source};

    fn read_out(preset: PresetId) -> Readouts {
        let mut readouts = Readouts::default();
        Family::of(&Lab::of(Source::Preset(preset)), &Library::default()).read_out(&mut readouts);
        readouts
    }

    #[test]
    fn the_crowd_has_the_biases_of_the_lesson() {
        let readouts = read_out(PresetId::Crowd);
        // −βμ·k/√D at β = 1 of lesson 5.9; key 4 is the heaviest.
        let bias = readouts.numbers["family_bn_b"].value;
        assert!((bias + 2.965_134_435_78).abs() < 3e-6, "{bias}");
        assert_eq!(readouts.numbers["family_bn_b"].text, "−2.97 (−2.97 … 0)");
        assert_eq!(readouts.numbers["family_bn_full_m"].text, "0.63, 7.96");
        assert_eq!(readouts.numbers["family_softmax_m"].text, "I");
        assert_eq!(readouts.numbers["family_softmax_b"].text, "0");
        assert_eq!(readouts.numbers["family_sh_m"].text, "I, means of 2");
    }

    #[test]
    fn every_cloud_has_a_table_and_no_cloud_none() {
        for preset in crate::lab::preset::PRESETS {
            let readouts = read_out(preset.id);
            assert_eq!(readouts.numbers.len(), 14, "{}", preset.key);
            assert!(
                readouts
                    .numbers
                    .values()
                    .all(|number| number.value.is_finite() && !number.text.is_empty())
            );
        }
        assert_eq!(
            Family::of(&Lab::of(Source::Blank), &Library::default()),
            Family::default()
        );
    }
}
