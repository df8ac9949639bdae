//! Tiles into workgroup memory.

use super::{CHUNK, End, Portable, ROWS};
use crate::wgsl::{line, widened};

impl Portable {
    /// Functions that bring tiles into the stage. They are written out without loops: software Vulkan leaves a thread that
    /// has gone through 65,535 rounds of all its loops together.
    pub(super) fn loads(self, text: &mut String) {
        self.load_queries(text);
        self.load_keys(text);
        self.load_values(text);
    }

    /// Queries: rows of CHUNK numbers, with the hook on them.
    fn load_queries(self, text: &mut String) {
        let (vectors, chunk) = (self.dim / 4, CHUNK / 4);
        let query = match self.end {
            End::All(held) if !held.asymmetric => widened(
                held.precision,
                &format!("held[(first_row + min(row, rows - 1u)) * {vectors}u + column]"),
            ),
            _ => widened(
                self.query,
                &format!("query[(row0 + first_row + min(row, rows - 1u)) * {vectors}u + column]"),
            ),
        };
        line!(
            text,
            "fn load_queries(head: u32, row0: u32, first_row: u32, rows: u32, chunk: u32, thread: u32) {{"
        );
        self.shared_out(text, ROWS * chunk, |text| {
            line!(
                text,
                "    let row = e / {chunk}u; let column = chunk * {chunk}u + e % {chunk}u;"
            );
            line!(
                text,
                "    let a = hook[head * {0}u + column]; let w = hook[head * {0}u + {vectors}u + column];",
                2 * vectors
            );
            line!(text, "    stage[e] = ({query} - a) * w;");
        });
        line!(text, "}}");
    }

    /// Keys: transposed, so that a vector is one dimension of four keys.
    fn load_keys(self, text: &mut String) {
        let (vectors, chunk, groups) = (self.dim / 4, CHUNK / 4, self.keys() / 4);
        let key = |e: usize| match self.end {
            End::All(held) => widened(
                held.precision,
                &format!("held[min(j + {e}u, keys - 1u) * {vectors}u + column]"),
            ),
            End::Output(_) | End::Next(..) => widened(
                self.key,
                &format!("key[(key0 + min(j + {e}u, keys - 1u)) * {vectors}u + column]"),
            ),
        };
        line!(
            text,
            "fn load_keys(key0: u32, first: u32, keys: u32, chunk: u32, thread: u32) {{"
        );
        self.shared_out(text, groups * chunk, |text| {
            line!(
                text,
                "    let group = e % {groups}u; let part = e / {groups}u; let j = first + 4u * group; \
                 let column = chunk * {chunk}u + part;"
            );
            for e in 0..4 {
                line!(text, "    let k{e} = {};", key(e));
            }
            for (x, name) in ["x", "y", "z", "w"].iter().enumerate() {
                line!(
                    text,
                    "    stage[{}u + (4u * part + {x}u) * {groups}u + group] = \
                     vec4<f32>(k0.{name}, k1.{name}, k2.{name}, k3.{name});",
                    ROWS * chunk
                );
            }
        });
        line!(text, "}}");
    }

    /// Values: rows as they are.
    fn load_values(self, text: &mut String) {
        let vectors = self.dim / 4;
        let value = widened(
            self.value,
            &format!("value[(key0 + min(first + e / {vectors}u, keys - 1u)) * {vectors}u + e % {vectors}u]"),
        );
        line!(text, "fn load_values(key0: u32, first: u32, keys: u32, thread: u32) {{");
        self.shared_out(text, self.value_rows() * vectors, |text| {
            line!(text, "    stage[e] = {value};");
        });
        line!(text, "}}");
    }

    /// Work on `count` items `e`, shared out among the threads.
    fn shared_out(self, text: &mut String, count: usize, work: impl Fn(&mut String)) {
        let threads = self.threads();
        for first in (0..count).step_by(threads) {
            let guard = if first + threads > count {
                format!("if (thread < {}u) ", count - first)
            } else {
                String::new()
            };
            line!(text, "  {guard}{{\n    let e = thread + {first}u;");
            work(text);
            line!(text, "  }}");
        }
    }
}
