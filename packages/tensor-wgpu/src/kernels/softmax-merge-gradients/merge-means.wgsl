// The gradients of mergeSoftmax for the means of both parts: dy, times each part's share of the whole sum.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { batch: u32, rows: u32, cols: u32 }

@group(0) @binding(0) var<storage, read> a_statistics: array<f32>;          // [batch, 2 (maximum, sum), rows]
@group(0) @binding(1) var<storage, read> b_statistics: array<f32>;          // as a_statistics
@group(0) @binding(2) var<storage, read> dy: array<dy_element>;             // [batch, rows, cols]
@group(0) @binding(3) var<storage, read_write> da: array<da_element>;       // as dy
@group(0) @binding(4) var<storage, read_write> db: array<db_element>;       // as dy
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let across = (params.cols + 3u) / 4u;
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  let row = index / across;
  if row >= params.batch * params.rows { return; }
  let maximum = row / params.rows * 2u * params.rows + row % params.rows;
  let at_sum = maximum + params.rows;
  let most = max(a_statistics[maximum], b_statistics[maximum]);
  let of_a = a_statistics[at_sum] * exp(a_statistics[maximum] - most);
  let of_b = b_statistics[at_sum] * exp(b_statistics[maximum] - most);
  let total = of_a + of_b;
  let col = index % across * 4u;
  let count = params.cols - col;
  let at = row * params.cols + col;
  let slope = dy_quad(at, count);
  da_write(at, count, slope * (of_a / total));
  db_write(at, count, slope * (of_b / total));
}
