// y = softmax(clamp(scale * q k^T) + bias + padding + regions) v, one query of one head per invocation, one pass over the
// keys: a running maximum, and sums that are rescaled when it rises. Scores are never stored.
// HEAD_DIM is linked in front: how many quads a head has must be a constant.

override WORKGROUP_SIZE: u32 = 64u;
override HAS_BIAS = false;
override HAS_PADDING = false;
override HAS_REGIONS = false;

const QUADS = (HEAD_DIM + 3u) / 4u;
const APART = -100.0; // added where query and key lie in different regions, as the original does

struct Params {
  batches: u32, first_batch: u32, heads: u32, queries: u32, keys: u32, scale: f32, limit: f32, windows: u32,
  q_stride: u32, k_stride: u32, v_stride: u32, q_start: u32, k_start: u32, v_start: u32,
}

@group(0) @binding(0) var<storage, read> q: array<q_element>;         // [batches, queries, q_stride]
@group(0) @binding(1) var<storage, read> k: array<k_element>;         // [batches, keys, k_stride]
@group(0) @binding(2) var<storage, read> v: array<v_element>;         // [batches, keys, v_stride]
@group(0) @binding(3) var<storage, read> bias: array<f32>;            // [heads, queries, keys]
@group(0) @binding(4) var<storage, read> padding: array<f32>;         // [batches, keys]
@group(0) @binding(5) var<storage, read> regions: array<f32>;         // [windows, keys]
@group(0) @binding(6) var<storage, read_write> y: array<y_element>;   // [batches, queries, heads * HEAD_DIM]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if index >= params.batches * params.heads * params.queries { return; }
  let query = index % params.queries;
  let head = index / params.queries % params.heads;
  let batch = index / (params.queries * params.heads);

  let q_row = (batch * params.queries + query) * params.q_stride + params.q_start + head * HEAD_DIM;
  var own: array<vec4f, QUADS>;
  var sums: array<vec4f, QUADS>;
  for (var i = 0u; i < QUADS; i++) { own[i] = params.scale * q_quad(q_row + 4u * i, HEAD_DIM - 4u * i); }

  let k_first = batch * params.keys * params.k_stride + params.k_start + head * HEAD_DIM;
  let v_first = batch * params.keys * params.v_stride + params.v_start + head * HEAD_DIM;
  let bias_row = (head * params.queries + query) * params.keys;
  let window = (params.first_batch + batch) % params.windows * params.keys;
  var best = -3.4e38;
  var total = 0.0;
  for (var key = 0u; key < params.keys; key++) {
    let k_row = k_first + key * params.k_stride;
    var dots = vec4f();
    for (var i = 0u; i < QUADS; i++) { dots = fma(own[i], k_quad(k_row + 4u * i, HEAD_DIM - 4u * i), dots); }
    var score = clamp(dots.x + dots.y + dots.z + dots.w, -params.limit, params.limit);
    if HAS_BIAS { score += bias[bias_row + key]; }
    if HAS_PADDING { score += padding[batch * params.keys + key]; }
    if HAS_REGIONS { score += select(0.0, APART, regions[window + query] != regions[window + key]); }

    let most = max(best, score);
    let rescale = exp(best - most);
    let weight = exp(score - most);
    best = most;
    total = total * rescale + weight;
    let v_row = v_first + key * params.v_stride;
    for (var i = 0u; i < QUADS; i++) {
      sums[i] = fma(vec4f(weight), v_quad(v_row + 4u * i, HEAD_DIM - 4u * i), sums[i] * rescale);
    }
  }

  let y_row = (index - query - head * params.queries) * HEAD_DIM + (query * params.heads + head) * HEAD_DIM;
  for (var i = 0u; i < QUADS; i++) { y_write(y_row + 4u * i, HEAD_DIM - 4u * i, sums[i] / total); }
}
