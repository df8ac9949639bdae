//! `--device gpu`: attention over the values of a head and over all that chance gives for them, through the fused kernel.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use eigenlens::lab::claims::Outputs;
use eigenlens_core::Head;
use eigenlens_gpu::{Gpu, Mechanism, OpenOptions, Precision, Problem, Shape, Task, Tensors};
use nalgebra::DMatrix;

use super::Error;
use crate::cli::attend::gpu::by_row;

/// How many values go to the device at once: what one head's queries and keys are repeated for.
const TOGETHER: usize = 64;

/// The share up to which the squared length of an output in f32 is right: twice the 2e-6 that the kernels keep to for a
/// whole head, and room for a row that is shorter than the others.
const ROUNDING: f64 = 1e-5;

/// An open device. The heads take turns; what the cores test goes on meanwhile.
pub(super) struct Attention<'a> {
    gpu: Mutex<Gpu>,
    input: &'a Path,
}

impl<'a> Attention<'a> {
    /// Opens it for the heads of a file.
    pub(super) fn open(input: &'a Path) -> Result<Self, Error> {
        Ok(Self {
            gpu: Mutex::new(Gpu::open_now(OpenOptions::default())?),
            input,
        })
    }

    /// Softmax attention of a head over each of these values.
    pub(super) fn outputs(&self, head: &Head, values: &[DMatrix<f64>]) -> Result<Outputs, Error> {
        let (has, needs) = (head.value_dim(), head.dim());
        if has != needs {
            let path = self.input.to_owned();
            return Err(Error::ValueDim { path, has, needs });
        }
        let parts = values.chunks(TOGETHER).map(|values| self.attend(head, values));
        let all: Vec<Vec<DMatrix<f64>>> = parts.collect::<Result<_, _>>().map_err(|source| Error::Device {
            path: self.input.to_owned(),
            source,
        })?;
        Ok(Outputs {
            all: all.into_iter().flatten().collect(),
            rounding: ROUNDING,
        })
    }

    /// Values as the heads of one layer, all with the same queries and keys.
    fn attend(&self, head: &Head, values: &[DMatrix<f64>]) -> Result<Vec<DMatrix<f64>>, eigenlens_gpu::Error> {
        let (n_queries, dim) = head.queries().shape();
        let repeated = |matrix: &DMatrix<f64>| {
            let rows: Vec<f32> = by_row(matrix).collect();
            rows.repeat(values.len())
        };
        let tensors = Tensors {
            query: repeated(head.queries()),
            key: repeated(head.keys()),
            value: values.iter().flat_map(by_row).collect(),
            previous: Vec::new(),
        };
        let task = Task {
            shape: Shape::with_queries(1, values.len(), n_queries, head.n_keys(), dim)?,
            mechanism: Mechanism::Softmax,
            temperature: None,
            causal: false,
        };
        let problem = Problem::new(task, tensors, Precision::F32)?;
        let gpu = self.gpu.lock().unwrap_or_else(PoisonError::into_inner);
        let output = pollster::block_on(async {
            let prepared = gpu.prepare(&problem)?;
            prepared.finish().await?;
            prepared.output().await
        })?;
        let of_values = output.chunks_exact((n_queries * dim).max(1));
        Ok(of_values
            .map(|output| DMatrix::from_row_iterator(n_queries, dim, output.iter().map(|&x| f64::from(x))))
            .collect())
    }
}
