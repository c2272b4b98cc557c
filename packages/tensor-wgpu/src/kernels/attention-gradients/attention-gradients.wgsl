// Backward pass of attention's softmax and dropout, row by row of [batches, heads, queries, keys]: `scores` become the
// weights, and `slopes`, d(loss)/d(weights), become the gradient of the softmax's input. If CLAMPED, `clamped` receives
// that gradient before the clamp of the scores. Rows are zero-padded to `cols`, a multiple of four. A schedule of rows.ts follows.

override HAS_BIAS = false;
override HAS_PADDING = false;
override HAS_REGIONS = false;
override HAS_DROPOUT = false;
override CLAMPED = false;

const APART = -100.0; // added where query and key lie in different regions, as in attention.wgsl
const LOWEST = -0x1.fffffep+127f; // of all f32

// `first` rows lie before those that are bound.
struct Params {
  first: u32, rows: u32, cols: u32, keys: u32, heads: u32, queries: u32, windows: u32, bound: f32,
}

@group(0) @binding(0) var<storage, read> bias: array<bias_element>;           // [heads, queries, keys]
@group(0) @binding(1) var<storage, read> padding: array<padding_element>;     // [batches, keys]
@group(0) @binding(2) var<storage, read> regions: array<regions_element>;     // [windows, keys]
@group(0) @binding(3) var<storage, read> kept: array<kept_element>;           // [rows, cols]: dropout's factors
@group(0) @binding(4) var<storage, read_write> scores: array<scores_element>;   // [rows, cols]
@group(0) @binding(5) var<storage, read_write> slopes: array<slopes_element>;   // [rows, cols]
@group(0) @binding(6) var<storage, read_write> clamped: array<clamped_element>; // [rows, cols]
@group(1) @binding(0) var<uniform> params: Params;

struct Place { batch: u32, head: u32, query: u32, region: f32 }

// True for those of c .. c+3 that are keys.
fn exist(c: u32) -> vec4<bool> { return vec4u(c, c + 1u, c + 2u, c + 3u) < vec4u(params.keys); }

// The softmax's input for keys c .. c+3.
fn softened(place: Place, c: u32, score: vec4f) -> vec4f {
  let count = params.keys - c;
  var value = clamp(score, vec4f(-params.bound), vec4f(params.bound));
  if HAS_BIAS { value += bias_quad((place.head * params.queries + place.query) * params.keys + c, count); }
  if HAS_PADDING { value += padding_quad(place.batch * params.keys + c, count); }
  if HAS_REGIONS {
    let others = regions_quad(place.batch % params.windows * params.keys + c, count);
    value += select(vec4f(APART), vec4f(), others == vec4f(place.region));
  }
  return select(vec4f(LOWEST), value, exist(c));
}

// Rows past the last are clamped, not skipped: all lanes take part in sums.
fn each_row(index: u32, lane: u32) {
  let row = min(index, params.rows - 1u);
  let start = row * params.cols;
  let own = params.first + row;
  var place = Place(own / (params.queries * params.heads), own / params.queries % params.heads, own % params.queries, 0.0);
  if HAS_REGIONS {
    let four = place.query / 4u * 4u;
    place.region = regions_quad(place.batch % params.windows * params.keys + four, params.keys - four)[place.query % 4u];
  }
  let first = 4u * (lane % ROW_LANES);

  var most = vec4f(LOWEST);
  for (var c = first; c < params.cols; c += 4u * ROW_LANES) {
    most = max(most, softened(place, c, scores_quad(start + c, params.cols - c)));
  }
  let top = row_max(most, lane);

  var sum = vec4f();
  var sloped = vec4f();
  for (var c = first; c < params.cols; c += 4u * ROW_LANES) {
    let score = scores_quad(start + c, params.cols - c);
    let weight = select(vec4f(), exp(softened(place, c, score) - top), exist(c));
    var slope = slopes_quad(start + c, params.cols - c);
    if HAS_DROPOUT { slope *= kept_quad(start + c, params.cols - c); }
    sum += weight;
    sloped += weight * slope;
  }
  let total = row_sum(sum, lane);
  let mean = row_sum(sloped, lane) / total;

  let end = select(0u, params.cols, index < params.rows);
  for (var c = first; c < end; c += 4u * ROW_LANES) {
    let count = params.cols - c;
    let score = scores_quad(start + c, count);
    var weight = select(vec4f(), exp(softened(place, c, score) - top) / total, exist(c));
    var factor = slopes_quad(start + c, count);
    if HAS_DROPOUT { factor *= kept_quad(start + c, count); }
    let slope = weight * (factor - mean);
    if HAS_DROPOUT { weight *= kept_quad(start + c, count); }
    scores_write(start + c, count, weight);
    slopes_write(start + c, count, slope);
    if CLAMPED {
      clamped_write(start + c, count, select(vec4f(), slope, abs(score) <= vec4f(params.bound)));
    }
  }
}
