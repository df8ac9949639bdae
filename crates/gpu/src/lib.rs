//! The mechanisms of `eigenlens-core` at full size: fused kernels on wgpu (Vulkan, Metal, DX12, the browser's WebGPU), and
//! the same on all cores of the CPU in f32. No score matrix of N×N numbers ever exists in memory.
//!
//! - [`Shape`], [`Precision`], [`Mechanism`], [`Task`], [`Tensors`], [`Problem`]: what is to be computed, checked.
//! - [`Inputs`], [`Noise`]: tensors from a seed, the same bits in every language.
//! - [`Reference`]: what the output has to be, in f64, on rows that are drawn; how far an output is from it.
//! - `cpu::attend`: every mechanism on all cores.
//! - `Gpu`: an open device, `Prepared` a problem on it, `Running` a run as a stepper.
//! - `measure`, `run_suite`: how long it takes, how right it is, how far noise moves it.
//! - [`Results`]: what was measured, as it is saved and replayed.
//! - [`Error`]: every function gives finite numbers or says what is at fault. Nothing panics.
//!
//! The feature `device` (on by default) brings what computes; without it the crate is what is asked for, what was measured,
//! and why not.

#[cfg(feature = "device")]
mod ceilings;
#[cfg(feature = "device")]
mod cores;
#[cfg(feature = "device")]
pub mod cpu;
#[cfg(feature = "device")]
mod device;
mod error;
#[cfg(feature = "device")]
mod inputs;
#[cfg(feature = "device")]
mod measure;
#[cfg(feature = "device")]
mod pipelines;
#[cfg(feature = "device")]
mod prepared;
#[cfg(feature = "device")]
mod reference;
mod request;
mod results;
#[cfg(feature = "device")]
mod run;
mod shape;
mod task;
#[cfg(feature = "device")]
mod timing;
#[cfg(all(feature = "device", target_arch = "wasm32"))]
mod web;
#[cfg(feature = "device")]
mod wgsl;

#[cfg(feature = "device")]
pub use device::{Gpu, MatrixUnits, OpenOptions, Report, Tier};
pub use error::{EntryBound, Error, Place};
#[cfg(feature = "device")]
pub use inputs::{Inputs, Noise};
#[cfg(feature = "device")]
pub use measure::{
    Case, Effort, Listener, MEASURED, SHAPES, Step, Watch, machine, measure, measure_on_cpu, reduced, run_suite,
};
#[cfg(feature = "device")]
pub use prepared::{Choice, Prepared};
#[cfg(feature = "device")]
pub use reference::{Reference, RowOf, spread_rows, support_agreement, tolerance};
pub use request::{Event, Request};
pub use results::{Ceilings, Deviation, Implementation, Kind, Machine, Moved, RESULTS_VERSION, Results, Row, Time};
#[cfg(feature = "device")]
pub use run::{Progress, Running};
pub use shape::{DIMS, Precision, Shape};
pub use task::{Mechanism, Metric, Problem, Rpc, Task, Tensors};
#[cfg(feature = "device")]
pub use wgsl::matrix::Cut;
