// dx = dy * scale + x * slope + shift, with factors of each channel: the last step of the gradients of groupNorm.
// Channels come one by one or four at a time (`element`), so `channels` counts elements. An invocation takes some pixels
// of one element, and its neighbor the same pixels of the next.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { batch: u32, pixels: u32, channels: u32, chunk: u32, chunks: u32 } // chunk: pixels of an invocation

@group(0) @binding(0) var<storage, read> x: array<element>;        // [batch, pixels, channels]
@group(0) @binding(1) var<storage, read> dy: array<element>;       // as x
@group(0) @binding(2) var<storage, read> factors: array<element>;  // [batch, 3 (scale, slope, shift), channels]
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
  let at = 3u * image * params.channels + channel;
  let scale = factors[at];
  let slope = factors[at + params.channels];
  let shift = factors[at + 2u * params.channels];
  for (var pixel = first; pixel < min(first + params.chunk, params.pixels); pixel++) {
    let i = (image * params.pixels + pixel) * params.channels + channel;
    dx[i] = fma(dy[i], scale, fma(x[i], slope, shift));
  }
}
