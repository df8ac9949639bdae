//! The text of every kernel, written by one generator: unrolled, because drivers keep arrays that are indexed by a loop
//! in slow memory.

pub(crate) mod before;
pub(crate) mod ceilings;
pub(crate) mod portable;

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

/// The directive that 16-bit floats need, where one of the tensors has them.
pub(crate) fn header(precisions: &[Precision]) -> String {
    if precisions.contains(&Precision::F16) {
        "enable f16;\n".to_owned()
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
        Precision::F16 => format!("vec4<f16>({expression})"),
    }
}
