// y = gamma * activate(conv(x, w) + bias) + residual, as a matrix product over (tap, channel) that gathers its rows from
// the image: no im2col is stored. z = (image, group), rows are output pixels, taps are kernel positions.
// Links gemm.wgsl and one schedule behind.

override PLANAR = false; // y is [B, O, Ho, Wo] instead

struct Params {
  rows: u32, cols: u32, taps: u32, channels: u32, batches: u32, splits: u32, chunk: u32, alpha: f32, a: f32, b: f32,
  has: u32, activation: u32, activate_from: u32,
  groups: u32, height: u32, width: u32, out_width: u32, kernel_width: u32, stride: u32, padding: u32, dilation: u32,
  w_scales: u32,
}

@group(0) @binding(0) var<storage, read> x: array<x_element>;               // [B, H, W, groups * channels]
@group(0) @binding(1) var<storage, read> w: array<w_element>;               // [groups * cols, taps, channels], q8 with scales behind
@group(0) @binding(2) var<storage, read> bias: array<bias_element>;         // [groups * cols]
@group(0) @binding(3) var<storage, read> gamma: array<gamma_element>;       // [groups * cols]
@group(0) @binding(4) var<storage, read> residual: array<residual_element>; // as y
@group(0) @binding(5) var<storage, read_write> y: array<y_element>;         // [B, Ho, Wo, groups * cols]
@group(1) @binding(0) var<uniform> params: Params;

struct Source { start: u32, inside: bool }

fn a_source(row: u32, tap: u32, z: u32) -> Source {
  let pixel = min(row, params.rows - 1u);
  let i = pixel / params.out_width * params.stride + tap / params.kernel_width * params.dilation;
  let j = pixel % params.out_width * params.stride + tap % params.kernel_width * params.dilation;
  let top = i - params.padding; // wraps around, and is past the end, before the first row
  let left = j - params.padding;
  let inside = (top < params.height) & (left < params.width); // no branch: see gemm.wgsl
  let origin = (z / params.groups * params.height + top) * params.width + left;
  return Source(select(0u, (origin * params.groups + z % params.groups) * params.channels, inside), inside);
}

fn a_load(source: Source, c: u32) -> vec4f {
  if !source.inside { return vec4f(); }
  return x_quad(source.start + c, params.channels - c);
}

// Starts of four columns, and their first scales.
struct Columns { starts: vec4u, scales: vec4u }

fn b_source(col: u32, tap: u32, z: u32) -> Columns {
  let cols = min(vec4u(col, col + 1u, col + 2u, col + 3u), vec4u(params.cols - 1u));
  let rows = (z % params.groups * params.cols + cols) * params.taps + tap;
  return Columns(rows * params.channels, rows * w_groups(params.channels));
}

fn b_load(columns: Columns, c: u32) -> mat4x4f {
  let left = params.channels - c;
  let scales = columns.scales + c / W_GROUP;
  return transpose(mat4x4f(
    w_part(columns.starts.x + c, left, scales.x),
    w_part(columns.starts.y + c, left, scales.y),
    w_part(columns.starts.z + c, left, scales.z),
    w_part(columns.starts.w + c, left, scales.w),
  ));
}

fn w_part(i: u32, count: u32, scale: u32) -> vec4f {
  if W_SCALED { return w_scale(params.w_scales, scale) * w_quad(i, count); }
  return w_quad(i, count);
}

fn y_store(row: u32, col: u32, z: u32, value: vec4f) {
  if col >= params.cols { return; }
  let image = z / params.groups;
  let group = z % params.groups;
  let channel = group * params.cols + col;
  let count = params.cols - col;
  let index = (image * params.rows + row) * params.groups * params.cols + channel;
  let result = epilogue(value, index, col, group, group, count);
  if !PLANAR {
    y_write(index, count, result);
    return;
  }
  for (var i = 0u; i < min(4u, count); i++) {
    let plane = image * params.groups * params.cols + channel + i;
    y_write(plane * params.rows + row, 1u, vec4f(result[i]));
  }
}
