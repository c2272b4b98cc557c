// Position of a sample of a deformable convolution. Offsets and masks are read flat, on the grid of the result
// (spec 2.4.3). Links samples_at(i) in front.

struct Sample { mask: f32, inside: bool, low: vec2f, far: vec2f }

// Of one kernel position at one pixel of the result; planes are those of all deformable groups.
fn sample_of(image: u32, plane: u32, position: u32, row: u32) -> Sample {
  let first = image * params.image_samples;
  let at = first + 2u * plane * params.rows + row;
  let offset = vec2f(samples_at(at), samples_at(at + params.rows));
  let mask = samples_at(first + params.mask_start + plane * params.rows + row);
  let i = row / params.out_width * params.stride + position / params.kernel_width * params.dilation;
  let j = row % params.out_width * params.stride + position % params.kernel_width * params.dilation;
  let point = vec2f(f32(i), f32(j)) - f32(params.padding) + offset;
  let size = vec2f(f32(params.height), f32(params.width));
  let inside = all(point > vec2f(-1.0)) & all(point < size); // false for a NaN
  let low = floor(point);
  return Sample(mask, inside, low, select(vec2f(), point - low, inside));
}

// The four pixels of the image around a sample, and their weights: 0 outside.
struct Corners { pixels: vec4u, weights: vec4f }

fn corners_of(sample: Sample) -> Corners {
  if !sample.inside { return Corners(vec4u(), vec4f()); }
  let size = vec2f(f32(params.height), f32(params.width));
  let low = sample.low;
  let high = low + 1.0;
  let near = 1.0 - sample.far;
  let top = select(0.0, near.x, low.x >= 0.0);
  let bottom = select(0.0, sample.far.x, high.x < size.x);
  let left = select(0.0, near.y, low.y >= 0.0);
  let right = select(0.0, sample.far.y, high.y < size.y);
  let first = vec2u(max(low, vec2f()));
  let last = vec2u(min(high, size - 1.0));
  return Corners(
    vec4u(first.x, first.x, last.x, last.x) * params.width + vec4u(first.y, last.y, first.y, last.y),
    vec4f(top * left, top * right, bottom * left, bottom * right),
  );
}
