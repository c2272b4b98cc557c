// From the sums of dy and of dy * (x - mean of its channel) to dweight, dbias and dx = dy * scale + x * slope + shift, as a
// scale, a slope and a shift of each channel. An invocation has one channel of all images. `first` images lie before those
// that are bound; sums over images are added to earlier ones.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { first: u32, batch: u32, pixels: u32, channels: u32, width: u32, chunks: u32, eps: f32 }

@group(0) @binding(0) var<storage, read> sums: array<f32>;           // [batch, chunks, 2, channels]
@group(0) @binding(1) var<storage, read> moments: array<f32>;        // [batch, 2 (mean, variance), channels]
@group(0) @binding(2) var<storage, read> weight: array<f32>;         // [channels]
@group(0) @binding(3) var<storage, read_write> factors: array<f32>;  // [batch, 3 (scale, slope, shift), channels]
@group(0) @binding(4) var<storage, read_write> dweight: array<f32>;  // [channels]
@group(0) @binding(5) var<storage, read_write> dbias: array<f32>;    // [channels]
@group(1) @binding(0) var<uniform> params: Params;

// Over all pixels of a channel.
struct Sums { dy: f32, centered: f32 }

fn channel_sums(image: u32, channel: u32) -> Sums {
  var total = Sums();
  for (var i = 0u; i < params.chunks; i++) {
    let at = 2u * (image * params.chunks + i) * params.channels + channel;
    total.dy += sums[at];
    total.centered += sums[at + params.channels];
  }
  return total;
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
    var g = 0.0;        // sum of dy * weight over the group
    var g_normal = 0.0; // sum of dy * weight * (x - mean)
    var own = Sums();
    for (var c = group; c < group + params.width; c++) {
      let apart = moments[means + c] - mean;
      variance += moments[means + params.channels + c] + apart * apart;
      let total = channel_sums(image, c);
      let centered = total.centered + apart * total.dy;
      g += weight[c] * total.dy;
      g_normal += weight[c] * centered;
      if c == channel { own = Sums(total.dy, centered); }
    }
    let rstd = 1.0 / sqrt(variance * share + params.eps);
    let count = f32(params.pixels) * f32(params.width);
    let slope = -rstd * rstd * rstd * g_normal / count;
    let at = 3u * image * params.channels + channel;
    factors[at] = weight[channel] * rstd;
    factors[at + params.channels] = slope;
    factors[at + 2u * params.channels] = -rstd * g / count - slope * mean;
    to_weight += own.centered * rstd;
    to_bias += own.dy;
  }
  dweight[channel] = to_weight;
  dbias[channel] = to_bias;
}
