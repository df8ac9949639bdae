//! What was measured, as it is saved in `results/<adapter>.json`, shared as a file, and replayed where there is no GPU.

use serde::{Deserialize, Serialize};

/// The version of the format that is written.
pub const RESULTS_VERSION: u32 = 1;

/// Everything that was measured on one machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// Of the format.
    pub version: u32,
    /// Where.
    pub machine: Machine,
    /// What the machine can do at most, where it was measured.
    pub ceilings: Ceilings,
    /// One for each shape, mechanism, precision and implementation.
    pub rows: Vec<Row>,
}

impl Results {
    /// Operations of a row over those of the loop that bounds it, of matrices where they did the work, else of
    /// multiplications with additions; none for what is not a kernel of this crate.
    pub fn share_of_peak(&self, row: &Row) -> Option<f64> {
        if row.by.kind != Kind::Gpu {
            return None;
        }
        let loop_tflops = if row.by.name.starts_with("matrix") {
            self.ceilings.matrix_tflops
        } else {
            self.ceilings.fma_tflops
        };
        Some(row.tflops? / loop_tflops?)
    }

    /// How many times faster a row is than the CPU path on the same task, which computes in f32 whatever is stored.
    pub fn speed_against_cpu(&self, row: &Row) -> Option<f64> {
        let cpu = self
            .rows
            .iter()
            .find(|other| other.by.kind == Kind::Cpu && other.is_same_task(row))?;
        Some(cpu.time?.median_ms / row.time?.median_ms)
    }
}

/// Where it was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Machine {
    /// The adapter's name; without a GPU "none".
    pub adapter: String,
    /// "Vulkan", "Metal", "DX12", "WebGPU".
    pub backend: String,
    /// The driver with its version.
    pub driver: String,
    /// Whether the adapter is a program that runs on the CPU.
    pub software: bool,
    /// Bytes of the adapter's own memory, where that is told.
    #[serde(default)]
    pub memory_bytes: Option<u64>,
    /// Cores that the CPU path used.
    pub cpu_cores: usize,
    /// `PyTorch`'s version with its device, where it ran.
    pub torch: Option<String>,
    /// `YYYY-MM-DD`.
    pub date: String,
}

/// What the machine can do at most.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Ceilings {
    /// A loop of f32 multiplications with additions, in 10¹² operations a second.
    pub fma_tflops: Option<f64>,
    /// A loop of products of f16 matrices with f32 sums, in 10¹² operations a second.
    pub matrix_tflops: Option<f64>,
    /// Copying, bytes read and bytes written, in 10⁹ bytes a second.
    pub copy_gbps: Option<f64>,
    /// Bytes of memory that the adapter offers to one tensor.
    pub binding_bytes: Option<u64>,
}

/// One measurement, or the reason why there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// `[B, H, N, D]`.
    pub shape: [usize; 4],
    /// As on the command line: "softmax", "rpc".
    pub mechanism: String,
    /// Passes over all pairs of tokens: n of RPC-Attention, else 1.
    pub passes: usize,
    /// Whether nobody looks ahead.
    pub causal: bool,
    /// "f32" or "f16".
    pub precision: String,
    /// Standard deviation of the logits of the inputs.
    pub logit_std: f64,
    /// Of the inputs.
    pub seed: u64,
    /// Who computed.
    pub by: Implementation,
    /// How long it took; none where it failed.
    pub time: Option<Time>,
    /// Operations in the products of matrices, in 10¹² a second.
    pub tflops: Option<f64>,
    /// Against f64 on rows that were drawn.
    pub error: Option<Deviation>,
    /// Bytes that the tensors and what the kernel needs took together.
    pub peak_bytes: Option<u64>,
    /// How far noise moved the output.
    pub moved: Option<Moved>,
    /// Why there is no time: "out of memory: needs 275 GB, has 141 GB".
    pub failure: Option<String>,
}

impl Row {
    /// Whether the other row is of the same mechanism on the same inputs, stored in whatever precision.
    pub fn is_same_task(&self, other: &Self) -> bool {
        let task = |row: &Self| (row.shape, row.passes, row.causal, row.seed);
        task(self) == task(other) && self.mechanism == other.mechanism && self.logit_std == other.logit_std
    }
}

/// Who computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Implementation {
    /// On what, and whose.
    pub kind: Kind,
    /// Which one: "portable", "matrix units 16", "sdpa flash", "eager", "compiled".
    pub name: String,
}

/// On what, and whose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A kernel of this crate.
    Gpu,
    /// The CPU path of this crate.
    Cpu,
    /// `PyTorch`.
    Torch,
}

/// Milliseconds of one pass over the task, all iterations together.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Time {
    /// The least.
    pub min_ms: f64,
    /// The median.
    pub median_ms: f64,
    /// Nine of ten are below it.
    pub p90_ms: f64,
    /// How many were taken.
    pub samples: usize,
    /// From submitting one dispatch until it is known to be done, on the clock.
    pub latency_ms: Option<f64>,
    /// Share of the work that was done; the time of the rest is reckoned in proportion.
    #[serde(default = "all")]
    pub share: f64,
}

fn all() -> f64 {
    1.0
}

/// Against f64.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Deviation {
    /// `‖o − o₆₄‖/‖o₆₄‖`, the largest of a head.
    pub relative: f64,
    /// `max |o − o₆₄|`.
    pub largest: f64,
    /// What the relative one must not exceed.
    pub tolerance: f64,
    /// How many rows were compared.
    pub rows: usize,
    /// Whether three runs gave the same bits.
    pub repeatable: Option<bool>,
}

impl Deviation {
    /// Whether it is no more than it may be.
    pub fn is_within(&self) -> bool {
        self.relative <= self.tolerance
    }
}

/// How far noise moved the output: the same inputs with spikes on some entries of the keys.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    /// Share of the entries that got a spike.
    pub share: f64,
    /// Size of a spike, in standard deviations of an entry.
    pub size: f64,
    /// `‖o_noisy − o‖/‖o‖`.
    pub relative: f64,
}
