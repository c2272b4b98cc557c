// Four neighboring pixels side by side: y[h, w] = x[2h, 2w], x[2h+1, 2w], x[2h, 2w+1], x[2h+1, 2w+1]; zeros past the edge.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { images: u32, height: u32, width: u32, channels: u32 }

@group(0) @binding(0) var<storage, read> x: array<x_element>;       // [B, height, width, channels]
@group(0) @binding(1) var<storage, read_write> y: array<y_element>; // [B, ceil(height/2), ceil(width/2), 4 * channels]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  let half_width = (params.width + 1u) / 2u;
  let half_height = (params.height + 1u) / 2u;
  if index >= params.images * half_height * half_width * params.channels * 4u { return; }
  let channel = index % params.channels;
  let quarter = index / params.channels % 4u;
  let pixel = index / (params.channels * 4u);
  let row = pixel / half_width % half_height * 2u + quarter % 2u;
  let col = pixel % half_width * 2u + quarter / 2u;
  let image = pixel / (half_width * half_height);
  if row >= params.height || col >= params.width {
    y[index] = y_element();
    return;
  }
  y[index] = x[((image * params.height + row) * params.width + col) * params.channels + channel];
}
