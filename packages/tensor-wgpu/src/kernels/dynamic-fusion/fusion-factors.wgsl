// The weight of each map, w = hardSigmoid(relu(mean . weight + bias)) / maps, times its scale; the sum of all shifts;
// and the mean over the pixels of the fused map, which follows from the maps' means. Every invocation sums all the
// products: they are few, and a reduction's barriers would cost more.

override WORKGROUP_SIZE: u32 = 64u;
override MAPS: u32 = 1u;
override WEIGHED = false;

struct Params { batch: u32, channels: u32 }

@group(0) @binding(0) var<storage, read> affine0: array<f32>;       // [batch, 3 (scale, shift, mean), channels]
@group(0) @binding(1) var<storage, read> affine1: array<f32>;       // as affine0, where there are two maps
@group(0) @binding(2) var<storage, read> affine2: array<f32>;       // where there are three
@group(0) @binding(3) var<storage, read> weight: array<f32>;        // [channels]
@group(0) @binding(4) var<storage, read> bias: array<f32>;          // [1]
@group(0) @binding(5) var<storage, read_write> factors: array<f32>; // [batch, 4 (scales, then the shift), channels]
@group(0) @binding(6) var<storage, read_write> pooled: array<f32>;  // [batch, channels]
@group(1) @binding(0) var<uniform> params: Params;

fn affine(map: u32, i: u32) -> f32 {
  if map == 0u { return affine0[i]; }
  if map == 1u { return affine1[i]; }
  return affine2[i];
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if index >= params.batch * params.channels { return; }
  let channel = index % params.channels;
  let image = index / params.channels;
  let start = 3u * image * params.channels;
  let mean_row = start + 2u * params.channels;

  var shift = 0.0;
  var mean = 0.0;
  for (var map = 0u; map < MAPS; map++) {
    var share = 1.0;
    if WEIGHED {
      var logit = bias[0];
      for (var c = 0u; c < params.channels; c++) { logit = fma(affine(map, mean_row + c), weight[c], logit); }
      share = clamp(max(logit, 0.0) + 3.0, 0.0, 6.0) / 6.0;
    }
    share /= f32(MAPS);
    factors[(4u * image + map) * params.channels + channel] = share * affine(map, start + channel);
    shift += share * affine(map, start + params.channels + channel);
    mean += share * affine(map, mean_row + channel);
  }
  factors[(4u * image + 3u) * params.channels + channel] = shift;
  pooled[index] = mean;
}
