// y = x between elements of one value: y[o, before + n] = x[o, n]. An axis and those after it are one row, so that four
// elements are copied together where all lengths allow it.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { outer: u32, x_length: u32, y_length: u32, before: u32, value: f32 }

@group(0) @binding(0) var<storage, read> x: array<x_element>;       // [outer, x_length]
@group(0) @binding(1) var<storage, read_write> y: array<x_element>; // [outer, y_length]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if index >= params.outer * params.y_length { return; }
  let n = index % params.y_length - params.before; // wraps before the start
  var value = x_element() + params.value;
  if n < params.x_length { value = x[index / params.y_length * params.x_length + n]; }
  y[index] = value;
}
