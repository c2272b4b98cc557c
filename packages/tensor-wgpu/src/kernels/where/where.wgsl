// y = a where the condition is not 0, else b, each operand with strides of its own along the four axes of y: 0 where it
// repeats. Elements of y are numbers, or quads of a row; those of an operand too, or numbers where it repeats within rows.

override WORKGROUP_SIZE: u32 = 64u;
override FLAT_CONDITION = false; // repeats nowhere, and is bound in the same range as y
override FLAT_LEFT = false;
override FLAT_RIGHT = false;

struct Params {
  first: u32, size: u32, d1: u32, d2: u32, d3: u32,
  c0: u32, c1: u32, c2: u32, c3: u32,
  l0: u32, l1: u32, l2: u32, l3: u32,
  r0: u32, r1: u32, r2: u32, r3: u32,
}

@group(0) @binding(0) var<storage, read> condition: array<condition_element>;
@group(0) @binding(1) var<storage, read> left: array<left_element>;
@group(0) @binding(2) var<storage, read> right: array<right_element>;
@group(0) @binding(3) var<storage, read_write> y: array<y_element>; // [d0, d1, d2, d3]
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
  let i3 = at % params.d3;
  let i2 = at / params.d3 % params.d2;
  let i1 = at / (params.d3 * params.d2) % params.d1;
  let i0 = at / (params.d3 * params.d2 * params.d1);
  let c = i0 * params.c0 + i1 * params.c1 + i2 * params.c2 + i3 * params.c3;
  let a = i0 * params.l0 + i1 * params.l1 + i2 * params.l2 + i3 * params.l3;
  let b = i0 * params.r0 + i1 * params.r1 + i2 * params.r2 + i3 * params.r3;
  let chosen = vec4f(condition[select(c, i, FLAT_CONDITION)]) != vec4f(0.0);
  y[i] = stored(select(vec4f(right[select(b, i, FLAT_RIGHT)]), vec4f(left[select(a, i, FLAT_LEFT)]), chosen));
}
