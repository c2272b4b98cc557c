// y = focal loss of logits x against targets t, or dy times its derivative by x. Both classes keep their precision where
// they are almost certain: no 1 - (1 - p). Four elements per invocation.

override WORKGROUP_SIZE: u32 = 64u;
override GRADIENT = false;
override WEIGHTED = false; // by alpha

struct Params { quads: u32, alpha: f32, gamma: f32 }

@group(0) @binding(0) var<storage, read> x: array<vec4f>;       // [size]
@group(0) @binding(1) var<storage, read> t: array<vec4f>;       // [size]
@group(0) @binding(2) var<storage, read> dy: array<vec4f>;      // [size]
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>; // [size]
@group(1) @binding(0) var<uniform> params: Params;

const SMALL = 0.004; // below, three terms of ln(1 + e) are exact to f32

// base^exponent of numbers from 0, where 0^0 is 1.
fn power(base: vec4f, exponent: f32) -> vec4f {
  if exponent == 0.0 { return vec4f(1.0); }
  if exponent == 1.0 { return base; }
  if exponent == 2.0 { return base * base; }
  return pow(max(base, vec4f(1e-30)), vec4f(exponent));
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if i >= params.quads { return; }
  let logit = x[i];
  let goal = t[i];
  let e = exp(-abs(logit));
  let likely = 1.0 / (1.0 + e);
  let unlikely = e / (1.0 + e);
  let positive = logit >= vec4f();
  let p = select(unlikely, likely, positive);
  let q = select(likely, unlikely, positive); // 1 - p
  let rest = select(log(1.0 + e), e * (1.0 - e * (0.5 - e / 3.0)), e < vec4f(SMALL));
  let entropy = max(logit, vec4f()) - logit * goal + rest;
  let miss = goal * q + (1.0 - goal) * p; // 1 - the probability of being right
  var weight = vec4f(1.0);
  if WEIGHTED { weight = params.alpha * goal + (1.0 - params.alpha) * (1.0 - goal); }
  if !GRADIENT {
    y[i] = weight * entropy * power(miss, params.gamma);
    return;
  }
  var slope = (p * (1.0 - goal) - q * goal) * power(miss, params.gamma);
  if params.gamma != 0.0 {
    slope += entropy * params.gamma * power(miss, params.gamma - 1.0) * (1.0 - 2.0 * goal) * p * q;
  }
  y[i] = dy[i] * weight * slope;
}
