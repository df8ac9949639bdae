//! A problem on a device: its tensors in buffers, and the kernels that go over them one after the other.

mod buffers;
mod stages;

use std::ops::Range;

use crate::device::{Gpu, Tier};
use crate::error::Error;
use crate::shape::{DIMS, Precision};
use crate::task::{Mechanism, Problem, Task};

pub(crate) use stages::Stage;

/// A problem whose tensors are on the device.
#[derive(Debug)]
pub struct Prepared<'gpu> {
    pub(crate) gpu: &'gpu Gpu,
    pub(crate) task: Task,
    pub(crate) precision: Precision,
    tier: Tier,
    bytes: u64,
    pub(crate) parts: Vec<Part>,
}

/// Some of the heads: as many as fit into one buffer.
#[derive(Debug)]
pub(crate) struct Part {
    /// Which of the B·H heads.
    pub(crate) heads: Range<usize>,
    /// In order.
    pub(crate) stages: Vec<Stage>,
    /// `[heads, N_q, D]`.
    pub(crate) output: wgpu::Buffer,
}

impl Gpu {
    /// Whether a task fits the device, before there are tensors.
    ///
    /// # Errors
    /// [`Error::Dim`], [`Error::NoF16`]; [`Error::TooLarge`] when the tensors need more memory than there is, or a head
    /// more than a buffer may have.
    pub fn check_task(&self, task: &Task, precision: Precision) -> Result<(), Error> {
        let shape = task.shape;
        if !DIMS.contains(&shape.dim()) {
            return Err(Error::Dim { dim: shape.dim() });
        }
        let report = self.report();
        report.check(precision)?;
        let needs = bytes(task, precision);
        if let Some(has) = report.memory.map(u128::from)
            && needs > has
        {
            return Err(Error::TooLarge {
                what: "the shape",
                needs,
                has,
                holder: report.adapter.clone(),
            });
        }
        self.heads_of_part(task, precision).map(drop)
    }

    /// Brings a problem to the device and compiles its kernels.
    ///
    /// # Errors
    /// As [`Gpu::check_task`]; [`Error::Refused`] and [`Error::Lost`].
    pub fn prepare(&self, problem: &Problem) -> Result<Prepared<'_>, Error> {
        let (task, precision) = (problem.task(), problem.precision());
        self.check_task(task, precision)?;
        let heads_of_part = self.heads_of_part(task, precision)?;
        let all_heads = task.shape.all_heads();
        let mut parts = Vec::new();
        for first in (0..all_heads).step_by(heads_of_part) {
            let heads = first..all_heads.min(first + heads_of_part);
            parts.push(stages::part(self, problem, heads)?);
        }
        self.check("the tensors")?;
        Ok(Prepared {
            gpu: self,
            task: task.clone(),
            precision,
            tier: Tier::Portable,
            bytes: u64::try_from(bytes(task, precision)).unwrap_or(u64::MAX),
            parts,
        })
    }

    /// How many heads have their tensors in one buffer each.
    fn heads_of_part(&self, task: &Task, precision: Precision) -> Result<usize, Error> {
        let shape = task.shape;
        let report = self.report();
        let has = report.buffer_bytes.min(report.binding_bytes);
        let number = if holds_f32(task) { Precision::F32 } else { precision };
        let rows = shape.queries().max(shape.keys());
        let needs = (rows * shape.dim() * number.bytes()) as u64;
        match usize::try_from(has / needs) {
            Ok(heads) if heads > 0 => Ok(heads),
            _ => Err(Error::TooLarge {
                what: "one head",
                needs: needs.into(),
                has: has.into(),
                holder: format!("a buffer of {}", report.adapter),
            }),
        }
    }
}

impl Prepared<'_> {
    /// What is computed.
    pub fn task(&self) -> &Task {
        &self.task
    }

    /// How it is stored.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Which kernels do it.
    pub fn tier(&self) -> Tier {
        self.tier
    }

    /// Bytes of all tensors on the device.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

/// Whether a mechanism keeps keys of its own, which are f32 whatever the precision of the input.
fn holds_f32(task: &Task) -> bool {
    matches!(task.mechanism, Mechanism::Rpc(_) | Mechanism::Sh(_))
}

/// Bytes of all tensors: what is read, the output, and what the mechanism keeps.
fn bytes(task: &Task, precision: Precision) -> u128 {
    let shape = task.shape;
    let (queries, keys) = (shape.query_len() as u128, shape.key_len() as u128);
    let kept = match &task.mechanism {
        Mechanism::Rpc(rpc) => keys * if rpc.iterations > 1 { 3 } else { 2 },
        Mechanism::Sh(_) => 2 * keys,
        Mechanism::Smoother => keys / shape.dim() as u128,
        _ => 0,
    };
    let read = match &task.mechanism {
        Mechanism::Rpc(rpc) if !rpc.asymmetric => 2 * keys,
        Mechanism::Elliptical(crate::Metric::Estimated { .. }) => queries + 3 * keys,
        _ => queries + 2 * keys,
    };
    (read + queries) * precision.bytes() as u128 + kept * 4
}
