//! From the tensors of a file to a cloud of tokens, and back.

use eigenlens_core::{Cloud, Head};
use nalgebra::{DMatrix, DVector};

use crate::{Error, Tensor, TensorFile};

/// Whether the tensors of a file have an axis of heads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    /// [N, D]: one head.
    Single,
    /// [H, N, D], H may be 1.
    Heads,
}

/// Which entries of a file make the cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says of one part of a file whether it is read"
)]
pub struct Needs<'a> {
    /// What stands before `query`, `key` and `value` in the names, with a dot between: empty, or for instance
    /// `pronoun` for the tensor `pronoun.key`.
    pub prefix: &'a str,
    /// Whether the queries are read. Where they are not, what a file calls `query` is ignored, and the keys take its place.
    pub queries: bool,
    /// Whether the values are read. Where they are not, what a file calls `value` is ignored, and the keys take its place.
    pub values: bool,
    /// Whether missing queries and values are taken to be the keys, and a lone tensor of any name to be the keys.
    pub keys_suffice: bool,
    /// Whether the names of the tokens are read; a mechanism has no use for them.
    pub labels: bool,
    /// Whether `value_prev`, the values of the layer before, is read where it stands beside `key`.
    pub previous: bool,
    /// Whether an axis of layers may stand before that of the heads; they then go layer by layer.
    pub layers: bool,
}

impl Needs<'_> {
    /// What a mechanism needs: `query`, `key` and `value`.
    pub const ATTENTION: Self = Self {
        prefix: "",
        queries: true,
        values: true,
        keys_suffice: false,
        labels: false,
        previous: false,
        layers: false,
    };

    /// What a mechanism needs that makes its own values: `query` and `key`.
    pub const QUERIES_AND_KEYS: Self = Self {
        values: false,
        ..Self::ATTENTION
    };

    /// What a mechanism needs whose keys ask: `key` and `value`.
    pub const KEYS_AND_VALUES: Self = Self {
        queries: false,
        ..Self::ATTENTION
    };

    /// What the board needs: keys, and names and the values of the layer before if there are any.
    pub const BOARD: Self = Self {
        prefix: "",
        queries: true,
        values: true,
        keys_suffice: true,
        labels: true,
        previous: true,
        layers: true,
    };

    fn name(&self, last: &str) -> String {
        if self.prefix.is_empty() {
            last.to_owned()
        } else {
            format!("{}.{last}", self.prefix)
        }
    }
}

/// The cloud of a file: `query` [N′, D], `key` [N, D] and `value` [N, D′], or the same with an axis of heads
/// in front.
///
/// Only what `needs` asks for is decoded. The numbers must be finite.
pub fn cloud(file: &TensorFile, needs: Needs<'_>) -> Result<(Cloud, Rank), Error> {
    let read = |name: &str| Stack::read(file, name, needs.layers);
    let keys = read(&keys_name(file, needs))?;
    let or_keys = |last: &str| {
        let name = needs.name(last);
        if needs.keys_suffice && !file.contains(&name) {
            Ok(None)
        } else {
            read(&name).map(Some)
        }
    };
    let queries = if needs.queries { or_keys("query")? } else { None };
    let values = if needs.values { or_keys("value")? } else { None };
    for stack in [&queries, &values].into_iter().flatten() {
        keys.require_same_heads(stack)?;
    }
    let queries = queries.as_ref().unwrap_or(&keys);
    let values = values.as_ref().unwrap_or(&keys);
    if queries.columns != keys.columns {
        return Err(queries.shape_error(&format!("{} columns as `{}` has", keys.columns, keys.name)));
    }
    if values.rows != keys.rows {
        return Err(values.shape_error(&format!("{} rows as `{}` has", keys.rows, keys.name)));
    }
    let single = keys.rank == Rank::Single;
    let heads = (0..keys.heads)
        .map(|place| {
            let head = Head::new(queries.matrix(place), keys.matrix(place), values.matrix(place));
            // With one head its number says nothing.
            head.map_err(|source| {
                if single {
                    Error::Core(source)
                } else {
                    Error::Head { head: place, source }
                }
            })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let labels = if needs.labels {
        labels(file, keys.rows)?
    } else {
        Vec::new()
    };
    let mut cloud = Cloud::new(heads, labels)?;
    let previous = needs.name(PREVIOUS);
    // A lone tensor and a whole table are the keys, whatever they are called.
    if needs.previous && keys.name == needs.name("key") && file.contains(&previous) {
        let before = values_before(&read(&previous)?, &cloud, keys.rank, &values.name)?;
        cloud = cloud.with_previous_values(before)?;
    }
    Ok((cloud, keys.rank))
}

/// The name of the values of the layer before in files.
pub(crate) const PREVIOUS: &str = "value_prev";

/// The values of the layer before, tensor `value_prev`: one matrix for each head of a cloud with values, of their
/// shape. The numbers must be finite.
pub fn previous_values(file: &TensorFile, cloud: &Cloud, rank: Rank) -> Result<Vec<DMatrix<f64>>, Error> {
    values_before(&Stack::read(file, PREVIOUS, false)?, cloud, rank, "value")
}

/// The same from the stack; `values` is what the file calls the values.
fn values_before(stack: &Stack, cloud: &Cloud, rank: Rank, values: &str) -> Result<Vec<DMatrix<f64>>, Error> {
    let heads = cloud.heads();
    let shape = heads.first().map(|head| head.values().shape());
    if (stack.rank, stack.heads, Some((stack.rows, stack.columns))) != (rank, heads.len(), shape) {
        let (rows, columns) = shape.unwrap_or_default();
        return Err(stack.shape_error(&match rank {
            Rank::Single => format!("[{rows}, {columns}] as `{values}` has"),
            Rank::Heads => format!("[{}, {rows}, {columns}] as `{values}` has", heads.len()),
        }));
    }
    Ok((0..stack.heads).map(|place| stack.matrix(place)).collect())
}

/// The diagonals of given metrics, tensor `metric` `[H, D]`: one for each head of a cloud; without an axis of heads `[D]`
/// will do. The numbers must be finite.
pub fn metrics(file: &TensorFile, cloud: &Cloud, rank: Rank) -> Result<Vec<DVector<f64>>, Error> {
    const METRIC: &str = "metric";
    let tensor = file.peek(METRIC)?;
    let heads = cloud.heads();
    let dim = heads.first().map_or(0, Head::dim);
    let suits = match (tensor.shape(), rank) {
        ([columns], Rank::Single) => *columns == dim,
        ([rows, columns], _) => (*rows, *columns) == (heads.len(), dim),
        _ => false,
    };
    if !suits {
        return Err(Error::Shape {
            tensor: METRIC.to_owned(),
            expected: match rank {
                Rank::Single => format!("[{dim}], one number for each column of `key`"),
                Rank::Heads => format!("[{}, {dim}], one number for each head and column of `key`", heads.len()),
            },
            found: tensor.shape().to_vec(),
        });
    }
    tensor.require_finite(METRIC)?;
    Ok(tensor.data().chunks(dim.max(1)).map(DVector::from_row_slice).collect())
}

/// The cloud of a file as the board shows it: keys suffice, whatever they are called if the file holds nothing else.
///
/// Queries and values that are not there are the keys. A CSV table of plain numbers is a list of keys.
pub fn read_cloud_for_board(file: &TensorFile) -> Result<(Cloud, Rank), Error> {
    cloud(file, Needs::BOARD)
}

/// The name of the keys. A file with a single tensor needs no name for it.
fn keys_name(file: &TensorFile, needs: Needs<'_>) -> String {
    let name = needs.name("key");
    if !needs.keys_suffice || file.contains(&name) {
        return name;
    }
    if file.contains(crate::table::TABLE) {
        return crate::table::TABLE.to_owned();
    }
    let mut names = file.names();
    match (names.next(), names.next()) {
        (Some(only), None) => only.to_owned(),
        _ => name,
    }
}

/// The names of the tokens: one for each key, or none. Blank ones behind the last key are no names.
fn labels(file: &TensorFile, keys: usize) -> Result<Vec<String>, Error> {
    let mut labels = file.labels()?.unwrap_or_default();
    while labels.len() > keys && labels.last().is_some_and(String::is_empty) {
        labels.pop();
    }
    if labels.is_empty() || labels.len() == keys {
        Ok(labels)
    } else {
        Err(Error::Labels {
            labels: labels.len(),
            keys,
        })
    }
}

/// A tensor [N, D], [H, N, D] or [L, H, N, D] as a stack of matrices.
struct Stack {
    name: String,
    tensor: Tensor,
    rank: Rank,
    heads: usize,
    rows: usize,
    columns: usize,
}

impl Stack {
    fn read(file: &TensorFile, name: &str, layers: bool) -> Result<Self, Error> {
        let tensor = file.tensor(name)?;
        let (rank, heads, rows, columns) = match *tensor.shape() {
            [rows, columns] => (Rank::Single, 1, rows, columns),
            [heads, rows, columns] => (Rank::Heads, heads, rows, columns),
            [of_layers, heads, rows, columns] if layers => (Rank::Heads, of_layers * heads, rows, columns),
            _ => {
                return Err(Error::Shape {
                    tensor: name.to_owned(),
                    expected: if layers {
                        "[N, D], [H, N, D] or [L, H, N, D]"
                    } else {
                        "[N, D] or [H, N, D]"
                    }
                    .to_owned(),
                    found: tensor.shape().to_vec(),
                });
            }
        };
        tensor.require_finite(name)?;
        Ok(Self {
            name: name.to_owned(),
            tensor,
            rank,
            heads,
            rows,
            columns,
        })
    }

    /// Refuses another number of heads, or an axis of heads in one of the two only.
    fn require_same_heads(&self, other: &Self) -> Result<(), Error> {
        if self.rank == other.rank && self.heads == other.heads {
            return Ok(());
        }
        Err(other.shape_error(&match self.rank {
            Rank::Single => format!("[N, D] as `{}` has", self.name),
            Rank::Heads => format!("[{}, N, D] as `{}` has", self.heads, self.name),
        }))
    }

    fn shape_error(&self, expected: &str) -> Error {
        Error::Shape {
            tensor: self.name.clone(),
            expected: expected.to_owned(),
            found: self.tensor.shape().to_vec(),
        }
    }

    /// The matrix of one head.
    fn matrix(&self, head: usize) -> DMatrix<f64> {
        let size = self.rows * self.columns;
        let start = head * size;
        let data = self.tensor.data().get(start..start + size);
        DMatrix::from_row_slice(self.rows, self.columns, data.unwrap_or_default())
    }
}

/// A matrix of a head.
pub(crate) type Part = fn(&Head) -> &DMatrix<f64>;

/// The names of the matrices of a head in files.
pub(crate) const PARTS: [(&str, Part); 3] = [("query", Head::queries), ("key", Head::keys), ("value", Head::values)];

/// The tensors `query`, `key` and `value` of a cloud, and its `value_prev` and its labels if it has any.
///
/// With [`Rank::Single`] the cloud must have one head.
pub fn tensors(cloud: &Cloud, rank: Rank) -> Result<TensorFile, Error> {
    let mut file = TensorFile::new();
    for (name, part) in PARTS {
        file.insert(name, stack(name, cloud.heads().iter().map(part), rank)?);
    }
    if !cloud.previous_values().is_empty() {
        file.insert(PREVIOUS, stack(PREVIOUS, cloud.previous_values().iter(), rank)?);
    }
    if !cloud.labels().is_empty() {
        file.set_labels(cloud.labels().to_vec());
    }
    Ok(file)
}

/// Matrices, one per head and all of the same shape, as one tensor.
fn stack<'a>(
    name: &str,
    matrices: impl ExactSizeIterator<Item = &'a DMatrix<f64>>,
    rank: Rank,
) -> Result<Tensor, Error> {
    let heads = matrices.len();
    let mut data = Vec::new();
    let mut matrix_shape = (0, 0);
    for matrix in matrices {
        matrix_shape = matrix.shape();
        // The elements of the transpose in column order are those of the matrix in row order.
        data.extend(matrix.transpose().iter());
    }
    let (rows, columns) = matrix_shape;
    let shape = match rank {
        Rank::Single => vec![rows, columns],
        Rank::Heads => vec![heads, rows, columns],
    };
    Tensor::new(name, shape, data)
}

/// A hash of what the cloud holds: the same for the same numbers, whatever file they came from.
///
/// FNV-1a, 64 bits, over little-endian 64-bit words: the number of heads, then for each head queries, keys and values,
/// then for each head the values of the layer before, where the cloud has them; each matrix as its number of rows, its
/// number of columns and the bits of its elements row by row. Labels are not part of it. The eight bytes are the hash in
/// big-endian order, so that they read as its hexadecimal digits.
pub fn hash(cloud: &Cloud) -> [u8; 8] {
    let mut hash = Fnv::default();
    hash.word(cloud.heads().len() as u64);
    let parts = cloud.heads().iter().flat_map(|head| PARTS.map(|(_, part)| part(head)));
    for matrix in parts.chain(cloud.previous_values()) {
        hash.word(matrix.nrows() as u64);
        hash.word(matrix.ncols() as u64);
        for row in matrix.row_iter() {
            for number in row.iter() {
                hash.word(number.to_bits());
            }
        }
    }
    hash.0.to_be_bytes()
}

/// Fowler–Noll–Vo 1a with 64 bits.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn word(&mut self, word: u64) {
        for byte in word.to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        // Published vectors of FNV-1a: the empty text, and "a" is reached after one byte.
        assert_eq!(Fnv::default().0, 0xcbf2_9ce4_8422_2325);
        let by_hand = [1_u8, 0, 0, 0, 0, 0, 0, 0]
            .iter()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        let mut hash = Fnv::default();
        hash.word(1);
        assert_eq!(hash.0, by_hand);
    }
}
