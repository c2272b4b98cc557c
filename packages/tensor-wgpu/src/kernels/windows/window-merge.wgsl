// Puts shifted windows back where window-partition.wgsl took them from, adding a residual if there is one.

override WORKGROUP_SIZE: u32 = 64u;
override HAS_RESIDUAL = false;

struct Params { images: u32, height: u32, width: u32, channels: u32, window: u32, shift: u32, down: u32, across: u32 }

@group(0) @binding(0) var<storage, read> x: array<x_element>;               // [B * down * across, window * window, channels]
@group(0) @binding(1) var<storage, read> residual: array<residual_element>; // as y
@group(0) @binding(2) var<storage, read_write> y: array<y_element>;         // [B, height, width, channels]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if index >= params.images * params.height * params.width * params.channels { return; }
  let channel = index % params.channels;
  let pixel = index / params.channels;
  let tall = params.down * params.window;
  let wide = params.across * params.window;
  let row = (pixel / params.width % params.height + tall - params.shift) % tall;
  let col = (pixel % params.width + wide - params.shift) % wide;
  let image = pixel / (params.width * params.height);
  let window = (image * params.down + row / params.window) * params.across + col / params.window;
  let token = (window * params.window + row % params.window) * params.window + col % params.window;
  var value = x[token * params.channels + channel];
  if HAS_RESIDUAL { value += residual[index]; }
  y[index] = value;
}
