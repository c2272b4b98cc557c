// y = (x - mean) * rstd * weight + bias over the last axis. The variance is a second pass over x: E[x^2] - mean^2 would
// cancel in f32. Links row-workgroup.wgsl or row-lane.wgsl.

struct Params { rows: u32, cols: u32, eps: f32 }

@group(0) @binding(0) var<storage, read> x: array<x_element>;           // [rows, cols]
@group(0) @binding(1) var<storage, read> weight: array<weight_element>; // [cols]
@group(0) @binding(2) var<storage, read> bias: array<bias_element>;     // [cols]
@group(0) @binding(3) var<storage, read_write> y: array<y_element>;     // [rows, cols]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = row_index(workgroup_index(group, grid), lane);
  if row >= params.rows { return; }
  let start = row * params.cols;
  let first = 4u * first_quad(lane);

  var sum = vec4f();
  for (var c = first; c < params.cols; c += 4u * QUAD_STEP) { sum += x_quad(start + c, params.cols - c); }
  let mean = row_sum(sum, lane) / f32(params.cols);

  var squares = vec4f();
  for (var c = first; c < params.cols; c += 4u * QUAD_STEP) {
    let inside = vec4u(c, c + 1u, c + 2u, c + 3u) < vec4u(params.cols);
    let centered = select(vec4f(), x_quad(start + c, params.cols - c) - mean, inside);
    squares += centered * centered;
  }
  let rstd = 1.0 / sqrt(row_sum(squares, lane) / f32(params.cols) + params.eps); // inverseSqrt is less exact

  for (var c = first; c < params.cols; c += 4u * QUAD_STEP) {
    let count = params.cols - c;
    let normal = (x_quad(start + c, count) - mean) * rstd;
    y_write(start + c, count, normal * weight_quad(c, count) + bias_quad(c, count));
  }
}
