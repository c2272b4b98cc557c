// From the partial sums of squares: the norm of all gradients, the numbers of this step, and the counters, in one workgroup.

override WORKGROUP_SIZE: u32 = 64u;

const INFINITY = 0x7f800000u;
const CLIP_EPSILON = 1e-6f; // as torch.nn.utils.clip_grad_norm_

// clip 0: no limit. log_beta 0: no correction.
struct Params { count: u32, clip: f32, log_beta1: f32, log_beta2: f32 }

@group(0) @binding(0) var<storage, read> partials: array<u32>;            // [count], bits of f32
@group(0) @binding(1) var<storage, read> factor: array<f32>;              // [1], of all learning rates
@group(0) @binding(2) var<storage, read_write> counters: array<u32>;      // [2]: steps taken, steps skipped
@group(0) @binding(3) var<storage, read_write> numbers: array<f32>;       // [5]: see update.wgsl
@group(0) @binding(4) var<storage, read_write> norm: array<f32>;          // [1]
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> sums: array<f32, 64>;
var<workgroup> broken: array<u32, 64>;

// 1 - beta^steps without cancellation: a series where the power is close to 1.
fn correction(steps: u32, log_beta: f32) -> f32 {
  let x = f32(steps) * log_beta;
  if x < -0.5 { return 1.0 - exp(x); }
  var p = 1.0 / 3628800.0;
  p = p * x + 1.0 / 362880.0;
  p = p * x + 1.0 / 40320.0;
  p = p * x + 1.0 / 5040.0;
  p = p * x + 1.0 / 720.0;
  p = p * x + 1.0 / 120.0;
  p = p * x + 1.0 / 24.0;
  p = p * x + 1.0 / 6.0;
  p = p * x + 0.5;
  p = p * x + 1.0;
  return -x * p;
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = 0.0;
  var infinite = 0u;
  for (var i = lane; i < params.count; i += WORKGROUP_SIZE) {
    infinite |= u32((partials[i] & INFINITY) == INFINITY);
    sum += bitcast<f32>(partials[i]);
  }
  sums[lane] = sum;
  broken[lane] = infinite;
  for (var half = WORKGROUP_SIZE / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if lane < half {
      sums[lane] += sums[lane + half];
      broken[lane] |= broken[lane + half];
    }
  }
  if lane > 0u { return; }
  let is_finite = broken[0] == 0u && (bitcast<u32>(sums[0]) & INFINITY) != INFINITY;
  let length = sqrt(select(0.0, sums[0], is_finite));
  counters[select(1u, 0u, is_finite)] += 1u;
  let steps = counters[0];
  numbers[0] = factor[0];
  numbers[1] = select(1.0, min(1.0, params.clip / (length + CLIP_EPSILON)), params.clip > 0.0);
  numbers[2] = select(1.0, 1.0 / correction(steps, params.log_beta1), params.log_beta1 < 0.0);
  numbers[3] = select(1.0, 1.0 / sqrt(correction(steps, params.log_beta2)), params.log_beta2 < 0.0);
  numbers[4] = select(0.0, 1.0, is_finite);
  norm[0] = bitcast<f32>(select(INFINITY, bitcast<u32>(length), is_finite));
}
