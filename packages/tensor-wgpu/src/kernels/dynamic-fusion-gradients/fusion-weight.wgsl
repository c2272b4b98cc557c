// Gradients of the weight and the bias of fusion-factors.wgsl: sums over images and maps.

override WORKGROUP_SIZE: u32 = 64u;
override MAPS: u32 = 1u;

struct Params { batch: u32, channels: u32 }

@group(0) @binding(0) var<storage, read> dlogits: array<f32>;        // [batch, 4]
@group(0) @binding(1) var<storage, read> affine0: array<f32>;        // [batch, 3 (scale, shift, mean), channels]
@group(0) @binding(2) var<storage, read> affine1: array<f32>;        // as affine0, where there are two maps
@group(0) @binding(3) var<storage, read> affine2: array<f32>;        // where there are three
@group(0) @binding(4) var<storage, read_write> dweight: array<f32>;  // [channels]
@group(0) @binding(5) var<storage, read_write> dbias: array<f32>;    // [1]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let channel = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if channel >= params.channels { return; }
  var weight = 0.0;
  var bias = 0.0;
  for (var image = 0u; image < params.batch; image++) {
    let mean = (3u * image + 2u) * params.channels + channel;
    var slope = dlogits[4u * image];
    weight += slope * affine0[mean];
    bias += slope;
    if MAPS > 1u {
      slope = dlogits[4u * image + 1u];
      weight += slope * affine1[mean];
      bias += slope;
    }
    if MAPS > 2u {
      slope = dlogits[4u * image + 2u];
      weight += slope * affine2[mean];
      bias += slope;
    }
  }
  dweight[channel] = weight;
  if channel == 0u { dbias[0] = bias; }
}
