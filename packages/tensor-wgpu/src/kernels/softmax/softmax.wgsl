// y = exp(x - max) / sum over the last axis, in two passes over x: a running maximum with a sum that is rescaled when it
// rises, four quads at a time, then the results. A schedule of rows.ts links behind.

const LOWEST = -0x1.fffffep+127f; // of all f32: a row may hold nothing else

struct Params { rows: u32, cols: u32 }

@group(0) @binding(0) var<storage, read> x: array<x_element>;       // [rows, cols]
@group(0) @binding(1) var<storage, read_write> y: array<y_element>; // [rows, cols]
@group(1) @binding(0) var<uniform> params: Params;

// The highest element so far, and the sum of exp(x - most).
struct Running { most: f32, sum: vec4f }

fn raised(running: Running, quad: vec4f) -> Running {
  let most = max(running.most, max(max(quad.x, quad.y), max(quad.z, quad.w)));
  return Running(most, running.sum * exp(running.most - most));
}

// Rows past the last are clamped, not skipped: all lanes take part in sums.
fn each_row(index: u32, lane: u32) {
  let row = min(index, params.rows - 1u);
  let start = row * params.cols;
  let first = 4u * (lane % ROW_LANES);
  let step = 4u * ROW_LANES;
  let blocks = params.cols - params.cols % (4u * step);

  var running = Running(LOWEST, vec4f());
  var c = first;
  for (; c < blocks; c += 4u * step) {
    let q0 = x_quad(start + c, 4u);
    let q1 = x_quad(start + c + step, 4u);
    let q2 = x_quad(start + c + 2u * step, 4u);
    let q3 = x_quad(start + c + 3u * step, 4u);
    running = raised(running, max(max(q0, q1), max(q2, q3)));
    let most = running.most;
    running.sum += (exp(q0 - most) + exp(q1 - most)) + (exp(q2 - most) + exp(q3 - most));
  }
  for (; c < params.cols; c += step) {
    let quad = select(vec4f(LOWEST), x_quad(start + c, params.cols - c), inside(c));
    running = raised(running, quad);
    running.sum += select(vec4f(), exp(quad - running.most), inside(c));
  }
  let top = row_max(vec4f(running.most), lane);
  let total = row_sum(running.sum * exp(running.most - top), lane);

  let end = select(0u, params.cols, index < params.rows);
  for (c = first; c < end; c += step) {
    y_write(start + c, params.cols - c, exp(x_quad(start + c, params.cols - c) - top) / total);
  }
}
