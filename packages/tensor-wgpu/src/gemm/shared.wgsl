// Subgroups that share rows: for an A that is expensive to load (a gather). SUBGROUPS of them compute the same 32 rows,
// each 4 * SUBGROUP_WIDTH columns of its own. Together they load a piece of A once, into workgroup memory, and each
// reads it from there as in subgroup.wgsl.

const ROWS = 32u;
const DEPTH = 16u; // vec4s of K in a piece
const INVOCATIONS = SUBGROUPS * SUBGROUP_WIDTH; // 32 or a multiple
const LOADS = ROWS / SUBGROUP_WIDTH;

var<workgroup> piece: array<vec4f, ROWS * DEPTH>; // [depth, row]
var<workgroup> arrived: atomic<u32>;

@compute @workgroup_size(INVOCATIONS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) index: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let tile = tile_at(workgroup_index(group, grid), ROWS, 4u * INVOCATIONS);
  if !tile.exists { return; }
  // Any numbering of the subgroups will do, as long as no two share a number.
  var turn = 0u;
  if lane == 0u { turn = atomicAdd(&arrived, 1u); }
  let col = tile.col + (subgroupBroadcast(turn, 0u) * SUBGROUP_WIDTH + lane) * 4u;
  let z = tile.z;
  let last = last_channel(tile.split);

  var s0 = mat4x4f(); var s1 = mat4x4f(); var s2 = mat4x4f(); var s3 = mat4x4f();
  var s4 = mat4x4f(); var s5 = mat4x4f(); var s6 = mat4x4f(); var s7 = mat4x4f();
  for (var tap = 0u; tap < params.taps; tap++) {
    let source = a_source(tile.row + index % ROWS, tap, z);
    let columns = b_source(col, tap, z);
    for (var start = first_channel(tile.split); start < last; start += 4u * DEPTH) {
      let depth = min(DEPTH, (last - start + 3u) / 4u);
      workgroupBarrier();
      for (var d = index / ROWS; d < depth; d += INVOCATIONS / ROWS) {
        piece[d * ROWS + index % ROWS] = a_load(source, start + d * 4u);
      }
      workgroupBarrier();
      for (var d = 0u; d < depth; d++) {
        var a: array<vec4f, LOADS>;
        for (var i = 0u; i < LOADS; i++) { a[i] = piece[d * ROWS + i * SUBGROUP_WIDTH + lane]; }
        let b = b_load(columns, start + d * 4u);
        s0 = multiply_add(s0, a_rows(mat4x4f(
          subgroupBroadcast(a[0u / SUBGROUP_WIDTH], 0u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[1u / SUBGROUP_WIDTH], 1u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[2u / SUBGROUP_WIDTH], 2u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[3u / SUBGROUP_WIDTH], 3u % SUBGROUP_WIDTH),
        )), b);
        s1 = multiply_add(s1, a_rows(mat4x4f(
          subgroupBroadcast(a[4u / SUBGROUP_WIDTH], 4u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[5u / SUBGROUP_WIDTH], 5u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[6u / SUBGROUP_WIDTH], 6u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[7u / SUBGROUP_WIDTH], 7u % SUBGROUP_WIDTH),
        )), b);
        s2 = multiply_add(s2, a_rows(mat4x4f(
          subgroupBroadcast(a[8u / SUBGROUP_WIDTH], 8u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[9u / SUBGROUP_WIDTH], 9u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[10u / SUBGROUP_WIDTH], 10u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[11u / SUBGROUP_WIDTH], 11u % SUBGROUP_WIDTH),
        )), b);
        s3 = multiply_add(s3, a_rows(mat4x4f(
          subgroupBroadcast(a[12u / SUBGROUP_WIDTH], 12u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[13u / SUBGROUP_WIDTH], 13u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[14u / SUBGROUP_WIDTH], 14u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[15u / SUBGROUP_WIDTH], 15u % SUBGROUP_WIDTH),
        )), b);
        s4 = multiply_add(s4, a_rows(mat4x4f(
          subgroupBroadcast(a[16u / SUBGROUP_WIDTH], 16u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[17u / SUBGROUP_WIDTH], 17u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[18u / SUBGROUP_WIDTH], 18u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[19u / SUBGROUP_WIDTH], 19u % SUBGROUP_WIDTH),
        )), b);
        s5 = multiply_add(s5, a_rows(mat4x4f(
          subgroupBroadcast(a[20u / SUBGROUP_WIDTH], 20u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[21u / SUBGROUP_WIDTH], 21u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[22u / SUBGROUP_WIDTH], 22u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[23u / SUBGROUP_WIDTH], 23u % SUBGROUP_WIDTH),
        )), b);
        s6 = multiply_add(s6, a_rows(mat4x4f(
          subgroupBroadcast(a[24u / SUBGROUP_WIDTH], 24u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[25u / SUBGROUP_WIDTH], 25u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[26u / SUBGROUP_WIDTH], 26u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[27u / SUBGROUP_WIDTH], 27u % SUBGROUP_WIDTH),
        )), b);
        s7 = multiply_add(s7, a_rows(mat4x4f(
          subgroupBroadcast(a[28u / SUBGROUP_WIDTH], 28u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[29u / SUBGROUP_WIDTH], 29u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[30u / SUBGROUP_WIDTH], 30u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[31u / SUBGROUP_WIDTH], 31u % SUBGROUP_WIDTH),
        )), b);
      }
    }
  }
  var sums = array<mat4x4f, 8>(s0, s1, s2, s3, s4, s5, s6, s7);
  let count = min(ROWS, params.rows - tile.row); // not a constant: see gemm.wgsl
  for (var i = 0u; i < count; i++) { store(tile.row + i, col, tile, sums[i / 4u][i % 4u]); }
}
