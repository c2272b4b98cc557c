// y = the sum of TERMS tensors of one shape, from the first to the last. Four elements per invocation.

override WORKGROUP_SIZE: u32 = 64u;
override TERMS: u32 = 2u;

struct Params { quads: u32 }

@group(0) @binding(0) var<storage, read> x0: array<vec4f>;      // [size]
@group(0) @binding(1) var<storage, read> x1: array<vec4f>;      // [size]
@group(0) @binding(2) var<storage, read> x2: array<vec4f>;      // [size] where there are three terms, and so on
@group(0) @binding(3) var<storage, read> x3: array<vec4f>;
@group(0) @binding(4) var<storage, read> x4: array<vec4f>;
@group(0) @binding(5) var<storage, read> x5: array<vec4f>;
@group(0) @binding(6) var<storage, read> x6: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> y: array<vec4f>; // [size]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if i >= params.quads { return; }
  var sum = x0[i] + x1[i];
  if TERMS > 2u { sum += x2[i]; }
  if TERMS > 3u { sum += x3[i]; }
  if TERMS > 4u { sum += x4[i]; }
  if TERMS > 5u { sum += x5[i]; }
  if TERMS > 6u { sum += x6[i]; }
  y[i] = sum;
}
