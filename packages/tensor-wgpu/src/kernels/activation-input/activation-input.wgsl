// dz = dy * f'(z) for an activation y = f(z) whose slope follows from y: in the last axis from channel `from` of each group
// on, and dz = dy before it. y and dy may be planar; dz has its channels last. Elements are numbers or quads of
// channels. Links slope(y: vec4f) in front.

override WORKGROUP_SIZE: u32 = 64u;
override PLANAR = false;

struct Params { size: u32, pixels: u32, channels: u32, group: u32, from_channel: u32, a: f32, b: f32 }

@group(0) @binding(0) var<storage, read> y: array<x_element>;
@group(0) @binding(1) var<storage, read> dy: array<x_element>;        // as y
@group(0) @binding(2) var<storage, read_write> dz: array<x_element>;  // [images, pixels, channels]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if i >= params.size { return; }
  var at = i;
  if PLANAR {
    let row = i / params.channels;
    let channel = i % params.channels;
    at = (row / params.pixels * params.channels + channel) * params.pixels + row % params.pixels;
  }
  var value = dy[at];
  if params.from_channel == 0u || i % params.group >= params.from_channel { value *= slope_at(at); }
  dz[i] = value;
}
