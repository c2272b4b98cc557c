// Bilinear, corners aligned: output 0 is input 0, the last output is the last input.

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  images: u32, height: u32, width: u32, out_height: u32, out_width: u32, channels: u32, row_step: f32, col_step: f32,
}

@group(0) @binding(0) var<storage, read> x: array<x_element>;       // [B, height, width, channels]
@group(0) @binding(1) var<storage, read_write> y: array<y_element>; // [B, out_height, out_width, channels]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if index >= params.images * params.out_height * params.out_width * params.channels { return; }
  let channel = index % params.channels;
  let pixel = index / params.channels;
  let row = f32(pixel / params.out_width % params.out_height) * params.row_step;
  let col = f32(pixel % params.out_width) * params.col_step;
  let top = min(u32(row), params.height - 1u);
  let left = min(u32(col), params.width - 1u);
  let down = row - f32(top);
  let across = col - f32(left);
  let below = min(top + 1u, params.height - 1u);
  let right = min(left + 1u, params.width - 1u);

  let image = pixel / (params.out_width * params.out_height) * params.height;
  let upper = (image + top) * params.width;
  let lower = (image + below) * params.width;
  let near = mix(
    x[(upper + left) * params.channels + channel],
    x[(upper + right) * params.channels + channel],
    across,
  );
  let far = mix(
    x[(lower + left) * params.channels + channel],
    x[(lower + right) * params.channels + channel],
    across,
  );
  y[index] = mix(near, far, down);
}
