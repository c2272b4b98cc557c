// y = x: how fast memory is. Each invocation copies eight quads, a workgroup apart.

override WORKGROUP_SIZE: u32 = 64u;

const PER_INVOCATION = 8u;

struct Params { size: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;        // [size]
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;  // [size]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let first = workgroup_index(group, grid) * WORKGROUP_SIZE * PER_INVOCATION + lane;
  for (var n = 0u; n < PER_INVOCATION; n++) {
    let i = first + n * WORKGROUP_SIZE;
    if i < params.size { y[i] = x[i]; }
  }
}
