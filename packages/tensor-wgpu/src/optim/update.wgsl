// One step on up to three parameters, in place, four elements per invocation. The rule is linked in front:
// updated(quad, parameter, gradient, learning_rate, decay), which may read and write the quad's state.

override WORKGROUP_SIZE: u32 = 64u;

// quads: of all three parameters; end0, end1: of the first, and of the first two.
struct Params {
  quads: u32, end0: u32, end1: u32,
  learning_rate0: f32, learning_rate1: f32, learning_rate2: f32,
  decay0: f32, decay1: f32, decay2: f32,
}

// Of this step: factor of the learning rates, scale of the gradients, 1 / (1 - beta1^t), 1 / sqrt(1 - beta2^t), and 0
// if it is skipped.
@group(0) @binding(0) var<storage, read> numbers: array<f32>;
@group(0) @binding(1) var<storage, read> gradient0: array<vec4f>;
@group(0) @binding(2) var<storage, read> gradient1: array<vec4f>;
@group(0) @binding(3) var<storage, read> gradient2: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> parameter0: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> parameter1: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> parameter2: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> state: array<vec4f>; // [quads, what the rule keeps]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if i >= params.quads || numbers[4] == 0.0 { return; }
  let factor = numbers[0];
  let scale = numbers[1];
  if i < params.end0 {
    parameter0[i] = updated(i, parameter0[i], scale * gradient0[i], factor * params.learning_rate0, params.decay0);
  } else if i < params.end1 {
    let at = i - params.end0;
    parameter1[at] = updated(i, parameter1[at], scale * gradient1[at], factor * params.learning_rate1, params.decay1);
  } else {
    let at = i - params.end1;
    parameter2[at] = updated(i, parameter2[at], scale * gradient2[at], factor * params.learning_rate2, params.decay2);
  }
}
