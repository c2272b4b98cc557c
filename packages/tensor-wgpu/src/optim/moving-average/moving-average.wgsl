// average += share * (value - average), in place, for up to three parameters, unless the step was skipped. Four elements per invocation.

override WORKGROUP_SIZE: u32 = 64u;

const INFINITY = 0x7f800000u;

// quads: of all three; then those of the first, of the first two.
struct Params { quads: u32, end0: u32, end1: u32, share: f32 }

@group(0) @binding(0) var<storage, read> value0: array<vec4f>;
@group(0) @binding(1) var<storage, read> value1: array<vec4f>;
@group(0) @binding(2) var<storage, read> value2: array<vec4f>;
@group(0) @binding(3) var<storage, read> norm: array<f32>; // the gradient norm; infinite: leave the averages
@group(0) @binding(4) var<storage, read_write> average0: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> average1: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> average2: array<vec4f>;
@group(1) @binding(0) var<uniform> params: Params;

// A share of 1 copies: the uninitialized average is not read. The average of a value that stays is exactly that value.
fn mixed(average: vec4f, value: vec4f) -> vec4f {
  return select(average + params.share * (value - average), value, params.share == 1.0);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if i >= params.quads || (bitcast<u32>(norm[0]) & INFINITY) == INFINITY { return; }
  if i < params.end0 {
    average0[i] = mixed(average0[i], value0[i]);
  } else if i < params.end1 {
    average1[i - params.end0] = mixed(average1[i - params.end0], value1[i - params.end0]);
  } else {
    average2[i - params.end1] = mixed(average2[i - params.end1], value2[i - params.end1]);
  }
}
