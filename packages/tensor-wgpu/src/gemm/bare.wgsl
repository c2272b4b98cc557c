// In place of epilogue.wgsl: without bias, activation, gamma and residual.

fn epilogue(product: vec4f, index: u32, col: u32, bias_row: u32, gamma_row: u32, count: u32) -> vec4f {
  return params.alpha * product;
}
