// Sums of dy and of dy * (x - mean of its channel) over chunks of pixels, for each channel. Channels come one by one or
// four at a time (`element`), so `channels` counts elements.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { batch: u32, pixels: u32, channels: u32, chunk: u32, chunks: u32 } // chunk: pixels of an invocation

@group(0) @binding(0) var<storage, read> x: array<element>;          // [batch, pixels, channels]
@group(0) @binding(1) var<storage, read> moments: array<element>;    // [batch, 2 (mean, variance), channels]
@group(0) @binding(2) var<storage, read> dy: array<element>;         // as x
@group(0) @binding(3) var<storage, read_write> sums: array<element>; // [batch, chunks, 2, channels]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if index >= params.batch * params.chunks * params.channels { return; }
  let channel = index % params.channels;
  let row = index / params.channels; // of [batch, chunks]
  let first = row % params.chunks * params.chunk;
  let image = row / params.chunks;
  let mean = moments[2u * image * params.channels + channel];
  var sum = element();
  var centered = element();
  for (var pixel = first; pixel < min(first + params.chunk, params.pixels); pixel++) {
    let i = (image * params.pixels + pixel) * params.channels + channel;
    sum += dy[i];
    centered += dy[i] * (x[i] - mean);
  }
  sums[2u * row * params.channels + channel] = sum;
  sums[(2u * row + 1u) * params.channels + channel] = centered;
}
