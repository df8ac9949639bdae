//! The text of every kernel, written by one generator: unrolled, because drivers keep arrays that are indexed by a loop
//! in slow memory.

pub(crate) mod before;
pub(crate) mod ceilings;
pub(crate) mod matrix;
pub(crate) mod portable;
#[cfg(test)]
mod tests;

use crate::shape::Precision;

/// Appends a formatted line to a `String`.
macro_rules! line {
    ($text:expr, $($format:tt)*) => {{
        use std::fmt::Write as _;
        // Writing to a `String` cannot fail.
        writeln!($text, $($format)*).ok();
    }};
}
pub(crate) use line;

/// The nearest 16-bit floats, ties to even. Which neighbour a conversion takes is up to the driver; some take the one
/// towards zero, which doubles the error. What is rounded to eleven bits is converted as it is. Infinities and NaN stay,
/// so that they are found.
const NEAREST: &str = "\
fn nearest(x: vec4<f32>) -> vec4<f16> {
  let bits = bitcast<vec4<u32>>(x); let odd = (bits >> vec4<u32>(13u)) & vec4<u32>(1u);
  let eleven = (bits + vec4<u32>(0xfffu) + odd) & vec4<u32>(0xffffe000u);
  let finite = (bits & vec4<u32>(0x7f800000u)) != vec4<u32>(0x7f800000u);
  return vec4<f16>(bitcast<vec4<f32>>(select(bits, eleven, finite)));
}
";

/// What 16-bit floats need at the top of a text.
pub(crate) fn half_floats() -> String {
    format!("enable f16;\n{NEAREST}")
}

/// What stands at the top of a text, whose tensors have these precisions.
pub(crate) fn header(precisions: &[Precision]) -> String {
    if precisions.contains(&Precision::F16) {
        half_floats()
    } else {
        String::new()
    }
}

/// A declaration of four numbers at a time.
pub(crate) fn tensor(binding: u32, name: &str, access: &str, precision: Precision) -> String {
    format!("@group(0) @binding({binding}) var<storage, {access}> {name}: array<vec4<{precision}>>;\n")
}

/// `expression`, four numbers of this precision, as f32.
pub(crate) fn widened(precision: Precision, expression: &str) -> String {
    match precision {
        Precision::F32 => expression.to_owned(),
        Precision::F16 => format!("vec4<f32>({expression})"),
    }
}

/// `expression`, four f32, as numbers of this precision.
pub(crate) fn narrowed(precision: Precision, expression: &str) -> String {
    match precision {
        Precision::F32 => expression.to_owned(),
        Precision::F16 => format!("nearest({expression})"),
    }
}

/// `expression`, four f32, rounded to f16 and still f32. Compilers leave out a conversion to f16 and back.
pub(crate) fn rounded(expression: &str) -> String {
    let half = |part: &str| format!("unpack2x16float(pack2x16float({expression}.{part}))");
    format!("vec4<f32>({}, {})", half("xy"), half("zw"))
}
