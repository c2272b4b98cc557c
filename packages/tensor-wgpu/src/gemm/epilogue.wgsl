// The epilogue of a product, before it is stored: y = gamma * activate(alpha * product + bias) + residual.
// Links activate(x, col) in front; bias is [bias_rows, cols], gamma [gamma_rows, cols] and residual has y's shape.

override HAS_BIAS = false;
override HAS_GAMMA = false;
override HAS_RESIDUAL = false;

fn epilogue(product: vec4f, index: u32, col: u32, bias_row: u32, gamma_row: u32, count: u32) -> vec4f {
  var value = params.alpha * product;
  if HAS_BIAS { value += bias_quad(bias_row * params.cols + col, count); }
  value = activate(value, col);
  if HAS_GAMMA { value *= gamma_quad(gamma_row * params.cols + col, count); }
  if HAS_RESIDUAL { value += residual_quad(index, count); }
  return value;
}
