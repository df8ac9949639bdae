//! The kernels of a tier: what a mechanism wants of attention, as a text.

use eigenlens_core::RpcForm;

use super::stages::Maker;
use crate::device::{MatrixUnits, Tier};
use crate::shape::Precision;
use crate::wgsl::matrix::{self, Cut, Matrix, Split};
use crate::wgsl::portable::{self, Portable, ROWS};

/// Which kernels, and how they cut the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kernels {
    /// Those of workgroup memory.
    Portable,
    /// Those of the matrix units.
    Matrix {
        /// What multiplies.
        units: MatrixUnits,
        /// How the work is cut.
        cut: Cut,
        /// Whether one workgroup does all iterations of RPC-Attention of a head.
        whole: bool,
    },
}

/// What a mechanism wants of attention, whatever the tier.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Wanted {
    /// Whether keys have a bias.
    pub(super) bias: bool,
    /// Whether query i sees the keys 0 to i only.
    pub(super) causal: bool,
    /// Whether heads have numbers of keys of their own.
    pub(super) lengths: bool,
    /// What matrix units get as two numbers.
    pub(super) split: Split,
    /// What the mechanism has made.
    pub(super) made: Made,
    /// What becomes of the rows.
    pub(super) end: End,
}

/// Which tensors are not the input but made by the mechanism, which are stored as [`Kernels::made`] says.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Made {
    pub(super) query: bool,
    pub(super) key: bool,
    pub(super) value: bool,
}

/// What becomes of the rows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum End {
    /// They are the output.
    #[default]
    Output,
    /// They make the next keys of RPC-Attention.
    Next(RpcForm),
    /// They do so until the output, in one workgroup for each head; whether the queries ask.
    All(RpcForm, bool),
}

impl Kernels {
    /// Which tier they are of.
    pub(crate) fn tier(self) -> Tier {
        match self {
            Self::Portable => Tier::Portable,
            Self::Matrix { units, .. } => Tier::Matrix(units),
        }
    }

    /// How they store what a mechanism makes of its tensors: matrix units multiply f16 only.
    pub(super) fn made(self) -> Precision {
        match self {
            Self::Portable => Precision::F32,
            Self::Matrix { .. } => Precision::F16,
        }
    }

    /// Rows of zeros behind the last head of a tensor: matrices come whole, and are read past the last query and key.
    pub(super) fn tail(self) -> usize {
        match self {
            Self::Portable => 0,
            // Keys may be two numbers.
            Self::Matrix { cut, .. } => cut.all_rows().max(2 * cut.keys),
        }
    }

    /// The text of attention, and how many rows a workgroup takes.
    pub(super) fn attention(self, wanted: Wanted, of: &Maker<'_>) -> (String, usize) {
        match self {
            Self::Portable => portable(wanted, of),
            Self::Matrix { units, cut, .. } => matrix(wanted, of, units, cut),
        }
    }
}

fn portable(wanted: Wanted, of: &Maker<'_>) -> (String, usize) {
    let stored = |made: bool| if made { Kernels::Portable.made() } else { of.precision };
    let (end, rows) = match wanted.end {
        End::Output => (portable::End::Output(of.precision), ROWS),
        End::Next(form) => (portable::End::Next(form, of.precision), ROWS),
        End::All(form, asymmetric) => {
            let held = of.portable_head(form, asymmetric);
            (portable::End::All(held), of.shape.queries())
        }
    };
    let kernel = Portable {
        dim: of.shape.dim(),
        query: stored(wanted.made.query),
        key: stored(wanted.made.key),
        value: stored(wanted.made.value),
        bias: wanted.bias,
        causal: wanted.causal,
        lengths: wanted.lengths,
        end,
        workgroup_bytes: of.gpu.report().workgroup_bytes,
    };
    (kernel.wgsl(), rows)
}

fn matrix(wanted: Wanted, of: &Maker<'_>, units: MatrixUnits, cut: Cut) -> (String, usize) {
    let end = match wanted.end {
        End::Output => matrix::End::Output,
        End::Next(form) => matrix::End::Next(form),
        End::All(form, asymmetric) => matrix::End::All(form, asymmetric),
    };
    let kernel = Matrix {
        units,
        cut,
        dim: of.shape.dim(),
        bias: wanted.bias,
        causal: wanted.causal,
        lengths: wanted.lengths,
        split: wanted.split,
        end,
        alone: !of.gpu.report().software,
    };
    (kernel.wgsl(), cut.all_rows())
}
