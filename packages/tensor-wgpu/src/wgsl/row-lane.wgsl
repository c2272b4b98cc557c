// One invocation per row: for CPUs, where barriers cost more than they save. Links each_row(row, lane) in front.

const ROW_LANES = 1u;

fn row_sum(value: vec4f, lane: u32) -> f32 { return value.x + value.y + value.z + value.w; }

fn row_max(value: vec4f, lane: u32) -> f32 { return max(max(value.x, value.y), max(value.z, value.w)); }

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  each_row(workgroup_index(group, grid) * WORKGROUP_SIZE + lane, 0u);
}
