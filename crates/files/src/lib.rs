//! Clouds and tensors in and out of files: safetensors, npz, npy, CSV and JSON.
//!
//! [`TensorFile::read`] gives a map from names to tensors that are decoded when they are asked for, so that a file may
//! hold anything beside what is needed. [`cloud`] takes `query`, `key` and `value` of it, [`previous_values`] and
//! [`metrics`] what may stand beside them, [`matrix`] and [`list`] a tensor by its name; [`read_matrix`] reads a file as
//! one matrix. [`TensorFile::write`] is the way back; numbers keep their bits.
//!
//! A file that cannot be read gives an [`Error`] that names the part, the place, what was expected and what was found.
//! No input makes it panic, and none makes it use memory out of proportion to what it is given.

mod cloud;
mod error;
mod file;
mod format;
mod groups;
mod json;
mod matrix;
mod npy;
mod npz;
pub mod page;
mod safetensors;
mod table;
mod tensor;
#[cfg(target_arch = "wasm32")]
pub mod web;

pub use cloud::{Needs, Rank, cloud, hash, metrics, previous_values, read_cloud_for_board, tensors};
pub use error::{Error, Index, Place};
pub use file::TensorFile;
pub use format::Format;
pub use groups::{HeadGroup, head_groups};
pub use matrix::{list, matrix, read_matrix};
pub use tensor::Tensor;
