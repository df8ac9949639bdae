//! Matrices and lists of numbers out of a file, for work that knows no queries, keys or values.

use nalgebra::DMatrix;

use crate::table::TABLE;
use crate::{Error, Format, Tensor, TensorFile};

/// The name of the matrix in a file that has names.
const MATRIX: &str = "matrix";

/// Reads the matrix of a file: the tensor `matrix` of shape [N, D], all of a CSV table that has no columns of that
/// name, the only array of a npy file. The numbers must be finite.
///
/// The format is what the extension of `name` says, as in [`TensorFile::read`].
pub fn read_matrix(name: &str, bytes: impl Into<Vec<u8>>) -> Result<DMatrix<f64>, Error> {
    let format = Format::of_name(name)?;
    // An array on its own has the name of its file.
    let file = TensorFile::read(if format == Format::Npy { "matrix.npy" } else { name }, bytes)?;
    let is_plain = format == Format::Csv && file.contains(TABLE) && !file.contains(MATRIX);
    matrix(&file, if is_plain { TABLE } else { MATRIX })
}

/// A tensor of shape [N, D] as a matrix. The numbers must be finite.
pub fn matrix(file: &TensorFile, name: &str) -> Result<DMatrix<f64>, Error> {
    let tensor = file.peek(name)?;
    tensor.require_finite(name)?;
    tensor.matrix(name)
}

/// A tensor of shape `[N]` or `[N, 1]` as a list. The numbers must be finite.
pub fn list(file: &TensorFile, name: &str) -> Result<Vec<f64>, Error> {
    let tensor = file.peek(name)?;
    tensor.require_finite(name)?;
    match tensor.shape() {
        [_] | [_, 1] => Ok(tensor.data().to_vec()),
        shape => Err(Error::Shape {
            tensor: name.to_owned(),
            expected: "[N] or [N, 1]".to_owned(),
            found: shape.to_vec(),
        }),
    }
}

impl Tensor {
    /// A tensor of shape [N, D] with the entries of a matrix. `name` is for the message.
    pub fn of_matrix(name: &str, matrix: &DMatrix<f64>) -> Result<Self, Error> {
        // The elements of the transpose in column order are those of the matrix in row order.
        let data = matrix.transpose().as_slice().to_vec();
        Self::new(name, vec![matrix.nrows(), matrix.ncols()], data)
    }

    /// The matrix of a tensor of shape [N, D].
    pub(crate) fn matrix(&self, name: &str) -> Result<DMatrix<f64>, Error> {
        match *self.shape() {
            [rows, columns] => Ok(DMatrix::from_row_slice(rows, columns, self.data())),
            _ => Err(Error::Shape {
                tensor: name.to_owned(),
                expected: "[N, D]".to_owned(),
                found: self.shape().to_vec(),
            }),
        }
    }
}
