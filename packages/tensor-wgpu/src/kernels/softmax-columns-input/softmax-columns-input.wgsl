// The gradient of softmaxColumns, of its weights w = exp(x - maximum) / sum and of its statistics, in two dispatches of one
// WGSL: PASS 0 sums w * dw over chunks of rows and counts the maxima there, 1 adds the chunks up and writes
//   dx = w * (dw - sum(w * dw)) + exp(x - maximum) * dsum + [x is the maximum] * (dmaximum - sum * dsum) / (number of maxima).
// An invocation takes `chunk` rows of four columns, and its neighbor those of the next four.

override WORKGROUP_SIZE: u32 = 64u;
override PASS: u32 = 0u;
override HAS_WEIGHTS = false;    // dweights are there
override HAS_STATISTICS = false; // dstatistics are

// `rows` are cut into `length` chunks; `chunks` are those of `partial`.
struct Params { outer: u32, rows: u32, cols: u32, chunks: u32, chunk: u32, length: u32 }

@group(0) @binding(0) var<storage, read> x: array<x_element>;                       // [outer, rows, cols]
@group(0) @binding(1) var<storage, read> statistics: array<statistics_element>;     // [outer, 2 (maximum, sum), cols]
@group(0) @binding(2) var<storage, read> dweights: array<dweights_element>;         // [outer, rows, cols]
@group(0) @binding(3) var<storage, read> dstatistics: array<dstatistics_element>;   // as statistics
@group(0) @binding(4) var<storage, read> partial: array<partial_element>;           // [outer, chunks, 2 (w * dw, maxima), cols]
@group(0) @binding(5) var<storage, read_write> sums: array<sums_element>;           // becomes partial
@group(0) @binding(6) var<storage, read_write> dx: array<dx_element>;               // as x
@group(1) @binding(0) var<uniform> params: Params;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let across = (params.cols + 3u) / 4u;
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  if index >= params.outer * params.length * across { return; }
  let col = index % across * 4u;
  let item = index / across; // of [outer, length]
  let count = params.cols - col;
  let image = item / params.length;
  let first = item % params.length * params.chunk;
  let last = min(first + params.chunk, params.rows);
  let at = 2u * image * params.cols + col;
  let most = statistics_quad(at, count);
  let total = statistics_quad(at + params.cols, count);

  if PASS == 0u {
    var sloped = vec4f();
    var maxima = vec4f();
    for (var row = first; row < last; row++) {
      let here = (image * params.rows + row) * params.cols + col;
      let value = x_quad(here, count);
      if HAS_WEIGHTS { sloped += exp(value - most) / total * dweights_quad(here, count); }
      if HAS_STATISTICS { maxima += step(most, value); }
    }
    sums_write(2u * item * params.cols + col, count, sloped);
    sums_write((2u * item + 1u) * params.cols + col, count, maxima);
    return;
  }

  var sloped = vec4f();
  var maxima = vec4f();
  for (var i = 0u; i < params.chunks; i++) {
    let chunk = 2u * (image * params.chunks + i) * params.cols + col;
    sloped += partial_quad(chunk, count);
    maxima += partial_quad(chunk + params.cols, count);
  }
  var to_sum = vec4f();
  var to_highest = vec4f();
  if HAS_STATISTICS {
    to_sum = dstatistics_quad(at + params.cols, count);
    to_highest = (dstatistics_quad(at, count) - to_sum * total) / max(maxima, vec4f(1.0));
  }
  for (var row = first; row < last; row++) {
    let here = (image * params.rows + row) * params.cols + col;
    let value = x_quad(here, count);
    let size = exp(value - most);
    var slope = size * to_sum + step(most, value) * to_highest;
    if HAS_WEIGHTS { slope += size / total * (dweights_quad(here, count) - sloped); }
    dx_write(here, count, slope);
  }
}
