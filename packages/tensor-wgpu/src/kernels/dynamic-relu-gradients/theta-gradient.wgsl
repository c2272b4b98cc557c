// dtheta of dynamic-relu.wgsl: the sums of dynamic-relu-gradients.wgsl over all chunks, through the factor of slopes and
// the hard sigmoid.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { images: u32, channels: u32, chunks: u32 }

@group(0) @binding(0) var<storage, read> sums: array<x_element>;         // [images, chunks, 4, channels]
@group(0) @binding(1) var<storage, read> theta: array<x_element>;        // [images, 4, channels]
@group(0) @binding(2) var<storage, read_write> dtheta: array<x_element>; // as theta
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  let width = 4u * params.channels;
  if index >= params.images * width { return; }
  let column = index % width;
  let start = index / width * params.chunks * width + column;
  var sum = x_element();
  for (var i = 0u; i < params.chunks; i++) { sum += sums[start + i * width]; }
  let is_slope = column / params.channels % 2u == 0u;
  dtheta[index] = select(1.0, 2.0, is_slope) * step(abs(theta[index]), x_element() + 3.0) / 6.0 * sum;
}
