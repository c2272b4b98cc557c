// Merges two parts of an axis, each under its own softmax, as if one softmax had run over both: means weighted by each
// part's share of the whole sum.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { batch: u32, rows: u32, cols: u32 }

@group(0) @binding(0) var<storage, read> a: array<f32>;                   // [batch, rows, cols]
@group(0) @binding(1) var<storage, read> a_statistics: array<f32>;        // [batch, 2 (maximum, sum), rows]
@group(0) @binding(2) var<storage, read> b: array<f32>;                   // as a
@group(0) @binding(3) var<storage, read> b_statistics: array<f32>;        // as a_statistics
@group(0) @binding(4) var<storage, read_write> y: array<f32>;             // as a
@group(0) @binding(5) var<storage, read_write> y_statistics: array<f32>;  // as a_statistics
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if index >= params.batch * params.rows * params.cols { return; }
  let row = index / params.cols;
  let maximum = row / params.rows * 2u * params.rows + row % params.rows;
  let sum = maximum + params.rows;
  let most = max(a_statistics[maximum], b_statistics[maximum]);
  let of_a = a_statistics[sum] * exp(a_statistics[maximum] - most);
  let of_b = b_statistics[sum] * exp(b_statistics[maximum] - most);
  let total = of_a + of_b;
  y[index] = a[index] * (of_a / total) + b[index] * (of_b / total);
  if index % params.cols == 0u {
    y_statistics[maximum] = most;
    y_statistics[sum] = total;
  }
}
