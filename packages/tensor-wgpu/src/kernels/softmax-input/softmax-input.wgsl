// dx = y * (dy - sum(dy * y)) over the last axis: the gradient of softmax. A schedule of rows.ts links behind.

struct Params { rows: u32, cols: u32 }

@group(0) @binding(0) var<storage, read> y: array<y_element>;         // [rows, cols]
@group(0) @binding(1) var<storage, read> dy: array<dy_element>;       // [rows, cols]
@group(0) @binding(2) var<storage, read_write> dx: array<dx_element>; // [rows, cols]
@group(1) @binding(0) var<uniform> params: Params;

// Rows past the last are clamped, not skipped: all lanes take part in sums.
fn each_row(index: u32, lane: u32) {
  let row = min(index, params.rows - 1u);
  let start = row * params.cols;
  let first = 4u * (lane % ROW_LANES);

  var sum = vec4f();
  for (var c = first; c < params.cols; c += 4u * ROW_LANES) {
    sum += y_quad(start + c, params.cols - c) * dy_quad(start + c, params.cols - c);
  }
  let shared_slope = row_sum(sum, lane);

  let end = select(0u, params.cols, index < params.rows);
  for (var c = first; c < end; c += 4u * ROW_LANES) {
    let count = params.cols - c;
    dx_write(start + c, count, y_quad(start + c, count) * (dy_quad(start + c, count) - shared_slope));
  }
}
