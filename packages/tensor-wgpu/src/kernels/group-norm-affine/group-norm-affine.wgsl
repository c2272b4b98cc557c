// GroupNorm as a scale and a shift of each channel, from the moments of its channels: all have equally many values, so a
// group's mean is the mean of their means, and its variance the mean of their variances plus the variance of their
// means.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { batch: u32, channels: u32, width: u32, eps: f32 } // width: channels of a group

@group(0) @binding(0) var<storage, read> moments: array<f32>;      // [batch, 2 (mean, variance), channels]
@group(0) @binding(1) var<storage, read> pooled: array<f32>;       // as moments, of the map that will be scaled
@group(0) @binding(2) var<storage, read> weight: array<f32>;       // [channels]
@group(0) @binding(3) var<storage, read> bias: array<f32>;         // [channels]
@group(0) @binding(4) var<storage, read_write> affine: array<f32>; // [batch, 3 (scale, shift, mean), channels]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(workgroup, grid) * WORKGROUP_SIZE + lane;
  if index >= params.batch * params.channels { return; }
  let channel = index % params.channels;
  let image = index / params.channels;
  let means = 2u * image * params.channels;
  let first = means + channel / params.width * params.width;

  var mean = 0.0;
  for (var i = 0u; i < params.width; i++) { mean += moments[first + i]; }
  mean /= f32(params.width);
  var variance = 0.0;
  for (var i = 0u; i < params.width; i++) {
    let apart = moments[first + i] - mean;
    variance += moments[first + params.channels + i] + apart * apart;
  }
  variance /= f32(params.width);

  let scale = weight[channel] / sqrt(variance + params.eps);
  let at = 3u * image * params.channels + channel;
  affine[at] = scale;
  affine[at + params.channels] = bias[channel] - mean * scale;
  affine[at + 2u * params.channels] = bias[channel] + (pooled[means + channel] - mean) * scale;
}
