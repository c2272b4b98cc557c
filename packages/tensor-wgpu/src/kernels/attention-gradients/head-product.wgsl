// y[z] = alpha * A[z] B[z] for each head z of all batches, where a matrix may lie among those of other heads: the rows of one
// head are `stride` elements apart, heads `inner`, batches `outer`. A [rows, channels] or transposed, B [channels, cols] or
// transposed. `first` heads lie before those that are bound in ranges; operands that are bound whole (WHOLE_*) skip them.
// Links gemm.wgsl and one schedule behind.

override WHOLE_QUADS = false; // channels are a multiple of four
override WHOLE_X = false;
override WHOLE_W = false;
override WHOLE_Y = false;

struct Params {
  rows: u32, cols: u32, taps: u32, channels: u32, batches: u32, splits: u32, chunk: u32, alpha: f32, a: f32, b: f32,
  has: u32, activation: u32, activate_from: u32,
  heads: u32, first: u32,
  x_start: u32, x_outer: u32, x_inner: u32, x_stride: u32,
  w_start: u32, w_outer: u32, w_inner: u32, w_stride: u32,
  y_start: u32, y_outer: u32, y_inner: u32, y_stride: u32,
}

@group(0) @binding(0) var<storage, read> x: array<x_element>;               // A
@group(0) @binding(1) var<storage, read> w: array<w_element>;               // B
@group(0) @binding(2) var<storage, read> bias: array<bias_element>;         // unused
@group(0) @binding(3) var<storage, read> gamma: array<gamma_element>;       // unused
@group(0) @binding(4) var<storage, read> residual: array<residual_element>; // unused
@group(0) @binding(5) var<storage, read_write> y: array<y_element>;
@group(1) @binding(0) var<uniform> params: Params;

fn head_start(z: u32, whole: bool, start: u32, outer: u32, inner: u32) -> u32 {
  let at = z + select(0u, params.first, whole);
  return start + at / params.heads * outer + at % params.heads * inner;
}

// If A is transposed, a quad is four rows of one channel: `skip` channels further on.
struct Source { start: u32, skip: u32, count: u32 }

fn a_source(row: u32, tap: u32, z: u32) -> Source {
  let start = head_start(z, WHOLE_X, params.x_start, params.x_outer, params.x_inner);
  let last = params.rows - 1u;
  if !TRANSPOSE_A { return Source(start + min(row, last) * params.x_stride, 0u, 0u); }
  let four = min(row, last) / 4u * 4u;
  return Source(start + row % 4u * params.x_stride + four, row % 4u, params.rows - four);
}

fn a_load(source: Source, c: u32) -> vec4f {
  if !TRANSPOSE_A { return x_quad(source.start + c, params.channels - c); }
  if c + source.skip >= params.channels { return vec4f(); }
  return x_quad(source.start + c * params.x_stride, source.count);
}

// Starts of four columns; if B is not transposed, only the start of the first, and their number `count`.
struct Columns { starts: vec4u, count: u32 }

fn b_source(col: u32, tap: u32, z: u32) -> Columns {
  let start = head_start(z, WHOLE_W, params.w_start, params.w_outer, params.w_inner);
  let cols = min(vec4u(col, col + 1u, col + 2u, col + 3u), vec4u(params.cols - 1u));
  if TRANSPOSE_B { return Columns(start + cols * params.w_stride, 0u); }
  return Columns(start + cols, params.cols - cols.x);
}

fn b_load(columns: Columns, c: u32) -> mat4x4f {
  let left = params.channels - c;
  if TRANSPOSE_B {
    return transpose(mat4x4f(
      w_quad(columns.starts.x + c, left),
      w_quad(columns.starts.y + c, left),
      w_quad(columns.starts.z + c, left),
      w_quad(columns.starts.w + c, left),
    ));
  }
  let at = columns.starts.x + c * params.w_stride;
  var value = mat4x4f();
  value[0] = w_quad(at, columns.count);
  if WHOLE_QUADS || left > 1u { value[1] = w_quad(at + params.w_stride, columns.count); }
  if WHOLE_QUADS || left > 2u { value[2] = w_quad(at + 2u * params.w_stride, columns.count); }
  if WHOLE_QUADS || left > 3u { value[3] = w_quad(at + 3u * params.w_stride, columns.count); }
  return value;
}

fn y_store(row: u32, col: u32, z: u32, value: vec4f) {
  if col >= params.cols { return; }
  let start = head_start(z, WHOLE_Y, params.y_start, params.y_outer, params.y_inner);
  y_write(start + row * params.y_stride + col, params.cols - col, epilogue(value, 0u, col, 0u, 0u, params.cols - col));
}
