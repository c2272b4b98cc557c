// y = x as f16, four elements per invocation. Numbers beyond the range of f16 become its largest; infinities become NaN.

override WORKGROUP_SIZE: u32 = 64u;

const LARGEST = vec4f(65504.0);
const INFINITY = vec4u(0x7f800000u);
const NOT_A_NUMBER = vec4u(0x7e00u); // bits of f16

struct Params { quads: u32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;       // [size]
@group(0) @binding(1) var<storage, read_write> y: array<f16x4>; // [size]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if i >= params.quads { return; }
  let value = x[i];
  let broken = (bitcast<vec4u>(value) & INFINITY) == INFINITY;
  let finite = select(clamp(value, -LARGEST, LARGEST), vec4f(), broken);
  let marks = select(vec4u(), NOT_A_NUMBER, broken);
  y[i] = vec2u(
    pack2x16float(finite.xy) | marks.x | (marks.y << 16u),
    pack2x16float(finite.zw) | marks.z | (marks.w << 16u),
  );
}
