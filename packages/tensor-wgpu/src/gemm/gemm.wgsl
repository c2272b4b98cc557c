// The core of every matrix product. Schedules (tiled, subgroup, shared, register, combine) link it and call the
// functions that the operation links ahead of them:
//
//   a_source(row, tap, z) -> Source   where a row of A finds the values of one tap (a dense A has one tap)
//   a_load(source, c) -> vec4f        channels c .. c+3 of that tap; zero past the last
//   b_source(col, tap, z) -> Columns  where columns col .. col+3 of B find them
//   b_load(columns, c) -> mat4x4f     column i: B at channel c+i of the tap
//   y_store(row, col, z, value)       four columns of one row; ignores columns past the last
//
// Sources are found without branches (no return in the middle, no `&&` or `||`): schedules call a_source up to 8 times, and
// SwiftShader takes 30 s to compile as many chains of branches instead of 0.2 s.
//
// K = taps * channels. Rows past the end are clamped, not skipped: their results are never stored. Where A is transposed,
// its rows come in groups of four: a_load for row r gives channel c + r % 4 of all four, and a_rows turns four such quads.
//
// If too few tiles would leave a GPU idle, K is split into `splits` parts of `chunk` channels. Each part's sums go to a
// buffer of their own, and `combine` adds them in order: no atomics, the same bits every time.

override TRANSPOSE_A = false;
override TRANSPOSE_B = false; // B is stored [cols, K]
override PARTIAL = false;     // y is [splits, batches, rows, cols], before what follows the product

// The tile that a workgroup or an invocation computes.
struct Tile { row: u32, col: u32, z: u32, split: u32, exists: bool }

fn tile_at(index: u32, tile_rows: u32, tile_cols: u32) -> Tile {
  let across = (params.cols + tile_cols - 1u) / tile_cols;
  let down = (params.rows + tile_rows - 1u) / tile_rows;
  let layer = index / (across * down);
  return Tile(
    index / across % down * tile_rows,
    index % across * tile_cols,
    layer % params.batches,
    layer / params.batches,
    layer < params.batches * params.splits,
  );
}

// All channels if K is not split, known to the compiler: an unknown start slows convolutions on lavapipe by a fifth.
fn first_channel(split: u32) -> u32 { return select(0u, split * params.chunk, PARTIAL); }
fn last_channel(split: u32) -> u32 {
  return select(params.channels, min(params.channels, (split + 1u) * params.chunk), PARTIAL);
}

fn a_rows(quads: mat4x4f) -> mat4x4f {
  if TRANSPOSE_A { return transpose(quads); }
  return quads;
}

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

fn store(row: u32, col: u32, tile: Tile, value: vec4f) {
  if !PARTIAL {
    y_store(row, col, tile.z, value);
    return;
  }
  if col >= params.cols { return; }
  let layer = tile.split * params.batches + tile.z;
  y_write((layer * params.rows + row) * params.cols + col, params.cols - col, value);
}

// Stores a block of up to 8 rows x 8 columns: the first two matrices at `left`, the others at `right`. The loop
// length is deliberately no constant: compilers would unroll it, and copies of the epilogue take seconds to compile.
fn store_block(row: u32, rows: u32, left: u32, right: u32, tile: Tile, block: array<mat4x4f, 4>) {
  var sums = block;
  for (var i = 0u; row + i < min(row + rows, params.rows); i++) {
    store(row + i, left, tile, sums[i / 4u][i % 4u]);
    store(row + i, right, tile, sums[2u + i / 4u][i % 4u]);
  }
}
