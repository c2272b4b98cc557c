// The gradient of conv2d for its image, as a matrix product over (tap, output channel): each pixel of the image gathers
// the gradients of all results that it contributed to, so no two invocations add to one place. z = (image, group), rows
// are pixels of the image, taps are kernel positions. Links gemm.wgsl and one schedule behind.

override WHOLE_QUADS = false; // channels are a multiple of four

struct Params {
  rows: u32, cols: u32, taps: u32, channels: u32, batches: u32, splits: u32, chunk: u32, alpha: f32, a: f32, b: f32,
  has: u32, activation: u32, activate_from: u32,
  groups: u32, width: u32, out_height: u32, out_width: u32, kernel_width: u32, stride: u32, padding: u32, dilation: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<dy_element>;             // [B, Ho, Wo, groups * channels]
@group(0) @binding(1) var<storage, read> w: array<w_element>;               // [groups * channels, taps, cols]
@group(0) @binding(2) var<storage, read> bias: array<bias_element>;         // none
@group(0) @binding(3) var<storage, read> gamma: array<gamma_element>;       // none
@group(0) @binding(4) var<storage, read> residual: array<residual_element>; // none
@group(0) @binding(5) var<storage, read_write> y: array<y_element>;         // [B, H, W, groups * cols]
@group(1) @binding(0) var<uniform> params: Params;

struct Source { start: u32, inside: bool }

fn a_source(row: u32, tap: u32, z: u32) -> Source {
  let pixel = min(row, params.rows - 1u);
  let i = pixel / params.width + params.padding;
  let j = pixel % params.width + params.padding;
  let up = tap / params.kernel_width * params.dilation;
  let left = tap % params.kernel_width * params.dilation;
  let h = (i - up) / params.stride;
  let v = (j - left) / params.stride;
  let meets = (i >= up) & (j >= left) & (h * params.stride == i - up) & (v * params.stride == j - left);
  let inside = meets & (h < params.out_height) & (v < params.out_width); // no branch: see gemm.wgsl
  let at = (z / params.groups * params.out_height + h) * params.out_width + v;
  return Source(select(0u, (at * params.groups + z % params.groups) * params.channels, inside), inside);
}

fn a_load(source: Source, c: u32) -> vec4f {
  if !source.inside { return vec4f(); }
  return dy_quad(source.start + c, params.channels - c);
}

// Start of the first of four columns, and their number.
struct Columns { start: u32, count: u32 }

fn b_source(col: u32, tap: u32, z: u32) -> Columns {
  let first = min(col, params.cols - 1u);
  let start = (z % params.groups * params.channels * params.taps + tap) * params.cols + first;
  return Columns(start, params.cols - first);
}

fn b_load(columns: Columns, c: u32) -> mat4x4f {
  let left = params.channels - c;
  let skip = params.taps * params.cols;
  let at = columns.start + c * skip;
  var value = mat4x4f();
  value[0] = w_quad(at, columns.count);
  if WHOLE_QUADS || left > 1u { value[1] = w_quad(at + skip, columns.count); }
  if WHOLE_QUADS || left > 2u { value[2] = w_quad(at + 2u * skip, columns.count); }
  if WHOLE_QUADS || left > 3u { value[3] = w_quad(at + 3u * skip, columns.count); }
  return value;
}

fn y_store(row: u32, col: u32, z: u32, value: vec4f) {
  if col >= params.cols { return; }
  let index = ((z / params.groups * params.rows + row) * params.groups + z % params.groups) * params.cols + col;
  y_write(index, params.cols - col, epilogue(value, index, col, 0u, 0u, params.cols - col));
}
