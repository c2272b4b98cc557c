// y = x - max - log(sum of exp(x - max)) over the last axis. A schedule of rows.ts links behind.

const LOWEST = -0x1.fffffep+127f;

struct Params { rows: u32, cols: u32 }

@group(0) @binding(0) var<storage, read> x: array<x_element>;       // [rows, cols]
@group(0) @binding(1) var<storage, read_write> y: array<y_element>; // [rows, cols]
@group(1) @binding(0) var<uniform> params: Params;

// Rows past the last are clamped, not skipped: all lanes take part in sums.
fn each_row(index: u32, lane: u32) {
  let row = min(index, params.rows - 1u);
  let start = row * params.cols;
  let first = 4u * (lane % ROW_LANES);

  var most = vec4f(LOWEST);
  for (var c = first; c < params.cols; c += 4u * ROW_LANES) {
    most = max(most, select(vec4f(LOWEST), x_quad(start + c, params.cols - c), inside(c)));
  }
  let top = row_max(most, lane);

  var sum = vec4f();
  for (var c = first; c < params.cols; c += 4u * ROW_LANES) {
    sum += select(vec4f(), exp(x_quad(start + c, params.cols - c) - top), inside(c));
  }
  let total = log(row_sum(sum, lane));

  let end = select(0u, params.cols, index < params.rows);
  for (var c = first; c < end; c += 4u * ROW_LANES) {
    y_write(start + c, params.cols - c, x_quad(start + c, params.cols - c) - top - total);
  }
}
