// Modulated deformable convolution (v2): as conv2d, but each tap of each output pixel reads where its offset points,
// between four pixels, times its mask. z = (image, group); a tap here is a kernel position of one deformable group,
// `parts` of them share a convolution group. Offsets and masks are read flat, on the grid of the output (spec 2.4.3).
// Links sampling.wgsl in front, gemm.wgsl and one schedule behind.

struct Params {
  rows: u32, cols: u32, taps: u32, channels: u32, batches: u32, splits: u32, chunk: u32, alpha: f32, a: f32, b: f32,
  has: u32, activation: u32, activate_from: u32,
  groups: u32, parts: u32, groups_per_part: u32, w_scales: u32, height: u32, width: u32, out_width: u32, kernel_width: u32,
  stride: u32, padding: u32, dilation: u32, positions: u32, image_samples: u32, mask_start: u32,
}

@group(0) @binding(0) var<storage, read> x: array<x_element>;               // [B, H, W, groups * parts * channels]
@group(0) @binding(1) var<storage, read> w: array<w_element>;               // [groups * cols, taps, channels], q8 with scales behind
@group(0) @binding(2) var<storage, read> samples: array<samples_element>;   // [B, planes (dy, dx, ..., mask, ...), ...]
@group(0) @binding(3) var<storage, read> bias: array<bias_element>;         // [groups * cols]
@group(0) @binding(4) var<storage, read> gamma: array<gamma_element>;       // [groups * cols]
@group(0) @binding(5) var<storage, read> residual: array<residual_element>; // as y
@group(0) @binding(6) var<storage, read_write> y: array<y_element>;         // [B, Ho, Wo, groups * cols]
@group(1) @binding(0) var<uniform> params: Params;

// Offsets of the four pixels around a sample, and their weights.
struct Source { starts: vec4u, weights: vec4f }

fn a_source(any_row: u32, tap: u32, z: u32) -> Source {
  let row = min(any_row, params.rows - 1u);
  let image = z / params.groups;
  let group = z % params.groups;
  let position = tap / params.parts;
  let part = tap % params.parts;
  let plane = (group / params.groups_per_part * params.parts + part) * params.positions + position;
  let sample = sample_of(image, plane, position, row);
  let corners = corners_of(sample);
  let pixels = image * params.height * params.width + corners.pixels;
  let channel = (group * params.parts + part) * params.channels;
  return Source(
    pixels * params.groups * params.parts * params.channels + channel,
    sample.mask * corners.weights,
  );
}

fn a_load(source: Source, c: u32) -> vec4f {
  let count = params.channels - c;
  return source.weights.x * x_quad(source.starts.x + c, count)
    + source.weights.y * x_quad(source.starts.y + c, count)
    + source.weights.z * x_quad(source.starts.z + c, count)
    + source.weights.w * x_quad(source.starts.w + c, count);
}

// Starts of four columns; the rows of their position, and the channel, within the part, for their scales.
struct Columns { starts: vec4u, scales: vec4u, skip: u32 }

fn b_source(col: u32, tap: u32, z: u32) -> Columns {
  let cols = min(vec4u(col, col + 1u, col + 2u, col + 3u), vec4u(params.cols - 1u));
  let rows = (z % params.groups * params.cols + cols) * params.positions + tap / params.parts;
  let starts = ((z % params.groups * params.cols + cols) * params.taps + tap) * params.channels;
  return Columns(starts, rows * w_groups(params.parts * params.channels), tap % params.parts * params.channels);
}

fn b_load(columns: Columns, c: u32) -> mat4x4f {
  let left = params.channels - c;
  let scales = columns.scales + (columns.skip + c) / W_GROUP;
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
  let group = z % params.groups;
  let count = params.cols - col;
  let index = ((z / params.groups * params.rows + row) * params.groups + group) * params.cols + col;
  y_write(index, count, epilogue(value, index, col, group, group, count));
}
