//! A dense tensor in C order, and the ways in which files store its elements.

use half::{bf16, f16};

use crate::{Error, Index};

/// A dense tensor of finite or non-finite numbers: at least one element, the last axis runs fastest (C order).
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    shape: Vec<usize>,
    data: Vec<f64>,
}

impl Tensor {
    /// A tensor of this shape. `name` is for the message.
    ///
    /// The product of the shape is the number of elements, and not 0: what has no elements has no meaning in a cloud,
    /// and a shape such as [2⁶⁰, 0] would make work out of nothing.
    pub fn new(name: &str, shape: Vec<usize>, data: Vec<f64>) -> Result<Self, Error> {
        let expected = count(name, &shape)?;
        if expected != data.len() {
            return Err(Error::Shape {
                tensor: name.to_owned(),
                expected: format!("a shape of {} elements", data.len()),
                found: shape,
            });
        }
        Ok(Self { shape, data })
    }

    /// The length of each axis; empty for a scalar.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// The elements in C order.
    pub fn data(&self) -> &[f64] {
        &self.data
    }

    /// The shape, and the elements in C order.
    pub fn into_parts(self) -> (Vec<usize>, Vec<f64>) {
        (self.shape, self.data)
    }

    /// The index of the element at `place` of the data.
    pub(crate) fn index(&self, place: usize) -> Index {
        Index {
            along: index_in(&self.shape, place),
            rank: self.shape.len(),
        }
    }

    /// Refuses NaN and infinities.
    pub(crate) fn require_finite(&self, name: &str) -> Result<(), Error> {
        match self.data.iter().enumerate().find(|(_, x)| !x.is_finite()) {
            None => Ok(()),
            Some((place, &value)) => Err(Error::NotFinite {
                tensor: name.to_owned(),
                index: self.index(place),
                value,
            }),
        }
    }
}

/// The number of elements of a shape: neither 0 nor more than an address holds.
fn count(name: &str, shape: &[usize]) -> Result<usize, Error> {
    if shape.contains(&0) {
        return Err(Error::NoElements {
            tensor: name.to_owned(),
            shape: shape.to_vec(),
        });
    }
    shape
        .iter()
        .try_fold(1_usize, |product, &length| product.checked_mul(length))
        // The decoded elements must have an address too.
        .filter(|&elements| elements <= isize::MAX as usize / size_of::<f64>())
        .ok_or_else(|| Error::ShapeOverflow {
            tensor: name.to_owned(),
            shape: shape.to_vec(),
        })
}

/// The index, one per axis, of the element at `place` in C order.
fn index_in(shape: &[usize], place: usize) -> Vec<usize> {
    let mut rest = place;
    let mut index: Vec<usize> = shape
        .iter()
        .rev()
        .map(|&length| {
            let along = rest % length.max(1);
            rest /= length.max(1);
            along
        })
        .collect();
    index.reverse();
    index
}

/// How one number is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    F16,
    Bf16,
    F32,
    F64,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
}

impl Element {
    /// The number of bytes of one element.
    pub(crate) const fn bytes(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::F16 | Self::Bf16 | Self::I16 | Self::U16 => 2,
            Self::F32 | Self::I32 | Self::U32 => 4,
            Self::F64 | Self::I64 | Self::U64 => 8,
        }
    }
}

/// How the elements of a tensor are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) element: Element,
    pub(crate) big_endian: bool,
    /// Fortran order: the first axis runs fastest.
    pub(crate) fortran: bool,
    pub(crate) shape: Vec<usize>,
}

impl Layout {
    /// The number of bytes that the elements take.
    pub(crate) fn bytes(&self, name: &str) -> Result<usize, Error> {
        let elements = count(name, &self.shape)?;
        elements
            .checked_mul(self.element.bytes())
            .ok_or_else(|| Error::ShapeOverflow {
                tensor: name.to_owned(),
                shape: self.shape.clone(),
            })
    }

    /// The tensor of these bytes, which are exactly [`Self::bytes`] long.
    pub(crate) fn decode(self, name: &str, bytes: &[u8]) -> Result<Tensor, Error> {
        let stored = match self.element {
            Element::F16 => self.each(name, bytes, |b| Ok(f16::from_le_bytes(b).to_f64())),
            Element::Bf16 => self.each(name, bytes, |b| Ok(bf16::from_le_bytes(b).to_f64())),
            Element::F32 => self.each(name, bytes, |b| Ok(f32::from_le_bytes(b).into())),
            Element::F64 => self.each(name, bytes, |b| Ok(f64::from_le_bytes(b))),
            Element::I8 => self.each(name, bytes, |b| Ok(i8::from_le_bytes(b).into())),
            Element::I16 => self.each(name, bytes, |b| Ok(i16::from_le_bytes(b).into())),
            Element::I32 => self.each(name, bytes, |b| Ok(i32::from_le_bytes(b).into())),
            Element::I64 => self.each(name, bytes, |b| exact(i64::from_le_bytes(b).into())),
            Element::U8 => self.each(name, bytes, |b| Ok(u8::from_le_bytes(b).into())),
            Element::U16 => self.each(name, bytes, |b| Ok(u16::from_le_bytes(b).into())),
            Element::U32 => self.each(name, bytes, |b| Ok(u32::from_le_bytes(b).into())),
            Element::U64 => self.each(name, bytes, |b| exact(u64::from_le_bytes(b).into())),
        }?;
        let data = if self.fortran {
            c_from_fortran(&self.shape, &stored)
        } else {
            stored
        };
        Tensor::new(name, self.shape, data)
    }

    /// Each element of `W` bytes, in the order in which they are stored. `number` is given little-endian bytes.
    fn each<const W: usize>(
        &self,
        name: &str,
        bytes: &[u8],
        number: impl Fn([u8; W]) -> Result<f64, i128>,
    ) -> Result<Vec<f64>, Error> {
        let (elements, _) = bytes.as_chunks::<W>();
        let mut numbers = Vec::with_capacity(elements.len());
        for &(mut element) in elements {
            if self.big_endian {
                element.reverse();
            }
            let number = number(element).map_err(|value| Error::Inexact {
                tensor: name.to_owned(),
                index: self.index_of_stored(numbers.len()),
                value,
            })?;
            numbers.push(number);
        }
        Ok(numbers)
    }

    /// The index of the element that is stored at `place`.
    fn index_of_stored(&self, place: usize) -> Index {
        let along = if self.fortran {
            let reversed: Vec<usize> = self.shape.iter().rev().copied().collect();
            let mut along = index_in(&reversed, place);
            along.reverse();
            along
        } else {
            index_in(&self.shape, place)
        };
        Index {
            along,
            rank: self.shape.len(),
        }
    }
}

/// The f64 that equals an integer, or the integer when none does.
fn exact(value: i128) -> Result<f64, i128> {
    let number = value as f64;
    if number as i128 == value {
        Ok(number)
    } else {
        Err(value)
    }
}

/// The elements in C order, from those in Fortran order.
fn c_from_fortran(shape: &[usize], stored: &[f64]) -> Vec<f64> {
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = 1;
    for &length in shape {
        strides.push(stride);
        stride *= length;
    }
    let mut index = vec![0_usize; shape.len()];
    let mut at = 0;
    let mut data = Vec::with_capacity(stored.len());
    while let Some(&number) = stored.get(at) {
        data.push(number);
        if data.len() == stored.len() {
            break;
        }
        // Count up like an odometer, the last axis fastest, and keep `at` in step.
        for axis in (0..shape.len()).rev() {
            let (Some(along), Some(&length), Some(&stride)) = (index.get_mut(axis), shape.get(axis), strides.get(axis))
            else {
                break;
            };
            *along += 1;
            at += stride;
            if *along < length {
                break;
            }
            at -= *along * stride;
            *along = 0;
        }
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(element: Element, shape: &[usize]) -> Layout {
        Layout {
            element,
            big_endian: false,
            fortran: false,
            shape: shape.to_vec(),
        }
    }

    #[test]
    fn fortran_order_becomes_c_order() {
        // data[i][j][k] = 100 i + 10 j + k, stored with i fastest.
        let shape = [2, 3, 4];
        let mut stored = Vec::new();
        for k in 0..4 {
            for j in 0..3 {
                for i in 0..2 {
                    stored.push(f64::from(100 * i + 10 * j + k));
                }
            }
        }
        let data = c_from_fortran(&shape, &stored);
        for (place, &number) in data.iter().enumerate() {
            let index = index_in(&shape, place);
            assert_eq!(number, (100 * index[0] + 10 * index[1] + index[2]) as f64);
        }
        assert_eq!(data.len(), 24);
    }

    #[test]
    fn half_precision_and_byte_order() -> Result<(), Error> {
        let bytes = f16::from_f64(-1.5).to_le_bytes();
        let tensor = layout(Element::F16, &[1]).decode("x", &bytes)?;
        assert_eq!(tensor.data(), [-1.5]);
        let mut big = layout(Element::F32, &[2]);
        big.big_endian = true;
        let bytes = [2.5_f32.to_be_bytes(), (-0.0_f32).to_be_bytes()].concat();
        let tensor = big.decode("x", &bytes)?;
        assert_eq!(tensor.data().first(), Some(&2.5));
        assert!(tensor.data()[1].is_sign_negative());
        Ok(())
    }

    #[test]
    fn an_integer_that_is_not_exact_is_named() {
        let mut bytes = (1_u64 << 53).to_le_bytes().to_vec();
        bytes.extend(((1_u64 << 53) + 1).to_le_bytes());
        let mut layout = layout(Element::U64, &[1, 2]);
        layout.fortran = true;
        let index = Index {
            along: vec![0, 1],
            rank: 2,
        };
        assert_eq!(
            layout.decode("x", &bytes),
            Err(Error::Inexact {
                tensor: "x".to_owned(),
                index,
                value: (1 << 53) + 1,
            })
        );
    }

    #[test]
    fn shapes_that_hold_nothing_or_too_much() {
        let empty = Tensor::new("x", vec![1 << 60, 0], Vec::new());
        assert!(matches!(empty, Err(Error::NoElements { .. })));
        let vast = layout(Element::F16, &[1 << 40, 1 << 40]).bytes("x");
        assert!(matches!(vast, Err(Error::ShapeOverflow { .. })));
        let address = layout(Element::U8, &[usize::MAX]).bytes("x");
        assert!(matches!(address, Err(Error::ShapeOverflow { .. })));
    }
}
