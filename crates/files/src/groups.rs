//! All heads of a model in one file, for what looks at every head alone.

use eigenlens_core::Head;

use crate::cloud::PARTS;
use crate::{Error, Tensor, TensorFile};

/// The heads of one text.
#[derive(Debug, Clone, PartialEq)]
pub struct HeadGroup {
    /// What stands before `.query`, `.key` and `.value`; empty where nothing does.
    pub name: String,
    /// How many layers there are, at least 1.
    pub layers: usize,
    /// How many heads each layer has, at least 1.
    pub heads_in_layer: usize,
    /// Layer by layer.
    pub heads: Vec<Head>,
}

/// Every group of heads in a file, in the order of their names: `query`, `key` and `value` of shape `[L, H, N, D]`, `[H, N, D]`
/// or `[N, D]`, and the same with a name and a dot before them. The numbers must be finite.
pub fn head_groups(file: &TensorFile) -> Result<Vec<HeadGroup>, Error> {
    let mut names: Vec<&str> = file
        .names()
        .filter_map(|name| match name.strip_suffix("key")? {
            "" => Some(""),
            before => before.strip_suffix('.'),
        })
        .collect();
    names.sort_unstable();
    if names.is_empty() {
        // Says what is missing, and what is there.
        names.push("");
    }
    names.into_iter().map(|name| group(file, name)).collect()
}

fn group(file: &TensorFile, name: &str) -> Result<HeadGroup, Error> {
    let stacks = PARTS.map(|(part, _)| {
        let part = if name.is_empty() {
            part.to_owned()
        } else {
            format!("{name}.{part}")
        };
        Stack::read(file, part)
    });
    let [queries, keys, values] = stacks;
    let (queries, keys, values) = (queries?, keys?, values?);
    for other in [&queries, &values] {
        if other.outer != keys.outer {
            let axes: Vec<String> = keys.outer.iter().map(usize::to_string).collect();
            let axes = [axes, vec!["N".to_owned(), "D".to_owned()]].concat().join(", ");
            return Err(other.shape_error(format!("[{axes}] as `{}` has", keys.name)));
        }
    }
    let count: usize = keys.outer.iter().product();
    let heads = (0..count).map(|place| {
        Head::new(queries.matrix(place), keys.matrix(place), values.matrix(place)).map_err(|source| {
            if keys.outer.is_empty() {
                Error::Core(source)
            } else {
                Error::Head { head: place, source }
            }
        })
    });
    let heads = heads.collect::<Result<Vec<_>, _>>()?;
    let (layers, heads_in_layer) = match *keys.outer.as_slice() {
        [layers, heads] => (layers, heads),
        [heads] => (1, heads),
        _ => (1, 1),
    };
    if heads.is_empty() {
        return Err(eigenlens_core::Error::NoTokens { what: "heads" }.into());
    }
    Ok(HeadGroup {
        name: name.to_owned(),
        layers,
        heads_in_layer,
        heads,
    })
}

/// A tensor as a stack of matrices.
struct Stack {
    name: String,
    tensor: Tensor,
    /// The axes before those of the matrix: at most two.
    outer: Vec<usize>,
    rows: usize,
    columns: usize,
}

impl Stack {
    fn read(file: &TensorFile, name: String) -> Result<Self, Error> {
        let tensor = file.tensor(&name)?;
        let ([outer @ .., rows, columns], true) = (tensor.shape(), tensor.shape().len() <= 4) else {
            return Err(Error::Shape {
                tensor: name,
                expected: "[N, D], [H, N, D] or [L, H, N, D]".to_owned(),
                found: tensor.shape().to_vec(),
            });
        };
        let (outer, rows, columns) = (outer.to_vec(), *rows, *columns);
        tensor.require_finite(&name)?;
        Ok(Self {
            name,
            tensor,
            outer,
            rows,
            columns,
        })
    }

    fn shape_error(&self, expected: String) -> Error {
        Error::Shape {
            tensor: self.name.clone(),
            expected,
            found: self.tensor.shape().to_vec(),
        }
    }

    /// The matrix of one head.
    fn matrix(&self, head: usize) -> nalgebra::DMatrix<f64> {
        let size = self.rows * self.columns;
        let data = self.tensor.data().get(head * size..(head + 1) * size);
        nalgebra::DMatrix::from_row_slice(self.rows, self.columns, data.unwrap_or_default())
    }
}
