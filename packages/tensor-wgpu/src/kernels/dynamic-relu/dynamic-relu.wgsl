// y = max(a1 x + b1, a2 x + b2), slopes and offsets by image and channel, as DY-ReLU-B derives them from theta.
// Channels come one by one or four at a time (`x_element`), so `channels` counts elements.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { images: u32, pixels: u32, channels: u32 }

@group(0) @binding(0) var<storage, read> x: array<x_element>;       // [images, pixels, channels]
@group(0) @binding(1) var<storage, read> theta: array<x_element>;   // [images, 4, channels]
@group(0) @binding(2) var<storage, read_write> y: array<x_element>; // as x
@group(1) @binding(0) var<uniform> params: Params;

fn hard_sigmoid(x: x_element) -> x_element { return clamp(x + 3.0, x_element(), x_element() + 6.0) / 6.0; }

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if index >= params.images * params.pixels * params.channels { return; }
  let at = index / (params.pixels * params.channels) * 4u * params.channels + index % params.channels;
  let a1 = 2.0 * hard_sigmoid(theta[at]);
  let b1 = hard_sigmoid(theta[at + params.channels]) - 0.5;
  let a2 = 2.0 * hard_sigmoid(theta[at + 2u * params.channels]) - 1.0;
  let b2 = hard_sigmoid(theta[at + 3u * params.channels]) - 0.5;
  let value = x[index];
  y[index] = max(a1 * value + b1, a2 * value + b2);
}
