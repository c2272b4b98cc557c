// One subgroup per workgroup: each lane loads its share of eight keys once and broadcasts it, which is cheaper than
// loading wherever a load is a gather (CPU drivers). SUBGROUP_WIDTH: 4, 8, 16 or 32.

const LOADS = (8u + SUBGROUP_WIDTH - 1u) / SUBGROUP_WIDTH;

// The key that a lane loads as its j-th of the eight from `key` on.
fn own_key(key: u32, j: u32, lane: u32) -> u32 {
  return min(key + (j * SUBGROUP_WIDTH + lane) % 8u, params.keys - 1u);
}

fn eight(mine: array<vec4f, LOADS>) -> Eight {
  return Eight(
    mat4x4f(
      subgroupBroadcast(mine[0u / SUBGROUP_WIDTH], 0u % SUBGROUP_WIDTH),
      subgroupBroadcast(mine[1u / SUBGROUP_WIDTH], 1u % SUBGROUP_WIDTH),
      subgroupBroadcast(mine[2u / SUBGROUP_WIDTH], 2u % SUBGROUP_WIDTH),
      subgroupBroadcast(mine[3u / SUBGROUP_WIDTH], 3u % SUBGROUP_WIDTH),
    ),
    mat4x4f(
      subgroupBroadcast(mine[4u / SUBGROUP_WIDTH], 4u % SUBGROUP_WIDTH),
      subgroupBroadcast(mine[5u / SUBGROUP_WIDTH], 5u % SUBGROUP_WIDTH),
      subgroupBroadcast(mine[6u / SUBGROUP_WIDTH], 6u % SUBGROUP_WIDTH),
      subgroupBroadcast(mine[7u / SUBGROUP_WIDTH], 7u % SUBGROUP_WIDTH),
    ),
  );
}

fn hold_keys(place: Place, key: u32) {}

fn hold_values(place: Place, key: u32) {}

fn eight_keys(place: Place, key: u32, i: u32, lane: u32) -> Eight {
  var mine: array<vec4f, LOADS>;
  for (var j = 0u; j < LOADS; j++) { mine[j] = k_load(place, own_key(key, j, lane), i); }
  return eight(mine);
}

fn eight_values(place: Place, key: u32, i: u32, lane: u32) -> Eight {
  var mine: array<vec4f, LOADS>;
  for (var j = 0u; j < LOADS; j++) { mine[j] = v_load(place, own_key(key, j, lane), i); }
  return eight(mine);
}

fn eight_marks(place: Place, key: u32, lane: u32) -> Eight {
  var mine: array<vec4f, LOADS>;
  for (var j = 0u; j < LOADS; j++) { mine[j] = mark_load(place, own_key(key, j, lane)); }
  return eight(mine);
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  attend(workgroup_index(group, grid), lane);
}
