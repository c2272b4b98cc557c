// Gradients of the maps of dynamic-fusion.wgsl: dy times each map's factor. Channels come one by one or four at a time
// (`x_element`), so `channels` counts elements.

override WORKGROUP_SIZE: u32 = 64u;
override MAPS: u32 = 1u;

struct Params { batch: u32, pixels: u32, channels: u32 }

@group(0) @binding(0) var<storage, read> dy: array<x_element>;        // [batch, pixels, channels]
@group(0) @binding(1) var<storage, read> factors: array<x_element>;   // [batch, 4 (scales, then the shift), channels]
@group(0) @binding(2) var<storage, read_write> dx0: array<x_element>; // as dy
@group(0) @binding(3) var<storage, read_write> dx1: array<x_element>; // as dy, where there are two maps
@group(0) @binding(4) var<storage, read_write> dx2: array<x_element>; // where there are three
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if index >= params.batch * params.pixels * params.channels { return; }
  let at = index / (params.pixels * params.channels) * 4u * params.channels + index % params.channels;
  let slope = dy[index];
  dx0[index] = slope * factors[at];
  if MAPS > 1u { dx1[index] = slope * factors[at + params.channels]; }
  if MAPS > 2u { dx2[index] = slope * factors[at + 2u * params.channels]; }
}
