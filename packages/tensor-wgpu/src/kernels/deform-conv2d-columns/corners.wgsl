// The four pixels around each sample of a range of the result's pixels, and their weights times the mask.
// Links sampling.wgsl in front.

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  images: u32, rows: u32, first: u32, count: u32, deformable_groups: u32, height: u32, width: u32, out_width: u32,
  kernel_width: u32, stride: u32, padding: u32, dilation: u32, positions: u32, image_samples: u32, mask_start: u32,
}

@group(0) @binding(0) var<storage, read> samples: array<f32>;         // [B, planes (dy, dx, ..., mask, ...), ...]
@group(0) @binding(1) var<storage, read_write> pixels: array<vec4u>;  // [B, count, positions, deformable groups]
@group(0) @binding(2) var<storage, read_write> weights: array<vec4f>; // the same
@group(1) @binding(0) var<uniform> params: Params;

fn samples_at(i: u32) -> f32 { return samples[i]; }

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  let each = params.positions * params.deformable_groups;
  if index >= params.images * params.count * each { return; }
  let position = index / params.deformable_groups % params.positions;
  let plane = index % params.deformable_groups * params.positions + position;
  let row = params.first + index / each % params.count;
  let sample = sample_of(index / (each * params.count), plane, position, row);
  let corners = corners_of(sample);
  pixels[index] = min(corners.pixels, vec4u(params.height * params.width - 1u)); // in range even for a NaN
  weights[index] = sample.mask * corners.weights;
}
