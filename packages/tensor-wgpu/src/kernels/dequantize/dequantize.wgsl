// y = x as f32, four elements of a row at a time. Links readers of x and a writer of y.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { first_row: u32, rows: u32, width: u32, scales: u32 }

@group(0) @binding(0) var<storage, read> x: array<x_element>;       // [all rows, width], then scales
@group(0) @binding(1) var<storage, read_write> y: array<y_element>; // [rows, width]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let across = (params.width + 3u) / 4u;
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  let n = index / across;
  if n >= params.rows { return; }
  let col = index % across * 4u;
  let row = params.first_row + n;
  let count = params.width - col;
  let scale = x_scale(params.scales, row * x_groups(params.width) + col / X_GROUP);
  y_write(n * params.width + col, count, scale * x_quad(row * params.width + col, count));
}
