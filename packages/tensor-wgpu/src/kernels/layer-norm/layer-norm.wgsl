// y = (x - mean) * rstd * weight + bias over the last axis. The variance is a second pass over x: E[x^2] - mean^2 would
// cancel in f32. A schedule of rows.ts links behind.

struct Params { rows: u32, cols: u32, eps: f32 }

@group(0) @binding(0) var<storage, read> x: array<x_element>;           // [rows, cols]
@group(0) @binding(1) var<storage, read> weight: array<weight_element>; // [cols]
@group(0) @binding(2) var<storage, read> bias: array<bias_element>;     // [cols]
@group(0) @binding(3) var<storage, read_write> y: array<y_element>;     // [rows, cols]
@group(1) @binding(0) var<uniform> params: Params;

// Rows past the last are clamped, not skipped: all lanes take part in sums.
fn each_row(index: u32, lane: u32) {
  let row = min(index, params.rows - 1u);
  let start = row * params.cols;
  let first = 4u * (lane % ROW_LANES);

  var sum = vec4f();
  for (var c = first; c < params.cols; c += 4u * ROW_LANES) { sum += x_quad(start + c, params.cols - c); }
  let mean = row_sum(sum, lane) / f32(params.cols);

  var squares = vec4f();
  for (var c = first; c < params.cols; c += 4u * ROW_LANES) {
    let centered = select(vec4f(), x_quad(start + c, params.cols - c) - mean, inside(c));
    squares += centered * centered;
  }
  let rstd = 1.0 / sqrt(row_sum(squares, lane) / f32(params.cols) + params.eps); // inverseSqrt is less exact

  let end = select(0u, params.cols, index < params.rows);
  for (var c = first; c < end; c += 4u * ROW_LANES) {
    let count = params.cols - c;
    let normal = (x_quad(start + c, count) - mean) * rstd;
    y_write(start + c, count, normal * weight_quad(c, count) + bias_quad(c, count));
  }
}
