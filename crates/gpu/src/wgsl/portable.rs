//! The portable kernel: attention in workgroup memory, for any GPU and for the browser.
//!
//! A workgroup takes [`ROWS`] queries of a head and goes over the keys, [`Portable::keys`] at a time, with a running
//! maximum and a running sum of weights (Milakov and Gimelshein 2018; Dao 2023): no score leaves the workgroup. Scores
//! are products of tiles, four rows and a few columns in the registers of a thread, in f32 whatever is stored.
//!
//! The hooks are those of the family `logit_ij = (q_i − a)ᵀ diag(w) k_j + b_j`, in units of log 2, so that weights are
//! powers of two: `a` and `w` of each head come in a buffer (Elliptical Attention, Attention-BN, the temperature), and
//! `b_j` (the smoother) and the number of keys of each head (Attention-SH) in buffers that only those have. RPC-Attention
//! ends with its own update of the keys.

mod loads;

use eigenlens_core::RpcForm;

use super::{header, line, narrowed, tensor, widened};
use crate::shape::Precision;

/// Queries of a workgroup.
pub(crate) const ROWS: usize = 64;
/// Rows that a thread holds.
const ROWS_OF_THREAD: usize = 4;
/// Dimensions of queries and keys that are in workgroup memory at a time.
const CHUNK: usize = 16;
/// A logit that no key has: its weight is 0.
const MASKED: &str = "-3.0e38";

/// Which kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Portable {
    /// D.
    pub(crate) dim: usize,
    /// How queries are stored.
    pub(crate) query: Precision,
    /// How keys are stored.
    pub(crate) key: Precision,
    /// How values are stored.
    pub(crate) value: Precision,
    /// Whether keys have a bias.
    pub(crate) bias: bool,
    /// Whether query i sees the keys 0 to i only.
    pub(crate) causal: bool,
    /// Whether heads have numbers of keys of their own.
    pub(crate) lengths: bool,
    /// What becomes of the rows.
    pub(crate) end: End,
    /// Bytes that the threads of a workgroup share.
    pub(crate) workgroup_bytes: u32,
}

/// What becomes of a row of the output, `l`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It is written, in this precision.
    Output(Precision),
    /// It makes the next keys `X` of RPC-Attention, and its scaled dual `z = Y/μ`. With S eliminated, in the printed
    /// and the released form `z' = 2z + x − l`, `x' = k − S_τ(k − l + z') − z'`; in the Lagrangian one `z' = x − l`,
    /// `x' = k − S_τ(k − l + z') + z'`.
    Next(RpcForm, Precision),
    /// All iterations of RPC-Attention, one workgroup for each head: the attended keys are held in workgroup memory.
    All(Held),
}

/// What a workgroup holds of a head of RPC-Attention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Held {
    /// Which form.
    pub(crate) form: RpcForm,
    /// How `k`, the output and the attended keys that are held are stored.
    pub(crate) precision: Precision,
    /// N, at most 208.
    pub(crate) tokens: usize,
    /// Whether the queries ask, and not the attended keys.
    pub(crate) asymmetric: bool,
}

impl Held {
    /// The most tokens of a head that a workgroup takes.
    const TOKENS: usize = 208;
    /// The most dimensions of them.
    const DIM: usize = 64;

    /// Whether a head fits into a workgroup.
    pub(crate) fn fits(self, dim: usize, workgroup_bytes: u32) -> bool {
        let across = if dim == 16 { 4 } else { 8 };
        let bytes = Portable::shared_vectors(dim, across, 1) * 16 + self.bytes(dim);
        self.tokens <= Self::TOKENS && dim <= Self::DIM && bytes <= workgroup_bytes as usize
    }

    fn bytes(self, dim: usize) -> usize {
        self.tokens * dim * self.precision.bytes()
    }
}

impl Portable {
    /// Threads side by side in a row of the tile.
    fn across(self) -> usize {
        if self.dim == 16 { 4 } else { 8 }
    }

    /// Groups of four keys that a thread holds.
    fn groups(self) -> usize {
        let held = match self.end {
            End::All(held) => held.bytes(self.dim),
            End::Output(_) | End::Next(..) => 0,
        };
        let wide = Self::shared_vectors(self.dim, self.across(), 2) * 16 + held;
        if wide <= self.workgroup_bytes as usize { 2 } else { 1 }
    }

    /// Keys that are in workgroup memory at a time.
    pub(crate) fn keys(self) -> usize {
        4 * self.across() * self.groups()
    }

    /// Threads of a workgroup.
    pub(crate) fn threads(self) -> usize {
        self.across() * ROWS / ROWS_OF_THREAD
    }

    /// Vectors of four f32 in workgroup memory: the stage and the weights.
    fn shared_vectors(dim: usize, across: usize, groups: usize) -> usize {
        stage(dim, across, groups) + ROWS * across * groups
    }

    /// The text.
    pub(crate) fn wgsl(self) -> String {
        let mut text = self.declarations();
        self.loads(&mut text);
        line!(text, "@compute @workgroup_size({})", self.threads());
        line!(
            text,
            "fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(num_workgroups) count: vec3<u32>, \
             @builtin(local_invocation_index) thread: u32) {{"
        );
        self.begin(&mut text);
        match self.end {
            End::Output(_) | End::Next(..) => {
                line!(text, "  let first_row = group % sizes.blocks * {ROWS}u;");
                self.rows(&mut text, self.end);
            }
            End::All(held) => self.all(&mut text, held),
        }
        text.push_str("}\n");
        text
    }

    /// The rows of the workgroup from `first_row` on, from nothing to their end.
    fn rows(self, text: &mut String, end: End) {
        self.start(text);
        self.over_keys(text);
        self.finish(text, end);
    }

    /// All rows, again and again.
    fn all(self, text: &mut String, held: Held) {
        let (vectors, threads) = (self.dim / 4, self.threads());
        let hold = format!(
            "for (var e = thread; e < length * {vectors}u; e += {threads}u) {{ held[e] = {}; }}",
            narrowed(held.precision, &format!("key[key0 * {vectors}u + e]"))
        );
        line!(text, "  {hold}");
        line!(text, "  for (var round = 1u; round <= sizes.rounds; round += 1u) {{");
        line!(
            text,
            "  for (var first_row = 0u; first_row < length; first_row += {ROWS}u) {{"
        );
        self.rows(text, self.end);
        line!(text, "  }}\n  storageBarrier(); workgroupBarrier();\n  {hold}\n  }}");
    }

    fn declarations(self) -> String {
        let (across, groups) = (self.across(), self.groups());
        let (output, origin) = match self.end {
            End::Output(precision) => (precision, None),
            End::Next(_, origin) => (Precision::F32, Some(origin)),
            End::All(held) => (held.precision, Some(held.precision)),
        };
        let asks = !matches!(self.end, End::All(held) if !held.asymmetric);
        let key = if matches!(self.end, End::All(_)) {
            "read_write"
        } else {
            "read"
        };
        let stored = [self.query, self.key, self.value, output, origin.unwrap_or(output)];
        let mut text = header(&stored);
        // `first`: of the workgroups of this dispatch; `blocks`: of rows, of a head.
        text.push_str(
            "struct Sizes { queries: u32, keys: u32, blocks: u32, total: u32, first: u32, rounds: u32, zero: u32 };\n",
        );
        text.push_str("@group(0) @binding(0) var<uniform> sizes: Sizes;\n");
        if asks {
            text.push_str(&tensor(1, "query", "read", self.query));
        }
        text.push_str(&tensor(2, "key", key, self.key));
        text.push_str(&tensor(3, "value", "read", self.value));
        text.push_str("@group(0) @binding(4) var<storage, read> hook: array<vec4<f32>>;\n");
        text.push_str(&tensor(5, "output", "read_write", output));
        if self.bias {
            text.push_str("@group(0) @binding(6) var<storage, read> bias: array<vec2<f32>>;\n");
        }
        if self.lengths {
            text.push_str("@group(0) @binding(7) var<storage, read> lengths: array<u32>;\n");
        }
        if let Some(origin) = origin {
            text.push_str(&tensor(6, "origin", "read", origin));
            text.push_str("@group(0) @binding(7) var<storage, read_write> dual: array<vec4<f32>>;\n");
            text.push_str("@group(0) @binding(8) var<storage, read> threshold: array<f32>;\n");
        }
        let stage = stage(self.dim, across, groups);
        line!(text, "var<workgroup> stage: array<vec4<f32>, {stage}>;");
        line!(
            text,
            "var<workgroup> weights: array<vec4<f32>, {}>;",
            ROWS * across * groups
        );
        // What must be rounded: compilers that take numbers for real ones cannot see through it.
        line!(
            text,
            "fn rounded(x: vec4<f32>) -> vec4<f32> {{ return bitcast<vec4<f32>>(bitcast<vec4<u32>>(x) ^ vec4<u32>(sizes.zero)); }}"
        );
        if let End::All(held) = self.end {
            let vectors = held.tokens * self.dim / 4;
            line!(text, "var<workgroup> held: array<vec4<{}>, {vectors}>;", held.precision);
        }
        text
    }

    /// Rows of values that are in the stage at a time.
    fn value_rows(self) -> usize {
        value_rows(self.dim, self.keys())
    }

    fn begin(self, text: &mut String) {
        let across = self.across();
        line!(text, "  let group = sizes.first + id.y * count.x + id.x;");
        // The last row of a dispatch may have more workgroups than there is work; the test is the same for a whole one.
        line!(text, "  if (group >= sizes.total) {{ return; }}");
        line!(text, "  let head = group / sizes.blocks;");
        line!(text, "  let row0 = head * sizes.queries; let key0 = head * sizes.keys;");
        line!(text, "  let tx = thread % {across}u; let ty = thread / {across}u;");
        let length = if self.lengths { "lengths[head]" } else { "sizes.keys" };
        line!(text, "  let length = {length};");
    }

    /// Nothing seen yet.
    fn start(self, text: &mut String) {
        let end = if self.causal {
            format!("min(length, first_row + {ROWS}u)")
        } else {
            "length".to_owned()
        };
        line!(text, "  let end = {end};");
        line!(
            text,
            "  var m = vec4<f32>({MASKED}); var l = vec4<f32>(0.0); var lost = vec4<f32>(0.0);"
        );
        for i in 0..ROWS_OF_THREAD {
            for c in 0..self.columns() {
                line!(text, "  var o{i}_{c} = vec4<f32>(0.0);");
            }
        }
    }

    /// Groups of four columns of the output that a thread holds.
    fn columns(self) -> usize {
        self.dim / 4 / self.across()
    }

    fn over_keys(self, text: &mut String) {
        line!(
            text,
            "  for (var first = 0u; first < end; first += {}u) {{",
            self.keys()
        );
        self.scores(text);
        self.mask(text);
        self.weights(text);
        self.values(text);
        line!(text, "  }}");
    }

    /// `s{i}_{c}`: scores of row i of this thread and four keys.
    ///
    /// In f32 each chunk is summed by itself first, `t{i}_{c}`: of 128 products the rounding errors are then less than half.
    fn scores(self, text: &mut String) {
        let (across, groups, chunk) = (self.across(), self.groups(), CHUNK / 4);
        self.each_score(|i, c| line!(text, "    var s{i}_{c} = vec4<f32>(0.0);"));
        line!(
            text,
            "    for (var chunk = 0u; chunk < {}u; chunk += 1u) {{",
            self.dim / CHUNK
        );
        line!(text, "      workgroupBarrier();");
        line!(
            text,
            "      load_queries(head, row0, first_row, sizes.queries - first_row, chunk, thread);"
        );
        line!(text, "      load_keys(key0, first, length, chunk, thread);");
        line!(text, "      workgroupBarrier();");
        let apart = self.is_careful() && self.dim > CHUNK;
        let into = if apart { "t" } else { "s" };
        if apart {
            self.each_score(|i, c| line!(text, "      var t{i}_{c} = vec4<f32>(0.0);"));
        }
        let all = across * groups;
        for part in 0..chunk {
            line!(text, "      {{");
            for i in 0..ROWS_OF_THREAD {
                line!(text, "        let q{i} = stage[(4u * ty + {i}u) * {chunk}u + {part}u];");
            }
            for (x, name) in ["x", "y", "z", "w"].iter().enumerate() {
                for c in 0..groups {
                    let at = ROWS * chunk + (4 * part + x) * all + c * across;
                    line!(text, "        let k{x}_{c} = stage[{at}u + tx];");
                    for i in 0..ROWS_OF_THREAD {
                        line!(
                            text,
                            "        {into}{i}_{c} = fma(vec4<f32>(q{i}.{name}), k{x}_{c}, {into}{i}_{c});"
                        );
                    }
                }
            }
            line!(text, "      }}");
        }
        if apart {
            self.each_score(|i, c| line!(text, "      s{i}_{c} += t{i}_{c};"));
        }
        line!(text, "    }}");
    }

    /// Rows of a thread with its groups of keys.
    fn each_score(self, mut each: impl FnMut(usize, usize)) {
        for i in 0..ROWS_OF_THREAD {
            for c in 0..self.groups() {
                each(i, c);
            }
        }
    }

    /// Adds the bias, and hides keys that a row does not have.
    fn mask(self, text: &mut String) {
        for c in 0..self.groups() {
            line!(
                text,
                "    let j{c} = first + 4u * (tx + {}u) + vec4<u32>(0u, 1u, 2u, 3u);",
                c * self.across()
            );
            if self.bias {
                for (part, name) in ["x", "y"].iter().enumerate() {
                    let entries =
                        ["x", "y", "z", "w"].map(|j| format!("bias[key0 + min(j{c}.{j}, length - 1u)].{name}"));
                    line!(text, "    let b{part}_{c} = vec4<f32>({});", entries.join(", "));
                }
                for i in 0..ROWS_OF_THREAD {
                    line!(text, "    s{i}_{c} = (s{i}_{c} + b0_{c}) + b1_{c};");
                }
            }
            for i in 0..ROWS_OF_THREAD {
                let seen = if self.causal {
                    format!("j{c} < vec4<u32>(min(length, first_row + 4u * ty + {}u))", i + 1)
                } else {
                    format!("j{c} < vec4<u32>(length)")
                };
                line!(text, "    s{i}_{c} = select(vec4<f32>({MASKED}), s{i}_{c}, {seen});");
            }
        }
    }

    /// The new maximum of each row, and its weights in workgroup memory.
    fn weights(self, text: &mut String) {
        let (across, groups) = (self.across(), self.groups());
        let of_row = |i: usize| {
            let top = (1..groups).fold(format!("s{i}_0"), |top, c| format!("max({top}, s{i}_{c})"));
            line!(text, "    let t{i} = {top};");
        };
        (0..ROWS_OF_THREAD).for_each(of_row);
        let tops: Vec<String> = (0..ROWS_OF_THREAD)
            .map(|i| format!("max(max(t{i}.x, t{i}.y), max(t{i}.z, t{i}.w))"))
            .collect();
        line!(
            text,
            "    workgroupBarrier();\n    stage[thread] = vec4<f32>({});\n    workgroupBarrier();",
            tops.join(", ")
        );
        line!(text, "    var top = m;");
        for x in 0..across {
            line!(text, "    top = max(top, stage[ty * {across}u + {x}u]);");
        }
        line!(text, "    let fade = exp2(m - top); m = top;");
        let mut sums = Vec::new();
        for (i, name) in ["x", "y", "z", "w"].iter().enumerate() {
            for c in 0..groups {
                line!(text, "    let p{i}_{c} = exp2(s{i}_{c} - vec4<f32>(top.{name}));");
                line!(
                    text,
                    "    weights[(4u * ty + {i}u) * {}u + tx + {}u] = p{i}_{c};",
                    across * groups,
                    c * across
                );
            }
            let sum = (1..groups).fold(format!("p{i}_0"), |sum, c| format!("{sum} + p{i}_{c}"));
            sums.push(format!("dot({sum}, vec4<f32>(1.0))"));
        }
        line!(text, "    let sums = vec4<f32>({});", sums.join(", "));
        if self.is_careful() {
            line!(
                text,
                "    let faded = l * fade; l = rounded(faded + sums); let added = rounded(l - faded);"
            );
            line!(
                text,
                "    lost = lost * fade + ((faded - rounded(l - added)) + (sums - added));"
            );
            return;
        }
        line!(text, "    l = l * fade + sums;");
        for (i, name) in ["x", "y", "z", "w"].iter().enumerate() {
            self.each_column(|c| line!(text, "    o{i}_{c} *= fade.{name};"));
        }
    }

    /// Whether digits are kept that only f32 has: of 32 thousand keys most have little weight each, and would be lost
    /// one by one beside what is there. So products are summed block by block, and what a sum of weights loses is kept.
    fn is_careful(self) -> bool {
        self.query == Precision::F32
    }

    fn each_column(self, each: impl FnMut(usize)) {
        (0..self.columns()).for_each(each);
    }

    /// Adds weights × values.
    fn values(self, text: &mut String) {
        let (across, rows) = (self.across(), self.value_rows());
        let into = if self.is_careful() { "u" } else { "o" };
        if self.is_careful() {
            for i in 0..ROWS_OF_THREAD {
                self.each_column(|c| line!(text, "    var u{i}_{c} = vec4<f32>(0.0);"));
            }
        }
        let (vectors, all) = (self.dim / 4, self.across() * self.groups());
        line!(
            text,
            "    for (var part = 0u; part < {}u; part += 1u) {{",
            self.keys() / rows
        );
        line!(
            text,
            "      workgroupBarrier();\n      load_values(key0, first + part * {rows}u, length, thread);\n      workgroupBarrier();"
        );
        line!(text, "      for (var four = 0u; four < {}u; four += 1u) {{", rows / 4);
        for i in 0..ROWS_OF_THREAD {
            line!(
                text,
                "        let p{i} = weights[(4u * ty + {i}u) * {all}u + part * {}u + four];",
                rows / 4
            );
        }
        for (x, name) in ["x", "y", "z", "w"].iter().enumerate() {
            for c in 0..self.columns() {
                line!(
                    text,
                    "        let v{x}_{c} = stage[(4u * four + {x}u) * {vectors}u + tx + {}u];",
                    c * across
                );
                for i in 0..ROWS_OF_THREAD {
                    line!(
                        text,
                        "        {into}{i}_{c} = fma(vec4<f32>(p{i}.{name}), v{x}_{c}, {into}{i}_{c});"
                    );
                }
            }
        }
        line!(text, "      }}\n    }}");
        if self.is_careful() {
            for (i, name) in ["x", "y", "z", "w"].iter().enumerate() {
                self.each_column(|c| line!(text, "    o{i}_{c} = fma(o{i}_{c}, vec4<f32>(fade.{name}), u{i}_{c});"));
            }
        }
    }

    /// The sum of the weights of each row, and what becomes of the rows.
    fn finish(self, text: &mut String, end: End) {
        let across = self.across();
        line!(
            text,
            "  workgroupBarrier();\n  stage[thread] = l + lost;\n  workgroupBarrier();\n  var sum = vec4<f32>(0.0);"
        );
        for x in 0..across {
            line!(text, "  sum += stage[ty * {across}u + {x}u];");
        }
        if !matches!(end, End::Output(_)) {
            line!(text, "  let tau = vec4<f32>(threshold[head]);");
        }
        for (i, name) in ["x", "y", "z", "w"].iter().enumerate() {
            line!(text, "  if (first_row + 4u * ty + {i}u < sizes.queries) {{");
            for c in 0..self.columns() {
                line!(text, "    {{");
                line!(
                    text,
                    "      let at = (row0 + first_row + 4u * ty + {i}u) * {}u + tx + {}u;",
                    self.dim / 4,
                    c * across
                );
                line!(text, "      let l = o{i}_{c} / sum.{name};");
                end.write(text, self.key);
                line!(text, "    }}");
            }
            line!(text, "  }}");
        }
    }
}

impl End {
    /// What becomes of `l`, four numbers of the output at `at`.
    fn write(self, text: &mut String, key: Precision) {
        match self {
            Self::Output(precision) => line!(text, "      output[at] = {};", narrowed(precision, "l")),
            Self::All(held) => {
                line!(text, "      if (round == sizes.rounds) {{");
                Self::Output(held.precision).write(text, key);
                line!(text, "      }} else {{");
                Self::Next(held.form, held.precision).write_to(text, key, "key");
                line!(text, "      }}");
            }
            Self::Next(..) => self.write_to(text, key, "output"),
        }
    }

    /// The next keys go to this tensor.
    fn write_to(self, text: &mut String, key: Precision, to: &str) {
        match self {
            Self::Output(_) | Self::All(_) => {}
            Self::Next(form, origin) => {
                line!(
                    text,
                    "      let k = {}; let x = {};",
                    widened(origin, "origin[at]"),
                    widened(key, "key[at]")
                );
                let (dual, sign) = match form {
                    RpcForm::Printed | RpcForm::Released => ("2.0 * dual[at] + x - l", "-"),
                    RpcForm::Lagrangian => ("x - l", "+"),
                };
                line!(text, "      let z = {dual}; let r = k - l + z;");
                line!(text, "      let s = sign(r) * max(abs(r) - tau, vec4<f32>(0.0));");
                line!(text, "      dual[at] = z; {to}[at] = k - s {sign} z;");
            }
        }
    }
}

/// Vectors of the stage, which holds queries and keys, or values, or one vector of each thread.
fn stage(dim: usize, across: usize, groups: usize) -> usize {
    let keys = 4 * across * groups;
    let products = ROWS * CHUNK / 4 + CHUNK * keys / 4;
    products
        .max(value_rows(dim, keys) * dim / 4)
        .max(ROWS / ROWS_OF_THREAD * across)
}

/// Rows of values that go with `keys` keys into the stage: as many as 512 vectors hold, in whole parts of the keys.
fn value_rows(dim: usize, keys: usize) -> usize {
    keys.min(512 / (dim / 4))
}
