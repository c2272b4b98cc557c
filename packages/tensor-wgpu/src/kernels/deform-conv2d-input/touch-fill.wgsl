// Puts each corner into its list, in any order: starts become ends. Links touches.wgsl and touch-corner.wgsl first.

override WORKGROUP_SIZE: u32 = 64u;

@group(0) @binding(0) var<storage, read> pixels: array<u32>;             // [B, samples, deformable groups, 4]
@group(0) @binding(1) var<storage, read> weights: array<f32>;            // the same
@group(0) @binding(2) var<storage, read_write> ends: array<atomic<u32>>; // [B, lists]
@group(0) @binding(3) var<storage, read_write> corners: array<u32>;      // [B, samples * deformable groups * 4], in lists
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let corner = corner_at(workgroup_index(group, grid) * WORKGROUP_SIZE + lane);
  if !corner.exists { return; }
  let place = atomicAdd(&ends[corner.image * lists() + corner.list], 1u);
  corners[corner.image * 4u * params.samples * params.deformable_groups + place] = corner.number;
}
