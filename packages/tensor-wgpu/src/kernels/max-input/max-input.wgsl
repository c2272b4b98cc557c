// The gradient of max: dy at the index of the largest number along the axis, 0 elsewhere. One invocation per element of
// dx [outer, count, inner]; `first` elements lie before those that are bound.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { first: u32, size: u32, count: u32, inner: u32 }

@group(0) @binding(0) var<storage, read> dy: array<f32>;        // [outer, inner]
@group(0) @binding(1) var<storage, read> index: array<u32>;     // [outer, inner]
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;  // [outer, count, inner]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if i >= params.size { return; }
  let at = params.first + i;
  let own = at / (params.count * params.inner) * params.inner + at % params.inner;
  let n = at / params.inner % params.count;
  dx[i] = select(0.0, dy[own], index[own] == n);
}
