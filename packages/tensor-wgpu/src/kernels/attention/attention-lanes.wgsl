// Four queries per lane, eight keys at a time, in registers: for CPUs, and where there is no workgroup memory to spare.
// Links eight-broadcast.wgsl or eight-loads.wgsl, which hold the entry point and load keys and values.
// A matrix here holds four columns (keys, or components of a head) for the lane's four queries.

// Values of eight keys, one per column.
struct Eight { low: mat4x4f, high: mat4x4f }

// sum + columns * by
fn weighted(sum: vec4f, by: vec4f, columns: mat4x4f) -> vec4f {
  let x = fma(vec4f(by.x), columns[0], sum);
  let y = fma(vec4f(by.y), columns[1], x);
  let z = fma(vec4f(by.z), columns[2], y);
  return fma(vec4f(by.w), columns[3], z);
}

fn dots(sum: mat4x4f, keys: mat4x4f, own: mat4x4f) -> mat4x4f {
  return mat4x4f(
    weighted(sum[0], keys[0], own),
    weighted(sum[1], keys[1], own),
    weighted(sum[2], keys[2], own),
    weighted(sum[3], keys[3], own),
  );
}

// Limits four keys' scores and adds to them; keys past the end get the lowest.
fn scores(
  place: Place, query: vec4u, key: u32, products: mat4x4f, marks: mat4x4f, region: vec4f,
) -> mat4x4f {
  var added = mat4x4f();
  if HAS_BIAS {
    let at = min(key, params.keys - 1u);
    added = transpose(mat4x4f(
      bias_load(place, query.x, at),
      bias_load(place, query.y, at),
      bias_load(place, query.z, at),
      bias_load(place, query.w, at),
    ));
  }
  return mat4x4f(
    score(key, products[0], added[0], marks[0], region),
    score(key + 1u, products[1], added[1], marks[1], region),
    score(key + 2u, products[2], added[2], marks[2], region),
    score(key + 3u, products[3], added[3], marks[3], region),
  );
}

fn score(key: u32, product: vec4f, added: vec4f, mark: vec4f, region: vec4f) -> vec4f {
  var value = clamp(product, vec4f(-params.bound), vec4f(params.bound));
  if HAS_BIAS { value += added; }
  if HAS_PADDING { value += mark.x; }
  if HAS_REGIONS { value += select(vec4f(APART), vec4f(), region == vec4f(mark.y)); }
  return select(vec4f(LOWEST), value, key < params.keys);
}

fn highest(a: mat4x4f) -> vec4f { return max(max(a[0], a[1]), max(a[2], a[3])); }

// Zero past the last key, where all scores may be the lowest number.
fn weights(a: mat4x4f, most: vec4f, key: u32) -> mat4x4f {
  let inside = vec4f(key + vec4u(0u, 1u, 2u, 3u) < vec4u(params.keys));
  return mat4x4f(
    exp(a[0] - most) * inside.x,
    exp(a[1] - most) * inside.y,
    exp(a[2] - most) * inside.z,
    exp(a[3] - most) * inside.w,
  );
}

// Weights of four keys times dropout's factors; past the last key they are zero.
fn dropped(place: Place, query: vec4u, key: u32, a: mat4x4f) -> mat4x4f {
  let at = min(key, params.keys - 1u);
  let factors = transpose(mat4x4f(
    kept_load(place, query.x, at),
    kept_load(place, query.y, at),
    kept_load(place, query.z, at),
    kept_load(place, query.w, at),
  ));
  return mat4x4f(a[0] * factors[0], a[1] * factors[1], a[2] * factors[2], a[3] * factors[3]);
}

fn attend(index: u32, lane: u32) {
  let tiles = (params.queries + 4u * LANES - 1u) / (4u * LANES);
  if index >= params.batches * params.heads * tiles { return; }
  let place = Place(index / (tiles * params.heads), index / tiles % params.heads);
  let first = (index % tiles * LANES + lane) * 4u;
  let last = params.queries - 1u;
  let query = min(first + vec4u(0u, 1u, 2u, 3u), vec4u(last));

  // The lengths of this loop and of the last are deliberately no constants: compilers would unroll them, and many
  // copies of a load or a store take seconds to compile.
  var rows: array<vec4f, 4u * QUADS>; // [query, quad]
  let count = min(4u, params.queries) * QUADS;
  for (var i = 0u; i < count; i++) { rows[i] = q_load(place, min(first + i / QUADS, last), i % QUADS); }
  var own: array<mat4x4f, QUADS>;
  var sums: array<mat4x4f, QUADS>;
  for (var i = 0u; i < QUADS; i++) {
    own[i] = transpose(mat4x4f(rows[i], rows[QUADS + i], rows[2u * QUADS + i], rows[3u * QUADS + i]));
  }
  var region = vec4f();
  if HAS_REGIONS {
    region = vec4f(
      region_load(place, query.x),
      region_load(place, query.y),
      region_load(place, query.z),
      region_load(place, query.w),
    );
  }

  var best = vec4f(LOWEST);
  var total = vec4f();
  for (var key = 0u; key < params.keys; key += 8u) {
    hold_keys(place, key);
    var products = Eight();
    // unrolled
    for (var i = 0u; i < QUADS; i++) {
      let keys = eight_keys(place, key, i, lane);
      products.low = dots(products.low, keys.low, own[i]);
      products.high = dots(products.high, keys.high, own[i]);
    }
    var marks = Eight();
    if HAS_PADDING || HAS_REGIONS { marks = eight_marks(place, key, lane); }
    let low = scores(place, query, key, products.low, marks.low, region);
    let high = scores(place, query, key + 4u, products.high, marks.high, region);

    let most = max(best, max(highest(low), highest(high)));
    let rescale = exp(best - most);
    best = most;
    var left = weights(low, most, key);
    var right = weights(high, most, key + 4u);
    total = total * rescale + (left[0] + left[1] + left[2] + left[3]) + (right[0] + right[1] + right[2] + right[3]);
    if HAS_DROPOUT {
      left = dropped(place, query, key, left);
      right = dropped(place, query, key + 4u, right);
    }
    hold_values(place, key);
    // unrolled
    for (var i = 0u; i < QUADS; i++) {
      let values = eight_values(place, key, i, lane);
      let a = transpose(values.low);
      let b = transpose(values.high);
      sums[i] = mat4x4f(
        weighted(weighted(sums[i][0] * rescale, a[0], left), b[0], right),
        weighted(weighted(sums[i][1] * rescale, a[1], left), b[1], right),
        weighted(weighted(sums[i][2] * rescale, a[2], left), b[2], right),
        weighted(weighted(sums[i][3] * rescale, a[3], left), b[3], right),
      );
    }
  }

  for (var i = 0u; i < QUADS; i++) {
    let out = transpose(sums[i]);
    rows[i] = out[0] / total.x;
    rows[QUADS + i] = out[1] / total.y;
    rows[2u * QUADS + i] = out[2] / total.z;
    rows[3u * QUADS + i] = out[3] / total.w;
  }
  let inside = min(4u, params.queries - min(first, params.queries)) * QUADS;
  for (var i = 0u; i < inside; i++) { y_store(place, first + i / QUADS, i % QUADS, rows[i]); }
}
