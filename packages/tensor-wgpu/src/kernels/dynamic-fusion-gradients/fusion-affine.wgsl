// Gradients of one map's scale, shift and mean, and of its logit, by a workgroup for each image: fusion-factors.wgsl
// backwards. The workgroup's invocations share the channels, and reduce the sums over the whole map.

override WORKGROUP_SIZE: u32 = 64u;
override MAPS: u32 = 1u;
override WEIGHED = false;
override HAS_POOLED = false;

struct Params { batch: u32, channels: u32, chunks: u32, map: u32 }

@group(0) @binding(0) var<storage, read> sums: array<f32>;           // [batch, chunks, 4 (maps, then dy), channels]
@group(0) @binding(1) var<storage, read> affine: array<f32>;         // [batch, 3 (scale, shift, mean), channels]
@group(0) @binding(2) var<storage, read> weight: array<f32>;         // [channels]
@group(0) @binding(3) var<storage, read> bias: array<f32>;           // [1]
@group(0) @binding(4) var<storage, read> dpooled: array<f32>;        // [batch, channels]
@group(0) @binding(5) var<storage, read_write> daffine: array<f32>;  // as affine
@group(0) @binding(6) var<storage, read_write> dlogits: array<f32>;  // [batch, 4]
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> slots: array<vec2f, WORKGROUP_SIZE>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let image = workgroup_index(group, grid);
  if image >= params.batch { return; }
  let channels = params.channels;
  let start = 3u * image * channels;

  // The logit of the map and the gradient of its share: both are sums over channels.
  var totals = vec2f();
  for (var c = lane; c < channels; c += WORKGROUP_SIZE) {
    var of_map = 0.0;
    var of_dy = 0.0;
    for (var i = 0u; i < params.chunks; i++) {
      let row = 4u * (image * params.chunks + i);
      of_map += sums[(row + params.map) * channels + c];
      of_dy += sums[(row + 3u) * channels + c];
    }
    daffine[start + c] = of_map;
    daffine[start + channels + c] = of_dy;
    if WEIGHED {
      let mean = affine[start + 2u * channels + c];
      totals.x += mean * weight[c];
      totals.y += of_map * affine[start + c] + of_dy * affine[start + channels + c];
      if HAS_POOLED { totals.y += dpooled[image * channels + c] * mean; }
    }
  }
  slots[lane] = totals;
  workgroupBarrier();
  for (var half = WORKGROUP_SIZE / 2u; half > 0u; half /= 2u) {
    if lane < half { slots[lane] += slots[lane + half]; }
    workgroupBarrier();
  }

  var share = 1.0 / f32(MAPS);
  var dlogit = 0.0;
  if WEIGHED {
    let logit = slots[0].x + bias[0];
    if logit > 0.0 && logit <= 3.0 { dlogit = slots[0].y / (6.0 * f32(MAPS)); }
    share *= clamp(max(logit, 0.0) + 3.0, 0.0, 6.0) / 6.0;
    if lane == 0u { dlogits[4u * image + params.map] = dlogit; }
  }
  for (var c = lane; c < channels; c += WORKGROUP_SIZE) {
    daffine[start + c] *= share;
    daffine[start + channels + c] *= share;
    var dmean = 0.0;
    if HAS_POOLED { dmean = share * dpooled[image * channels + c]; }
    if WEIGHED { dmean += dlogit * weight[c]; }
    daffine[start + 2u * channels + c] = dmean;
  }
}
