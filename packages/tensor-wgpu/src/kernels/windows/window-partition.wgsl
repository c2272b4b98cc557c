// Cuts shifted windows out of x, with zeros where they reach past its right and lower edge: one gather.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { images: u32, height: u32, width: u32, channels: u32, window: u32, shift: u32, down: u32, across: u32 }

@group(0) @binding(0) var<storage, read> x: array<x_element>;       // [B, height, width, channels]
@group(0) @binding(1) var<storage, read_write> y: array<y_element>; // [B * down * across, window * window, channels]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  let tokens = params.images * params.down * params.across * params.window * params.window;
  if index >= tokens * params.channels { return; }
  let channel = index % params.channels;
  let token = index / params.channels;
  let col_in = token % params.window;
  let row_in = token / params.window % params.window;
  let window = token / (params.window * params.window);
  let image = window / (params.across * params.down);
  let row = (window / params.across % params.down * params.window + row_in + params.shift) % (params.down * params.window);
  let col = (window % params.across * params.window + col_in + params.shift) % (params.across * params.window);
  if row >= params.height || col >= params.width {
    y[index] = y_element();
    return;
  }
  y[index] = x[((image * params.height + row) * params.width + col) * params.channels + channel];
}
