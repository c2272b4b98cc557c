// y = (x - mean) * rstd * weight + bias over the last axis, in two passes over x: mean and variance, then the results. The
// first pass merges the moments of four quads at a time (Chan, Golub, LeVeque 1979); E[x^2] - mean^2 would cancel in f32.
// A schedule of rows.ts links behind.

struct Params { rows: u32, cols: u32, eps: f32 }

@group(0) @binding(0) var<storage, read> x: array<x_element>;           // [rows, cols]
@group(0) @binding(1) var<storage, read> weight: array<weight_element>; // [cols]
@group(0) @binding(2) var<storage, read> bias: array<bias_element>;     // [cols]
@group(0) @binding(3) var<storage, read_write> y: array<y_element>;     // [rows, cols]
@group(1) @binding(0) var<uniform> params: Params;

// Number of elements, their mean, and the sum of their squared distances from it.
struct Moments { count: f32, mean: f32, squares: f32 }

fn merged(a: Moments, b: Moments) -> Moments {
  let count = a.count + b.count;
  let apart = b.mean - a.mean;
  let share = b.count / count;
  return Moments(count, a.mean + apart * share, a.squares + b.squares + apart * apart * a.count * share);
}

fn across(v: vec4f) -> f32 { return (v.x + v.y) + (v.z + v.w); }

// Rows past the last are clamped, not skipped: all lanes take part in sums.
fn each_row(index: u32, lane: u32) {
  let row = min(index, params.rows - 1u);
  let start = row * params.cols;
  let first = 4u * (lane % ROW_LANES);
  let step = 4u * ROW_LANES;
  let blocks = params.cols - params.cols % (4u * step);

  var own = Moments();
  var c = first;
  for (; c < blocks; c += 4u * step) {
    let q0 = x_quad(start + c, 4u);
    let q1 = x_quad(start + c + step, 4u);
    let q2 = x_quad(start + c + 2u * step, 4u);
    let q3 = x_quad(start + c + 3u * step, 4u);
    let mean = across((q0 + q1) + (q2 + q3)) / 16.0;
    let d0 = q0 - mean;
    let d1 = q1 - mean;
    let d2 = q2 - mean;
    let d3 = q3 - mean;
    own = merged(own, Moments(16.0, mean, across((d0 * d0 + d1 * d1) + (d2 * d2 + d3 * d3))));
  }
  for (; c < params.cols; c += step) {
    let quad = x_quad(start + c, params.cols - c);
    let count = min(4.0, f32(params.cols - c));
    let mean = across(quad) / count;
    let d = select(vec4f(), quad - mean, inside(c));
    own = merged(own, Moments(count, mean, across(d * d)));
  }
  let mean = row_sum(vec4f(own.count * own.mean, 0.0, 0.0, 0.0), lane) / f32(params.cols);
  let apart = own.mean - mean;
  let squares = row_sum(vec4f(own.squares, own.count * apart * apart, 0.0, 0.0), lane);
  let rstd = 1.0 / sqrt(squares / f32(params.cols) + params.eps); // inverseSqrt is less exact

  let end = select(0u, params.cols, index < params.rows);
  for (c = first; c < end; c += step) {
    let count = params.cols - c;
    let normal = (x_quad(start + c, count) - mean) * rstd;
    y_write(start + c, count, normal * weight_quad(c, count) + bias_quad(c, count));
  }
}
