// The gradient of conv2d for its weight from each image, as a matrix product over the result's pixels: for each kernel
// position, the gradients of the outputs times the inputs there. z = (image, group, position), rows are output
// channels, columns input channels. Links gemm.wgsl and one schedule behind.

struct Params {
  rows: u32, cols: u32, taps: u32, channels: u32, batches: u32, splits: u32, chunk: u32, alpha: f32, a: f32, b: f32,
  has: u32, activation: u32, activate_from: u32,
  groups: u32, positions: u32, height: u32, width: u32, out_width: u32, kernel_width: u32, stride: u32,
  padding: u32, dilation: u32,
}

@group(0) @binding(0) var<storage, read> dy: array<dy_element>;             // [B, Ho, Wo, groups * rows]
@group(0) @binding(1) var<storage, read> x: array<x_element>;               // [B, H, W, groups * cols]
@group(0) @binding(2) var<storage, read> bias: array<bias_element>;         // none
@group(0) @binding(3) var<storage, read> gamma: array<gamma_element>;       // none
@group(0) @binding(4) var<storage, read> residual: array<residual_element>; // none
@group(0) @binding(5) var<storage, read_write> y: array<y_element>;         // [B, groups * rows, positions, cols]
@group(1) @binding(0) var<uniform> params: Params;

struct View { image: u32, group: u32, position: u32 }

fn view_of(z: u32) -> View {
  let layer = z / params.positions;
  return View(layer / params.groups, layer % params.groups, z % params.positions);
}

// A is transposed: a quad is four rows of one pixel, `skip` pixels further on.
struct Source { start: u32, skip: u32, count: u32 }

fn a_source(row: u32, tap: u32, z: u32) -> Source {
  let four = min(row, params.rows - 1u) / 4u * 4u;
  let view = view_of(z);
  let start = (view.image * params.channels * params.groups + view.group) * params.rows;
  return Source(start + four, row % 4u, params.rows - four);
}

fn a_load(source: Source, c: u32) -> vec4f {
  let pixel = c + source.skip;
  if pixel >= params.channels { return vec4f(); }
  return dy_quad(source.start + pixel * params.groups * params.rows, source.count);
}

// Four input channels (columns) of an image as one kernel position sees it.
struct Columns { start: u32, count: u32, i: u32, j: u32 }

fn b_source(col: u32, tap: u32, z: u32) -> Columns {
  let first = min(col, params.cols - 1u);
  let view = view_of(z);
  return Columns(
    (view.image * params.height * params.width * params.groups + view.group) * params.cols + first,
    params.cols - first,
    view.position / params.kernel_width * params.dilation,
    view.position % params.kernel_width * params.dilation,
  );
}

fn seen(columns: Columns, pixel: u32) -> vec4f {
  let i = pixel / params.out_width * params.stride + columns.i - params.padding; // past the end before the first row
  let j = pixel % params.out_width * params.stride + columns.j - params.padding;
  let inside = (pixel < params.channels) & (i < params.height) & (j < params.width); // no branch: see gemm.wgsl
  if !inside { return vec4f(); }
  return x_quad(columns.start + (i * params.width + j) * params.groups * params.cols, columns.count);
}

fn b_load(columns: Columns, c: u32) -> mat4x4f {
  return mat4x4f(seen(columns, c), seen(columns, c + 1u), seen(columns, c + 2u), seen(columns, c + 3u));
}

fn y_store(row: u32, col: u32, z: u32, value: vec4f) {
  if col >= params.cols { return; }
  let layer = z / params.positions;
  let index = ((layer * params.rows + row) * params.positions + z % params.positions) * params.cols + col;
  y_write(index, params.cols - col, epilogue(value, index, col, 0u, 0u, params.cols - col));
}
