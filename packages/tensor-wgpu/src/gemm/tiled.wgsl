// The GPU schedule: a workgroup computes TILE_ROWS x TILE_COLS through workgroup memory, DEPTH vec4s of K at a time; each
// invocation EACH_ROWS x EACH_COLS of them, 4 or 8, in registers. Its columns are col .. col+3 and half a tile further,
// so that neighbors read neighboring words. Two buffers alternate: a step's loads overlap with the previous step's
// arithmetic, and one barrier per step is enough.

const ACROSS = TILE_COLS / EACH_COLS;
const INVOCATIONS = ACROSS * (TILE_ROWS / EACH_ROWS);
const QUADS = TILE_COLS / 4u;
const A_SIZE = TILE_ROWS * DEPTH;
const B_SIZE = QUADS * 4u * DEPTH;
const A_LOADS = (A_SIZE + INVOCATIONS - 1u) / INVOCATIONS;
const B_LOADS = (B_SIZE / 4u + INVOCATIONS - 1u) / INVOCATIONS;

var<workgroup> a_tile: array<vec4f, 2u * A_SIZE>; // [buffer, row, depth]
var<workgroup> b_tile: array<vec4f, 2u * B_SIZE>; // [buffer, k, column / 4]

@compute @workgroup_size(INVOCATIONS)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let tile = tile_at(workgroup_index(group, grid), TILE_ROWS, TILE_COLS);
  if !tile.exists { return; }
  let z = tile.z;
  let my_col = lane % ACROSS;
  let my_row = lane / ACROSS * EACH_ROWS;
  let first = first_channel(tile.split);
  let last = last_channel(tile.split);
  let steps = (last - first + 4u * DEPTH - 1u) / (4u * DEPTH); // of each tap

  var source: array<Source, A_LOADS>;
  var a: array<vec4f, A_LOADS>;
  var b: array<mat4x4f, B_LOADS>;
  var s00 = mat4x4f(); var s01 = mat4x4f();
  var s10 = mat4x4f(); var s11 = mat4x4f();
  for (var step = 0u; step <= params.taps * steps; step++) {
    let loads = step < params.taps * steps;
    if loads {
      let tap = step / steps;
      let c = first + step % steps * 4u * DEPTH;
      for (var i = 0u; i < A_LOADS; i++) {
        let quad = i * INVOCATIONS + lane;
        if step % steps == 0u { source[i] = a_source(tile.row + quad / DEPTH, tap, z); }
        let channel = c + quad % DEPTH * 4u;
        a[i] = vec4f();
        if channel < last { a[i] = a_load(source[i], channel); }
      }
      for (var i = 0u; i < B_LOADS; i++) {
        let at = b_place(i * INVOCATIONS + lane);
        let channel = c + at.x * 4u;
        b[i] = mat4x4f();
        if channel < last { b[i] = b_load(b_source(tile.col + at.y * 4u, tap, z), channel); }
      }
    }
    if step > 0u {
      let buffer = (step + 1u) % 2u;
      for (var d = 0u; d < DEPTH; d++) {
        let k = buffer * B_SIZE + d * 4u * QUADS + my_col;
        let r = buffer * A_SIZE + my_row * DEPTH + d;
        let left = mat4x4f(b_tile[k], b_tile[k + QUADS], b_tile[k + 2u * QUADS], b_tile[k + 3u * QUADS]);
        let upper = a_rows(mat4x4f(a_tile[r], a_tile[r + DEPTH], a_tile[r + 2u * DEPTH], a_tile[r + 3u * DEPTH]));
        s00 = multiply_add(s00, upper, left);
        let h = k + QUADS / 2u;
        var right = mat4x4f();
        if EACH_COLS == 8u {
          right = mat4x4f(b_tile[h], b_tile[h + QUADS], b_tile[h + 2u * QUADS], b_tile[h + 3u * QUADS]);
          s01 = multiply_add(s01, upper, right);
        }
        if EACH_ROWS == 8u {
          let q = r + 4u * DEPTH;
          let lower = a_rows(mat4x4f(a_tile[q], a_tile[q + DEPTH], a_tile[q + 2u * DEPTH], a_tile[q + 3u * DEPTH]));
          s10 = multiply_add(s10, lower, left);
          if EACH_COLS == 8u { s11 = multiply_add(s11, lower, right); }
        }
      }
    }
    if loads {
      let buffer = step % 2u;
      for (var i = 0u; i < A_LOADS; i++) {
        let quad = i * INVOCATIONS + lane;
        if quad < A_SIZE { a_tile[buffer * A_SIZE + quad] = a[i]; }
      }
      for (var i = 0u; i < B_LOADS; i++) {
        let block = i * INVOCATIONS + lane;
        let at = b_place(block);
        if block < B_SIZE / 4u {
          for (var j = 0u; j < 4u; j++) { b_tile[buffer * B_SIZE + (at.x * 4u + j) * QUADS + at.y] = b[i][j]; }
        }
      }
    }
    workgroupBarrier();
  }
  let col = tile.col + my_col * 4u;
  let right = select(params.cols, col + TILE_COLS / 2u, EACH_COLS == 8u);
  store_block(tile.row + my_row, EACH_ROWS, col, right, tile, array<mat4x4f, 4>(s00, s10, s01, s11));
}

// (depth, column / 4) of a block of B: neighbors load neighboring words, along K where B is stored so.
fn b_place(block: u32) -> vec2u {
  if TRANSPOSE_B { return vec2u(block % DEPTH, block / DEPTH); }
  return vec2u(block / QUADS, block % QUADS);
}
