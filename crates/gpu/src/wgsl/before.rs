//! What goes before attention, one pass over the keys or the values: statistics, metrics, biases, averages, thresholds.
//!
//! Where a sum over the tokens is needed, one workgroup takes a head: its threads stand in columns of four dimensions and
//! add the rows in a fixed order, so the digits are the same in every run.

use eigenlens_core::{BnForm, MetricScaling, RpcForm};

use super::{header, line, narrowed, tensor, widened};
use crate::shape::Precision;

/// Threads of a workgroup.
pub(crate) const THREADS: usize = 256;

/// Which of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    /// Attention-BN: `a` and `w` from mean and variance of the keys.
    Statistics(BnForm),
    /// Elliptical Attention: `w` from how far the values moved.
    Metric(MetricScaling),
    /// The smoother: `b_j = −(‖k_j‖² − min ‖k‖²)/(2τ)`; what is equal for all keys cancels.
    Bias,
    /// Attention-SH: means of neighbours.
    Pool,
    /// RPC-Attention: τ, the first keys `X = K − S_τ(K)`, and `Y = 0`.
    Clip(RpcForm),
}

/// The numbers that they take, in the layout of the text: of which `[a, b, c, d]` mean what each says.
#[repr(C)]
#[derive(Debug, Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
pub(crate) struct Numbers {
    /// Keys of a head.
    pub(crate) keys: u32,
    /// Workgroups in all.
    pub(crate) total: u32,
    /// First workgroup of this dispatch.
    pub(crate) first: u32,
    /// Coarse tokens of a head, those of the head that has most; else 0.
    pub(crate) coarse: u32,
    /// Statistics: `[scale, β, ε, 0]`; metric: `[scale, δ, 0, 0]`; bias: `[scale/2, 0, 0, 0]`; clip: `[λ, width, 0, 0]`.
    /// The scale is `log₂e/τ`.
    pub(crate) values: [f32; 4],
}

impl Before {
    /// The text, for D dimensions, reading tensors of one precision and writing another.
    pub(crate) fn wgsl(self, dim: usize, reads: Precision, writes: Precision) -> String {
        let mut text = header(&[reads, writes]);
        text.push_str("struct Numbers { keys: u32, total: u32, first: u32, coarse: u32, values: vec4<f32> };\n");
        text.push_str("@group(0) @binding(0) var<uniform> numbers: Numbers;\n");
        text.push_str(&tensor(1, "source", "read", reads));
        match self {
            Self::Statistics(_) => {
                text.push_str("@group(0) @binding(2) var<storage, read_write> hook: array<vec4<f32>>;\n");
            }
            Self::Metric(_) => {
                text.push_str("@group(0) @binding(2) var<storage, read_write> hook: array<vec4<f32>>;\n");
                text.push_str(&tensor(3, "previous", "read", reads));
            }
            Self::Bias => text.push_str("@group(0) @binding(2) var<storage, read_write> bias: array<vec2<f32>>;\n"),
            Self::Pool => {
                text.push_str(&tensor(2, "pooled", "read_write", writes));
                text.push_str("@group(0) @binding(3) var<storage, read> blocks: array<vec4<u32>>;\n");
            }
            Self::Clip(_) => {
                text.push_str(&tensor(2, "clipped", "read_write", writes));
                text.push_str("@group(0) @binding(3) var<storage, read_write> threshold: array<f32>;\n");
                text.push_str(&tensor(4, "dual", "read_write", Precision::F32));
            }
        }
        if !matches!(self, Self::Pool | Self::Bias) {
            sums(&mut text, dim);
        }
        line!(text, "@compute @workgroup_size({THREADS})");
        line!(
            text,
            "fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, \
             @builtin(local_invocation_index) thread: u32) {{"
        );
        line!(text, "  let group = numbers.first + id.y * count.x + id.x;");
        line!(text, "  if (group >= numbers.total) {{ return; }}");
        let vectors = dim / 4;
        if self != Self::Pool {
            let lanes = THREADS / vectors;
            line!(
                text,
                "  let head = group; let n = numbers.keys; let base = head * n * {vectors}u;"
            );
            line!(
                text,
                "  let column = thread % {vectors}u; let lane = thread / {vectors}u; let lanes = {lanes}u;"
            );
        }
        match self {
            Self::Statistics(form) => statistics(&mut text, form, dim, reads),
            Self::Metric(scaling) => metric(&mut text, scaling, dim, reads),
            Self::Bias => bias(&mut text, dim, reads),
            Self::Pool => pool(&mut text, dim, reads, writes),
            Self::Clip(form) => clip(&mut text, form, dim, reads, writes),
        }
        text.push_str("}\n");
        text
    }
}

/// `summed(thread, part)`: the sum of the parts of all lanes, of the thread's column; `gathered` holds those of all columns.
fn sums(text: &mut String, dim: usize) {
    let vectors = dim / 4;
    line!(text, "var<workgroup> gathered: array<vec4<f32>, {THREADS}>;");
    line!(text, "fn summed(thread: u32, part: vec4<f32>) -> vec4<f32> {{");
    line!(
        text,
        "  workgroupBarrier();\n  gathered[thread] = part;\n  workgroupBarrier();"
    );
    let mut half = THREADS / 2;
    while half >= vectors {
        line!(
            text,
            "  if (thread < {half}u) {{ gathered[thread] += gathered[thread + {half}u]; }}\n  workgroupBarrier();"
        );
        half /= 2;
    }
    line!(text, "  return gathered[thread % {vectors}u];\n}}");
}

/// A loop of a lane over its rows.
fn over_rows(text: &mut String, dim: usize, body: &str) {
    let vectors = dim / 4;
    line!(
        text,
        "  for (var j = lane; j < n; j += lanes) {{ let at = base + j * {vectors}u + column; {body} }}"
    );
}

fn statistics(text: &mut String, form: BnForm, dim: usize, reads: Precision) {
    let (vectors, key) = (dim / 4, widened(reads, "source[at]"));
    line!(text, "  var part = vec4<f32>(0.0);");
    over_rows(text, dim, &format!("part += {key};"));
    line!(text, "  let mean = summed(thread, part) / f32(n);");
    let (shift, weight) = match form {
        BnForm::Recentred => ("numbers.values.y * mean", "vec4<f32>(numbers.values.x)"),
        BnForm::Full => {
            line!(text, "  part = vec4<f32>(0.0);");
            over_rows(
                text,
                dim,
                &format!("let away = {key} - mean; part = fma(away, away, part);"),
            );
            line!(text, "  let variance = summed(thread, part) / f32(n);");
            ("mean", "numbers.values.x / (variance + numbers.values.z)")
        }
    };
    line!(
        text,
        "  if (lane == 0u) {{ hook[head * {0}u + column] = {shift}; hook[head * {0}u + {vectors}u + column] = {weight}; }}",
        2 * vectors
    );
}

fn metric(text: &mut String, scaling: MetricScaling, dim: usize, reads: Precision) {
    let vectors = dim / 4;
    let jump = format!(
        "abs({} - {})",
        widened(reads, "source[at]"),
        widened(reads, "previous[at]")
    );
    line!(text, "  var part = vec4<f32>(0.0);");
    over_rows(text, dim, &format!("part += {jump};"));
    line!(text, "  let jumps = summed(thread, part);");
    match scaling {
        MetricScaling::None => line!(text, "  let unit = f32(n) * numbers.values.y;"),
        MetricScaling::Max => {
            line!(text, "  var top = vec4<f32>(0.0);");
            line!(
                text,
                "  for (var i = 0u; i < {vectors}u; i += 1u) {{ top = max(top, gathered[i]); }}"
            );
            line!(text, "  let unit = max(max(top.x, top.y), max(top.z, top.w));");
        }
        MetricScaling::Mean => {
            line!(text, "  var all = vec4<f32>(0.0);");
            line!(
                text,
                "  for (var i = 0u; i < {vectors}u; i += 1u) {{ all += gathered[i]; }}"
            );
            line!(text, "  let unit = (all.x + all.y + all.z + all.w) / {dim}.0;");
        }
    }
    line!(
        text,
        "  if (lane == 0u) {{ hook[head * {0}u + column] = vec4<f32>(0.0); \
         hook[head * {0}u + {vectors}u + column] = numbers.values.x * (jumps / unit); }}",
        2 * vectors
    );
}

/// Norms are pairs of numbers, the second being what the first lost (Knuth's sum, Dekker's product), and so is a bias:
/// where keys are long, the rounding of one f32 would move weights by more than all the rest. The least norm is taken off,
/// so that the keys that count have a small bias.
fn bias(text: &mut String, dim: usize, reads: Precision) {
    let (vectors, key) = (dim / 4, widened(reads, "source[at + i]"));
    // A thread takes whole keys here, so that a norm is in one place.
    line!(text, "  var least = 3.0e38;");
    line!(
        text,
        "  for (var j = thread; j < n; j += {THREADS}u) {{ least = min(least, norm(base + j * {vectors}u).x); }}"
    );
    line!(text, "  gathered[thread] = least;\n  workgroupBarrier();");
    line!(
        text,
        "  for (var i = 0u; i < {THREADS}u; i += 1u) {{ least = min(least, gathered[i]); }}"
    );
    line!(text, "  for (var j = thread; j < n; j += {THREADS}u) {{");
    line!(text, "    let square = norm(base + j * {vectors}u);");
    line!(text, "    let product = times(numbers.values.x, square.x - least);");
    line!(
        text,
        "    bias[head * n + j] = -vec2<f32>(product.x, product.y + numbers.values.x * square.y);\n  }}"
    );
    text.insert_str(
        text.find("@compute").unwrap_or_default(),
        &PAIRS.replace("VECTORS", &vectors.to_string()).replace("KEY", &key),
    );
}

/// Sums and products as pairs of numbers. Compilers that take floating-point numbers for real ones would find that nothing
/// is ever lost: what must be rounded goes through an integer operation that they cannot see through, with a zero that
/// only the program knows. `fma` is not fused everywhere.
const PAIRS: &str = "\
var<workgroup> gathered: array<f32, 256>;
fn rounded(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ numbers.coarse); }
// The first twelve bits: their products are exact.
fn leading(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u); }
fn plus(sum: vec2<f32>, x: f32) -> vec2<f32> {
  let next = rounded(sum.x + x); let added = rounded(next - sum.x);
  return vec2<f32>(next, sum.y + ((sum.x - rounded(next - added)) + (x - added)));
}
fn times(a: f32, b: f32) -> vec2<f32> {
  let product = rounded(a * b); let a1 = leading(a); let b1 = leading(b); let a2 = a - a1; let b2 = b - b1;
  return vec2<f32>(product, ((a1 * b1 - product) + (a1 * b2 + a2 * b1)) + a2 * b2);
}
fn norm(at: u32) -> vec2<f32> {
  var sum = vec2<f32>(0.0);
  for (var i = 0u; i < VECTORSu; i += 1u) {
    let k = KEY;
    for (var e = 0u; e < 4u; e += 1u) {
      let high = leading(k[e]); sum = plus(sum, high * high); sum.y += (k[e] - high) * (k[e] + high);
    }
  }
  return sum;
}
";

/// One thread of any workgroup makes four numbers of a coarse token. A head's block is `[factor, apart, coarse, 0]`:
/// the first `apart` tokens stay alone.
fn pool(text: &mut String, dim: usize, reads: Precision, writes: Precision) {
    let vectors = dim / 4;
    line!(
        text,
        "  let at = group * {THREADS}u + thread; let column = at % {vectors}u;"
    );
    line!(
        text,
        "  let row = at / {vectors}u; let j = row % numbers.coarse; let head = row / numbers.coarse;"
    );
    line!(text, "  if (head >= arrayLength(&blocks)) {{ return; }}");
    line!(text, "  let block = blocks[head];");
    line!(text, "  if (j >= block.z) {{ pooled[at] = vec4<{writes}>(); return; }}");
    line!(text, "  let alone = j < block.y;");
    line!(
        text,
        "  let begin = select(block.y + (j - block.y) * block.x, j, alone);"
    );
    line!(
        text,
        "  let end = min(select(begin + block.x, j + 1u, alone), numbers.keys);"
    );
    let value = widened(
        reads,
        &format!("source[(head * numbers.keys + i) * {vectors}u + column]"),
    );
    line!(text, "  var sum = vec4<f32>(0.0);");
    line!(text, "  for (var i = begin; i < end; i += 1u) {{ sum += {value}; }}");
    line!(text, "  pooled[at] = {};", narrowed(writes, "(sum / f32(end - begin))"));
}

fn clip(text: &mut String, form: RpcForm, dim: usize, reads: Precision, writes: Precision) {
    let (vectors, key) = (dim / 4, widened(reads, "source[at]"));
    line!(text, "  var part = vec4<f32>(0.0);");
    over_rows(text, dim, &format!("part += abs({key});"));
    line!(text, "  let columns = summed(thread, part); var all = vec4<f32>(0.0);");
    line!(
        text,
        "  for (var i = 0u; i < {vectors}u; i += 1u) {{ all += gathered[i]; }}"
    );
    line!(text, "  let norm = (all.x + all.y) + (all.z + all.w);");
    line!(text, "  let mu = f32(n) * numbers.values.y / (4.0 * norm);");
    let threshold = match form {
        RpcForm::Released => "numbers.values.x * mu",
        RpcForm::Printed | RpcForm::Lagrangian => "numbers.values.x / mu",
    };
    line!(text, "  let tau = {threshold};");
    line!(text, "  if (thread == 0u) {{ threshold[head] = tau; }}");
    let clipped = narrowed(writes, &format!("clamp({key}, vec4<f32>(-tau), vec4<f32>(tau))"));
    over_rows(
        text,
        dim,
        &format!("clipped[at] = {clipped}; dual[at] = vec4<f32>(0.0);"),
    );
}
