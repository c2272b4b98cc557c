// Each output pixel copies the input pixel at floor(out * in_size / out_size), in integers.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { images: u32, height: u32, width: u32, out_height: u32, out_width: u32, channels: u32 }

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
  let col = pixel % params.out_width * params.width / params.out_width;
  let row = pixel / params.out_width % params.out_height * params.height / params.out_height;
  let image = pixel / (params.out_width * params.out_height);
  y[index] = x[((image * params.height + row) * params.width + col) * params.channels + channel];
}
