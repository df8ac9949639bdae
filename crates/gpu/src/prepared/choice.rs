//! Which kernels a task gets. Those of the matrix units are tried out once on each device, on a small problem, and used
//! where they give what the portable ones give.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::Kernels;
use super::probe::{Kind, Variant};
use crate::device::{Gpu, MatrixUnits, Tier};
use crate::error::Error;
use crate::shape::{Precision, Shape};
use crate::task::Task;
use crate::wgsl::matrix::{Cut, Split, Workgroup};

/// Which kernels do something in f16.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What they do, in words: "softmax, causal, D = 64".
    pub what: String,
    /// Which they are.
    pub tier: Tier,
    /// Why they are the portable ones although there are matrix units.
    pub reason: Option<String>,
}

/// What was decided on a device.
#[derive(Debug, Default)]
pub(crate) struct Choices {
    /// A cut for every kernel, whatever the task.
    forced: Option<Cut>,
    /// Why not, where not.
    decided: Mutex<BTreeMap<Variant, Option<String>>>,
}

impl Choices {
    pub(crate) fn new(forced: Option<Cut>) -> Self {
        let decided = Mutex::default();
        Self { forced, decided }
    }
}

impl Gpu {
    /// Which kernels each mechanism gets in f16 at this shape, where there are matrix units; tries out what has not been.
    ///
    /// # Errors
    /// [`Error::Lost`] when the device does not survive it.
    pub fn choices(&self, shape: Shape) -> Result<Vec<Choice>, Error> {
        let mut choices = Vec::new();
        for task in Kind::tasks(shape) {
            let Some(variant) = self.variant(&task, Precision::F16) else {
                continue;
            };
            let reason = self.decide(variant)?;
            choices.push(Choice {
                what: variant.to_string(),
                tier: variant
                    .kernels
                    .filter(|_| reason.is_none())
                    .map_or(Tier::Portable, Kernels::tier),
                reason,
            });
        }
        Ok(choices)
    }

    /// Which kernels a task gets.
    pub(super) fn choose(&self, task: &Task, precision: Precision) -> Result<Kernels, Error> {
        let Some(variant) = self.variant(task, precision) else {
            return Ok(Kernels::Portable);
        };
        let reason = self.decide(variant)?;
        Ok(variant
            .kernels
            .filter(|_| reason.is_none())
            .unwrap_or(Kernels::Portable))
    }

    /// What a task would get, where there are matrix units for it.
    fn variant(&self, task: &Task, precision: Precision) -> Option<Variant> {
        let units = match self.report().tier(precision) {
            Tier::Portable => return None,
            Tier::Matrix(units) => units,
        };
        let kind = Kind::of(task);
        let whole = match kind {
            Kind::Rpc { several: true, .. } => self.cut_of_head(units, task.shape),
            _ => None,
        };
        let cut = whole.or_else(|| self.cut_of_rows(units, kind.split(), task.shape));
        let kernels = |cut| Kernels::Matrix {
            units,
            cut,
            whole: whole.is_some(),
        };
        Some(Variant {
            kind,
            causal: task.causal,
            dim: task.shape.dim(),
            kernels: cut.map(kernels),
        })
    }

    fn workgroup(&self) -> Workgroup {
        Workgroup {
            bytes: self.report().workgroup_bytes,
            threads: self.report().workgroup_threads,
        }
    }

    fn cut_of_rows(&self, units: MatrixUnits, split: Split, shape: Shape) -> Option<Cut> {
        let workgroup = self.workgroup();
        match self.choices.forced {
            Some(cut) => Some(cut).filter(|cut| cut.fits(units, shape.dim(), split, workgroup)),
            None => Cut::of_rows(units, shape.dim(), split, shape.queries(), workgroup),
        }
    }

    fn cut_of_head(&self, units: MatrixUnits, shape: Shape) -> Option<Cut> {
        let (dim, tokens, workgroup) = (shape.dim(), shape.keys(), self.workgroup());
        match self.choices.forced {
            Some(cut) => {
                Some(cut).filter(|cut| cut.all_rows() >= tokens && cut.fits(units, dim, Split::Nothing, workgroup))
            }
            None => Cut::of_head(units, dim, tokens, workgroup),
        }
    }

    /// Why a variant is left to the portable kernels, where it is.
    fn decide(&self, variant: Variant) -> Result<Option<String>, Error> {
        let decided = || self.choices.decided.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reason) = decided().get(&variant) {
            return Ok(reason.clone());
        }
        let reason = match variant.kernels {
            None => Some(format!(
                "no room in {} bytes of workgroup memory",
                self.report().workgroup_bytes
            )),
            Some(kernels) => match self.try_out(variant, kernels) {
                Ok(reason) => reason,
                Err(error @ Error::Lost { .. }) => return Err(error),
                Err(error) => Some(error.to_string()),
            },
        };
        decided().insert(variant, reason.clone());
        Ok(reason)
    }
}
