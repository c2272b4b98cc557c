// The GPU schedule: a workgroup of 8 x 8 invocations computes 64 rows x 64 columns through workgroup memory, 16 of K
// at a time; each invocation 8 rows x 8 columns in registers. Its columns are col .. col+3 and col+32 .. col+35, so
// that neighbours read neighbouring words.

const DEPTH = 4u; // vec4s of K per step

var<workgroup> a_tile: array<vec4f, 64u * DEPTH>;      // [row, depth]
var<workgroup> b_tile: array<vec4f, 16u * 4u * DEPTH>; // [k, column / 4]

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let across = (params.cols + 63u) / 64u;
  let down = (params.rows + 63u) / 64u;
  let tile = workgroup_index(group, grid);
  if tile >= across * down * params.batches { return; }
  let col = tile % across * 64u;
  let row = tile / across % down * 64u;
  let z = tile / (across * down);
  let last = params.rows - 1u;
  let my_col = lane % 8u;
  let my_row = lane / 8u * 8u;
  let load_depth = lane % DEPTH;
  let load_row = lane / DEPTH;

  var s00 = mat4x4f(); var s01 = mat4x4f();
  var s10 = mat4x4f(); var s11 = mat4x4f();
  for (var tap = 0u; tap < params.taps; tap++) {
    let p0 = a_source(min(row + load_row, last), tap, z);
    let p1 = a_source(min(row + load_row + 16u, last), tap, z);
    let p2 = a_source(min(row + load_row + 32u, last), tap, z);
    let p3 = a_source(min(row + load_row + 48u, last), tap, z);
    for (var c = 0u; c < params.channels; c += 4u * DEPTH) {
      let a_channel = c + load_depth * 4u;
      let b_channel = c + lane / 16u * 4u;
      var b = mat4x4f();
      var a0 = vec4f(); var a1 = vec4f(); var a2 = vec4f(); var a3 = vec4f();
      if a_channel < params.channels {
        a0 = a_load(p0, a_channel);
        a1 = a_load(p1, a_channel);
        a2 = a_load(p2, a_channel);
        a3 = a_load(p3, a_channel);
      }
      if b_channel < params.channels { b = b_load(tap, b_channel, col + lane % 16u * 4u, z); }
      workgroupBarrier();
      a_tile[lane] = a0;
      a_tile[lane + 64u] = a1;
      a_tile[lane + 128u] = a2;
      a_tile[lane + 192u] = a3;
      for (var i = 0u; i < 4u; i++) { b_tile[(lane / 16u * 4u + i) * 16u + lane % 16u] = b[i]; }
      workgroupBarrier();
      for (var d = 0u; d < DEPTH; d++) {
        let k = d * 64u + my_col;
        let left = mat4x4f(b_tile[k], b_tile[k + 16u], b_tile[k + 32u], b_tile[k + 48u]);
        let right = mat4x4f(b_tile[k + 8u], b_tile[k + 24u], b_tile[k + 40u], b_tile[k + 56u]);
        let r = my_row * DEPTH + d;
        let upper = mat4x4f(a_tile[r], a_tile[r + DEPTH], a_tile[r + 2u * DEPTH], a_tile[r + 3u * DEPTH]);
        s00 = multiply_add(s00, upper, left);
        s01 = multiply_add(s01, upper, right);
        let q = r + 4u * DEPTH;
        let lower = mat4x4f(a_tile[q], a_tile[q + DEPTH], a_tile[q + 2u * DEPTH], a_tile[q + 3u * DEPTH]);
        s10 = multiply_add(s10, lower, left);
        s11 = multiply_add(s11, lower, right);
      }
    }
  }
  let c0 = col + my_col * 4u;
  store_block(row + my_row, c0, c0 + 32u, z, array<mat4x4f, 4>(s00, s10, s01, s11));
}
