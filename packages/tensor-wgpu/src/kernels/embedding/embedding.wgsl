// y[n] = table[ids[n]], four elements at a time. An id past the table reads its last row: callers check ids before they
// upload them. Links readers of table and its scales, and a writer of y.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { count: u32, width: u32, rows: u32, scales: u32 }

@group(0) @binding(0) var<storage, read> table: array<table_element>; // [rows, width], of q8 with its scales
@group(0) @binding(1) var<storage, read> ids: array<u32>;             // [count]
@group(0) @binding(2) var<storage, read_write> y: array<y_element>;    // [count, width]
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
  if n >= params.count { return; }
  let col = index % across * 4u;
  let row = min(ids[n], params.rows - 1u);
  let count = params.width - col;
  var quad = table_quad(row * params.width + col, count);
  if TABLE_SCALED { quad *= table_scale(params.scales, row * table_groups(params.width) + col / TABLE_GROUP); }
  y_write(n * params.width + col, count, quad);
}
