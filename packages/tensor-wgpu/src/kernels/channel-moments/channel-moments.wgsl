// Mean and variance of each channel of x [batch, pixels, channels] over its pixels. PASS 0: of each chunk of pixels;
// PASS 1: merges the chunks (Chan's formula, which does not cancel). Channels come one by one or four at a time
// (`x_element`), so `channels` counts elements. Neighboring invocations take neighboring channels.

override WORKGROUP_SIZE: u32 = 64u;
override PASS: u32 = 0u;

struct Params { batch: u32, pixels: u32, channels: u32, chunks: u32, chunk: u32, each: u32 }

@group(0) @binding(0) var<storage, read> x: array<x_element>;             // [batch, pixels, channels]
@group(0) @binding(1) var<storage, read> partial: array<x_element>;       // [batch, chunks, 2 (mean, squares), channels]
@group(0) @binding(2) var<storage, read_write> moments: array<x_element>; // as partial, or [batch, 2, channels]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(workgroup, grid) * WORKGROUP_SIZE + lane;
  if index >= params.batch * params.each { return; }
  let channel = index % params.channels;
  let row = index / params.channels;
  if PASS == 0u { chunk_moments(row, channel); } else { merge_chunks(row, channel); }
}

// Values are taken from the chunk's first: with chunks of about a hundred, squares of differences cannot cancel badly.
fn chunk_moments(row: u32, channel: u32) {
  let first = row % params.chunks * params.chunk;
  let count = min(params.chunk, params.pixels - first);
  let start = (row / params.chunks * params.pixels + first) * params.channels + channel;
  let origin = x[start];
  var sum = x_element();
  var squares = x_element();
  for (var i = 1u; i < count; i++) {
    let apart = x[start + i * params.channels] - origin;
    sum += apart;
    squares += apart * apart;
  }
  let mean = sum / f32(count);
  moments[2u * row * params.channels + channel] = origin + mean;
  moments[(2u * row + 1u) * params.channels + channel] = squares - sum * mean;
}

fn merge_chunks(image: u32, channel: u32) {
  var count = 0.0;
  var mean = x_element();
  var squares = x_element();
  for (var i = 0u; i < params.chunks; i++) {
    let row = 2u * (image * params.chunks + i);
    let more = f32(min(params.chunk, params.pixels - i * params.chunk));
    let apart = partial[row * params.channels + channel] - mean;
    let share = more / (count + more);
    mean += apart * share;
    squares += partial[(row + 1u) * params.channels + channel] + apart * apart * (count * share);
    count += more;
  }
  moments[2u * image * params.channels + channel] = mean;
  moments[(2u * image + 1u) * params.channels + channel] = squares / count;
}
