//! What is shown of what was measured: one line for each mechanism at the chosen size, and one point for each size.

use std::sync::Arc;

use eigenlens_gpu::{Deviation, Kind, Results, Row};

use crate::lab::FullSizeChoices;
use crate::lab::full_size::{Measured, Tokens};

/// Shares of spikes that count as the same.
const SAME_SHARE: f64 = 1e-6;

/// A mechanism at the chosen size. Everything that is none was not measured.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Line {
    /// Milliseconds of one pass by the GPU, the CPU and PyTorch.
    pub(super) ms: [Option<f64>; 3],
    /// Which kernel was the fastest, as in "matrix units 16".
    pub(super) kernel: String,
    /// 10¹² operations a second, by that kernel.
    pub(super) tflops: Option<f64>,
    pub(super) error: Option<Deviation>,
    pub(super) peak_bytes: Option<u64>,
    /// `‖o_noisy − o‖/‖o‖` under the chosen noise.
    pub(super) moved: Option<f64>,
    /// Share of the work that the CPU did; the time of the rest is reckoned.
    pub(super) cpu_share: f64,
    /// Who failed and why, as in "PyTorch, eager: out of memory".
    pub(super) failure: Option<String>,
}

/// Of [`Line::ms`].
pub(super) const GPU: usize = 0;
pub(super) const CPU: usize = 1;
pub(super) const TORCH: usize = 2;

impl Line {
    /// How many times as fast as the GPU's another time is slow.
    pub(super) fn ratio(&self, other: usize) -> Option<f64> {
        let [gpu, ..] = self.ms;
        Some(self.ms.get(other).copied()?? / gpu?)
    }
}

/// A size on the path of the roofline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spot {
    pub(super) tokens: Tokens,
    /// Operations for each byte of the tensors, each read or written once.
    pub(super) intensity: f64,
    pub(super) tflops: f64,
}

/// Lengths `[B, H, N, D]`.
pub(super) type Lengths = [usize; 4];

/// What is shown.
pub(super) struct Picture {
    pub(super) choices: FullSizeChoices,
    /// The size: the chosen one, or what it was reduced to where it was measured.
    pub(super) shape: Lengths,
    /// Where it was measured; none where nothing was.
    pub(super) of: Option<Arc<Results>>,
    /// Where PyTorch's times come from, where that is elsewhere.
    pub(super) torch_of: Option<Arc<Results>>,
    /// It was measured here.
    pub(super) own: bool,
    /// In the order of [`Measured::ALL`].
    pub(super) lines: [Line; 6],
    pub(super) path: Vec<Spot>,
}

impl Picture {
    /// The picture of what was measured here, where it is wanted and something was, else of what is replayed. `ran` says to
    /// what the sizes of runs were reduced.
    pub(super) fn new(
        choices: FullSizeChoices,
        own: Option<&Arc<Results>>,
        replayed: Option<&Arc<Results>>,
        ran: &[(Tokens, Lengths)],
    ) -> Self {
        let of = own.or(replayed);
        let torch_of = own.and(replayed);
        let [here, elsewhere] = [of, torch_of].map(|results| results.map_or(&[][..], |results| &results.rows));
        let ran = if own.is_some() { ran } else { &[] };
        let shape = measured_shape(here, choices.tokens, ran);
        let lines = Measured::ALL.map(|measured| line(choices, (shape, measured), here, elsewhere));
        let torch_of = torch_of.filter(|_| lines.iter().any(|line| line.ms[TORCH].is_some()));
        let spot = |tokens| spot(choices, tokens, measured_shape(here, tokens, ran), here);
        Self {
            choices,
            shape,
            of: of.cloned(),
            torch_of: torch_of.cloned(),
            own: own.is_some(),
            lines,
            path: Tokens::ALL.into_iter().filter_map(spot).collect(),
        }
    }

    /// The mechanism that stands out.
    pub(super) fn line(&self) -> &Line {
        let at = usize::from(self.choices.measured.code());
        self.lines.get(at).unwrap_or(&self.lines[0])
    }

    /// Whether less was measured than was chosen.
    pub(super) fn is_reduced(&self) -> bool {
        self.shape != self.choices.tokens.shape()
    }
}

/// The size at which rows of these tokens were measured: their own, what a run here reduced it to, or the largest of the
/// rows that are this size reduced; where there is none, their own.
fn measured_shape(rows: &[Row], tokens: Tokens, ran: &[(Tokens, Lengths)]) -> Lengths {
    let whole = tokens.shape();
    if rows.iter().any(|row| row.shape == whole) {
        return whole;
    }
    let here = ran.iter().rev().find(|(of, _)| *of == tokens);
    let reduced = rows
        .iter()
        .map(|row| row.shape)
        .filter(|shape| reduced_from(*shape) == Some(tokens));
    let largest = reduced.max_by_key(|[batch, heads, n, _]| (*n, batch * heads));
    here.map(|(_, shape)| *shape).or(largest).unwrap_or(whole)
}

/// The tokens whose size this is a reduced form of: fewer batches, fewer heads, half of the tokens again and again. Of
/// several the nearest.
fn reduced_from(shape: Lengths) -> Option<Tokens> {
    let halvings = |tokens: Tokens| {
        let whole = tokens.shape();
        let fits = std::iter::zip(shape, whole).all(|(length, whole)| 0 < length && length <= whole);
        let [_, _, n, dim] = shape;
        let halvings = (0..16).find(|halvings| whole[2] >> halvings == n)?;
        (fits && dim == whole[3]).then_some(halvings)
    };
    let all = Tokens::ALL
        .into_iter()
        .filter_map(|tokens| Some((halvings(tokens)?, tokens)));
    all.min_by_key(|(halvings, _)| *halvings).map(|(_, tokens)| tokens)
}

/// Rows of a mechanism at a size that were measured by one kind of implementation.
fn of(
    rows: &[Row],
    choices: FullSizeChoices,
    (shape, measured, kind): (Lengths, Measured, Kind),
) -> impl Iterator<Item = &Row> {
    rows.iter().filter(move |row| {
        row.shape == shape
            && row.mechanism == measured.key()
            && row.passes == measured.passes()
            && !row.causal
            && row.by.kind == kind
            // The CPU computes in f32, whatever the tensors are stored in.
            && (kind == Kind::Cpu || row.precision == choices.storage.name())
    })
}

fn ms(row: &Row) -> Option<f64> {
    row.time.map(|time| time.median_ms)
}

/// The fastest of some rows; the first of those that have no time.
fn fastest<'a>(rows: &mut dyn Iterator<Item = &'a Row>) -> Option<&'a Row> {
    rows.reduce(|best, row| match (ms(best), ms(row)) {
        (Some(least), Some(ms)) if ms < least => row,
        (None, Some(_)) => row,
        _ => best,
    })
}

fn line(choices: FullSizeChoices, (shape, measured): (Lengths, Measured), here: &[Row], elsewhere: &[Row]) -> Line {
    let at = |kind| (shape, measured, kind);
    let gpu = fastest(&mut of(here, choices, at(Kind::Gpu)));
    // What is compared is of the same inputs; another file may have drawn others.
    let same = |row: &&Row| gpu.is_none_or(|gpu| gpu.is_same_task(row));
    let best = |kind| fastest(&mut of(here, choices, at(kind)).filter(same));
    let cpu = best(Kind::Cpu);
    let torch = best(Kind::Torch).or_else(|| fastest(&mut of(elsewhere, choices, at(Kind::Torch))));
    let share = f64::from(choices.spikes.percent()) / 100.0;
    let failures = |kind| {
        let rows = of(here, choices, at(kind)).chain(of(elsewhere, choices, at(kind)));
        rows.filter(|row| row.time.is_none()).find_map(|row| {
            let who = match kind {
                Kind::Gpu => "The GPU",
                Kind::Cpu => "The CPU",
                Kind::Torch => "PyTorch",
            };
            let failure = row.failure.as_ref()?;
            Some(format!("{who}, {}: {}", row.by.name, failure.trim_end_matches('.')))
        })
    };
    Line {
        ms: [gpu, cpu, torch].map(|row| row.and_then(ms)),
        kernel: gpu.map(|row| row.by.name.clone()).unwrap_or_default(),
        tflops: gpu.and_then(|row| row.tflops),
        error: gpu.and_then(|row| row.error),
        peak_bytes: gpu.and_then(|row| row.peak_bytes),
        moved: of(here, choices, at(Kind::Gpu))
            .filter_map(|row| row.moved)
            .find(|moved| (moved.share - share).abs() < SAME_SHARE)
            .map(|moved| moved.relative),
        cpu_share: cpu.and_then(|row| row.time).map_or(1.0, |time| time.share),
        failure: [Kind::Gpu, Kind::Torch, Kind::Cpu].into_iter().find_map(failures),
    }
}

fn spot(choices: FullSizeChoices, tokens: Tokens, shape: Lengths, rows: &[Row]) -> Option<Spot> {
    let row = fastest(&mut of(rows, choices, (shape, choices.measured, Kind::Gpu)))?;
    let tflops = row.tflops?;
    Some(Spot {
        tokens,
        intensity: tflops * 1e9 * ms(row)? / tensor_bytes(choices, shape),
        tflops,
    })
}

/// Bytes of queries, keys, values and output.
pub(super) fn tensor_bytes(choices: FullSizeChoices, shape: Lengths) -> f64 {
    let entries: f64 = shape.into_iter().map(|length| length as f64).product();
    4.0 * entries * choices.storage.bytes() as f64
}

/// Operations in the products of matrices: `4·B·H·N²·D` for each pass. Attention-SH has fewer, as its heads choose.
pub(super) fn operations(shape: Lengths, measured: Measured) -> f64 {
    let [batch, heads, tokens, dim] = shape.map(|length| length as f64);
    4.0 * batch * heads * tokens * tokens * dim * measured.passes() as f64
}

/// [`operations`] in 10¹².
pub(super) fn work(shape: Lengths, measured: Measured) -> f64 {
    1e-12 * operations(shape, measured)
}

/// Bytes of the score matrices of all heads, in numbers of 4 bytes.
pub(super) fn score_bytes(shape: Lengths) -> f64 {
    let [batch, heads, tokens, _] = shape.map(|length| length as f64);
    4.0 * batch * heads * tokens * tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reduced_size_belongs_to_the_nearest_choice() {
        for (shape, tokens) in [
            ([64, 6, 197, 64], Some(Tokens::Deit)),
            ([1, 3, 197, 64], Some(Tokens::Deit)),
            ([1, 12, 1024, 64], Some(Tokens::Gpt2)),
            ([1, 1, 256, 64], Some(Tokens::Gpt2)),
            ([1, 1, 4096, 128], Some(Tokens::Long4k)),
            ([1, 1, 2048, 128], Some(Tokens::Long4k)),
            ([1, 4, 8192, 128], Some(Tokens::Long8k)),
            ([1, 4, 16_384, 128], Some(Tokens::Long32k)),
            ([32, 16, 4096, 128], None),
            ([1, 1, 1000, 64], None),
            ([1, 1, 1024, 32], None),
            ([0, 1, 1024, 64], None),
        ] {
            assert_eq!(reduced_from(shape), tokens, "{shape:?}");
        }
    }
}
