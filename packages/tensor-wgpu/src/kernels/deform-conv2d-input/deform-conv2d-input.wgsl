// The gradient of a deformable convolution for its image, from that for the columns of a range of the result's pixels:
// each pixel sums over the corners that touch it, in order. A row here is one unit of channels of one pixel.
// A schedule of rows.ts links behind.

struct Params {
  images: u32, first_image: u32, cols: u32, samples: u32, groups: u32, parts: u32, groups_per_part: u32,
  deformable_groups: u32, pixels_in: u32,
}

@group(0) @binding(0) var<storage, read> lengths: array<u32>;               // [B, lists + 1]
@group(0) @binding(1) var<storage, read> ends: array<u32>;                  // [B, H * W, deformable groups]
@group(0) @binding(2) var<storage, read> corners: array<u32>;               // [B, samples * deformable groups * 4], in lists
@group(0) @binding(3) var<storage, read> weights: array<f32>;               // [B, samples, deformable groups, 4]
@group(0) @binding(4) var<storage, read> dcolumns: array<dcolumns_element>; // [B, groups, samples, parts * cols]
@group(0) @binding(5) var<storage, read_write> dx: array<dx_element>;       // [images, H * W, groups * parts * cols]
@group(1) @binding(0) var<uniform> params: Params;

fn each_row(index: u32, lane: u32) {
  let units = params.groups * params.parts;
  if index >= params.images * params.pixels_in * units { return; }
  let unit = index % units;
  let pixel = index / units % params.pixels_in;
  let image = params.first_image + index / (units * params.pixels_in);
  let list = pixel * params.deformable_groups + unit / params.groups_per_part;
  let lists = params.pixels_in * params.deformable_groups;
  let first = image * params.samples * params.deformable_groups * 4u;
  let end = first + ends[image * lists + list];
  let start = end - lengths[image * (lists + 1u) + list];
  let group = (image * params.groups + unit / params.parts) * params.samples;
  for (var c = 4u * (lane % ROW_LANES); c < params.cols; c += 4u * ROW_LANES) {
    let count = params.cols - c;
    var sum = vec4f();
    for (var place = start; place < end; place++) {
      let corner = corners[place];
      let sample = corner / 4u;
      let at = sample * params.deformable_groups + unit / params.groups_per_part;
      let row = (group + sample) * params.parts + unit % params.parts;
      sum += weights[first + 4u * at + corner % 4u] * dcolumns_quad(row * params.cols + c, count);
    }
    dx_write(index * params.cols + c, count, sum);
  }
}
