// The gradients of mergeSoftmax for the statistics of both parts: a row of each takes sum(dy * (a - b)), the slope of a's
// share of the whole sum. A schedule of rows.ts links behind.

override HAS_MEAN = false;       // dy is there
override HAS_STATISTICS = false; // dstatistics are

struct Params { batch: u32, rows: u32, cols: u32 }

@group(0) @binding(0) var<storage, read> a: array<a_element>;                 // [batch, rows, cols]
@group(0) @binding(1) var<storage, read> a_statistics: array<f32>;            // [batch, 2 (maximum, sum), rows]
@group(0) @binding(2) var<storage, read> b: array<b_element>;                 // as a
@group(0) @binding(3) var<storage, read> b_statistics: array<f32>;            // as a_statistics
@group(0) @binding(4) var<storage, read> dy: array<dy_element>;               // as a
@group(0) @binding(5) var<storage, read> dstatistics: array<f32>;             // as a_statistics
@group(0) @binding(6) var<storage, read_write> da_statistics: array<f32>;     // as a_statistics
@group(0) @binding(7) var<storage, read_write> db_statistics: array<f32>;     // as a_statistics
@group(1) @binding(0) var<uniform> params: Params;

// Rows past the last are clamped, not skipped: all lanes take part in sums.
fn each_row(index: u32, lane: u32) {
  let rows = params.batch * params.rows;
  let row = min(index, rows - 1u);
  let start = row * params.cols;
  var sum = vec4f();
  if HAS_MEAN {
    for (var c = 4u * (lane % ROW_LANES); c < params.cols; c += 4u * ROW_LANES) {
      let count = params.cols - c;
      sum += dy_quad(start + c, count) * (a_quad(start + c, count) - b_quad(start + c, count));
    }
  }
  let to_share = row_sum(sum, lane);
  if index >= rows || lane % ROW_LANES != 0u { return; }

  let maximum = row / params.rows * 2u * params.rows + row % params.rows;
  let at_sum = maximum + params.rows;
  let most = max(a_statistics[maximum], b_statistics[maximum]);
  let a_size = exp(a_statistics[maximum] - most);
  let b_size = exp(b_statistics[maximum] - most);
  let of_a = a_statistics[at_sum] * a_size;
  let of_b = b_statistics[at_sum] * b_size;
  let total = of_a + of_b;
  var to_most = 0.0;
  var to_total = 0.0;
  if HAS_STATISTICS {
    to_most = dstatistics[maximum];
    to_total = dstatistics[at_sum];
  }
  let to_a = to_share * (of_b / total) / total + to_total;
  let to_b = to_total - to_share * (of_a / total) / total;
  da_statistics[at_sum] = to_a * a_size;
  db_statistics[at_sum] = to_b * b_size;
  // The higher maximum is `most`; the other part is scaled by how far its own is below.
  if a_statistics[maximum] >= b_statistics[maximum] {
    da_statistics[maximum] = to_most - to_b * of_b;
    db_statistics[maximum] = to_b * of_b;
  } else {
    da_statistics[maximum] = to_a * of_a;
    db_statistics[maximum] = to_most - to_a * of_a;
  }
}
