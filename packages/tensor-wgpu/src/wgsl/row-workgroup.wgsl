// One workgroup per row: for GPUs. A kernel loops from first_quad(lane) in steps of QUAD_STEP, and sums with row_sum.
const QUAD_STEP = WORKGROUP_SIZE;
fn row_index(workgroup: u32, lane: u32) -> u32 { return workgroup; }
fn first_quad(lane: u32) -> u32 { return lane; }
fn row_sum(value: vec4f, lane: u32) -> f32 { return workgroup_sum(value.x + value.y + value.z + value.w, lane); }
fn row_max(value: vec4f, lane: u32) -> f32 {
  return workgroup_max(max(max(value.x, value.y), max(value.z, value.w)), lane);
}
