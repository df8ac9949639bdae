//! What a thread does with the rows of scores that it owns, and what becomes of them.

use eigenlens_core::RpcForm;

use super::{End, Matrix};
use crate::wgsl::{line, rounded};

/// A logit that no key has: its weight is 0.
const MASKED: &str = "-3.0e38";
/// By how many powers of two a reference is below the maximum of its row when it is taken: small weights are then further
/// from the end of f16.
const BELOW: f32 = 7.0;
/// By how many powers of two more the maximum may grow until another reference is taken: 15 in all, and f16 has numbers
/// below 2¹⁶.
const LAZY: f32 = 8.0;

impl Matrix {
    /// The weights of the rows and their sums, which are those of the rounded weights: what is above and what is below the
    /// line then agree.
    pub(super) fn weights(self, text: &mut String) {
        let edge = if self.causal {
            "min(length, first_row + 1u)"
        } else {
            "length"
        };
        line!(
            text,
            "    let hides = at + {}u > {edge}; var moved = false;",
            self.cut.step
        );
        for i in 0..self.rows_of_thread() {
            self.row(text, i);
        }
    }

    fn row(self, text: &mut String, i: usize) {
        let vectors = self.vectors_of_thread();
        line!(
            text,
            "    {{\n      let left = mine * {vectors}u; let score_at = row{i} * {}u + left;",
            self.cut.score_stride()
        );
        for c in 0..vectors {
            line!(text, "      var x{c} = scores[score_at + {c}u];");
        }
        // Logits, or scores that become logits where they are used.
        let (logit, top) = if self.bias {
            for c in 0..vectors {
                line!(
                    text,
                    "      x{c} = fma(x{c}, vec4<f32>(scale), biases[c / 4u + left + {c}u]);"
                );
            }
            ("1.0", "")
        } else {
            ("scale", " * scale")
        };
        self.mask(text, i);
        let tops = (1..vectors).fold("x0".to_owned(), |tops, c| format!("max({tops}, x{c})"));
        line!(text, "      let tops = {tops};");
        line!(
            text,
            "      let own = max(max(tops.x, tops.y), max(tops.z, tops.w)){top};"
        );
        let all = self.of_owners("own", |own, other| format!("max({own}, {other})"));
        line!(text, "      let top = {all};");
        line!(text, "      fade{i} = 1.0;");
        line!(text, "      if (top > m{i} + {:?}) {{", BELOW + LAZY);
        line!(
            text,
            "        let reference = top - {BELOW:?}; fade{i} = exp2(m{i} - reference); m{i} = reference;"
        );
        // Where there is no sum yet, nothing fades.
        line!(text, "        moved = moved || l{i} > 0.0;\n      }}");
        line!(
            text,
            "      let weight_at = row{i} * {}u + left; var sum = vec4<f32>(0.0);",
            self.cut.weight_stride()
        );
        for c in 0..vectors {
            line!(
                text,
                "      let p{c} = exp2(fma(x{c}, vec4<f32>({logit}), vec4<f32>(-m{i}))); let w{c} = {}; \
                 weights[weight_at + {c}u] = vec4<f16>(w{c}); sum += w{c};",
                rounded(&format!("p{c}"))
            );
        }
        line!(
            text,
            "      l{i} = fma(l{i}, fade{i}, (sum.x + sum.y) + (sum.z + sum.w));\n    }}"
        );
    }

    /// Hides keys that a row does not have: those past the end, and of causal attention those that come later.
    fn mask(self, text: &mut String, i: usize) {
        let limit = if self.causal {
            format!("min(length, first_row + row{i} + 1u)")
        } else {
            "length".to_owned()
        };
        line!(text, "      if (hides) {{");
        line!(
            text,
            "        let j = vec4<u32>(at + 4u * left) + vec4<u32>(0u, 1u, 2u, 3u); let limit = vec4<u32>({limit});"
        );
        for c in 0..self.vectors_of_thread() {
            line!(
                text,
                "        x{c} = select(vec4<f32>({MASKED}), x{c}, j + {}u < limit);",
                4 * c
            );
        }
        line!(text, "      }}");
    }

    /// What the owners of a row make of what each has.
    fn of_owners(self, own: &str, joined: impl Fn(&str, &str) -> String) -> String {
        if self.owners() == 1 {
            return own.to_owned();
        }
        joined(own, &format!("subgroupShuffleXor({own}, {}u)", self.cut.rows))
    }

    /// Sums go through the room of the scores, where the owner of a row multiplies it.
    pub(super) fn fade(self, text: &mut String) {
        let wait = self.wait();
        self.through_scores(text, wait, |text, first, columns| {
            let (stride, each) = (self.cut.score_stride(), columns / 4 / self.owners());
            for i in 0..self.rows_of_thread() {
                for c in 0..each {
                    line!(
                        text,
                        "      scores[row{i} * {stride}u + mine * {each}u + {c}u] *= fade{i};"
                    );
                }
            }
            line!(text, "      {wait}");
            self.each_fragment(first, columns, |r, t, column| {
                line!(
                    text,
                    "      o{r}_{t} = coopLoadT<Sum>(&scores[fragment{r} * {stride}u + {column}u], {stride}u);"
                );
            });
        });
    }

    /// Brings the sums to the room of the scores, as many columns at a time as it has, and does something with them.
    fn through_scores(self, text: &mut String, wait: &str, mut each: impl FnMut(&mut String, usize, usize)) {
        let (columns, stride) = (self.dim.min(self.cut.step), self.cut.score_stride());
        for first in (0..self.dim).step_by(columns) {
            self.each_fragment(first, columns, |r, t, column| {
                line!(
                    text,
                    "      let at{r}_{t} = fragment{r} * {stride}u + {column}u; \
                     coopStoreT(o{r}_{t}, &scores[at{r}_{t}], {stride}u);"
                );
            });
            line!(text, "      {wait}");
            each(text, first, columns);
            line!(text, "      {wait}");
        }
    }

    /// Fragments of sums in some columns, with the vector of a row of scores where each begins.
    fn each_fragment(self, first: usize, columns: usize, mut each: impl FnMut(usize, usize, usize)) {
        let tile = self.tile();
        for t in first / tile..(first + columns) / tile {
            for r in 0..self.row_fragments() {
                each(r, t, (t * tile - first) / 4);
            }
        }
    }

    /// What becomes of the rows: each divided by the sum of its weights.
    pub(super) fn finish(self, text: &mut String) {
        let stride = self.cut.score_stride();
        for i in 0..self.rows_of_thread() {
            let all = self.of_owners(&format!("l{i}"), |own, other| format!("({own} + {other})"));
            let at = format!("row{i} * {stride}u + {}u", stride - 1);
            line!(
                text,
                "  let sum{i} = {all}; if (mine == 0u) {{ scores[{at}].x = 1.0 / sum{i}; }}"
            );
        }
        if matches!(self.end, End::Next(_)) {
            line!(
                text,
                "  let tau = vec4<f32>(threshold[head]); let unit = unit_of(threshold[head]);"
            );
        }
        self.through_scores(text, "workgroupBarrier();", |text, first, columns| {
            let across = columns / 4;
            line!(
                text,
                "  for (var e = thread; e < {}u; e += {}u) {{",
                self.cut.all_rows() * across,
                self.threads()
            );
            line!(text, "    let row = e / {across}u; let score_at = row * {stride}u;");
            line!(text, "    if (first_row + row < sizes.queries) {{");
            line!(
                text,
                "      let l = scores[score_at + e % {across}u] * scores[score_at + {}u].x;",
                stride - 1
            );
            line!(
                text,
                "      let at = (query0 + first_row + row) * {}u + {}u + e % {across}u;",
                self.dim / 4,
                first / 4
            );
            self.write(text);
            line!(text, "    }}\n  }}");
        });
    }

    /// What becomes of `l`, four numbers of the output at `at`.
    fn write(self, text: &mut String) {
        match self.end {
            End::Output => line!(text, "      output[at] = nearest(l);"),
            End::Next(form) => {
                line!(text, "      let k = vec4<f32>(origin[at]); let u = dual[at];");
                next(text, form);
                line!(text, "      output[at] = nearest(x / unit); dual[at] = {};", kept(form));
            }
            End::All(form, _) => Self::write_round(text, form),
        }
    }
}

/// `z`, the next dual, and `x`, the next keys, from `k`, `u` and `l`.
pub(super) fn next(text: &mut String, form: RpcForm) {
    let sign = match form {
        RpcForm::Printed | RpcForm::Released => "-",
        RpcForm::Lagrangian => "+",
    };
    line!(text, "      let z = u - l; let r = k - l + z;");
    line!(text, "      let s = sign(r) * max(abs(r) - tau, vec4<f32>(0.0));");
    line!(text, "      let x = k - s {sign} z;");
}

/// What is kept of them.
pub(super) fn kept(form: RpcForm) -> &'static str {
    match form {
        RpcForm::Printed | RpcForm::Released => "2.0 * z + x",
        RpcForm::Lagrangian => "x",
    }
}
