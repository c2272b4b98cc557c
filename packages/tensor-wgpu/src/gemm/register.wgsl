// No workgroup memory, no subgroups: each invocation computes 8 rows x 8 columns in registers.
// Neighbouring invocations take neighbouring columns, so they read the same rows of A.

override WORKGROUP_SIZE: u32 = 16u;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let across = (params.cols + 7u) / 8u;
  let down = (params.rows + 7u) / 8u;
  let tile = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if tile >= across * down * params.batches { return; }
  let col = tile % across * 8u;
  let row = tile / across % down * 8u;
  let z = tile / (across * down);
  let last = params.rows - 1u;

  var s00 = mat4x4f(); var s01 = mat4x4f(); // rows 0-3: columns 0-3, 4-7
  var s10 = mat4x4f(); var s11 = mat4x4f(); // rows 4-7
  for (var tap = 0u; tap < params.taps; tap++) {
    let p0 = a_source(row, tap, z);
    let p1 = a_source(min(row + 1u, last), tap, z);
    let p2 = a_source(min(row + 2u, last), tap, z);
    let p3 = a_source(min(row + 3u, last), tap, z);
    let p4 = a_source(min(row + 4u, last), tap, z);
    let p5 = a_source(min(row + 5u, last), tap, z);
    let p6 = a_source(min(row + 6u, last), tap, z);
    let p7 = a_source(min(row + 7u, last), tap, z);
    for (var c = 0u; c < params.channels; c += 4u) {
      let upper = mat4x4f(a_load(p0, c), a_load(p1, c), a_load(p2, c), a_load(p3, c));
      let lower = mat4x4f(a_load(p4, c), a_load(p5, c), a_load(p6, c), a_load(p7, c));
      let left = b_load(tap, c, col, z);
      s00 = multiply_add(s00, upper, left);
      s10 = multiply_add(s10, lower, left);
      let right = b_load(tap, c, col + 4u, z);
      s01 = multiply_add(s01, upper, right);
      s11 = multiply_add(s11, lower, right);
    }
  }
  store_block(row, col, col + 4u, z, array<mat4x4f, 4>(s00, s10, s01, s11));
}
