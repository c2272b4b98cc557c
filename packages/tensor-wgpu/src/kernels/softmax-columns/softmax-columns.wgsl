// y = softmax of x [outer, rows, cols] over its rows, in three dispatches of one WGSL: PASS 0 gives each chunk of rows its
// columns' maximum and sum, 1 merges the chunks, 2 divides. `length` counts chunks, 1, and rows. An invocation takes four
// columns, and its neighbor the next four. Statistics are maxima, then sums of exp(x - maximum).

override WORKGROUP_SIZE: u32 = 64u;
override PASS: u32 = 0u;

struct Params { outer: u32, rows: u32, cols: u32, chunks: u32, chunk: u32, length: u32 }

@group(0) @binding(0) var<storage, read> x: array<x_element>;                 // [outer, rows, cols]
@group(0) @binding(1) var<storage, read> partial: array<partial_element>;     // [outer, chunks, 2, cols]
@group(0) @binding(2) var<storage, read> merged: array<merged_element>;       // [outer, 2, cols]
@group(0) @binding(3) var<storage, read_write> stats: array<stats_element>;   // becomes partial or merged
@group(0) @binding(4) var<storage, read_write> y: array<y_element>;           // [outer, rows, cols]
@group(1) @binding(0) var<uniform> params: Params;

const LOWEST = -0x1.fffffep+127f; // of all f32: a column may hold nothing else

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let across = (params.cols + 3u) / 4u;
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if index >= params.outer * params.length * across { return; }
  let col = index % across * 4u;
  let item = index / across; // of [outer, length]
  let count = params.cols - col;
  if PASS == 0u {
    let first = item % params.chunks * params.chunk;
    let last = min(first + params.chunk, params.rows);
    let start = item / params.chunks * params.rows;
    var most = vec4f(LOWEST);
    for (var row = first; row < last; row++) { most = max(most, x_quad((start + row) * params.cols + col, count)); }
    var sum = vec4f();
    for (var row = first; row < last; row++) {
      sum += exp(x_quad((start + row) * params.cols + col, count) - most);
    }
    stats_write(2u * item * params.cols + col, count, most);
    stats_write((2u * item + 1u) * params.cols + col, count, sum);
  } else if PASS == 1u {
    let first = 2u * item * params.chunks;
    let last = first + 2u * params.chunks;
    var most = vec4f(LOWEST);
    for (var row = first; row < last; row += 2u) { most = max(most, partial_quad(row * params.cols + col, count)); }
    var sum = vec4f();
    for (var row = first; row < last; row += 2u) {
      let top = partial_quad(row * params.cols + col, count);
      sum += partial_quad((row + 1u) * params.cols + col, count) * exp(top - most);
    }
    stats_write(2u * item * params.cols + col, count, most);
    stats_write((2u * item + 1u) * params.cols + col, count, sum);
  } else {
    let at = item / params.rows * 2u * params.cols + col;
    let most = merged_quad(at, count);
    let sum = merged_quad(at + params.cols, count);
    let here = item * params.cols + col;
    y_write(here, count, exp(x_quad(here, count) - most) / sum);
  }
}
