// Copies `count` elements of each row from x to y: y[o, y_start + n] = x[o, x_start + n]. An axis and those after it are one
// row, so that four elements are copied together where all lengths and starts allow it.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { outer: u32, count: u32, x_length: u32, x_start: u32, y_length: u32, y_start: u32 }

@group(0) @binding(0) var<storage, read> x: array<x_element>;       // [outer, x_length]
@group(0) @binding(1) var<storage, read_write> y: array<y_element>; // [outer, y_length]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if index >= params.outer * params.count { return; }
  let n = index % params.count;
  let outer = index / params.count;
  y[outer * params.y_length + params.y_start + n] = x[outer * params.x_length + params.x_start + n];
}
