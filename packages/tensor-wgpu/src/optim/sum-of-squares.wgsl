// Sums of squares of up to six gradients, one partial sum for each chunk of one gradient; the next kernel adds them up.
// A partial is kept as its bits: those of infinity where the chunk holds a NaN or an infinity. One workgroup per chunk.

override WORKGROUP_SIZE: u32 = 64u;

const CHUNK_QUADS = 1024u;
const INFINITY = 0x7f800000u;

// `start` chunks of the first gradient lie before those that are bound. Sizes are in elements.
struct Params {
  base: u32, start: u32, chunks: u32,
  size0: u32, size1: u32, size2: u32, size3: u32, size4: u32, size5: u32,
}

@group(0) @binding(0) var<storage, read> gradient0: array<vec4f>;
@group(0) @binding(1) var<storage, read> gradient1: array<vec4f>;
@group(0) @binding(2) var<storage, read> gradient2: array<vec4f>;
@group(0) @binding(3) var<storage, read> gradient3: array<vec4f>;
@group(0) @binding(4) var<storage, read> gradient4: array<vec4f>;
@group(0) @binding(5) var<storage, read> gradient5: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> partials: array<u32>; // [all chunks of all gradients]
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> sums: array<f32, 64>;
var<workgroup> broken: array<u32, 64>;

fn size_of(gradient: u32) -> u32 {
  switch gradient {
    case 0u: { return params.size0; }
    case 1u: { return params.size1; }
    case 2u: { return params.size2; }
    case 3u: { return params.size3; }
    case 4u: { return params.size4; }
    default: { return params.size5; }
  }
}

fn quad_of(gradient: u32, quad: u32) -> vec4f {
  switch gradient {
    case 0u: { return gradient0[quad]; }
    case 1u: { return gradient1[quad]; }
    case 2u: { return gradient2[quad]; }
    case 3u: { return gradient3[quad]; }
    case 4u: { return gradient4[quad]; }
    default: { return gradient5[quad]; }
  }
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(group, grid);
  if index >= params.chunks { return; }
  var gradient = 0u;
  var chunk = index + params.start;
  for (; gradient < 5u; gradient++) {
    let own = (size_of(gradient) + 4u * CHUNK_QUADS - 1u) / (4u * CHUNK_QUADS);
    if chunk < own { break; }
    chunk -= own;
  }
  let left = size_of(gradient) - chunk * 4u * CHUNK_QUADS; // elements from this chunk on
  let first = (chunk - select(0u, params.start, gradient == 0u)) * CHUNK_QUADS;
  var sum = vec4f();
  var exponents = vec4<bool>();
  for (var quad = lane; quad < CHUNK_QUADS && 4u * quad < left; quad += WORKGROUP_SIZE) {
    let inside = 4u * quad + vec4u(0u, 1u, 2u, 3u) < vec4u(left);
    let g = select(vec4f(), quad_of(gradient, first + quad), inside);
    exponents |= (bitcast<vec4u>(g) & vec4u(INFINITY)) == vec4u(INFINITY);
    sum = fma(g, g, sum);
  }
  sums[lane] = (sum.x + sum.y) + (sum.z + sum.w);
  broken[lane] = u32(any(exponents));
  for (var half = WORKGROUP_SIZE / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if lane < half {
      sums[lane] += sums[lane + half];
      broken[lane] |= broken[lane + half];
    }
  }
  if lane == 0u { partials[params.base + index + params.start] = select(bitcast<u32>(sums[0]), INFINITY, broken[0] == 1u); }
}
