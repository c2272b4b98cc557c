// y = factor * x, where x has strides of its own along the four axes of y: 0 where it repeats. Elements of y are numbers,
// or quads of a row; those of x too, or numbers where x repeats within rows.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { first: u32, size: u32, d1: u32, d2: u32, d3: u32, s0: u32, s1: u32, s2: u32, s3: u32, factor: f32 }

@group(0) @binding(0) var<storage, read> x: array<x_element>;
@group(0) @binding(1) var<storage, read_write> y: array<y_element>; // [d0, d1, d2, d3]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if i >= params.size { return; }
  let at = params.first + i;
  let i3 = at % params.d3;
  let i2 = at / params.d3 % params.d2;
  let i1 = at / (params.d3 * params.d2) % params.d1;
  let i0 = at / (params.d3 * params.d2 * params.d1);
  y[i] = y_element(params.factor * x[i0 * params.s0 + i1 * params.s1 + i2 * params.s2 + i3 * params.s3]);
}
