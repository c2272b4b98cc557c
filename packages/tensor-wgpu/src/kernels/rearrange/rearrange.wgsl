// Reads x in another order of axes: y [d0, d1, d2, d3], its axis i s_i elements apart in x. An element is what y holds
// at one index: a number, or four numbers of a row. Links moved(index), the element of y at an index.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { size: u32, d1: u32, d2: u32, d3: u32, s0: u32, s1: u32, s2: u32, s3: u32 }

@group(0) @binding(0) var<storage, read> x: array<x_element>;
@group(0) @binding(1) var<storage, read_write> y: array<y_element>; // [d0, d1, d2, d3]
@group(1) @binding(0) var<uniform> params: Params;

fn source(index: u32) -> u32 {
  let i3 = index % params.d3;
  let i2 = index / params.d3 % params.d2;
  let i1 = index / (params.d3 * params.d2) % params.d1;
  let i0 = index / (params.d3 * params.d2 * params.d1);
  return i0 * params.s0 + i1 * params.s1 + i2 * params.s2 + i3 * params.s3;
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if index >= params.size { return; }
  y[index] = moved(index);
}
