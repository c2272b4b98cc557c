// ROW_LANES lanes per row, a power of two; a workgroup is one subgroup, so sums need neither memory nor barriers: for
// GPUs whose subgroups have one known width. Links each_row(row, lane) in front.

fn row_sum(value: vec4f, lane: u32) -> f32 {
  var total = value.x + value.y + value.z + value.w;
  for (var apart = ROW_LANES / 2u; apart > 0u; apart /= 2u) { total += subgroupShuffleXor(total, apart); }
  return total;
}

fn row_max(value: vec4f, lane: u32) -> f32 {
  var most = max(max(value.x, value.y), max(value.z, value.w));
  for (var apart = ROW_LANES / 2u; apart > 0u; apart /= 2u) { most = max(most, subgroupShuffleXor(most, apart)); }
  return most;
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  each_row((workgroup_index(group, grid) * WORKGROUP_SIZE + lane) / ROW_LANES, lane);
}
