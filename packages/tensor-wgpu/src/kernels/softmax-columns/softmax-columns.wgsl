// y = softmax of x [outer, rows, cols] over its rows, in three dispatches of one WGSL: PASS 0 gives each chunk of rows its
// column's maximum and sum, 1 merges the chunks, 2 divides. `length`
// counts chunks, 1, and rows. Neighbouring invocations take neighbouring columns.

override WORKGROUP_SIZE: u32 = 64u;
override PASS: u32 = 0u;

struct Params { outer: u32, rows: u32, cols: u32, chunks: u32, chunk: u32, length: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;              // [outer, rows, cols]
@group(0) @binding(1) var<storage, read> partial: array<vec2f>;      // [outer, chunks, cols] (maximum, sum)
@group(0) @binding(2) var<storage, read> merged: array<vec2f>;       // [outer, cols]
@group(0) @binding(3) var<storage, read_write> stats: array<vec2f>;  // what partial or merged will be
@group(0) @binding(4) var<storage, read_write> y: array<f32>;        // [outer, rows, cols]
@group(1) @binding(0) var<uniform> params: Params;

const LOWEST = -0x1.fffffep+127f; // of all f32: a column may hold nothing else

fn merge(a: vec2f, b: vec2f) -> vec2f {
  let most = max(a.x, b.x);
  return vec2f(most, a.y * exp(a.x - most) + b.y * exp(b.x - most));
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if index >= params.outer * params.length * params.cols { return; }
  let col = index % params.cols;
  if PASS == 0u {
    let first = index / params.cols % params.chunks * params.chunk;
    let outer = index / (params.cols * params.chunks) * params.rows;
    var total = vec2f(LOWEST, 0.0);
    for (var row = first; row < min(first + params.chunk, params.rows); row++) {
      total = merge(total, vec2f(x[(outer + row) * params.cols + col], 1.0));
    }
    stats[index] = total;
  } else if PASS == 1u {
    let outer = index / params.cols * params.chunks;
    var total = vec2f(LOWEST, 0.0);
    for (var chunk = 0u; chunk < params.chunks; chunk++) {
      total = merge(total, partial[(outer + chunk) * params.cols + col]);
    }
    stats[index] = total;
  } else {
    let total = merged[index / (params.cols * params.rows) * params.cols + col];
    y[index] = exp(x[index] - total.x) / total.y;
  }
}
