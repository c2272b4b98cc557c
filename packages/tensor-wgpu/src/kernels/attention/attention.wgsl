// y = (kept * softmax(clamp(scale * q k^T) + bias + padding + regions)) v in one pass over the keys: a running maximum, and sums
// that are rescaled when it rises. Scores are never stored. HEAD_DIM is linked in front: the number of quads of a head
// must be a constant. A schedule follows: attention-tiled.wgsl, or attention-lanes.wgsl with one of eight-*.wgsl.

override HAS_BIAS = false;
override HAS_PADDING = false;
override HAS_REGIONS = false;
override HAS_DROPOUT = false;

const QUADS = (HEAD_DIM + 3u) / 4u;
const APART = -100.0; // added where query and key lie in different regions, as the original does
const LOWEST = -0x1.fffffep+127f; // of all f32

struct Params {
  batches: u32, first_batch: u32, heads: u32, queries: u32, keys: u32, scale: f32, bound: f32, windows: u32,
  q_stride: u32, k_stride: u32, v_stride: u32, q_start: u32, k_start: u32, v_start: u32,
}

@group(0) @binding(0) var<storage, read> q: array<q_element>;         // [batches, queries, q_stride]
@group(0) @binding(1) var<storage, read> k: array<k_element>;         // [batches, keys, k_stride]
@group(0) @binding(2) var<storage, read> v: array<v_element>;         // [batches, keys, v_stride]
@group(0) @binding(3) var<storage, read> bias: array<bias_element>;   // [heads, queries, keys]
@group(0) @binding(4) var<storage, read> padding: array<f32>;         // [batches, keys]
@group(0) @binding(5) var<storage, read> regions: array<f32>;         // [windows, keys]
@group(0) @binding(6) var<storage, read> kept: array<vec4f>;          // [batches, heads, queries, ceil(keys / 4)]
@group(0) @binding(7) var<storage, read_write> y: array<y_element>;   // [batches, queries, heads * HEAD_DIM]
@group(1) @binding(0) var<uniform> params: Params;

// One head of one batch.
struct Place { batch: u32, head: u32 }

fn q_load(place: Place, query: u32, i: u32) -> vec4f {
  let row = (place.batch * params.queries + query) * params.q_stride + params.q_start;
  return params.scale * q_quad(row + place.head * HEAD_DIM + 4u * i, HEAD_DIM - 4u * i);
}

fn k_load(place: Place, key: u32, i: u32) -> vec4f {
  let row = (place.batch * params.keys + key) * params.k_stride + params.k_start;
  return k_quad(row + place.head * HEAD_DIM + 4u * i, HEAD_DIM - 4u * i);
}

fn v_load(place: Place, key: u32, i: u32) -> vec4f {
  let row = (place.batch * params.keys + key) * params.v_stride + params.v_start;
  return v_quad(row + place.head * HEAD_DIM + 4u * i, HEAD_DIM - 4u * i);
}

fn y_store(place: Place, query: u32, i: u32, value: vec4f) {
  let row = (place.batch * params.queries + query) * params.heads + place.head;
  y_write(row * HEAD_DIM + 4u * i, HEAD_DIM - 4u * i, value);
}

fn region_load(place: Place, token: u32) -> f32 {
  return regions[(params.first_batch + place.batch) % params.windows * params.keys + token];
}

// Padding and region of a key.
fn mark_load(place: Place, key: u32) -> vec4f {
  var mark = vec4f();
  if HAS_PADDING { mark.x = padding[place.batch * params.keys + key]; }
  if HAS_REGIONS { mark.y = region_load(place, key); }
  return mark;
}

// Sum of bias, padding and regions added to the clamped scores of a query for keys key .. key+3.
fn bias_load(place: Place, query: u32, key: u32) -> vec4f {
  return bias_quad((place.head * params.queries + query) * params.keys + key, params.keys - key);
}

// Dropout's factors of a query's weights for the four keys of which `key` is one.
fn kept_load(place: Place, query: u32, key: u32) -> vec4f {
  let row = (place.batch * params.heads + place.head) * params.queries + query;
  return kept[row * ((params.keys + 3u) / 4u) + key / 4u];
}
