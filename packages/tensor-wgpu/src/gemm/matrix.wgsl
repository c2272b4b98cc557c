// Matrix units of GPUs (tensor cores), through Dawn's experimental subgroup matrices: inputs rounded to f16, sums in f32.
// Four subgroups compute 64 rows x 64 columns, 32 x 32 each, in blocks of UNIT_ROWS x UNIT_COLS with UNIT_DEPTH of K.

const TILE = 64u;
const STEP = 32u; // of K
const PART = 32u; // side of a subgroup's share
const INVOCATIONS = 4u * SUBGROUP_WIDTH;
const DOWN = PART / UNIT_ROWS;
const ACROSS = PART / UNIT_COLS;
const BLOCK = UNIT_ROWS * UNIT_COLS;

var<workgroup> a_tile: array<f16, TILE * STEP>;  // [row, k]
var<workgroup> b_tile: array<f16, STEP * TILE>;  // [k, column]
var<workgroup> blocks: array<f32, 4u * BLOCK>;   // one for each subgroup

@compute @workgroup_size(INVOCATIONS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) index: u32,
  @builtin(subgroup_invocation_id) lane: u32,
  @builtin(subgroup_id) part: u32,
) {
  let tile = tile_at(workgroup_index(group, grid), TILE, TILE);
  if !tile.exists { return; }
  let top = part / 2u * PART;
  let left = part % 2u * PART;
  let first = first_channel(tile.split);
  let last = last_channel(tile.split);

  var sums: array<subgroup_matrix_result<f32, UNIT_COLS, UNIT_ROWS>, DOWN * ACROSS>;
  for (var tap = 0u; tap < params.taps; tap++) {
    for (var c = first; c < last; c += STEP) {
      workgroupBarrier();
      for (var quad = index; quad < TILE * STEP / 4u; quad += INVOCATIONS) {
        let row = quad / (STEP / 4u);
        let depth = quad % (STEP / 4u) * 4u;
        var value = vec4f();
        if c + depth < last { value = a_load(a_source(tile.row + row, tap, tile.z), c + depth); }
        for (var i = 0u; i < 4u; i++) {
          let at = select(row * STEP + depth + i, (row / 4u * 4u + i) * STEP + depth + row % 4u, TRANSPOSE_A);
          a_tile[at] = f16(value[i]);
        }
      }
      for (var block = index; block < TILE * STEP / 16u; block += INVOCATIONS) {
        let depth = block / (TILE / 4u) * 4u;
        let col = block % (TILE / 4u) * 4u;
        var value = mat4x4f();
        if c + depth < last { value = b_load(b_source(tile.col + col, tap, tile.z), c + depth); }
        for (var i = 0u; i < 16u; i++) { b_tile[(depth + i / 4u) * TILE + col + i % 4u] = f16(value[i / 4u][i % 4u]); }
      }
      workgroupBarrier();
      for (var k = 0u; k < STEP; k += UNIT_DEPTH) {
        for (var i = 0u; i < DOWN; i++) {
          let a = subgroupMatrixLoad<subgroup_matrix_left<f16, UNIT_DEPTH, UNIT_ROWS>, row_major>(
            &a_tile, (top + i * UNIT_ROWS) * STEP + k, STEP);
          for (var j = 0u; j < ACROSS; j++) {
            let b = subgroupMatrixLoad<subgroup_matrix_right<f16, UNIT_COLS, UNIT_DEPTH>, row_major>(
              &b_tile, k * TILE + left + j * UNIT_COLS, TILE);
            sums[i * ACROSS + j] = subgroupMatrixMultiplyAccumulate(a, b, sums[i * ACROSS + j]);
          }
        }
      }
    }
  }
  for (var n = 0u; n < DOWN * ACROSS; n++) {
    subgroupMatrixStore<row_major>(&blocks, part * BLOCK, sums[n], UNIT_COLS);
    workgroupBarrier();
    for (var quad = lane; quad < BLOCK / 4u; quad += SUBGROUP_WIDTH) {
      let row = tile.row + top + n / ACROSS * UNIT_ROWS + quad * 4u / UNIT_COLS;
      let col = tile.col + left + n % ACROSS * UNIT_COLS + quad * 4u % UNIT_COLS;
      let at = part * BLOCK + quad * 4u;
      if row < params.rows { store(row, col, tile, vec4f(blocks[at], blocks[at + 1u], blocks[at + 2u], blocks[at + 3u])); }
    }
    workgroupBarrier();
  }
}
