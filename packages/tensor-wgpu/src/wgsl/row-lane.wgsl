// One invocation per row: for CPUs, where barriers cost more than they save.
const QUAD_STEP = 1u;
fn row_index(workgroup: u32, lane: u32) -> u32 { return workgroup * WORKGROUP_SIZE + lane; }
fn first_quad(lane: u32) -> u32 { return 0u; }
fn row_sum(value: vec4f, lane: u32) -> f32 { return value.x + value.y + value.z + value.w; }
fn row_max(value: vec4f, lane: u32) -> f32 { return max(max(value.x, value.y), max(value.z, value.w)); }
