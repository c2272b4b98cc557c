// For a chunk of an image's pixels and a channel, sums of dy times each map, then of dy, from which the gradients of
// scales and shifts follow. Channels come one by one or four at a time (`x_element`), so `channels` counts elements.

override WORKGROUP_SIZE: u32 = 64u;
override MAPS: u32 = 1u;

struct Params { images: u32, pixels: u32, channels: u32, chunks: u32, chunk: u32 }

@group(0) @binding(0) var<storage, read> dy: array<x_element>;         // [images, pixels, channels]
@group(0) @binding(1) var<storage, read> x0: array<x_element>;         // as dy
@group(0) @binding(2) var<storage, read> x1: array<x_element>;         // as dy, where there are two maps
@group(0) @binding(3) var<storage, read> x2: array<x_element>;         // where there are three
@group(0) @binding(4) var<storage, read_write> sums: array<x_element>; // [images, chunks, 4 (maps, then dy), channels]
@group(1) @binding(0) var<uniform> params: Params;

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
  let first = row % params.chunks * params.chunk;
  let count = min(params.chunk, params.pixels - first);
  var sum: array<x_element, 4>;
  var i = (row / params.chunks * params.pixels + first) * params.channels + channel;
  for (var n = 0u; n < count; n++) {
    let slope = dy[i];
    sum[0] += slope * x0[i];
    if MAPS > 1u { sum[1] += slope * x1[i]; }
    if MAPS > 2u { sum[2] += slope * x2[i]; }
    sum[3] += slope;
    i += params.channels;
  }
  let to = 4u * row * params.channels + channel;
  for (var k = 0u; k < 4u; k++) { sums[to + k * params.channels] = sum[k]; }
}
