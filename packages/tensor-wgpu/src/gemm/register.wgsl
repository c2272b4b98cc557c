// No workgroup memory, no subgroups: each invocation computes 8 rows x COLS columns, 4 or 8, in registers.
// Neighboring invocations take neighboring columns, so they read the same rows of A.

override WORKGROUP_SIZE: u32 = 16u;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let tile = tile_at(workgroup_index(group, grid) * WORKGROUP_SIZE + lane, 8u, COLS);
  if !tile.exists { return; }
  let row = tile.row;
  let z = tile.z;
  let first = first_channel(tile.split);
  let last = last_channel(tile.split);

  var s00 = mat4x4f(); var s01 = mat4x4f(); // rows 0-3: columns 0-3, 4-7
  var s10 = mat4x4f(); var s11 = mat4x4f(); // rows 4-7
  for (var tap = 0u; tap < params.taps; tap++) {
    let p0 = a_source(row, tap, z);
    let p1 = a_source(row + 1u, tap, z);
    let p2 = a_source(row + 2u, tap, z);
    let p3 = a_source(row + 3u, tap, z);
    let p4 = a_source(row + 4u, tap, z);
    let p5 = a_source(row + 5u, tap, z);
    let p6 = a_source(row + 6u, tap, z);
    let p7 = a_source(row + 7u, tap, z);
    let near = b_source(tile.col, tap, z);
    let far = b_source(tile.col + 4u, tap, z);
    for (var c = first; c < last; c += 4u) {
      let upper = a_rows(mat4x4f(a_load(p0, c), a_load(p1, c), a_load(p2, c), a_load(p3, c)));
      let lower = a_rows(mat4x4f(a_load(p4, c), a_load(p5, c), a_load(p6, c), a_load(p7, c)));
      let left = b_load(near, c);
      s00 = multiply_add(s00, upper, left);
      s10 = multiply_add(s10, lower, left);
      if COLS == 8u {
        let right = b_load(far, c);
        s01 = multiply_add(s01, upper, right);
        s11 = multiply_add(s11, lower, right);
      }
    }
  }
  let right = select(params.cols, tile.col + 4u, COLS == 8u);
  store_block(row, 8u, tile.col, right, tile, array<mat4x4f, 4>(s00, s10, s01, s11));
}
