// ROW_LANES invocations per row, a power of two, and as many rows as a workgroup has room for: for GPUs. Sums go through
// workgroup memory. Links each_row(row, lane) in front.

var<workgroup> row_slots: array<f32, WORKGROUP_SIZE>;

fn row_sum(value: vec4f, lane: u32) -> f32 {
  row_slots[lane] = value.x + value.y + value.z + value.w;
  workgroupBarrier();
  for (var half = ROW_LANES / 2u; half > 0u; half /= 2u) {
    if lane % ROW_LANES < half { row_slots[lane] += row_slots[lane + half]; }
    workgroupBarrier();
  }
  let total = row_slots[lane - lane % ROW_LANES];
  workgroupBarrier();
  return total;
}

fn row_max(value: vec4f, lane: u32) -> f32 {
  row_slots[lane] = max(max(value.x, value.y), max(value.z, value.w));
  workgroupBarrier();
  for (var half = ROW_LANES / 2u; half > 0u; half /= 2u) {
    if lane % ROW_LANES < half { row_slots[lane] = max(row_slots[lane], row_slots[lane + half]); }
    workgroupBarrier();
  }
  let most = row_slots[lane - lane % ROW_LANES];
  workgroupBarrier();
  return most;
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  each_row((workgroup_index(group, grid) * WORKGROUP_SIZE + lane) / ROW_LANES, lane);
}
