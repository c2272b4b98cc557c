// next[n] = the next place of ids[n] after n, or `count` if there is none; LATER is added where an earlier place has it too.
// All invocations scan the ids together, so that each id is loaded once for many.

override WORKGROUP_SIZE: u32 = 64u;

const LATER = 0x80000000u; // as in embedding-table.wgsl

struct Params { count: u32, rows: u32 }

@group(0) @binding(0) var<storage, read> ids: array<vec4u>;       // [count]
@group(0) @binding(1) var<storage, read_write> next: array<u32>;  // [count]
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let n = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if n >= params.count { return; }
  let last = vec4u(params.rows - 1u); // an id past the table took its last row
  let row = vec4u(min(ids[n / 4u][n % 4u], last.x));
  var found = params.count;
  var later = 0u;
  for (var m = 0u; m < params.count; m += 4u) {
    let at = m + vec4u(0u, 1u, 2u, 3u);
    let same = min(ids[m / 4u], last) == row;
    let after = select(vec4u(params.count), at, same & (at > vec4u(n)) & (at < vec4u(params.count)));
    if any(same & (at < vec4u(n))) { later = LATER; }
    found = min(min(after.x, after.y), min(after.z, after.w));
    if found < params.count { break; }
  }
  next[n] = found | later;
}
