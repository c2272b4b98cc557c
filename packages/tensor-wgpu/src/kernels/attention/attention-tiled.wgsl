// The GPU schedule: a workgroup of 8 x 8 invocations takes 32 queries, 32 keys at a time, through workgroup memory,
// eight quads of a head at a time, so that heads of any size fit. Invocation (x, y) computes the scores of queries
// y, y+8, .. and keys x, x+8, .., then quad x of the sums of its queries.

const PITCH = 9u; // quads from row to row of a tile: eight, and one so that neighboring rows lie in different banks
const CHUNKS = (QUADS + 7u) / 8u;

var<workgroup> q_tile: array<vec4f, 32u * PITCH>;      // [query, quad]
var<workgroup> kv_tile: array<vec4f, 32u * PITCH>;     // [key, quad]
var<workgroup> weight_tile: array<vec4f, 32u * PITCH>; // [query, x]: the weights of keys x, x+8, x+16, x+24
var<workgroup> parts: array<f32, 256>;                 // [query, x]

fn score(place: Place, query: u32, key: u32, product: f32, region: f32) -> f32 {
  if key >= params.keys { return LOWEST; }
  var value = clamp(product, -params.bound, params.bound);
  if HAS_BIAS { value += bias_load(place, query, key).x; }
  let mark = mark_load(place, key);
  value += mark.x;
  if HAS_REGIONS { value += select(APART, 0.0, region == mark.y); }
  return value;
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let tiles = (params.queries + 31u) / 32u;
  let index = workgroup_index(group, grid);
  if index >= params.batches * params.heads * tiles { return; }
  let place = Place(index / (tiles * params.heads), index / tiles % params.heads);
  let first = index % tiles * 32u;
  let x = lane % 8u;
  let y = lane / 8u;

  var query: array<u32, 4>;
  var region: array<f32, 4>;
  for (var r = 0u; r < 4u; r++) {
    query[r] = min(first + y + 8u * r, params.queries - 1u);
    if HAS_REGIONS { region[r] = region_load(place, query[r]); }
  }
  var sums: array<vec4f, 4u * CHUNKS>;
  var best = array<f32, 4>(LOWEST, LOWEST, LOWEST, LOWEST);
  var total: array<f32, 4>; // of this invocation's keys
  for (var key = 0u; key < params.keys; key += 32u) {
    // Written out: a declaration alone is not always zeroed again on the next trip.
    var products = array<vec4f, 4>(vec4f(), vec4f(), vec4f(), vec4f());
    for (var chunk = 0u; chunk < CHUNKS; chunk++) {
      let quad = chunk * 8u + x;
      workgroupBarrier();
      for (var r = y; r < 32u; r += 8u) {
        var own = vec4f();
        var other = vec4f();
        if quad < QUADS {
          own = q_load(place, min(first + r, params.queries - 1u), quad);
          other = k_load(place, min(key + r, params.keys - 1u), quad);
        }
        q_tile[r * PITCH + x] = own;
        kv_tile[r * PITCH + x] = other;
      }
      workgroupBarrier();
      for (var d = 0u; d < 8u; d++) {
        let k0 = kv_tile[x * PITCH + d];
        let k1 = kv_tile[(x + 8u) * PITCH + d];
        let k2 = kv_tile[(x + 16u) * PITCH + d];
        let k3 = kv_tile[(x + 24u) * PITCH + d];
        for (var r = 0u; r < 4u; r++) {
          let own = q_tile[(y + 8u * r) * PITCH + d];
          products[r] += vec4f(dot(own, k0), dot(own, k1), dot(own, k2), dot(own, k3));
        }
      }
    }

    for (var r = 0u; r < 4u; r++) {
      for (var j = 0u; j < 4u; j++) {
        products[r][j] = score(place, query[r], key + x + 8u * j, products[r][j], region[r]);
      }
      parts[(y + 8u * r) * 8u + x] = max(max(products[r].x, products[r].y), max(products[r].z, products[r].w));
    }
    workgroupBarrier();
    let inside = key + x + vec4u(0u, 8u, 16u, 24u) < vec4u(params.keys);
    for (var r = 0u; r < 4u; r++) {
      var most = best[r];
      for (var i = 0u; i < 8u; i++) { most = max(most, parts[(y + 8u * r) * 8u + i]); }
      let rescale = exp(best[r] - most);
      best[r] = most;
      var weight = select(vec4f(), exp(products[r] - most), inside);
      total[r] = total[r] * rescale + (weight.x + weight.y + weight.z + weight.w);
      if HAS_DROPOUT {
        for (var j = 0u; j < 4u; j++) {
          let own = min(key + x + 8u * j, params.keys - 1u); // past the last key the weight is zero
          weight[j] *= kept_load(place, query[r], own)[own % 4u];
        }
      }
      weight_tile[(y + 8u * r) * PITCH + x] = weight;
      for (var chunk = 0u; chunk < CHUNKS; chunk++) { sums[4u * chunk + r] *= rescale; }
    }

    for (var chunk = 0u; chunk < CHUNKS; chunk++) {
      let quad = chunk * 8u + x;
      if chunk > 0u { workgroupBarrier(); }
      for (var r = y; r < 32u; r += 8u) {
        var value = vec4f();
        if quad < QUADS { value = v_load(place, min(key + r, params.keys - 1u), quad); }
        kv_tile[r * PITCH + x] = value;
      }
      workgroupBarrier();
      for (var t = 0u; t < 8u; t++) {
        let v0 = kv_tile[t * PITCH + x];
        let v1 = kv_tile[(t + 8u) * PITCH + x];
        let v2 = kv_tile[(t + 16u) * PITCH + x];
        let v3 = kv_tile[(t + 24u) * PITCH + x];
        for (var r = 0u; r < 4u; r++) {
          let weight = weight_tile[(y + 8u * r) * PITCH + t];
          sums[4u * chunk + r] += weight.x * v0 + weight.y * v1 + weight.z * v2 + weight.w * v3;
        }
      }
    }
  }

  for (var r = 0u; r < 4u; r++) { parts[(y + 8u * r) * 8u + x] = total[r]; }
  workgroupBarrier();
  for (var r = 0u; r < 4u; r++) {
    var all = 0.0;
    for (var i = 0u; i < 8u; i++) { all += parts[(y + 8u * r) * 8u + i]; }
    if first + y + 8u * r >= params.queries { continue; }
    for (var chunk = 0u; chunk < CHUNKS; chunk++) {
      let quad = chunk * 8u + x;
      if quad < QUADS { y_store(place, query[r], quad, sums[4u * chunk + r] / all); }
    }
  }
}
