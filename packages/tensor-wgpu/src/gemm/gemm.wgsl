// The heart of every matrix product here. Schedules (tiled, subgroup, register) link it and call what the operation
// links in front of them:
//
//   a_source(row, tap, z) -> Source   where a row of A finds the values of one tap (a dense A has one tap)
//   a_load(source, c) -> vec4f        channels c .. c+3 of that tap; zero past the last
//   b_load(tap, c, col, z) -> mat4x4f column i: B at channel c+i of the tap, for columns col .. col+3
//   y_store(row, col, z, value)       four columns of one row; ignores what lies outside
//
// K = taps * channels. Rows past the end are clamped, not skipped: their results are never stored.

// Four rows of A against four columns of B: column i of the result is row i.
fn multiply_add(sum: mat4x4f, a: mat4x4f, b: mat4x4f) -> mat4x4f {
  return mat4x4f(
    row_times(sum[0], a[0], b),
    row_times(sum[1], a[1], b),
    row_times(sum[2], a[2], b),
    row_times(sum[3], a[3], b),
  );
}

fn row_times(sum: vec4f, a: vec4f, b: mat4x4f) -> vec4f {
  let x = fma(vec4f(a.x), b[0], sum);
  let y = fma(vec4f(a.y), b[1], x);
  let z = fma(vec4f(a.z), b[2], y);
  return fma(vec4f(a.w), b[3], z);
}

// Stores 8 rows x 8 columns: the first two matrices at `left`, the others at `right`. The loop's length is not a
// constant on purpose: compilers would unroll it, and copies of the epilogue take seconds to compile.
fn store_block(row: u32, left: u32, right: u32, z: u32, block: array<mat4x4f, 4>) {
  var sums = block;
  for (var i = 0u; row + i < min(row + 8u, params.rows); i++) {
    y_store(row + i, left, z, sums[i / 4u][i % 4u]);
    y_store(row + i, right, z, sums[2u + i / 4u][i % 4u]);
  }
}
