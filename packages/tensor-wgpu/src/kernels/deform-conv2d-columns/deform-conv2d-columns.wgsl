// Columns (im2col) of a deformable convolution, for a range of the result's pixels. A row here is one unit of channels
// of one sample. A schedule of rows.ts links behind.

struct Params {
  images: u32, first_image: u32, cols: u32, samples: u32, groups: u32, parts: u32, groups_per_part: u32,
  deformable_groups: u32, pixels_in: u32,
}

@group(0) @binding(0) var<storage, read> x: array<x_element>;                   // [images, H * W, groups * parts * cols]
@group(0) @binding(1) var<storage, read> pixels: array<vec4u>;                  // [B, samples, deformable groups]
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;                 // the same
@group(0) @binding(3) var<storage, read_write> columns: array<columns_element>; // [B, groups, samples, parts * cols]
@group(1) @binding(0) var<uniform> params: Params;

fn each_row(any_row: u32, lane: u32) {
  let units = params.groups * params.parts;
  if any_row >= params.images * params.samples * units { return; }
  let index = any_row + params.first_image * params.samples * units;
  let part = index % params.parts;
  let layer = index / (params.parts * params.samples); // (image, group)
  let image = layer / params.groups;
  let group = layer % params.groups;
  let sample = image * params.samples + index / params.parts % params.samples;
  let at = sample * params.deformable_groups + group / params.groups_per_part * params.parts + part;
  let weight = weights[at];
  let unit = group * params.parts + part;
  let starts = (((image - params.first_image) * params.pixels_in + pixels[at]) * units + unit) * params.cols;
  for (var c = 4u * (lane % ROW_LANES); c < params.cols; c += 4u * ROW_LANES) {
    let count = params.cols - c;
    let value = weight.x * x_quad(starts.x + c, count)
      + weight.y * x_quad(starts.y + c, count)
      + weight.z * x_quad(starts.z + c, count)
      + weight.w * x_quad(starts.w + c, count);
    columns_write(index * params.cols + c, count, value);
  }
}
