// y = f(a, b), elements of b repeated every `period` quads (the whole of b where shapes are equal). f is linked in front.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { quads: u32, period: u32 }

@group(0) @binding(0) var<storage, read> left: array<vec4f>;    // [size]
@group(0) @binding(1) var<storage, read> right: array<vec4f>;   // [4 * period]
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>; // [size]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if i >= params.quads { return; }
  y[i] = apply(left[i], right[i % params.period]);
}
