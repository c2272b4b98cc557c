// Assigns a place to each list. Places depend on timing, but results do not. Links touches.wgsl in front.

override WORKGROUP_SIZE: u32 = 64u;

@group(0) @binding(0) var<storage, read_write> lengths: array<atomic<u32>>; // [B, lists + 1]: the last is the total
@group(0) @binding(1) var<storage, read_write> ends: array<u32>;            // [B, lists]: here still the starts
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if index >= params.images * lists() { return; }
  let image = index / lists();
  let first = image * (lists() + 1u);
  let length = atomicLoad(&lengths[first + index % lists()]);
  ends[index] = atomicAdd(&lengths[first + lists()], length);
}
