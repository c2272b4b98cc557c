// Sums over chunks of two rows each: [chunks, 2, cols] -> two of [cols]. LANES invocations of a workgroup share a column,
// and the first of them adds theirs up, in order. If chunks are bound in ranges, all but the first add to the earlier
// sums.

override WORKGROUP_SIZE: u32 = 64u;
override LANES: u32 = 8u; // divides WORKGROUP_SIZE

struct Params { first: u32, chunks: u32, cols: u32 }

@group(0) @binding(0) var<storage, read> sums: array<f32>;           // [chunks, 2, cols]
@group(0) @binding(1) var<storage, read_write> dweight: array<f32>;  // [cols]
@group(0) @binding(2) var<storage, read_write> dbias: array<f32>;    // [cols]
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> slots: array<f32, WORKGROUP_SIZE>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let width = 2u * params.cols;
  let across = WORKGROUP_SIZE / LANES;
  let column = workgroup_index(group, grid) * across + lane % across;
  let part = lane / across;
  // Four sums: a long chain of additions would lose digits.
  var total = vec4f();
  if column < width {
    var i = part;
    for (; i + 3u * LANES < params.chunks; i += 4u * LANES) {
      total += vec4f(
        sums[i * width + column],
        sums[(i + LANES) * width + column],
        sums[(i + 2u * LANES) * width + column],
        sums[(i + 3u * LANES) * width + column],
      );
    }
    for (; i < params.chunks; i += LANES) { total.x += sums[i * width + column]; }
  }
  slots[lane] = total.x + total.y + total.z + total.w;
  workgroupBarrier();
  if part > 0u || column >= width { return; }
  var sum = 0.0;
  for (var i = 0u; i < LANES; i++) { sum += slots[i * across + lane]; }
  let is_weight = column < params.cols;
  let at = select(column - params.cols, column, is_weight);
  if params.first > 0u { sum += select(dbias[at], dweight[at], is_weight); }
  if is_weight { dweight[at] = sum; } else { dbias[at] = sum; }
}
