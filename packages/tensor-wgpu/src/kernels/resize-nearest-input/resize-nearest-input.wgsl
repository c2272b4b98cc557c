// Each input pixel sums the gradients of the output pixels that copied it: those with its index as
// floor(out * in_size / out_size), in integers.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { images: u32, height: u32, width: u32, out_height: u32, out_width: u32, channels: u32 }

@group(0) @binding(0) var<storage, read> dy: array<element>;       // [B, out_height, out_width, channels]
@group(0) @binding(1) var<storage, read_write> dx: array<element>; // [B, height, width, channels]
@group(1) @binding(0) var<uniform> params: Params;

// The first output that copies this input, or a later one.
fn first_output(input: u32, size: u32, out_size: u32) -> u32 { return (input * out_size + size - 1u) / size; }

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if index >= params.images * params.height * params.width * params.channels { return; }
  let channel = index % params.channels;
  let pixel = index / params.channels;
  let col = pixel % params.width;
  let row = pixel / params.width % params.height;
  let image = pixel / (params.width * params.height) * params.out_height;

  let left = first_output(col, params.width, params.out_width);
  let right = first_output(col + 1u, params.width, params.out_width);
  let bottom = first_output(row + 1u, params.height, params.out_height);
  var sum = element();
  for (var y = first_output(row, params.height, params.out_height); y < bottom; y++) {
    for (var x = left; x < right; x++) {
      sum += dy[((image + y) * params.out_width + x) * params.channels + channel];
    }
  }
  dx[index] = sum;
}
