// dx = dy * (softmax(x) - 1 at the target) for each row, 0 for a target out of range: the gradient of cross entropy.
// A schedule of rows.ts links behind.

const LOWEST = -0x1.fffffep+127f;

struct Params { rows: u32, cols: u32 }

@group(0) @binding(0) var<storage, read> x: array<x_element>;         // [rows, cols]
@group(0) @binding(1) var<storage, read> targets: array<u32>;         // [rows]
@group(0) @binding(2) var<storage, read> dy: array<f32>;              // [rows]
@group(0) @binding(3) var<storage, read_write> dx: array<dx_element>; // [rows, cols]
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
  let total = row_sum(sum, lane);

  let target_class = targets[row];
  let slope = select(0.0, dy[row], target_class < params.cols);
  let end = select(0u, params.cols, index < params.rows);
  for (var c = first; c < end; c += 4u * ROW_LANES) {
    let share = exp(x_quad(start + c, params.cols - c) - top) / total;
    let expected = select(vec4f(), vec4f(1.0), c + vec4u(0u, 1u, 2u, 3u) == vec4u(target_class));
    dx_write(start + c, params.cols - c, slope * (share - expected));
  }
}
