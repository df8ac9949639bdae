//! What comes to workgroup memory, and the products of its tiles.

use super::cut::stride;
use super::{End, Matrix, Split};
use crate::wgsl::{line, rounded};

impl Matrix {
    /// The first keys and values come to their tiles; whoever reads them waits for the next barrier.
    pub(super) fn first_tile(self, text: &mut String) {
        if !self.alone {
            line!(text, "  if (thread == 0u) {{ last_move.x = 0u; }}");
        }
        line!(text, "  {{");
        self.fetch(text, "0u");
        self.keep(text);
        line!(text, "  }}");
    }

    /// Queries come to fragments, and `scale` is what multiplies their products with keys.
    pub(super) fn queries(self, text: &mut String, tensor: &str) {
        let vectors = self.dim / 4;
        if self.split == Split::Queries {
            self.widest(text);
            let columns = self.dim.min(self.cut.step);
            for first in (0..self.dim).step_by(columns) {
                self.split_queries(text, first, columns, false);
                self.split_queries(text, first, columns, true);
            }
            return;
        }
        let unit = match self.end {
            End::Output | End::Next(_) => "",
            End::All(_, true) => " * unit",
            End::All(_, false) => " * unit * unit",
        };
        line!(
            text,
            "  let scale = hook[head * {}u + {vectors}u].x{unit};",
            2 * vectors
        );
        self.each_sum(|r, t| {
            line!(
                text,
                "  let q{r}_{t} = coopLoadT<Left>(&{tensor}[(query0 + first_row + fragment{r}) * {vectors}u + {}u], {vectors}u);",
                t * self.tile() / 4
            );
        });
    }

    /// The largest entry of `w` is the scale, so that the others are at most 1.
    fn widest(self, text: &mut String) {
        let vectors = self.dim / 4;
        line!(text, "  var widest = vec4<f32>(0.0);");
        line!(
            text,
            "  for (var i = 0u; i < {vectors}u; i += 1u) {{ \
             widest = max(widest, abs(hook[head * {}u + {vectors}u + i])); }}",
            2 * vectors
        );
        line!(
            text,
            "  let scale = max(max(max(widest.x, widest.y), max(widest.z, widest.w)), 1.0e-30);"
        );
    }

    /// Some columns of `(q − a) w`, rounded, or what they lost by that, go to fragments through the room for weights.
    fn split_queries(self, text: &mut String, first: usize, columns: usize, lost: bool) {
        let (vectors, across, stride) = (self.dim / 4, columns / 4, self.cut.weight_stride());
        line!(
            text,
            "  for (var e = thread; e < {}u; e += {}u) {{",
            self.cut.all_rows() * across,
            self.threads()
        );
        line!(
            text,
            "    let row = e / {across}u; let column = {}u + e % {across}u; let hook_at = head * {}u + column;",
            first / 4,
            2 * vectors
        );
        line!(
            text,
            "    let at = (query0 + min(first_row + row, sizes.queries - 1u)) * {vectors}u + column;"
        );
        line!(
            text,
            "    let x = (vec4<f32>(query[at]) - hook[hook_at]) * (hook[hook_at + {vectors}u] / scale); let y = {};",
            rounded("x")
        );
        line!(
            text,
            "    weights[row * {stride}u + e % {across}u] = vec4<f16>({});",
            if lost { "x - y" } else { "y" }
        );
        line!(text, "  }}\n  workgroupBarrier();");
        let name = if lost { "lost" } else { "q" };
        for t in 0..columns / self.tile() {
            for r in 0..self.row_fragments() {
                line!(
                    text,
                    "  let {name}{r}_{} = coopLoadT<Left>(&weights[fragment{r} * {stride}u + {}u], {stride}u);",
                    first / self.tile() + t,
                    t * self.tile() / 4
                );
            }
        }
        line!(text, "  workgroupBarrier();");
    }

    /// Brings rows of keys and values to registers: `key0 + first` and those that follow, past the last one too; and their
    /// biases, each the sum of its two parts: scores are sums in f32 themselves.
    pub(super) fn fetch(self, text: &mut String, first: &str) {
        for tensor in ["key", "value"] {
            let vectors = self.vectors_of(tensor);
            line!(text, "    let {tensor}_at = (key0 + {first}) * {vectors}u + thread;");
            for i in 0..self.fetched(tensor) {
                let load = format!("{tensor}_{i} = {tensor}[{tensor}_at + {}u];", i * self.threads());
                line!(
                    text,
                    "    var {tensor}_{i}: vec4<f16>; {}",
                    self.where_there(tensor, i, &load)
                );
            }
        }
        if self.bias {
            let entries: Vec<String> = (0..4).map(|e| format!("bias[j + {e}u].x + bias[j + {e}u].y")).collect();
            line!(
                text,
                "    var bias_0: vec4<f32>; if (thread < {}u) {{ let j = key0 + {first} + 4u * thread; bias_0 = vec4<f32>({}); }}",
                self.cut.keys / 4,
                entries.join(", ")
            );
        }
    }

    /// Brings them from there to their tiles.
    pub(super) fn keep(self, text: &mut String) {
        for tensor in ["key", "value"] {
            let vectors = self.vectors_of(tensor);
            for i in 0..self.fetched(tensor) {
                let e = format!("(thread + {}u)", i * self.threads());
                let store = format!(
                    "{tensor}_tile[{e} / {vectors}u * {}u + {e} % {vectors}u] = {tensor}_{i};",
                    stride(4 * vectors)
                );
                line!(text, "    {}", self.where_there(tensor, i, &store));
            }
        }
        if self.bias {
            line!(
                text,
                "    if (thread < {}u) {{ biases[thread] = bias_0; }}",
                self.cut.keys / 4
            );
        }
    }

    /// Vectors of a row.
    fn vectors_of(self, tensor: &str) -> usize {
        if tensor == "key" {
            self.key_dim() / 4
        } else {
            self.dim / 4
        }
    }

    /// How many vectors of a tile a thread brings.
    fn fetched(self, tensor: &str) -> usize {
        (self.cut.keys * self.vectors_of(tensor)).div_ceil(self.threads())
    }

    /// A statement for the vector `i` of each thread, which the last threads may not have.
    fn where_there(self, tensor: &str, i: usize, statement: &str) -> String {
        let left = self.cut.keys * self.vectors_of(tensor) - i * self.threads();
        if left >= self.threads() {
            statement.to_owned()
        } else {
            format!("if (thread < {left}u) {{ {statement} }}")
        }
    }

    /// Scores of the rows and the keys of a step, in workgroup memory.
    pub(super) fn score_products(self, text: &mut String) {
        let (tile, key_stride, stride) = (self.tile(), stride(self.key_dim()), self.cut.score_stride());
        self.each_score(|r, k| line!(text, "      var s{r}_{k} = zero;"));
        let terms = |t: usize| match self.split {
            Split::Nothing => vec![("q", t)],
            Split::Queries => vec![("q", t), ("lost", t)],
            Split::Keys => vec![("q", t), ("q", t + self.dim_fragments())],
        };
        // Products that follow each other are of other sums, so that none waits for the last.
        for t in 0..self.dim_fragments() {
            for (name, of_key) in terms(t) {
                for k in 0..self.key_fragments() {
                    if name == "q" {
                        line!(
                            text,
                            "      let k{k}_{of_key} = coopLoad<Right>(&key_tile[(c + {}u) * {key_stride}u + {}u], {key_stride}u);",
                            k * tile,
                            of_key * tile / 4
                        );
                    }
                    for r in 0..self.row_fragments() {
                        line!(
                            text,
                            "      s{r}_{k} = coopMultiplyAdd({name}{r}_{t}, k{k}_{of_key}, s{r}_{k});"
                        );
                    }
                }
            }
        }
        self.each_score(|r, k| {
            // An index that is computed in the call is one that naga 30 has not written down when it needs it.
            line!(
                text,
                "      let to{r}_{k} = fragment{r} * {stride}u + {}u; coopStoreT(s{r}_{k}, &scores[to{r}_{k}], {stride}u);",
                k * tile / 4
            );
        });
    }

    /// Adds weights × values.
    pub(super) fn value_products(self, text: &mut String) {
        let (tile, weights, values) = (self.tile(), self.cut.weight_stride(), stride(self.dim));
        for k in 0..self.key_fragments() {
            for r in 0..self.row_fragments() {
                line!(
                    text,
                    "      let p{r}_{k} = coopLoadT<Left>(&weights[fragment{r} * {weights}u + {}u], {weights}u);",
                    k * tile / 4
                );
            }
            for t in 0..self.dim_fragments() {
                line!(
                    text,
                    "      let v{k}_{t} = coopLoadT<Right>(&value_tile[(c + {}u) * {values}u + {}u], {values}u);",
                    k * tile,
                    t * tile / 4
                );
                for r in 0..self.row_fragments() {
                    line!(text, "      o{r}_{t} = coopMultiplyAdd(p{r}_{k}, v{k}_{t}, o{r}_{t});");
                }
            }
        }
    }

    /// Fragments of scores: of rows and of keys.
    fn each_score(self, mut each: impl FnMut(usize, usize)) {
        for r in 0..self.row_fragments() {
            for k in 0..self.key_fragments() {
                each(r, k);
            }
        }
    }
}
