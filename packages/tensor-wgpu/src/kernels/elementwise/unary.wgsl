// y = f(x), or y = dy * f'(x) where x and dy are given. Four elements per invocation; f is linked in front.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { quads: u32, a: f32, b: f32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;       // [size]
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;      // [size]
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
  y[i] = apply(x[i], dy[i]);
}
