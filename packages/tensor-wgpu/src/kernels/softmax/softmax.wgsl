// y = exp(x - max) / sum over the last axis. Links row-workgroup.wgsl or row-lane.wgsl.

const LOWEST = -0x1.fffffep+127f; // of all f32: a row may hold nothing else

struct Params { rows: u32, cols: u32 }

@group(0) @binding(0) var<storage, read> x: array<x_element>;       // [rows, cols]
@group(0) @binding(1) var<storage, read_write> y: array<y_element>; // [rows, cols]
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

  var most = vec4f(LOWEST);
  for (var c = first; c < params.cols; c += 4u * QUAD_STEP) {
    let inside = vec4u(c, c + 1u, c + 2u, c + 3u) < vec4u(params.cols);
    most = max(most, select(vec4f(LOWEST), x_quad(start + c, params.cols - c), inside));
  }
  let top = row_max(most, lane);

  var sum = vec4f();
  for (var c = first; c < params.cols; c += 4u * QUAD_STEP) {
    let inside = vec4u(c, c + 1u, c + 2u, c + 3u) < vec4u(params.cols);
    sum += select(vec4f(), exp(x_quad(start + c, params.cols - c) - top), inside);
  }
  let total = row_sum(sum, lane);

  for (var c = first; c < params.cols; c += 4u * QUAD_STEP) {
    y_write(start + c, params.cols - c, exp(x_quad(start + c, params.cols - c) - top) / total);
  }
}
