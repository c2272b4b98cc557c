// The largest number along an axis and its first index: x [outer, count, inner]. One invocation per output element
// visits a chunk of the axis; the caller reduces the chunks again. `first` chunks lie before those that are bound.

override WORKGROUP_SIZE: u32 = 64u;
override LATER = false; // x holds chunks' maxima, and `source` the index of each

struct Params { outer: u32, count: u32, inner: u32, first: u32, chunks: u32, chunk: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;           // [outer, count, inner]
@group(0) @binding(1) var<storage, read> source: array<u32>;      // [outer, count, inner]
@group(0) @binding(2) var<storage, read_write> y: array<f32>;     // [outer, chunks, inner]
@group(0) @binding(3) var<storage, read_write> index: array<u32>; // [outer, chunks, inner]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let own = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if own >= params.outer * params.chunks * params.inner { return; }
  let i = own % params.inner;
  let first = own / params.inner % params.chunks * params.chunk;
  let o = own / (params.inner * params.chunks);
  let before = params.first * params.chunk;
  let last = min(first + params.chunk, params.count - before);
  let start = o * params.count * params.inner + i;
  var best = first;
  var largest = x[start + first * params.inner];
  for (var n = first + 1u; n < last; n++) {
    let value = x[start + n * params.inner];
    if value > largest {
      largest = value;
      best = n;
    }
  }
  y[own] = largest;
  if LATER { index[own] = source[start + best * params.inner]; } else { index[own] = before + best; }
}
