// The gradient of a deformable convolution for its offsets and masks, from that for its columns, at a range of the
// result's pixels: as the original's CUDA kernel, from the four pixels that the sample lies between, and zero outside
// the image. A row here is one sample: four sums over its channels, of which `units` runs of `cols` are each together.
// Links sampling.wgsl in front, a schedule of rows.ts behind.

struct Params {
  images: u32, first_image: u32, rows: u32, first: u32, count: u32, cols: u32, groups: u32, parts: u32, units: u32,
  deformable_groups: u32, height: u32, width: u32, out_width: u32, kernel_width: u32, stride: u32, padding: u32,
  dilation: u32, positions: u32, image_samples: u32, mask_start: u32,
}

@group(0) @binding(0) var<storage, read> x: array<x_element>;                // [images, H, W, groups * parts * cols]
@group(0) @binding(1) var<storage, read> samples: array<f32>;                // [B, planes (dy, dx, ..., mask, ...), ...]
@group(0) @binding(2) var<storage, read> dcolumns: array<dcolumns_element>;  // [B, groups, count, positions, parts * cols]
@group(0) @binding(3) var<storage, read_write> dsamples: array<f32>;         // as samples
@group(1) @binding(0) var<uniform> params: Params;

fn samples_at(i: u32) -> f32 { return samples[i]; }

// Rows past the last are clamped, not skipped: all lanes take part in sums.
fn each_row(any_row: u32, lane: u32) {
  let each = params.positions * params.deformable_groups;
  let exists = any_row < params.images * params.count * each;
  let index = params.first_image * params.count * each + select(0u, any_row, exists);
  let part = index % params.deformable_groups;
  let position = index / params.deformable_groups % params.positions;
  let row = index / each % params.count;
  let image = index / (each * params.count);
  let plane = part * params.positions + position;
  let sample = sample_of(image, plane, position, params.first + row);
  let corners = corners_of(sample);
  let pixels = min(corners.pixels, vec4u(params.height * params.width - 1u)); // in range even for a NaN

  var s0 = vec4f(); var s1 = vec4f(); var s2 = vec4f(); var s3 = vec4f();
  for (var u = 0u; u < params.units; u++) {
    let unit = part * params.units + u; // of all groups
    let group = unit / params.parts;
    let first = (image - params.first_image) * params.height * params.width;
    let starts = ((first + pixels) * params.groups * params.parts + unit) * params.cols;
    let taps = ((image * params.groups + group) * params.count + row) * params.positions + position;
    let start = (taps * params.parts + unit % params.parts) * params.cols;
    for (var c = 4u * (lane % ROW_LANES); c < params.cols; c += 4u * ROW_LANES) {
      let count = params.cols - c;
      let d = dcolumns_quad(start + c, count);
      s0 += d * x_quad(starts.x + c, count);
      s1 += d * x_quad(starts.y + c, count);
      s2 += d * x_quad(starts.z + c, count);
      s3 += d * x_quad(starts.w + c, count);
    }
  }
  let sums = vec4f(row_sum(s0, lane), row_sum(s1, lane), row_sum(s2, lane), row_sum(s3, lane));
  if !exists || lane % ROW_LANES != 0u { return; }

  let low = sample.low;
  let top = low.x >= 0.0;
  let left = low.y >= 0.0;
  let bottom = low.x + 1.0 < f32(params.height);
  let right = low.y + 1.0 < f32(params.width);
  let inside = vec4<bool>(top & left, top & right, bottom & left, bottom & right);
  let seen = select(vec4f(), sums, inside & vec4<bool>(sample.inside));
  let far = sample.far;
  let near = 1.0 - far;
  let at = image * params.image_samples + 2u * plane * params.rows + params.first + row;
  dsamples[at] = sample.mask * (near.y * (seen.z - seen.x) + far.y * (seen.w - seen.y));
  dsamples[at + params.rows] = sample.mask * (near.x * (seen.y - seen.x) + far.x * (seen.w - seen.z));
  let mask_at = image * params.image_samples + params.mask_start + plane * params.rows + params.first + row;
  dsamples[mask_at] = near.x * (near.y * seen.x + far.y * seen.y) + far.x * (near.y * seen.z + far.y * seen.w);
}
