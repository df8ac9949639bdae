//! All iterations of RPC-Attention by one workgroup, for heads whose rows it can take at once. No other workgroup reads or
//! writes what it keeps, which stays in the caches of its processor.

use eigenlens_core::RpcForm;

use super::{Matrix, rows};
use crate::wgsl::line;

impl Matrix {
    /// From the keys of the input to the last output, in one dispatch.
    pub(super) fn all(self, text: &mut String, form: RpcForm, asymmetric: bool) {
        let (vectors, threads) = (self.dim / 4, self.threads());
        line!(text, "  let first_row = 0u; let origin0 = key0 * {vectors}u;");
        self.threshold(text, form);
        line!(text, "  let edge = vec4<f32>(edge_of(threshold));");
        line!(
            text,
            "  for (var e = thread; e < length * {vectors}u; e += {threads}u) {{ \
             key[origin0 + e] = nearest(clamp(vec4<f32>(origin[origin0 + e]) / unit, -edge, edge)); }}"
        );
        if asymmetric {
            self.queries(text, "query");
        }
        line!(text, "  for (var round = 1u; round <= sizes.rounds; round += 1u) {{");
        line!(text, "  storageBarrier(); workgroupBarrier();");
        self.first_tile(text);
        if !asymmetric {
            self.queries(text, "key");
        }
        line!(text, "  workgroupBarrier();");
        self.over_keys(text);
        self.finish(text);
        line!(text, "  }}");
    }

    /// τ, from all threads' sums of |k| in a fixed order.
    fn threshold(self, text: &mut String, form: RpcForm) {
        let (vectors, threads) = (self.dim / 4, self.threads());
        line!(text, "  var part = vec4<f32>(0.0);");
        line!(
            text,
            "  for (var e = thread; e < length * {vectors}u; e += {threads}u) {{ \
             part += abs(vec4<f32>(origin[origin0 + e])); }}"
        );
        line!(text, "  scores[thread] = part;\n  workgroupBarrier();");
        line!(text, "  var all = vec4<f32>(0.0);");
        line!(
            text,
            "  for (var i = 0u; i < {threads}u; i += 1u) {{ all += scores[i]; }}"
        );
        line!(text, "  let norm = (all.x + all.y) + (all.z + all.w);");
        line!(text, "  let mu = f32(length) * sizes.width / (4.0 * norm);");
        let threshold = match form {
            RpcForm::Released => "sizes.lambda * mu",
            RpcForm::Printed | RpcForm::Lagrangian => "sizes.lambda / mu",
        };
        line!(
            text,
            "  let threshold = {threshold}; let tau = vec4<f32>(threshold); let unit = unit_of(threshold);"
        );
    }

    /// Of `l`, the output or the next keys. What is kept of the dual is written for a round that needs it; in the first
    /// round it is the first keys, before they were rounded.
    pub(super) fn write_round(text: &mut String, form: RpcForm) {
        line!(
            text,
            "      if (round == sizes.rounds) {{ output[at] = nearest(l); }} else {{"
        );
        line!(text, "      let k = vec4<f32>(origin[at]);");
        line!(
            text,
            "      var u = clamp(k, -tau, tau); if (round > 1u) {{ u = dual[at]; }}"
        );
        rows::next(text, form);
        line!(text, "      key[at] = nearest(x / unit);");
        line!(
            text,
            "      if (round + 1u < sizes.rounds) {{ dual[at] = {}; }}\n      }}",
            rows::kept(form)
        );
    }
}
