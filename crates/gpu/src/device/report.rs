//! What an adapter is, and which kernels it can run.

use std::fmt;

use crate::error::Error;
use crate::shape::Precision;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The adapter's name.
    pub adapter: String,
    /// "Vulkan", "Metal", "DX12" or "WebGPU".
    pub backend: String,
    /// The driver and its version; empty where it is not told.
    pub driver: String,
    /// Whether it is a program that runs on the CPU.
    pub software: bool,
    /// Bytes of its own memory, where that is told.
    pub memory: Option<u64>,
    /// Bytes that one buffer may have.
    pub buffer_bytes: u64,
    /// Bytes of one buffer that a kernel may see.
    pub binding_bytes: u64,
    /// Bytes that the threads of a workgroup share.
    pub workgroup_bytes: u32,
    /// How many threads a workgroup may have.
    pub workgroup_threads: u32,
    /// Threads of a subgroup, least and most; equal where that is certain.
    pub subgroup: (u32, u32),
    /// Whether shaders have 16-bit floats.
    pub f16: bool,
    /// Whether passes can be timed.
    pub timestamps: bool,
    /// Products of square f16 matrices with f32 sums, by a subgroup.
    pub matrix_units: Option<MatrixUnits>,
}

/// Products of matrices in hardware: `tile`×`tile`×`tile`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MatrixUnits {
    /// 8 or 16.
    pub tile: u32,
    /// Threads that work on one product.
    pub subgroup: u32,
}

/// Which kernels run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Workgroup memory only: any GPU, and the browser.
    Portable,
    /// Cooperative matrices.
    Matrix(MatrixUnits),
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Portable => f.write_str("portable"),
            Self::Matrix(units) => write!(f, "matrix units {0}×{0}×{0}", units.tile),
        }
    }
}

impl Report {
    /// Which kernels a precision gets: matrix units sum products of f16 only.
    pub fn tier(&self, precision: Precision) -> Tier {
        match (precision, self.matrix_units) {
            (Precision::F16, Some(units)) => Tier::Matrix(units),
            _ => Tier::Portable,
        }
    }

    /// Refuses a precision that the adapter does not have.
    pub(crate) fn check(&self, precision: Precision) -> Result<(), Error> {
        if precision == Precision::F16 && !self.f16 {
            let adapter = self.adapter.clone();
            return Err(Error::NoF16 { adapter });
        }
        Ok(())
    }
}
