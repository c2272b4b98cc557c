// Adam with decoupled weight decay. State of a quad: the means of its gradients and of their squares.

override BETA1: f32 = 0.9;
override BETA2: f32 = 0.999;
override NEW1: f32 = 0.1;   // 1 - beta1 and 1 - beta2, which lose digits when computed from f32
override NEW2: f32 = 0.001;
override EPS: f32 = 1e-8;

fn updated(quad: u32, parameter: vec4f, g: vec4f, learning_rate: f32, decay: f32) -> vec4f {
  let m = BETA1 * state[2u * quad] + NEW1 * g;
  let v = BETA2 * state[2u * quad + 1u] + NEW2 * g * g;
  state[2u * quad] = m;
  state[2u * quad + 1u] = v;
  return parameter * (1.0 - learning_rate * decay) - learning_rate * numbers[2] * m / (sqrt(v) * numbers[3] + EPS);
}
