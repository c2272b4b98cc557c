// y[z] = gamma * activate(alpha * A[z] B[z] + bias) + residual. A [rows, channels] or transposed, B [channels, cols] or
// transposed. The batch z splits into (outer, inner), each with a stride per operand: 0 where it is shared.
// Links gemm.wgsl and one schedule behind.

override WHOLE_QUADS = false; // channels are a multiple of four

struct Params {
  rows: u32, cols: u32, taps: u32, channels: u32, batches: u32, splits: u32, chunk: u32, alpha: f32, a: f32, b: f32,
  has: u32, activation: u32, activate_from: u32,
  inner: u32, x_outer: u32, x_inner: u32, w_outer: u32, w_inner: u32, bias_outer: u32, bias_inner: u32,
  w_scales: u32, w_first: u32,
}

@group(0) @binding(0) var<storage, read> x: array<x_element>;               // A
@group(0) @binding(1) var<storage, read> w: array<w_element>;               // B, of q8 with its scales from word w_scales on
@group(0) @binding(2) var<storage, read> bias: array<bias_element>;         // [1 or batches, cols]
@group(0) @binding(3) var<storage, read> gamma: array<gamma_element>;       // [cols]
@group(0) @binding(4) var<storage, read> residual: array<residual_element>; // as y
@group(0) @binding(5) var<storage, read_write> y: array<y_element>;         // [batches, rows, cols]
@group(1) @binding(0) var<uniform> params: Params;

// If A is transposed, a quad is four rows of one channel: `skip` channels further on.
struct Source { start: u32, skip: u32, count: u32 }

fn a_source(row: u32, tap: u32, z: u32) -> Source {
  let start = z / params.inner * params.x_outer + z % params.inner * params.x_inner;
  let last = params.rows - 1u;
  if !TRANSPOSE_A { return Source(start + min(row, last) * params.channels, 0u, 0u); }
  let four = min(row, last) / 4u * 4u;
  return Source(start + row % 4u * params.rows + four, row % 4u, params.rows - four);
}

fn a_load(source: Source, c: u32) -> vec4f {
  if !TRANSPOSE_A { return x_quad(source.start + c, params.channels - c); }
  if c + source.skip >= params.channels { return vec4f(); }
  return x_quad(source.start + c * params.rows, source.count);
}

// Starts of four columns, and their first scales; if B is not transposed, only the start and the scale of the first, and
// their number `count`.
struct Columns { starts: vec4u, count: u32, scales: vec4u }

fn b_source(col: u32, tap: u32, z: u32) -> Columns {
  let n = z + params.w_first; // 0 unless batches are split and B is whole
  let start = n / params.inner * params.w_outer + n % params.inner * params.w_inner;
  let cols = min(vec4u(col, col + 1u, col + 2u, col + 3u), vec4u(params.cols - 1u));
  if TRANSPOSE_B {
    let scales = (start / params.channels + cols) * w_groups(params.channels);
    return Columns(start + cols * params.channels, 0u, scales);
  }
  let scale = start / params.cols * w_groups(params.cols) + cols.x / W_GROUP;
  return Columns(start + cols, params.cols - cols.x, vec4u(scale));
}

fn b_load(columns: Columns, c: u32) -> mat4x4f {
  let left = params.channels - c;
  if TRANSPOSE_B {
    let scales = columns.scales + c / W_GROUP;
    return transpose(mat4x4f(
      w_part(columns.starts.x + c, left, scales.x),
      w_part(columns.starts.y + c, left, scales.y),
      w_part(columns.starts.z + c, left, scales.z),
      w_part(columns.starts.w + c, left, scales.w),
    ));
  }
  let at = columns.starts.x + c * params.cols;
  let groups = w_groups(params.cols);
  let scale = columns.scales.x + c * groups;
  var value = mat4x4f();
  value[0] = w_part(at, columns.count, scale);
  if WHOLE_QUADS || left > 1u { value[1] = w_part(at + params.cols, columns.count, scale + groups); }
  if WHOLE_QUADS || left > 2u { value[2] = w_part(at + 2u * params.cols, columns.count, scale + 2u * groups); }
  if WHOLE_QUADS || left > 3u { value[3] = w_part(at + 3u * params.cols, columns.count, scale + 3u * groups); }
  return value;
}

fn w_part(i: u32, count: u32, scale: u32) -> vec4f {
  if W_SCALED { return w_scale(params.w_scales, scale) * w_quad(i, count); }
  return w_quad(i, count);
}

fn y_store(row: u32, col: u32, z: u32, value: vec4f) {
  if col >= params.cols { return; }
  let index = (z * params.rows + row) * params.cols + col;
  let count = params.cols - col;
  let bias_row = z / params.inner * params.bias_outer + z % params.inner * params.bias_inner;
  y_write(index, count, epilogue(value, index, col, bias_row, 0u, count));
}
