// Random numbers by counting: Philox 4x32-10 of (quad, place, step) under a seed, https://doi.org/10.1145/2063384.2063405.
// Four elements per invocation; y_element and drawn(bits, x) are linked in front. `first` quads lie before those bound.

override WORKGROUP_SIZE: u32 = 64u;

struct Params { first: u32, skipped: u32, quads: u32, place: u32, a: f32, b: f32 }

@group(0) @binding(0) var<storage, read> key: array<u32>;           // [4]: seed, low and high; step, low and high
@group(0) @binding(1) var<storage, read> x: array<vec4f>;           // [size], for dropout
@group(0) @binding(2) var<storage, read_write> y: array<y_element>; // [size]
@group(1) @binding(0) var<uniform> params: Params;

// The upper 32 bits of a product, from products of halves.
fn multiply_high(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u);
}

fn philox(counter: vec4u, seed: vec2u) -> vec4u {
  var c = counter;
  var k = seed;
  for (var round = 0u; round < 10u; round++) {
    let high0 = multiply_high(0xd2511f53u, c.x);
    let high1 = multiply_high(0xcd9e8d57u, c.z);
    c = vec4u(high1 ^ c.y ^ k.x, 0xcd9e8d57u * c.z, high0 ^ c.w ^ k.y, 0xd2511f53u * c.x);
    k += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return c;
}

// In [0, 1), multiples of 2^-24.
fn fractions(bits: vec4u) -> vec4f { return vec4f(bits >> vec4u(8u)) * 0x1p-24f; }

// Sine of t in [0, 1] quarter turns, within 1e-7.
fn sine(t: vec2f) -> vec2f {
  let x = t * 1.5707963267948966;
  let z = x * x;
  var p = fma(z, vec2f(-2.3889859e-8), vec2f(2.7525562e-6));
  p = fma(z, p, vec2f(-1.98408743e-4));
  p = fma(z, p, vec2f(8.3333315e-3));
  p = fma(z, p, vec2f(-1.66666667e-1));
  return fma(x * z, p, x);
}

// Standard normal numbers: https://projecteuclid.org/euclid.aoms/1177706645.
fn normals(bits: vec4u) -> vec4f {
  let u = fractions(bits);
  let radius = sqrt(-2.0 * log(1.0 - u.xz));
  let turns = 4.0 * u.yw;
  let quarter = floor(turns);
  let t = turns - quarter;
  let s = sine(t);
  let c = sine(1.0 - t);
  // Quarters in turn: (cos, sin) is (c, s), (-s, c), (-c, -s), (s, -c).
  let odd = (vec2u(quarter) & vec2u(1u)) == vec2u(1u);
  let cosines = select(c, s, odd) * select(vec2f(1.0), vec2f(-1.0), (quarter == vec2f(1.0)) | (quarter == vec2f(2.0)));
  let sines = select(s, c, odd) * select(vec2f(1.0), vec2f(-1.0), quarter >= vec2f(2.0));
  return vec4f(radius.x * cosines.x, radius.x * sines.x, radius.y * cosines.y, radius.y * sines.y);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if i >= params.quads { return; }
  let bits = philox(vec4u(params.skipped + params.first + i, params.place, key[2], key[3]), vec2u(key[0], key[1]));
  y[i] = drawn(bits, i);
}
