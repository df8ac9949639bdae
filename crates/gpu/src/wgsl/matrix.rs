//! The kernel of the matrix units: attention in products of cooperative matrices, f16 with f32 sums.
//!
//! A workgroup takes rows of queries of a head and goes over the keys, [`Cut::keys`] at a time, as the portable kernel
//! does. Queries and sums stay in fragments, which a subgroup holds together. Everything else comes through workgroup
//! memory, because WGSL does not let anybody look into a fragment: keys and values, fetched while the products before
//! them run; scores, [`Cut::step`] at a time; and weights. Scores and weights of a subgroup are read by nobody else, and
//! a row of them by one thread, or by two that tell each other its maximum.
//!
//! The reference that is taken off the logits of a row moves only when a weight would leave the range of f16, so that
//! sums, which have to go through workgroup memory for that, rarely fade (lazy rescaling; Dao et al. 2025,
//! FlashAttention-4). Whether they do is decided for a whole subgroup, which holds fragments together.
//!
//! All threads wait for each other only where a tile of keys and values is exchanged. Between scores and weights, and
//! between weights and sums, a subgroup waits for itself, so that others multiply while it takes exponentials. Loads and
//! stores of fragments do not order workgroup memory, and nor does the `subgroupBarrier` that naga writes for Vulkan: it is
//! made one that does where the text becomes a pipeline.
//!
//! The hooks are those of the portable kernel, but what they make of f16 numbers needs more bits than f16 has: at logits of
//! deviation 8 the rounding of `(q − a) w`, or of the mean of some keys, would move weights by more than all the rest.
//! Such numbers are two, the second what the first lost, and are multiplied one after the other. Queries are split by the
//! workgroup on their way to its fragments: a dispatch before would read and write them all once more, for a task that at
//! the sizes of images is bound by memory, and the second product finds the keys where the first has found them. A
//! constant `w` is a factor of the scores, and a shift alone is a bias of the keys.

mod cut;
mod head;
mod products;
mod rows;

use eigenlens_core::RpcForm;

use super::{half_floats, line, tensor};
use crate::device::MatrixUnits;
use crate::shape::Precision;

pub use cut::Cut;
pub(crate) use cut::Workgroup;

/// Which kernel.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a hook that a kernel has or has not"
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Matrix {
    /// What multiplies.
    pub(crate) units: MatrixUnits,
    /// How the work is cut.
    pub(crate) cut: Cut,
    /// D.
    pub(crate) dim: usize,
    /// Whether keys have a bias.
    pub(crate) bias: bool,
    /// Whether query i sees the keys 0 to i only.
    pub(crate) causal: bool,
    /// Whether heads have numbers of keys of their own.
    pub(crate) lengths: bool,
    /// What is two numbers.
    pub(crate) split: Split,
    /// What becomes of the rows.
    pub(crate) end: End,
    /// Whether a subgroup goes on when it is ready itself, and fades its own sums; otherwise all of a workgroup wait for each
    /// other and fade together, which is slower.
    pub(crate) alone: bool,
}

/// What comes as two numbers, their sum being meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Split {
    /// Nothing: queries and keys are f16, and the first entry of `w` is that of all.
    #[default]
    Nothing,
    /// The queries, by the hook.
    Queries,
    /// The keys, which have 2D entries.
    Keys,
}

/// What becomes of a row of the output, `l`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It is written.
    Output,
    /// It makes the next keys `X` of RPC-Attention. Of the scaled dual `z = Y/μ` and the keys only `u` is kept, in f32, so
    /// that the rounding of the keys to f16 stays in the products: with S eliminated, in the printed and the released form
    /// `u = 2z + x`, `z' = u − l`, `x' = k − S_τ(k − l + z') − z'`; in the Lagrangian one `u = x`, `z' = u − l`,
    /// `x' = k − S_τ(k − l + z') + z'`. Keys are stored in a unit of their head, see [`UNIT`].
    Next(RpcForm),
    /// All iterations of RPC-Attention, from the keys of the input to the output, by the one workgroup of a head; whether
    /// the queries ask, and not the attended keys.
    All(RpcForm, bool),
}

/// `edge_of(τ)`, the power of two below τ, and `unit_of(τ)`, such that τ is their product: the keys of RPC-Attention in this unit
/// are rounded like others, but those that are clipped to ±τ, often most of them, not at all. Otherwise all of these would
/// be off by the same, and so would their products be.
pub(crate) const UNIT: &str = "\
fn edge_of(tau: f32) -> f32 { return bitcast<f32>(bitcast<u32>(tau) & 0x7f800000u); }
fn unit_of(tau: f32) -> f32 { return bitcast<f32>((bitcast<u32>(tau) & 0x007fffffu) | 0x3f800000u); }
";

impl Matrix {
    /// Threads of a workgroup.
    pub(crate) fn threads(self) -> usize {
        self.cut.subgroups * self.units.subgroup as usize
    }

    /// The text.
    pub(crate) fn wgsl(self) -> String {
        let mut text = self.declarations();
        line!(text, "@compute @workgroup_size({})", self.threads());
        line!(
            text,
            "fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, \
             @builtin(local_invocation_index) thread: u32, @builtin(subgroup_id) subgroup: u32, \
             @builtin(subgroup_invocation_id) lane: u32) {{"
        );
        self.begin(&mut text);
        match self.end {
            End::Output | End::Next(_) => {
                line!(
                    text,
                    "  let first_row = group % sizes.blocks * {}u;",
                    self.cut.all_rows()
                );
                self.first_tile(&mut text);
                self.queries(&mut text, "query");
                line!(text, "  workgroupBarrier();");
                self.over_keys(&mut text);
                self.finish(&mut text);
            }
            End::All(form, asymmetric) => self.all(&mut text, form, asymmetric),
        }
        text.push_str("}\n");
        text
    }

    fn declarations(self) -> String {
        let (tile, Cut { keys, .. }) = (self.tile(), self.cut);
        let mut text = format!("enable wgpu_cooperative_matrix;\n{}", half_floats());
        for (name, number, role) in [("Left", "f16", "A"), ("Right", "f16", "B"), ("Sum", "f32", "C")] {
            line!(text, "alias {name} = coop_mat{tile}x{tile}<{number}, {role}>;");
        }
        text.push_str(
            "struct Sizes { queries: u32, keys: u32, blocks: u32, total: u32, first: u32, rounds: u32, \
             zero: u32, lambda: f32, width: f32 };\n",
        );
        text.push_str("@group(0) @binding(0) var<uniform> sizes: Sizes;\n");
        if !matches!(self.end, End::All(_, false)) {
            text.push_str(&tensor(1, "query", "read", Precision::F16));
        }
        let key = if matches!(self.end, End::All(..)) {
            "read_write"
        } else {
            "read"
        };
        text.push_str(&tensor(2, "key", key, Precision::F16));
        text.push_str(&tensor(3, "value", "read", Precision::F16));
        text.push_str(&tensor(4, "hook", "read", Precision::F32));
        text.push_str(&tensor(5, "output", "read_write", Precision::F16));
        if self.bias {
            text.push_str("@group(0) @binding(6) var<storage, read> bias: array<vec2<f32>>;\n");
            line!(text, "var<workgroup> biases: array<vec4<f32>, {}>;", keys / 4);
        }
        if self.lengths {
            text.push_str("@group(0) @binding(7) var<storage, read> lengths: array<u32>;\n");
        }
        if self.end != End::Output {
            text.push_str(&tensor(6, "origin", "read", Precision::F16));
            text.push_str(&tensor(7, "dual", "read_write", Precision::F32));
        }
        if matches!(self.end, End::Next(_)) {
            text.push_str("@group(0) @binding(8) var<storage, read> threshold: array<f32>;\n");
        }
        let rows = self.cut.all_rows();
        for (tensor, dim) in [("key", self.key_dim()), ("value", self.dim)] {
            let tile = keys * cut::stride(dim);
            line!(text, "var<workgroup> {tensor}_tile: array<vec4<f16>, {tile}>;");
        }
        let scores = rows * self.cut.score_stride();
        line!(text, "var<workgroup> scores: array<vec4<f32>, {scores}>;");
        let weights = rows * self.cut.weight_stride();
        line!(text, "var<workgroup> weights: array<vec4<f16>, {weights}>;");
        if !self.alone {
            // The step in which a reference has moved last, plus one.
            text.push_str("var<workgroup> last_move: vec4<u32>;\n");
        }
        if self.end != End::Output {
            text.push_str(UNIT);
        }
        text
    }

    fn begin(self, text: &mut String) {
        line!(text, "  let group = sizes.first + id.y * count.x + id.x;");
        // The last row of a dispatch may have more workgroups than there is work; the test is the same for a whole one.
        line!(text, "  if (group >= sizes.total) {{ return; }}");
        line!(text, "  let head = group / sizes.blocks;");
        line!(
            text,
            "  let query0 = head * sizes.queries; let key0 = head * sizes.keys;"
        );
        let length = if self.lengths { "lengths[head]" } else { "sizes.keys" };
        line!(text, "  let length = {length};");
        let rows = self.cut.rows;
        for r in 0..self.row_fragments() {
            line!(text, "  let fragment{r} = subgroup * {rows}u + {}u;", r * self.tile());
        }
        line!(text, "  let mine = lane / {rows}u;");
        for i in 0..self.rows_of_thread() {
            let before = i * self.units.subgroup as usize;
            line!(text, "  let row{i} = subgroup * {rows}u + {before}u + lane % {rows}u;");
        }
        // Never written: a fragment that is declared in a loop would be 0 in its first round only.
        line!(text, "  var zero: Sum;");
    }

    fn over_keys(self, text: &mut String) {
        let (Cut { keys, step, rows, .. }, all_rows) = (self.cut, self.cut.all_rows());
        let until = |row: String| {
            if self.causal {
                format!("min(length, first_row + {row})")
            } else {
                "length".to_owned()
            }
        };
        line!(text, "  let end = {};", until(format!("{all_rows}u")));
        if self.alone {
            line!(text, "  let own_end = {};", until(format!("(subgroup + 1u) * {rows}u")));
        } else {
            line!(text, "  let own_end = end;");
        }
        for i in 0..self.rows_of_thread() {
            line!(text, "  var m{i} = -1.0e30; var l{i} = 0.0; var fade{i} = 1.0;");
        }
        self.each_sum(|r, t| line!(text, "  var o{r}_{t} = zero;"));
        line!(text, "  for (var first = 0u; first < end; first += {keys}u) {{");
        // Past the end the last keys come once more.
        line!(
            text,
            "    let next = min(first + {keys}u, (end - 1u) / {keys}u * {keys}u);"
        );
        self.fetch(text, "next");
        line!(text, "    for (var c = 0u; c < {keys}u; c += {step}u) {{");
        line!(text, "    let at = first + c; if (at >= own_end) {{ break; }}");
        self.score_products(text);
        let wait = self.wait();
        line!(text, "    {wait}");
        self.weights(text);
        let fades = if self.alone {
            "subgroupAny(moved)"
        } else {
            line!(text, "    if (moved) {{ last_move.x = at + 1u; }}");
            "last_move.x == at + 1u"
        };
        line!(text, "    {wait}");
        // A branch in which fragments are used would have to be one for the whole workgroup, says naga 30; a loop, not.
        line!(text, "    for (var fades = {fades}; fades; fades = false) {{");
        self.fade(text);
        line!(text, "    }}");
        self.value_products(text);
        line!(text, "    }}");
        line!(text, "    workgroupBarrier();");
        self.keep(text);
        line!(text, "    workgroupBarrier();");
        line!(text, "  }}");
    }

    /// What threads do that write and read scores and weights of their subgroup.
    fn wait(self) -> &'static str {
        if self.alone {
            "subgroupBarrier();"
        } else {
            "workgroupBarrier();"
        }
    }

    fn tile(self) -> usize {
        self.units.tile as usize
    }

    /// Entries of a key.
    fn key_dim(self) -> usize {
        key_dim(self.dim, self.split)
    }

    /// Rows of scores that a thread owns, or has a part of.
    fn rows_of_thread(self) -> usize {
        (self.cut.rows / self.units.subgroup as usize).max(1)
    }

    /// Threads that own a row together.
    fn owners(self) -> usize {
        (self.units.subgroup as usize / self.cut.rows).max(1)
    }

    /// Vectors of scores of a row that a thread has at a time.
    fn vectors_of_thread(self) -> usize {
        self.cut.step / 4 / self.owners()
    }

    /// Fragments of rows of a subgroup.
    fn row_fragments(self) -> usize {
        self.cut.rows / self.tile()
    }

    /// Fragments of dimensions.
    fn dim_fragments(self) -> usize {
        self.dim / self.tile()
    }

    /// Fragments of keys of a step.
    fn key_fragments(self) -> usize {
        self.cut.step / self.tile()
    }

    /// Fragments of sums: of rows and of dimensions.
    fn each_sum(self, mut each: impl FnMut(usize, usize)) {
        for r in 0..self.row_fragments() {
            for t in 0..self.dim_fragments() {
                each(r, t);
            }
        }
    }
}

/// Entries of a key of D dimensions.
fn key_dim(dim: usize, split: Split) -> usize {
    if split == Split::Keys { 2 * dim } else { dim }
}
