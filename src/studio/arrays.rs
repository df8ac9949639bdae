//! The arrays behind a picture, by name, and the files that hold them.

use eigenlens_files::{Format, Tensor, TensorFile};
use nalgebra::DMatrix;

use super::Error;

/// A named array in C order: a list or a matrix.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Its name, as in `weights`.
    pub name: &'static str,
    /// The length of each axis: one or two.
    pub shape: Vec<usize>,
    /// The numbers, the last axis fastest; all finite.
    pub data: Vec<f64>,
}

/// Named arrays in the order of their telling.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arrays(Vec<Array>);

impl Arrays {
    /// The arrays.
    pub fn all(&self) -> &[Array] {
        &self.0
    }

    /// Adds a single number, as an array of one.
    pub(crate) fn number(&mut self, name: &'static str, number: f64) {
        self.list(name, [number]);
    }

    /// Adds a list. An empty one, and one with an entry that is no number, is left out: there is nothing to say of it.
    pub(crate) fn list(&mut self, name: &'static str, numbers: impl IntoIterator<Item = f64>) {
        let data: Vec<f64> = numbers.into_iter().collect();
        self.add(name, vec![data.len()], data);
    }

    /// Adds a matrix, rows first; see [`Arrays::list`] for what is left out.
    pub(crate) fn matrix(&mut self, name: &'static str, matrix: &DMatrix<f64>) {
        let data = matrix.transpose().as_slice().to_vec();
        self.add(name, vec![matrix.nrows(), matrix.ncols()], data);
    }

    fn add(&mut self, name: &'static str, shape: Vec<usize>, data: Vec<f64>) {
        let taken = self.0.iter().any(|array| array.name == name);
        if !taken && !data.is_empty() && data.iter().all(|number| number.is_finite()) {
            self.0.push(Array { name, shape, data });
        }
    }

    /// A row for each number: the array, the indices from 0 (the second is empty in a list), the number in full.
    pub fn to_csv(&self) -> String {
        let mut text = "array,row,column,value\r\n".to_owned();
        for Array { name, shape, data } in &self.0 {
            let wide = shape.get(1).copied();
            for (at, number) in data.iter().enumerate() {
                let line = match wide {
                    Some(wide) => format!("{name},{},{},{number}\r\n", at / wide.max(1), at % wide.max(1)),
                    None => format!("{name},{at},,{number}\r\n"),
                };
                text.push_str(&line);
            }
        }
        text
    }

    /// As numpy reads them with `numpy.load`.
    pub fn to_npz(&self) -> Result<Vec<u8>, Error> {
        let mut file = TensorFile::new();
        for Array { name, shape, data } in &self.0 {
            file.insert(*name, Tensor::new(name, shape.clone(), data.clone())?);
        }
        Ok(file.write(Format::Npz)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_written_row_by_row_and_read_back() -> Result<(), Error> {
        let mut arrays = Arrays::default();
        arrays.matrix("m", &DMatrix::from_row_slice(2, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 0.1]));
        arrays.list("l", [-1e-300]);
        arrays.list("none", []);
        arrays.list("broken", [f64::NAN]);
        arrays.matrix("m", &DMatrix::zeros(1, 1));
        let names: Vec<_> = arrays.all().iter().map(|array| array.name).collect();
        assert_eq!(names, ["m", "l"]);
        let csv = arrays.to_csv();
        let lines: Vec<_> = csv.lines().collect();
        assert_eq!(
            (lines[0], lines[6], lines.len()),
            ("array,row,column,value", "m,1,2,0.1", 8)
        );
        assert_eq!(lines[7].rsplit(',').next().map(str::parse), Some(Ok(-1e-300)));
        let file = TensorFile::read("x.npz", arrays.to_npz()?)?;
        assert_eq!(
            file.tensor("m")?.into_parts(),
            (vec![2, 3], vec![1.0, 2.0, 3.0, 4.0, 5.0, 0.1])
        );
        Ok(())
    }
}
