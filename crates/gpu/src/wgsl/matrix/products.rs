//! What comes to workgroup memory, and the products of its tiles.

use super::cut::stride;
use super::{End, Matrix, Split};
use crate::wgsl::{line, rounded};

impl Matrix {
    /// The first keys come to their tile; whoever reads it waits for the next barrier.
    pub(super) fn first_keys(self, text: &mut String) {
        line!(text, "  if (thread == 0u) {{ moved.x = 0u; }}\n  {{");
        self.fetch(text, "key", "0u");
        self.keep(text, "key");
        line!(text, "  }}");
    }

    /// Queries come to fragments, and `scale` is what multiplies their products with keys.
    pub(super) fn queries(self, text: &mut String, tensor: &str) {
        let vectors = self.dim / 4;
        if self.split == Split::Queries {
            self.widest(text);
            let columns = self.dim.min(self.cut.keys);
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

    /// Brings rows of keys or values to registers: `key0 + first` and those that follow, past the last one too.
    pub(super) fn fetch(self, text: &mut String, tensor: &str, first: &str) {
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

    /// Brings them from there to their tile.
    pub(super) fn keep(self, text: &mut String, tensor: &str) {
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

    /// Scores of all rows and some keys, in workgroup memory.
    pub(super) fn score_products(self, text: &mut String) {
        let (tile, key_stride, stride) = (self.tile(), stride(self.key_dim()), self.cut.score_stride());
        line!(text, "    for (var c = 0u; c < {}u; c += 1u) {{", self.key_fragments());
        for r in 0..self.row_fragments() {
            line!(text, "      var s{r} = zero;");
        }
        let load = |text: &mut String, t: usize| {
            line!(
                text,
                "      let k{t} = coopLoad<Right>(&key_tile[c * {}u + {}u], {key_stride}u);",
                tile * key_stride,
                t * tile / 4
            );
        };
        let multiply = |text: &mut String, name: &str, t: usize, k: usize| {
            for r in 0..self.row_fragments() {
                line!(text, "      s{r} = coopMultiplyAdd({name}{r}_{t}, k{k}, s{r});");
            }
        };
        for t in 0..self.dim_fragments() {
            load(text, t);
            multiply(text, "q", t, t);
            match self.split {
                Split::Nothing => {}
                Split::Queries => multiply(text, "lost", t, t),
                Split::Keys => {
                    let k = t + self.dim_fragments();
                    load(text, k);
                    multiply(text, "q", t, k);
                }
            }
        }
        for r in 0..self.row_fragments() {
            // An index that is computed in the call is one that naga 30 has not written down when it needs it.
            line!(
                text,
                "      let to{r} = fragment{r} * {stride}u + c * {}u; coopStoreT(s{r}, &scores[to{r}], {stride}u);",
                tile / 4
            );
        }
        line!(text, "    }}");
    }

    /// Adds weights × values.
    pub(super) fn value_products(self, text: &mut String) {
        let (tile, weights, values) = (self.tile(), self.cut.weight_stride(), stride(self.dim));
        line!(text, "    for (var c = 0u; c < {}u; c += 1u) {{", self.key_fragments());
        for r in 0..self.row_fragments() {
            line!(
                text,
                "      let p{r} = coopLoadT<Left>(&weights[fragment{r} * {weights}u + c * {}u], {weights}u);",
                tile / 4
            );
        }
        for t in 0..self.dim_fragments() {
            line!(
                text,
                "      let v{t} = coopLoadT<Right>(&value_tile[c * {}u + {}u], {values}u);",
                tile * values,
                t * tile / 4
            );
            for r in 0..self.row_fragments() {
                line!(text, "      o{r}_{t} = coopMultiplyAdd(p{r}, v{t}, o{r}_{t});");
            }
        }
        line!(text, "    }}");
    }
}
