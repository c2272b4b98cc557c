// Gradient descent with momentum, as PyTorch defines it. State of a quad: its velocity.

override MOMENTUM: f32 = 0.9;
override NESTEROV = false;

fn updated(quad: u32, parameter: vec4f, scaled: vec4f, learning_rate: f32, decay: f32) -> vec4f {
  let g = scaled + decay * parameter;
  let velocity = MOMENTUM * state[quad] + g;
  state[quad] = velocity;
  return parameter - learning_rate * select(velocity, g + MOMENTUM * velocity, NESTEROV);
}
