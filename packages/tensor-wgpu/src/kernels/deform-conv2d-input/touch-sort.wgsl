// Sorts each list, so that sums along it have the same bits every time. Heapsort: lists are short, but if all samples
// touch one pixel, its list is long. Links touches.wgsl in front.

override WORKGROUP_SIZE: u32 = 64u;

@group(0) @binding(0) var<storage, read> lengths: array<u32>;       // [B, lists + 1]
@group(0) @binding(1) var<storage, read> ends: array<u32>;          // [B, lists]
@group(0) @binding(2) var<storage, read_write> corners: array<u32>; // [B, samples * deformable groups * 4], in lists
@group(1) @binding(0) var<uniform> params: Params;

// Moves a number down from `root` of a heap at `start` until nothing below it is larger.
fn sift(start: u32, length: u32, root: u32, number: u32) {
  var hole = root;
  loop {
    var child = 2u * hole + 1u;
    if child >= length { break; }
    var below = corners[start + child];
    if child + 1u < length {
      let other = corners[start + child + 1u];
      if other > below {
        below = other;
        child += 1u;
      }
    }
    if below <= number { break; }
    corners[start + hole] = below;
    hole = child;
  }
  corners[start + hole] = number;
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if index >= params.images * lists() { return; }
  let image = index / lists();
  let length = lengths[image * (lists() + 1u) + index % lists()];
  let start = image * 4u * params.samples * params.deformable_groups + ends[index] - length;
  for (var root = length / 2u; root > 0u; root--) {
    sift(start, length, root - 1u, corners[start + root - 1u]);
  }
  for (var last = length; last > 1u; last--) {
    let number = corners[start + last - 1u];
    corners[start + last - 1u] = corners[start];
    sift(start, last - 1u, 0u, number);
  }
}
