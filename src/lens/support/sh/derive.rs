//! What Attention-SH makes of a scene, but for the whole maps (which may take longer, see [`super::maps`]).

use std::iter::zip;
use std::ops::Range;
use std::sync::Arc;

use eigenlens_core::{
    AttentionRow, Error, Head, Mechanism, Pooling, Scoring, attend_row, attention_cost, mean_share, row_sum_residual,
};
use nalgebra::DMatrix;

use crate::lab::readout::Check;
use crate::lab::support::SupportChoices;
use crate::lab::{Lab, Library, SceneError};
use crate::lens::common::Common;

/// Width and width of the feed-forward part of the layer whose cost is shown.
pub(super) const WIDTH: usize = 64;
pub(super) const FEED_FORWARD: usize = 128;
/// Columns of the projection with which pooling is shown to commute.
const PROJECTED: usize = 2;

/// Everything that the view paints and says.
pub(super) struct Picture {
    /// The tokens, their names and places.
    pub(super) common: Common,
    /// What was chosen.
    pub(super) choices: SupportChoices,
    /// The four heads; one whose factor does not fit the sentence says why.
    pub(super) heads: [Result<OneHead, Error>; 4],
    /// Values have one entry: it is shown with its sign. Else their length is.
    pub(super) signed: bool,
    /// The value of each token, as it is shown.
    pub(super) values: Vec<f64>,
    /// The largest size of a value, here and in the untouched source.
    pub(super) most: f64,
    /// The largest size of a value of the untouched source: what a drag is measured by.
    pub(super) base: f64,
    /// The token with the largest value.
    pub(super) spike: usize,
    /// Cost of the four heads over that of four plain ones.
    pub(super) cost: Cost,
    /// Who asks in the maps.
    pub(super) askers: Askers,
    /// The identities, with their residuals now.
    pub(super) checks: Vec<Check>,
}

/// A head with its coarse tokens.
pub(super) struct OneHead {
    /// Which tokens make each coarse one.
    pub(super) blocks: Vec<Range<usize>>,
    /// Tokens at the end that are in no block.
    pub(super) left_out: Range<usize>,
    /// Where the coarse keys are, in board units.
    pub(super) coarse: Vec<[f64; 2]>,
    /// The coarse values, as they are shown.
    pub(super) values: Vec<f64>,
    /// The row of the asking query.
    pub(super) row: AttentionRow,
    /// What it reads, as it is shown.
    pub(super) read: f64,
}

/// Costs over that of four plain heads.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Cost {
    /// At the chosen length.
    pub(super) now: f64,
    /// At 4096 tokens.
    pub(super) at_4096: f64,
    /// As the sequence grows.
    pub(super) limit: f64,
}

/// The tokens that ask in the maps: the queries where each token has one, else the keys, and above them the query where it is
/// none of them.
pub(super) struct Askers {
    /// With the keys that they ask.
    pub(super) head: Arc<Head>,
    /// The row of the asking query.
    pub(super) framed: usize,
    /// Rows before those of the tokens.
    pub(super) extra: usize,
}

impl OneHead {
    fn of(pooling: Pooling, single: &Head, scoring: &Scoring, common: &Common) -> Result<Self, Error> {
        let n = single.n_keys();
        let blocks = pooling.blocks(n)?;
        let pooled = pooling.head(single)?;
        let row = attend_row(&pooled, scoring, 0)?;
        let end = blocks.last().map_or(0, |block| block.end);
        let coarse = blocks.iter().map(|block| {
            let places = common.positions.keys.get(block.clone()).unwrap_or_default();
            let each = 1.0 / places.len().max(1) as f64;
            places
                .iter()
                .fold([0.0; 2], |[x, y], at| [x + each * at[0], y + each * at[1]])
        });
        Ok(Self {
            left_out: end..n,
            coarse: coarse.collect(),
            values: shown_values(pooled.values()),
            read: shown(&row.output),
            row,
            blocks,
        })
    }

    /// The coarse token that a token is in.
    pub(super) fn block_of(&self, token: usize) -> Option<usize> {
        self.blocks.iter().position(|block| block.contains(&token))
    }
}

impl Picture {
    /// The head that is shown.
    pub(super) fn head(&self) -> usize {
        usize::from(self.choices.sh_head).min(3)
    }

    /// The head that is shown, with its coarse tokens.
    pub(super) fn shown(&self) -> Option<&OneHead> {
        self.heads.get(self.head()).and_then(|head| head.as_ref().ok())
    }

    /// Number of tokens.
    pub(super) fn n(&self) -> usize {
        self.common.head.n_keys()
    }

    /// What the spike is in a head; none where it is left out.
    pub(super) fn spike_in(&self, head: usize) -> Option<f64> {
        let head = self.heads.get(head)?.as_ref().ok()?;
        head.values.get(head.block_of(self.spike)?).copied()
    }
}

/// How a head averages.
pub(super) fn pooling(choices: &SupportChoices, head: usize) -> Pooling {
    Pooling {
        factor: choices.factors.get(head).copied().map_or(1, usize::from),
        remainder: choices.remainder,
        class_token: choices.class_token,
    }
}

/// The picture of a lab. Fails where the scene has no keys, is not there, or is beyond the range of numbers. `before` are the
/// askers of the same scene, where they are known: the maps are then not made again.
pub(super) fn picture(lab: &Lab, library: &Library, before: Option<Arc<Head>>) -> Result<Picture, SceneError> {
    let (scene, choices) = (&lab.scene, lab.choices.support);
    let common = Common::of(scene, library)?;
    let head = &*common.head;
    let scoring = Mechanism::Softmax
        .scoring(head.dim())?
        .with_temperature(common.temperature)?;
    let asker = head.queries().rows(common.asking, 1).into_owned();
    let single = Head::new(asker, head.keys().clone(), head.values().clone())?;
    let heads = [0, 1, 2, 3].map(|h| OneHead::of(pooling(&choices, h), &single, &scoring, &common));
    let values = shown_values(head.values());
    let size = |values: &[f64]| values.iter().fold(0.0_f64, |most, v| most.max(v.abs()));
    let cloud = library.cloud(&scene.source);
    let untouched = cloud
        .as_deref()
        .and_then(|cloud| cloud.heads().get(usize::from(scene.head)));
    let base = untouched.map_or(0.0, |head| size(&shown_values(head.values())));
    // The first of equals: `max_by` gives the last, so it walks backwards.
    let spike = (0..values.len())
        .rev()
        .max_by(|&a, &b| values[a].abs().total_cmp(&values[b].abs()))
        .unwrap_or_default();
    let checks = checks(&single, &scoring, &choices, &heads)?;
    let askers = Askers::of(lab, &common, before)?;
    Ok(Picture {
        signed: head.value_dim() == 1,
        most: size(&values).max(base),
        base: if base > 0.0 { base } else { 1.0 },
        spike,
        values,
        cost: cost(&choices)?,
        askers,
        choices,
        heads,
        checks,
        common,
    })
}

/// A value as it is shown: the only entry, else the length.
fn shown(value: &[f64]) -> f64 {
    match value {
        [only] => *only,
        entries => entries.iter().fold(0.0_f64, |sum, entry| sum.hypot(*entry)),
    }
}

fn shown_values(values: &DMatrix<f64>) -> Vec<f64> {
    let row = |row: nalgebra::RowDVector<f64>| shown(row.as_slice());
    values.row_iter().map(|it| row(it.into_owned())).collect()
}

fn cost(choices: &SupportChoices) -> Result<Cost, Error> {
    let factors = choices.factors.map(usize::from);
    let at = |tokens: usize| cost_ratio(tokens, &factors);
    Ok(Cost {
        now: at(1 << choices.length.min(15))?,
        at_4096: at(4096)?,
        limit: mean_share(&factors)?,
    })
}

/// Cost of heads with these factors over that of as many plain ones.
pub(super) fn cost_ratio(tokens: usize, factors: &[usize]) -> Result<f64, Error> {
    let plain = vec![1; factors.len()];
    Ok(attention_cost(tokens, WIDTH, FEED_FORWARD, factors)? / attention_cost(tokens, WIDTH, FEED_FORWARD, &plain)?)
}

/// The identities of the view. Bounds are a few units in the last place for each term of the sums involved.
fn checks(
    single: &Head,
    scoring: &Scoring,
    choices: &SupportChoices,
    heads: &[Result<OneHead, Error>; 4],
) -> Result<Vec<Check>, Error> {
    let keys = single.keys();
    let dim = keys.ncols();
    // Any affine map will do: this one has no two entries alike.
    let map = DMatrix::from_fn(dim, PROJECTED, |i, j| (1.0 + (i * PROJECTED + j) as f64).cos());
    let projected = keys * &map;
    let size = keys.amax().max(projected.amax()) * dim as f64;
    let mut apart = 0.0_f64;
    for (h, head) in heads.iter().enumerate() {
        if head.is_ok() {
            let pooling = pooling(choices, h);
            let difference = pooling.pool(keys)? * &map - pooling.pool(&projected)?;
            apart = apart.max(difference.amax());
        }
    }
    let once = Pooling {
        factor: 1,
        ..pooling(choices, 0)
    };
    let one = attend_row(&once.head(single)?, scoring, 0)?;
    let plain = attend_row(single, scoring, 0)?;
    let same = zip(&one.weights, &plain.weights).fold(0.0_f64, |most, (a, b)| most.max((a - b).abs()));
    let sums = heads
        .iter()
        .flatten()
        .map(|head| row_sum_residual(&head.row.weights))
        .fold(0.0, f64::max);
    let few = f64::EPSILON * (8.0 + single.n_keys() as f64);
    Ok(vec![
        Check::new("commutes", apart, f64::EPSILON * (8.0 + dim as f64) * size),
        Check::new("one", same, few),
        Check::new("row_sum", sums, few),
    ])
}

impl Askers {
    fn of(lab: &Lab, common: &Common, before: Option<Arc<Head>>) -> Result<Self, Error> {
        let head = &*common.head;
        let paired = lab.scene.is_self_attention() && head.n_queries() == head.n_keys();
        let own = (0..head.n_keys()).find(|key| head.keys().row(*key) == head.queries().row(common.asking));
        let (framed, extra) = match own {
            _ if paired => (common.asking, 0),
            Some(key) => (key, 0),
            None => (0, 1),
        };
        if let Some(head) = before {
            return Ok(Self { head, framed, extra });
        }
        let rows = if paired { head.queries() } else { head.keys() };
        let queries = DMatrix::from_fn(extra + rows.nrows(), head.dim(), |row, column| {
            match row.checked_sub(extra) {
                Some(row) => rows[(row, column)],
                None => head.queries()[(common.asking, column)],
            }
        });
        // The maps need no values.
        let values = DMatrix::zeros(head.n_keys(), 1);
        Ok(Self {
            head: Arc::new(Head::new(queries, head.keys().clone(), values)?),
            framed,
            extra,
        })
    }
}
