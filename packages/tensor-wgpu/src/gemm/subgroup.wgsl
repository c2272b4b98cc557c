// One subgroup per workgroup: ROWS rows (8, 16 or 32), QUADS times 4 columns per lane. Each lane loads its share of A once
// and broadcasts it, which is cheaper than loading wherever a load is a gather (CPU drivers). SUBGROUP_WIDTH: 4 to ROWS.
// A lane's second quad of columns lies SUBGROUP_WIDTH quads after its first.

const LOADS = ROWS / SUBGROUP_WIDTH;

@compute @workgroup_size(SUBGROUP_WIDTH)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let tile = tile_at(workgroup_index(group, grid), ROWS, QUADS * 4u * SUBGROUP_WIDTH);
  if !tile.exists { return; }
  let col = tile.col + lane * 4u;
  let further = col + 4u * SUBGROUP_WIDTH;
  let z = tile.z;
  let first = first_channel(tile.split);
  let last = last_channel(tile.split);

  var s0 = mat4x4f(); var s1 = mat4x4f(); var s2 = mat4x4f(); var s3 = mat4x4f();
  var s4 = mat4x4f(); var s5 = mat4x4f(); var s6 = mat4x4f(); var s7 = mat4x4f();
  var t0 = mat4x4f(); var t1 = mat4x4f(); var t2 = mat4x4f(); var t3 = mat4x4f();
  var t4 = mat4x4f(); var t5 = mat4x4f(); var t6 = mat4x4f(); var t7 = mat4x4f();
  for (var tap = 0u; tap < params.taps; tap++) {
    var source: array<Source, LOADS>;
    for (var i = 0u; i < LOADS; i++) { source[i] = a_source(tile.row + i * SUBGROUP_WIDTH + lane, tap, z); }
    let near = b_source(col, tap, z);
    let far = b_source(further, tap, z);
    for (var c = first; c < last; c += 4u) {
      var a: array<vec4f, LOADS>;
      for (var i = 0u; i < LOADS; i++) { a[i] = a_load(source[i], c); }
      let left = b_load(near, c);
      var right: mat4x4f;
      if QUADS == 2u { right = b_load(far, c); }
      let a0 = a_rows(mat4x4f(
        subgroupBroadcast(a[0u % ROWS / SUBGROUP_WIDTH], 0u % SUBGROUP_WIDTH),
        subgroupBroadcast(a[1u % ROWS / SUBGROUP_WIDTH], 1u % SUBGROUP_WIDTH),
        subgroupBroadcast(a[2u % ROWS / SUBGROUP_WIDTH], 2u % SUBGROUP_WIDTH),
        subgroupBroadcast(a[3u % ROWS / SUBGROUP_WIDTH], 3u % SUBGROUP_WIDTH),
      ));
      s0 = multiply_add(s0, a0, left);
      if QUADS == 2u { t0 = multiply_add(t0, a0, right); }
      let a1 = a_rows(mat4x4f(
        subgroupBroadcast(a[4u % ROWS / SUBGROUP_WIDTH], 4u % SUBGROUP_WIDTH),
        subgroupBroadcast(a[5u % ROWS / SUBGROUP_WIDTH], 5u % SUBGROUP_WIDTH),
        subgroupBroadcast(a[6u % ROWS / SUBGROUP_WIDTH], 6u % SUBGROUP_WIDTH),
        subgroupBroadcast(a[7u % ROWS / SUBGROUP_WIDTH], 7u % SUBGROUP_WIDTH),
      ));
      s1 = multiply_add(s1, a1, left);
      if QUADS == 2u { t1 = multiply_add(t1, a1, right); }
      if ROWS > 8u {
        let a2 = a_rows(mat4x4f(
          subgroupBroadcast(a[8u % ROWS / SUBGROUP_WIDTH], 8u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[9u % ROWS / SUBGROUP_WIDTH], 9u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[10u % ROWS / SUBGROUP_WIDTH], 10u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[11u % ROWS / SUBGROUP_WIDTH], 11u % SUBGROUP_WIDTH),
        ));
        s2 = multiply_add(s2, a2, left);
        if QUADS == 2u { t2 = multiply_add(t2, a2, right); }
        let a3 = a_rows(mat4x4f(
          subgroupBroadcast(a[12u % ROWS / SUBGROUP_WIDTH], 12u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[13u % ROWS / SUBGROUP_WIDTH], 13u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[14u % ROWS / SUBGROUP_WIDTH], 14u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[15u % ROWS / SUBGROUP_WIDTH], 15u % SUBGROUP_WIDTH),
        ));
        s3 = multiply_add(s3, a3, left);
        if QUADS == 2u { t3 = multiply_add(t3, a3, right); }
      }
      if ROWS > 16u {
        let a4 = a_rows(mat4x4f(
          subgroupBroadcast(a[16u % ROWS / SUBGROUP_WIDTH], 16u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[17u % ROWS / SUBGROUP_WIDTH], 17u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[18u % ROWS / SUBGROUP_WIDTH], 18u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[19u % ROWS / SUBGROUP_WIDTH], 19u % SUBGROUP_WIDTH),
        ));
        s4 = multiply_add(s4, a4, left);
        if QUADS == 2u { t4 = multiply_add(t4, a4, right); }
        let a5 = a_rows(mat4x4f(
          subgroupBroadcast(a[20u % ROWS / SUBGROUP_WIDTH], 20u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[21u % ROWS / SUBGROUP_WIDTH], 21u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[22u % ROWS / SUBGROUP_WIDTH], 22u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[23u % ROWS / SUBGROUP_WIDTH], 23u % SUBGROUP_WIDTH),
        ));
        s5 = multiply_add(s5, a5, left);
        if QUADS == 2u { t5 = multiply_add(t5, a5, right); }
        let a6 = a_rows(mat4x4f(
          subgroupBroadcast(a[24u % ROWS / SUBGROUP_WIDTH], 24u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[25u % ROWS / SUBGROUP_WIDTH], 25u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[26u % ROWS / SUBGROUP_WIDTH], 26u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[27u % ROWS / SUBGROUP_WIDTH], 27u % SUBGROUP_WIDTH),
        ));
        s6 = multiply_add(s6, a6, left);
        if QUADS == 2u { t6 = multiply_add(t6, a6, right); }
        let a7 = a_rows(mat4x4f(
          subgroupBroadcast(a[28u % ROWS / SUBGROUP_WIDTH], 28u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[29u % ROWS / SUBGROUP_WIDTH], 29u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[30u % ROWS / SUBGROUP_WIDTH], 30u % SUBGROUP_WIDTH),
          subgroupBroadcast(a[31u % ROWS / SUBGROUP_WIDTH], 31u % SUBGROUP_WIDTH),
        ));
        s7 = multiply_add(s7, a7, left);
        if QUADS == 2u { t7 = multiply_add(t7, a7, right); }
      }
    }
  }
  var sums = array<mat4x4f, 8>(s0, s1, s2, s3, s4, s5, s6, s7);
  var more = array<mat4x4f, 8>(t0, t1, t2, t3, t4, t5, t6, t7);
  let count = min(ROWS, params.rows - tile.row); // not a constant: see gemm.wgsl
  for (var i = 0u; i < count; i++) {
    store(tile.row + i, col, tile, sums[i / 4u][i % 4u]);
    if QUADS == 2u { store(tile.row + i, further, tile, more[i / 4u][i % 4u]); }
  }
}
