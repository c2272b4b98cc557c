// y = x * scale + shift, with a scale and a shift for each channel: GroupNorm, once its groups' moments are known.
// Channels come one by one or four at a time (`element`), so `channels` counts elements. An invocation takes some pixels
// of one element, and its neighbor the same pixels of the next.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { batch: u32, pixels: u32, channels: u32, chunk: u32, chunks: u32 } // chunk: pixels of an invocation

@group(0) @binding(0) var<storage, read> x: array<element>;       // [batch, pixels, channels]
@group(0) @binding(1) var<storage, read> affine: array<element>;  // [batch, 3 (scale, shift, unused), channels]
@group(0) @binding(2) var<storage, read_write> y: array<element>; // as x
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
  let scale = affine[3u * image * params.channels + channel];
  let shift = affine[(3u * image + 1u) * params.channels + channel];
  for (var pixel = first; pixel < min(first + params.chunk, params.pixels); pixel++) {
    let at = (image * params.pixels + pixel) * params.channels + channel;
    y[at] = fma(x[at], scale, shift);
  }
}
