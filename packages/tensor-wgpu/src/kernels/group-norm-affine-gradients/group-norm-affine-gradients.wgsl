// The gradients of groupNormAffine. An invocation has one channel of all images, and goes through its group twice for each:
// for the group's moments, as group-norm-affine.wgsl does, and for the slopes of these. `first` images lie before those
// that are bound; sums over images are added to earlier ones.

override WORKGROUP_SIZE: u32 = 64u;
override SAME = false; // pooled are the moments themselves, and dmoments has the sum of both gradients

struct Params { first: u32, batch: u32, channels: u32, width: u32, eps: f32 } // width: channels of a group

@group(0) @binding(0) var<storage, read> moments: array<f32>;        // [batch, 2 (mean, variance), channels]
@group(0) @binding(1) var<storage, read> pooled: array<f32>;         // as moments
@group(0) @binding(2) var<storage, read> weight: array<f32>;         // [channels]
@group(0) @binding(3) var<storage, read> dy: array<f32>;             // [batch, 3 (scale, shift, mean), channels]
@group(0) @binding(4) var<storage, read_write> dmoments: array<f32>; // as moments
@group(0) @binding(5) var<storage, read_write> dpooled: array<f32>;  // as moments
@group(0) @binding(6) var<storage, read_write> dweight: array<f32>;  // [channels]
@group(0) @binding(7) var<storage, read_write> dbias: array<f32>;    // [channels]
@group(1) @binding(0) var<uniform> params: Params;

// d(loss)/d(scale) and d(loss)/d(shift) of a channel, including those through the mean, pooled * scale + shift.
struct Slopes { scale: f32, shift: f32 }

fn slopes_of(image: u32, channel: u32, mean: f32) -> Slopes {
  let at = 3u * image * params.channels + channel;
  let of_shift = dy[at + params.channels];
  let of_pooled = dy[at + 2u * params.channels];
  let apart = pooled[2u * image * params.channels + channel] - mean;
  return Slopes(dy[at] + of_pooled * apart - mean * of_shift, of_shift + of_pooled);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let channel = workgroup_index(workgroup, grid) * WORKGROUP_SIZE + lane;
  if channel >= params.channels { return; }
  let group = channel / params.width * params.width;
  let share = 1.0 / f32(params.width);
  var to_weight = 0.0;
  var to_bias = 0.0;
  if params.first > 0u {
    to_weight = dweight[channel];
    to_bias = dbias[channel];
  }
  for (var image = 0u; image < params.batch; image++) {
    let means = 2u * image * params.channels;
    var mean = 0.0;
    for (var c = group; c < group + params.width; c++) { mean += moments[means + c]; }
    mean *= share;
    var variance = 0.0;
    var to_mean = 0.0;
    var to_rstd = 0.0;
    for (var c = group; c < group + params.width; c++) {
      let apart = moments[means + c] - mean;
      variance += moments[means + params.channels + c] + apart * apart;
      let slopes = slopes_of(image, c, mean);
      to_mean -= slopes.shift * weight[c];
      to_rstd += slopes.scale * weight[c];
    }
    let rstd = 1.0 / sqrt(variance * share + params.eps);
    let to_variance = -0.5 * rstd * rstd * rstd * to_rstd;

    let own = slopes_of(image, channel, mean);
    to_weight += own.scale * rstd;
    to_bias += own.shift;
    let to_pooled = dy[(3u * image + 2u) * params.channels + channel] * weight[channel] * rstd;
    let at = means + channel;
    let to_own_mean = share * (to_mean * rstd + 2.0 * to_variance * (moments[at] - mean));
    dmoments[at] = to_own_mean + select(0.0, to_pooled, SAME);
    dmoments[at + params.channels] = share * to_variance;
    if !SAME {
      dpooled[at] = to_pooled;
      dpooled[at + params.channels] = 0.0;
    }
  }
  dweight[channel] = to_weight;
  dbias[channel] = to_bias;
}
