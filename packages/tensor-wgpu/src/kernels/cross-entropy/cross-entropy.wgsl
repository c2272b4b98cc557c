// loss = log(sum of exp(x)) - x[target] for each row, 0 for a target out of range. A schedule of rows.ts links behind.

const LOWEST = -0x1.fffffep+127f;

struct Params { rows: u32, cols: u32 }

@group(0) @binding(0) var<storage, read> x: array<x_element>;    // [rows, cols]
@group(0) @binding(1) var<storage, read> targets: array<u32>;    // [rows]
@group(0) @binding(2) var<storage, read_write> y: array<f32>;    // [rows]
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

  let target_class = targets[row];
  var sum = vec4f();
  var chosen = vec4f(); // distance of the target's logit from the highest
  for (var c = first; c < params.cols; c += 4u * ROW_LANES) {
    let distance = x_quad(start + c, params.cols - c) - top;
    sum += select(vec4f(), exp(distance), inside(c));
    chosen += select(vec4f(), distance, c + vec4u(0u, 1u, 2u, 3u) == vec4u(target_class));
  }
  let total = row_sum(sum, lane);
  let own = row_sum(chosen, lane);
  if index < params.rows && lane % ROW_LANES == 0u {
    y[row] = select(0.0, log(total) - own, target_class < params.cols);
  }
}
