// Adds the parts of a product with split K, in order, and applies the epilogue. The parts are bound in place of A:
// [splits, batches, rows, cols].

override WORKGROUP_SIZE: u32 = 64u;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let across = (params.cols + 3u) / 4u;
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if index >= across * params.rows * params.batches { return; }
  let row = index / across; // of all batches
  let col = index % across * 4u;
  var sum = vec4f();
  for (var split = 0u; split < params.splits; split++) {
    sum += part_quad((split * params.batches * params.rows + row) * params.cols + col, params.cols - col);
  }
  y_store(row % params.rows, col, row / params.rows, sum);
}
