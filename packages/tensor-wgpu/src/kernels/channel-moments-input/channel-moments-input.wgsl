// The gradient of channelMoments: dx = (dmean + 2 dvariance * (x - mean)) / pixels. Channels come one by one or four at a
// time (`element`), so `channels` counts elements. An invocation takes some pixels of one element, its neighbor the
// same pixels of the next.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { batch: u32, pixels: u32, channels: u32, chunk: u32, chunks: u32 } // chunk: pixels of an invocation

@group(0) @binding(0) var<storage, read> x: array<element>;        // [batch, pixels, channels]
@group(0) @binding(1) var<storage, read> moments: array<element>;  // [batch, 2 (mean, variance), channels]
@group(0) @binding(2) var<storage, read> dy: array<element>;       // as moments
@group(0) @binding(3) var<storage, read_write> dx: array<element>; // as x
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
  let first = index / params.channels % params.chunks * params.chunk;
  let image = index / (params.channels * params.chunks);
  let at = 2u * image * params.channels + channel;
  let share = 1.0 / f32(params.pixels);
  let mean = moments[at];
  let to_mean = dy[at] * share;
  let to_square = 2.0 * dy[at + params.channels] * share;
  for (var pixel = first; pixel < min(first + params.chunk, params.pixels); pixel++) {
    let i = (image * params.pixels + pixel) * params.channels + channel;
    dx[i] = to_mean + to_square * (x[i] - mean);
  }
}
