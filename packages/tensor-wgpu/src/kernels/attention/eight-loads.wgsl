// Neither subgroups nor workgroup memory: every invocation loads every key. Loads stand in a loop whose length is not a
// constant: unrolled, they would take many seconds to compile.

var<private> held: array<vec4f, 8u * QUADS>; // [key, quad]
var<private> held_marks: array<vec4f, 8>;

fn hold_keys(place: Place, key: u32) {
  let count = min(8u, params.keys - key);
  for (var i = 0u; i < count * QUADS; i++) { held[i] = k_load(place, key + i / QUADS, i % QUADS); }
  if HAS_PADDING || HAS_REGIONS {
    for (var j = 0u; j < count; j++) { held_marks[j] = mark_load(place, key + j); }
  }
}

fn hold_values(place: Place, key: u32) {
  let count = min(8u, params.keys - key) * QUADS;
  for (var i = 0u; i < count; i++) { held[i] = v_load(place, key + i / QUADS, i % QUADS); }
}

fn eight_held(i: u32) -> Eight {
  return Eight(
    mat4x4f(held[i], held[QUADS + i], held[2u * QUADS + i], held[3u * QUADS + i]),
    mat4x4f(held[4u * QUADS + i], held[5u * QUADS + i], held[6u * QUADS + i], held[7u * QUADS + i]),
  );
}

fn eight_keys(place: Place, key: u32, i: u32, lane: u32) -> Eight { return eight_held(i); }

fn eight_values(place: Place, key: u32, i: u32, lane: u32) -> Eight { return eight_held(i); }

fn eight_marks(place: Place, key: u32, lane: u32) -> Eight {
  return Eight(
    mat4x4f(held_marks[0], held_marks[1], held_marks[2], held_marks[3]),
    mat4x4f(held_marks[4], held_marks[5], held_marks[6], held_marks[7]),
  );
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  attend(workgroup_index(group, grid), lane);
}
