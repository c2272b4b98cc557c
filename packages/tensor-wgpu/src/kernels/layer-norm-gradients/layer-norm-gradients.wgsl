// The gradients of layerNorm. With n = (x - mean) * rstd and g = dy * weight, dx = rstd * (g - mean(g) - n * mean(g * n)).
// Each worker (an invocation, or ROW_LANES lanes) takes `chunk` neighboring rows: first the means of every row, then
// column by column dx and the chunk's sums of dy * n and of dy. `first` chunks lie before those that are bound. A schedule
// of rows.ts links behind.

struct Params { first: u32, chunks: u32, chunk: u32, rows: u32, cols: u32, eps: f32 }

@group(0) @binding(0) var<storage, read> x: array<x_element>;                // [rows, cols]
@group(0) @binding(1) var<storage, read> weight: array<weight_element>;      // [cols]
@group(0) @binding(2) var<storage, read> dy: array<dy_element>;              // [rows, cols]
@group(0) @binding(3) var<storage, read_write> dx: array<dx_element>;        // [rows, cols]
@group(0) @binding(4) var<storage, read_write> sums: array<sums_element>;    // [chunks, 2 (dy * n, dy), cols]
@group(1) @binding(0) var<uniform> params: Params;

const MAX_CHUNK = 32u;

struct RowMeans { mean: f32, rstd: f32, g: f32, gn: f32 }

// Chunks and rows past the last are clamped, not skipped: all lanes take part in sums.
fn each_row(index: u32, lane: u32) {
  let chunk = min(index, params.chunks - 1u);
  let start = chunk * params.chunk;
  let count = min(params.chunk, params.rows - params.first * params.chunk - start);
  let first = 4u * (lane % ROW_LANES);

  var of_row: array<RowMeans, MAX_CHUNK>;
  for (var r = 0u; r < params.chunk; r++) { of_row[r] = row_means((start + min(r, count - 1u)) * params.cols, first, lane); }

  let end = select(0u, params.cols, index < params.chunks);
  for (var c = first; c < end; c += 4u * ROW_LANES) {
    let inside = params.cols - c;
    let factor = weight_quad(c, inside);
    var dy_n = vec4f();
    var dy_sum = vec4f();
    for (var r = 0u; r < count; r++) {
      let at = (start + r) * params.cols + c;
      let means = of_row[r];
      let n = (x_quad(at, inside) - means.mean) * means.rstd;
      let slope = dy_quad(at, inside);
      dx_write(at, inside, means.rstd * (slope * factor - means.g - n * means.gn));
      dy_n += slope * n;
      dy_sum += slope;
    }
    sums_write(2u * chunk * params.cols + c, inside, dy_n);
    sums_write((2u * chunk + 1u) * params.cols + c, inside, dy_sum);
  }
}

// The variance is a second pass over x, as in layer-norm.wgsl.
fn row_means(start: u32, first: u32, lane: u32) -> RowMeans {
  let cols = f32(params.cols);
  var sum = vec4f();
  for (var c = first; c < params.cols; c += 4u * ROW_LANES) { sum += x_quad(start + c, params.cols - c); }
  let mean = row_sum(sum, lane) / cols;

  var squares = vec4f();
  var g_sum = vec4f();
  var g_centered = vec4f();
  for (var c = first; c < params.cols; c += 4u * ROW_LANES) {
    let centered = select(vec4f(), x_quad(start + c, params.cols - c) - mean, inside(c));
    let g = dy_quad(start + c, params.cols - c) * weight_quad(c, params.cols - c);
    squares += centered * centered;
    g_sum += g;
    g_centered += g * centered;
  }
  let rstd = 1.0 / sqrt(row_sum(squares, lane) / cols + params.eps);
  return RowMeans(mean, rstd, row_sum(g_sum, lane) / cols, rstd * row_sum(g_centered, lane) / cols);
}
