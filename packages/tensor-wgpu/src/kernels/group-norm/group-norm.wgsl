// GroupNorm of x [batch, pixels, channels], channels in groups. PASS 0: mean and sum of squared deviations of each chunk
// of pixels of each group; PASS 1: merges the chunks (Chan's formula, which does not cancel); PASS 2: normalises.
// Channels come one by one or four at a time (`element`, QUAD of them), so `channels` counts elements.

override WORKGROUP_SIZE: u32 = 64u;
override PASS: u32 = 0u;

struct Params { batch: u32, pixels: u32, channels: u32, groups: u32, chunks: u32, chunk: u32, eps: f32, each: u32 }

@group(0) @binding(0) var<storage, read> x: array<element>;         // [batch, pixels, channels]
@group(0) @binding(1) var<storage, read> weight: array<element>;    // [channels]
@group(0) @binding(2) var<storage, read> bias: array<element>;      // [channels]
@group(0) @binding(3) var<storage, read> partial: array<vec2f>;     // [batch, chunks, groups] (mean, squares)
@group(0) @binding(4) var<storage, read> merged: array<vec2f>;      // [batch, groups] (mean, rstd)
@group(0) @binding(5) var<storage, read_write> stats: array<vec2f>; // what partial or merged will be
@group(0) @binding(6) var<storage, read_write> y: array<element>;   // as x
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(workgroup, grid) * WORKGROUP_SIZE + lane;
  if index >= params.batch * params.each { return; }
  if PASS == 0u { chunk_stats(index); }
  else if PASS == 1u { merge_chunks(index); }
  else { normalise(index); }
}

fn chunk_stats(index: u32) {
  let group = index % params.groups;
  let first = index / params.groups % params.chunks * params.chunk;
  let last = min(first + params.chunk, params.pixels);
  let image = index / (params.groups * params.chunks) * params.pixels;
  let width = params.channels / params.groups;
  var sums = element();
  for (var pixel = first; pixel < last; pixel++) {
    let start = (image + pixel) * params.channels + group * width;
    for (var c = 0u; c < width; c++) { sums += x[start + c]; }
  }
  let mean = total(sums) / f32((last - first) * width * QUAD);
  var squares = element();
  for (var pixel = first; pixel < last; pixel++) {
    let start = (image + pixel) * params.channels + group * width;
    for (var c = 0u; c < width; c++) {
      let centered = x[start + c] - mean;
      squares += centered * centered;
    }
  }
  stats[index] = vec2f(mean, total(squares));
}

fn merge_chunks(index: u32) {
  let group = index % params.groups;
  let image = index / params.groups;
  let width = params.channels / params.groups * QUAD;
  var count = 0.0;
  var mean = 0.0;
  var squares = 0.0;
  for (var i = 0u; i < params.chunks; i++) {
    let part = partial[(image * params.chunks + i) * params.groups + group];
    let more = f32((min((i + 1u) * params.chunk, params.pixels) - i * params.chunk) * width);
    let apart = part.x - mean;
    let both = count + more;
    mean += apart * more / both;
    squares += part.y + apart * apart * count * more / both;
    count = both;
  }
  stats[index] = vec2f(mean, 1.0 / sqrt(squares / count + params.eps));
}

fn normalise(index: u32) {
  let channel = index % params.channels;
  let image = index / (params.channels * params.pixels);
  let group = channel / (params.channels / params.groups);
  let stat = merged[image * params.groups + group];
  y[index] = (x[index] - stat.x) * stat.y * weight[channel] + bias[channel];
}
