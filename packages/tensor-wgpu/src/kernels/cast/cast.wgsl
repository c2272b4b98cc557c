// y = x in another type, four elements per invocation. x_element, y_element and converted are linked in front.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { quads: u32 }

@group(0) @binding(0) var<storage, read> x: array<x_element>;       // [size]
@group(0) @binding(1) var<storage, read_write> y: array<y_element>; // [size]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if i >= params.quads { return; }
  y[i] = converted(x[i]);
}
