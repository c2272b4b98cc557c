// y[o, i] = sum over n of x[o, n, i], times a factor: x [outer, count, inner]. Columns i come one by one or four at a time
// (`element`), so `inner` counts elements. PARTS invocations of a workgroup share a sum of one chunk of the axis, and the
// first of them adds theirs up, in order; the caller reduces the chunks again. `first` chunks lie before those that are
// bound. In RANGES, x is bound in ranges of rows of [outer * count, inner], `first` rows before this one, and each range adds
// to the sums that earlier ones began.

override WORKGROUP_SIZE: u32 = 64u;
override PARTS: u32 = 1u;  // divides WORKGROUP_SIZE
override ALONG = false;    // neighbors take neighboring terms, not neighboring sums
override RANGES = false;

struct Params {
  outer: u32, count: u32, inner: u32, first: u32, chunks: u32, chunk: u32, rows: u32, parts: u32, factor: f32, // parts as PARTS
}

@group(0) @binding(0) var<storage, read> x: array<element>;       // [outer, count, inner]
@group(0) @binding(1) var<storage, read_write> y: array<element>; // [outer, chunks, inner]
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> slots: array<element, WORKGROUP_SIZE>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let across = WORKGROUP_SIZE / PARTS;
  let part = select(lane / across, lane % PARTS, ALONG);
  let index = workgroup_index(group, grid) * across + select(lane % across, lane / PARTS, ALONG);
  let exists = index < params.outer * params.chunks * params.inner;
  let i = index % params.inner;
  let o = index / (params.inner * params.chunks);

  // Rows of x, from the first that is bound.
  var begin = o * params.count + index / params.inner % params.chunks * params.chunk;
  var end = min(begin + params.chunk, (o + 1u) * params.count - params.first * params.chunk);
  if RANGES {
    let last = params.first + params.rows;
    begin = clamp(o * params.count, params.first, last) - params.first;
    end = clamp((o + 1u) * params.count, params.first, last) - params.first;
  }
  // Four sums: a long chain of additions would lose digits.
  var sums = array<element, 4>(element(), element(), element(), element());
  if exists {
    var n = begin + part;
    for (; n + 3u * PARTS < end; n += 4u * PARTS) {
      let at = n * params.inner + i;
      let step = PARTS * params.inner;
      sums[0] += x[at];
      sums[1] += x[at + step];
      sums[2] += x[at + 2u * step];
      sums[3] += x[at + 3u * step];
    }
    for (; n < end; n += PARTS) { sums[0] += x[n * params.inner + i]; }
  }
  var sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  if PARTS > 1u {
    slots[lane] = sum;
    workgroupBarrier();
    if part > 0u { return; }
    let step = select(across, 1u, ALONG);
    for (var p = 1u; p < PARTS; p++) { sum += slots[lane + p * step]; }
  }
  if !exists || (RANGES && begin == end) { return; }
  var total = params.factor * sum;
  if RANGES && params.first + begin > o * params.count { total += y[index]; }
  y[index] = total;
}
