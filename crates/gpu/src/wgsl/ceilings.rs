//! Loops that do one thing as fast as it goes.

use super::line;
use crate::device::MatrixUnits;

/// Threads of a workgroup that copies.
pub(crate) const COPY_THREADS: u64 = 256;
/// Threads of a workgroup that multiplies and adds.
const FMA_THREADS: usize = 64;
/// Sums of four that a thread has in flight.
const FMA_SUMS: usize = 8;
/// Products of matrices that a subgroup has in flight.
const MATRIX_SUMS: usize = 8;

/// Multiplications with additions in f32; the operations of a workgroup in one round.
pub(crate) fn fma_loop() -> (String, f64) {
    let mut text = rounds();
    line!(text, "@compute @workgroup_size({FMA_THREADS})");
    line!(text, "fn main(@builtin(global_invocation_id) id: vec3<u32>) {{");
    line!(text, "  let x = vec4<f32>(f32(id.x) * 1e-9 + 0.999);");
    for i in 0..FMA_SUMS {
        line!(text, "  var s{i} = vec4<f32>({i}.5);");
    }
    line!(text, "  for (var round = 0u; round < rounds.x; round += 1u) {{");
    for i in 0..FMA_SUMS {
        line!(text, "    s{i} = fma(s{i}, x, x);");
    }
    line!(text, "  }}\n  output[id.x] = {};", sum(FMA_SUMS));
    text.push_str("}\n");
    (text, (FMA_THREADS * FMA_SUMS * 4 * 2) as f64)
}

/// Products of f16 matrices with f32 sums; the operations of a workgroup in one round.
pub(crate) fn matrix_loop(units: MatrixUnits) -> (String, f64) {
    /// Subgroups of a workgroup.
    const SUBGROUPS: u32 = 4;
    let MatrixUnits { tile, subgroup } = units;
    let mut text = "enable f16;\nenable wgpu_cooperative_matrix;\n".to_owned();
    text.push_str(&rounds().replace("vec4<f32>", "f32"));
    line!(text, "var<workgroup> tile: array<f16, {}>;", tile * tile);
    line!(text, "@compute @workgroup_size({})", SUBGROUPS * subgroup);
    line!(
        text,
        "fn main(@builtin(workgroup_id) id: vec3<u32>, @builtin(local_invocation_index) thread: u32) {{"
    );
    line!(
        text,
        "  for (var e = thread; e < {}u; e += {}u) {{ tile[e] = f16(e % 7u) * 0.01h; }}",
        tile * tile,
        SUBGROUPS * subgroup
    );
    line!(text, "  workgroupBarrier();");
    line!(
        text,
        "  let a = coopLoadT<coop_mat{tile}x{tile}<f16, A>>(&tile[0], {tile}u);"
    );
    line!(
        text,
        "  let b = coopLoadT<coop_mat{tile}x{tile}<f16, B>>(&tile[0], {tile}u);"
    );
    for i in 0..MATRIX_SUMS {
        line!(text, "  var s{i}: coop_mat{tile}x{tile}<f32, C>;");
    }
    line!(text, "  for (var round = 0u; round < rounds.x; round += 1u) {{");
    for i in 0..MATRIX_SUMS {
        line!(text, "    s{i} = coopMultiplyAdd(a, b, s{i});");
    }
    line!(text, "  }}\n  let all = {};", sum(MATRIX_SUMS));
    line!(text, "  coopStoreT(all, &output[id.x * {}u], {tile}u);", tile * tile);
    text.push_str("}\n");
    let products = SUBGROUPS as usize * MATRIX_SUMS;
    (text, (products * 2 * tile.pow(3) as usize) as f64)
}

/// Copies one vector for each thread.
pub(crate) fn copy() -> String {
    format!(
        "@group(0) @binding(0) var<storage, read> from_here: array<vec4<f32>>;\n\
         @group(0) @binding(1) var<storage, read_write> to_there: array<vec4<f32>>;\n\
         @compute @workgroup_size({COPY_THREADS})\n\
         fn main(@builtin(global_invocation_id) id: vec3<u32>) {{ to_there[id.x] = from_here[id.x]; }}\n"
    )
}

fn rounds() -> String {
    "@group(0) @binding(0) var<uniform> rounds: vec4<u32>;\n\
     @group(0) @binding(1) var<storage, read_write> output: array<vec4<f32>>;\n"
        .to_owned()
}

/// `s0 + s1 + …`
fn sum(count: usize) -> String {
    (0..count).map(|i| format!("s{i}")).collect::<Vec<_>>().join(" + ")
}
