// Lengths of the lists. Counts do not depend on the order. Links touches.wgsl and touch-corner.wgsl in front.

override WORKGROUP_SIZE: u32 = 64u;

@group(0) @binding(0) var<storage, read> pixels: array<u32>;                // [B, samples, deformable groups, 4]
@group(0) @binding(1) var<storage, read> weights: array<f32>;               // the same
@group(0) @binding(2) var<storage, read_write> lengths: array<atomic<u32>>; // [B, lists + 1], zeros before
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let corner = corner_at(workgroup_index(group, grid) * WORKGROUP_SIZE + lane);
  if corner.exists { atomicAdd(&lengths[corner.image * (lists() + 1u) + corner.list], 1u); }
}
