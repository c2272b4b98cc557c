// Increments the step of a key in place.

override WORKGROUP_SIZE: u32 = 64u;

@group(0) @binding(0) var<storage, read_write> key: array<u32>; // [4]: seed, low and high; step, low and high

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(local_invocation_index) lane: u32) {
  if lane > 0u { return; }
  key[2] += 1u;
  if key[2] == 0u { key[3] += 1u; }
}
