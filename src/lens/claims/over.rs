//! What the map of the heads says: means, counts, and what stands over it in words.

use eigenlens_core::median;

use super::Claims;
use super::drawing::AGAINST_THEOREM;
use super::map::Map;
use crate::lab::claims::TESTS;
use crate::lab::readout::{Number, Readouts, text};
use crate::lab::tested::{Cell, Range};

/// The largest eigenvalue that was reported.
pub(super) const REPORTED_EIGENVALUE: f64 = 648.46;

/// How many heads are beyond every draw of their null.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Beyond {
    above: usize,
    below: usize,
    /// Heads that have draws.
    of: usize,
    /// How many heads chance puts above all of their draws, and as many below.
    by_chance: f64,
}

impl Map<'_> {
    /// The values of the heads that can be tested, ascending.
    fn values(&self) -> Vec<f64> {
        let mut values: Vec<f64> = self.cells.iter().filter_map(|cell| cell.value).collect();
        values.sort_unstable_by(f64::total_cmp);
        values
    }

    /// The means of the values and of their nulls, over the heads that have them.
    pub(super) fn means(&self) -> [Option<f64>; 2] {
        means(&self.cells)
    }

    /// Whether a null of the test is drawn for the heads of the cloud.
    fn has_null(&self) -> bool {
        TESTS.iter().take(AGAINST_THEOREM).any(|test| test == self.test)
    }

    /// How many heads are outside 95 % of their null, and how many have one.
    fn outside(&self) -> [usize; 2] {
        let outside: Vec<bool> = self.cells.iter().filter_map(|cell| cell.outside()).collect();
        [outside.iter().filter(|outside| **outside).count(), outside.len()]
    }

    /// How many heads are beyond all of their draws; nothing where the draws are not known.
    fn beyond(&self) -> Option<Beyond> {
        let pairs = || {
            self.cells
                .iter()
                .filter_map(|cell| Some((cell.value?, cell.null?.range?)))
        };
        let count = |holds: fn(&(f64, Range)) -> bool| pairs().filter(holds).count();
        let of = pairs().count();
        // A head and its draws are alike under chance, so each of them is as often the greatest.
        let by_chance = pairs().map(|(_, range)| 1.0 / (range.draws + 1) as f64).sum();
        (of > 0).then(|| Beyond {
            above: count(|(value, range)| *value > range.greatest),
            below: count(|(value, range)| *value < range.least),
            of,
            by_chance,
        })
    }

    /// How many heads have more than was reported, where the test is of what was.
    fn above_reported(&self) -> Option<usize> {
        let above = |value: &&f64| **value > REPORTED_EIGENVALUE;
        (self.test.key == "unscaled_eigenvalue").then(|| self.values().iter().filter(above).count())
    }

    /// Its numbers as sentences, those that matter most first.
    pub(super) fn words(&self, is_coming: bool) -> Vec<String> {
        let values = self.values();
        let [Some(mean), null] = self.means() else {
            return vec!["Not testable: more value columns than axes.".to_owned()];
        };
        let of = values.len();
        let chance = null.map_or_else(String::new, |null| format!(", by chance {}", text::number(null)));
        let below = match self.test.key {
            "loss" => format!("; below 0: {} of {of}", negative(&values)),
            _ => String::new(),
        };
        let mut said = vec![format!("Mean {}{chance}{below}", text::number(mean))];
        if let Some(above) = self.above_reported() {
            let median = median(&values).map(text::number).unwrap_or_default();
            said = vec![format!("Median {median}; above {REPORTED_EIGENVALUE}: {above} of {of}")];
        }
        match self.outside() {
            [_, 0] if is_coming && self.has_null() => said.push("Chance is being drawn.".to_owned()),
            [_, 0] => {}
            [outside, of] => said.push(format!("Ringed: {outside} of {of}, outside 95 % of chance")),
        }
        if let Some(Beyond {
            above,
            below,
            by_chance,
            ..
        }) = self.beyond()
        {
            let by_chance = text::number(by_chance);
            said.push(format!(
                "Above all draws: {above}, below: {below}; by chance {by_chance} each"
            ));
        }
        said
    }

    /// Its numbers for the prose.
    pub(super) fn read_out(&self, readouts: &mut Readouts) {
        let mut put = |name: &str, number: Option<f64>| {
            if let Some(number) = number {
                readouts.put(name, Number::plain(number));
            }
        };
        let values = self.values();
        let [mean, null] = self.means();
        put("map_mean", mean);
        put("map_null", null);
        put("map_least", values.first().copied());
        put("map_greatest", values.last().copied());
        put("map_median", median(&values));
        for (layer, cells) in self.cells.chunks(self.group.heads_in_layer.max(1)).enumerate() {
            let [mean, null] = means(cells);
            put(&format!("map_mean_{}", layer + 1), mean);
            put(&format!("map_null_{}", layer + 1), null);
        }
        let beyond = self.beyond();
        put("map_by_chance", beyond.map(|beyond| beyond.by_chance));
        let mut count = |name: &str, count: Option<usize>| {
            if let Some(count) = count {
                readouts.put(name, Number::said(count as f64, text::count(count)));
            }
        };
        let [outside, of] = self.outside();
        count("map_outside", (of > 0).then_some(outside));
        count("map_heads", Some(values.len()));
        count("map_negative", Some(negative(&values)));
        count("map_above", beyond.map(|beyond| beyond.above));
        count("map_below", beyond.map(|beyond| beyond.below));
        count("map_above_reported", self.above_reported());
    }
}

impl Claims {
    /// The map in words.
    pub(super) fn map_words(&self, map: &Map<'_>) -> Vec<String> {
        map.words(self.map_is_coming())
    }
}

fn negative(values: &[f64]) -> usize {
    values.iter().filter(|value| **value < 0.0).count()
}

/// The means of the values and of their nulls.
fn means(cells: &[Cell]) -> [Option<f64>; 2] {
    let mean = |numbers: Vec<f64>| {
        let count = numbers.len() as f64;
        (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / count)
    };
    let nulls = cells.iter().filter_map(|cell| Some(cell.null?.mean));
    [
        mean(cells.iter().filter_map(|cell| cell.value).collect()),
        mean(nulls.collect()),
    ]
}
