// y[o, i] = sum over n of x[o, n, i], times a factor: x [outer, count, inner]. One invocation per output element sums
// a chunk of the axis; the caller reduces the chunks again, so long axes are not one long loop. `first` chunks lie before
// those that are bound.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { outer: u32, count: u32, inner: u32, first: u32, chunks: u32, chunk: u32, factor: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;       // [outer, count, inner]
@group(0) @binding(1) var<storage, read_write> y: array<f32>; // [outer, chunks, inner]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if index >= params.outer * params.chunks * params.inner { return; }
  let i = index % params.inner;
  let first = index / params.inner % params.chunks * params.chunk;
  let o = index / (params.inner * params.chunks);
  let last = min(first + params.chunk, params.count - params.first * params.chunk);
  // Four sums: a long chain of additions would lose digits.
  var sums = vec4f();
  let start = o * params.count * params.inner + i;
  var n = first;
  for (; n + 4u <= last; n += 4u) {
    let at = start + n * params.inner;
    sums += vec4f(
      x[at],
      x[at + params.inner],
      x[at + 2u * params.inner],
      x[at + 3u * params.inner],
    );
  }
  for (; n < last; n++) { sums.x += x[start + n * params.inner]; }
  y[index] = params.factor * (sums.x + sums.y + sums.z + sums.w);
}
