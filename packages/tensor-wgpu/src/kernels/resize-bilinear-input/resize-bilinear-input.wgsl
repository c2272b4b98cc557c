// Each input pixel sums the gradients of the output pixels that mixed it in, by the weights they mixed it with. Positions
// are computed as resize-bilinear.wgsl computes them, so that the weights are the same to the last bit.

override WORKGROUP_SIZE: u32 = 64u;

struct Params {
  images: u32, height: u32, width: u32, out_height: u32, out_width: u32, channels: u32, row_step: f32, col_step: f32,
}

@group(0) @binding(0) var<storage, read> dy: array<element>;       // [B, out_height, out_width, channels]
@group(0) @binding(1) var<storage, read_write> dx: array<element>; // [B, height, width, channels]
@group(1) @binding(0) var<uniform> params: Params;

// Weight of an input in an output, along one axis.
fn share(output: u32, input: u32, size: u32, step: f32) -> f32 {
  let position = f32(output) * step;
  let near = min(u32(position), size - 1u);
  let rest = position - f32(near);
  let far = min(near + 1u, size - 1u);
  return select(0.0, 1.0 - rest, near == input) + select(0.0, rest, far == input);
}

// Outputs that may use an input: those less than one step of the input away, and one on each side for rounding.
fn takers(input: u32, out_size: u32, step: f32) -> vec2u {
  if step == 0.0 { return vec2u(0u, out_size); }
  let first = floor((f32(input) - 1.0) / step) - 1.0;
  let last = ceil((f32(input) + 1.0) / step) + 1.0;
  return vec2u(u32(max(first, 0.0)), min(u32(last) + 1u, out_size));
}

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

  let rows = takers(row, params.out_height, params.row_step);
  let cols = takers(col, params.out_width, params.col_step);
  var sum = element();
  for (var y = rows.x; y < rows.y; y++) {
    let down = share(y, row, params.height, params.row_step);
    if down == 0.0 { continue; }
    for (var x = cols.x; x < cols.y; x++) {
      let across = share(x, col, params.width, params.col_step);
      if across == 0.0 { continue; }
      sum += down * across * dy[((image + y) * params.out_width + x) * params.channels + channel];
    }
  }
  dx[index] = sum;
}
