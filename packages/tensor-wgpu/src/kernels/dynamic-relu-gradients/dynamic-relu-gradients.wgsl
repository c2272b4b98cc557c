// Gradients of dynamic-relu.wgsl for a chunk of an image's pixels and a channel: dx, and the sums that theta-gradient.wgsl
// adds up: of dy x and of dy, first where the first line is not below, then where the second is above. Channels come one
// by one or four at a time (`x_element`), so `channels` counts elements.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { images: u32, pixels: u32, channels: u32, chunks: u32, chunk: u32 }

@group(0) @binding(0) var<storage, read> x: array<x_element>;          // [images, pixels, channels]
@group(0) @binding(1) var<storage, read> theta: array<x_element>;      // [images, 4, channels]
@group(0) @binding(2) var<storage, read> dy: array<x_element>;         // as x
@group(0) @binding(3) var<storage, read_write> dx: array<x_element>;   // as x
@group(0) @binding(4) var<storage, read_write> sums: array<x_element>; // [images, chunks, 4, channels]
@group(1) @binding(0) var<uniform> params: Params;

fn hard_sigmoid(x: x_element) -> x_element { return clamp(x + 3.0, x_element(), x_element() + 6.0) / 6.0; }

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if index >= params.images * params.chunks * params.channels { return; }
  let channel = index % params.channels;
  let row = index / params.channels;
  let image = row / params.chunks;
  let first = row % params.chunks * params.chunk;
  let count = min(params.chunk, params.pixels - first);
  let at = 4u * image * params.channels + channel;
  let a1 = 2.0 * hard_sigmoid(theta[at]);
  let b1 = hard_sigmoid(theta[at + params.channels]) - 0.5;
  let a2 = 2.0 * hard_sigmoid(theta[at + 2u * params.channels]) - 1.0;
  let b2 = hard_sigmoid(theta[at + 3u * params.channels]) - 0.5;
  var sum: array<x_element, 4>;
  var i = (image * params.pixels + first) * params.channels + channel;
  for (var n = 0u; n < count; n++) {
    let value = x[i];
    let slope = dy[i];
    let is_first = step(a2 * value + b2, a1 * value + b1); // 1 or 0
    let to_first = is_first * slope;
    let to_second = (1.0 - is_first) * slope;
    dx[i] = to_first * a1 + to_second * a2;
    sum[0] += to_first * value;
    sum[1] += to_first;
    sum[2] += to_second * value;
    sum[3] += to_second;
    i += params.channels;
  }
  let to = 4u * row * params.channels + channel;
  for (var part = 0u; part < 4u; part++) { sums[to + part * params.channels] = sum[part]; }
}
