// The epilogue of a product, before it is stored: y = gamma * activate(alpha * product + bias) + residual. Parameters
// choose the activation and which inputs are bound, so that products share a pipeline, whose compilation takes long. With FIXED,
// overrides choose, and each combination is a pipeline of its own.
// Links activate(x, col) in front; bias is [bias_rows, cols], gamma [gamma_rows, cols] and residual has y's shape.

override FIXED = false;
override HAS_BIAS = true;
override HAS_GAMMA = true;
override HAS_RESIDUAL = true;

const BIAS = 1u; // bits of params.has
const GAMMA = 2u;
const RESIDUAL = 4u;

fn has(part: u32) -> bool {
  if FIXED { return true; }
  return (params.has & part) != 0u;
}

fn epilogue(product: vec4f, index: u32, col: u32, bias_row: u32, gamma_row: u32, count: u32) -> vec4f {
  var value = params.alpha * product;
  if HAS_BIAS {
    if has(BIAS) { value += bias_quad(bias_row * params.cols + col, count); }
  }
  value = activate(value, col);
  if HAS_GAMMA {
    if has(GAMMA) { value *= gamma_quad(gamma_row * params.cols + col, count); }
  }
  if HAS_RESIDUAL {
    if has(RESIDUAL) { value += residual_quad(index, count); }
  }
  return value;
}
