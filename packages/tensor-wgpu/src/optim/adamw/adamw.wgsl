// One step of AdamW on one parameter, in place. Four elements per invocation.

override WORKGROUP_SIZE: u32 = 64u;

// new1 and new2 are 1 - beta1 and 1 - beta2, which lose digits when computed from f32.
struct Params { quads: u32, rate: f32, decay: f32, beta1: f32, new1: f32, beta2: f32, new2: f32, eps: f32 }

@group(0) @binding(0) var<storage, read> gradient: array<vec4f>;        // [size]
@group(0) @binding(1) var<storage, read> now: array<f32>;               // of this step: see Step in adamw.ts
@group(0) @binding(2) var<storage, read> scale: array<f32>;             // [1], of the gradient
@group(0) @binding(3) var<storage, read_write> parameter: array<vec4f>; // [size]
@group(0) @binding(4) var<storage, read_write> mean: array<vec4f>;      // [size], of gradients
@group(0) @binding(5) var<storage, read_write> square: array<vec4f>;    // [size], mean of gradients' squares
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if i >= params.quads { return; }
  let rate = params.rate * now[0];
  let g = gradient[i] * scale[0];
  let m = params.beta1 * mean[i] + params.new1 * g;
  let v = params.beta2 * square[i] + params.new2 * g * g;
  mean[i] = m;
  square[i] = v;
  let shrunk = parameter[i] * (1.0 - rate * params.decay);
  parameter[i] = shrunk - rate * now[1] * m / (sqrt(v) * now[2] + params.eps);
}
