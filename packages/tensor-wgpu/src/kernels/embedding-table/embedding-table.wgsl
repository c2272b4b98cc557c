// dtable[v] = sum of dy[n] over all n that took row v. A workgroup has one row, and a column (or four) for each lane. Its
// lanes look through the ids together and mark where the row occurs; then all add the marked rows of dy, in one order, so
// that sums do not depend on timing. A row that does not occur costs a look at the ids and nothing of dy.

override WORKGROUP_SIZE: u32 = 64u;

const MARKS = 32u; // ids that a lane looks at before all add: bits of a word

// `first` ids and `first_row` rows lie before what is bound; `across` workgroups share a row.
struct Params { first: u32, count: u32, first_row: u32, rows: u32, all_rows: u32, width: u32, across: u32 }

@group(0) @binding(0) var<storage, read> dy: array<element>;          // [count, width]
@group(0) @binding(1) var<storage, read> ids: array<u32>;             // [count]
@group(0) @binding(2) var<storage, read_write> dtable: array<element>; // [rows, width]
@group(1) @binding(0) var<uniform> params: Params;

var<workgroup> marks: array<u32, WORKGROUP_SIZE>; // bit i of lane l: id i * WORKGROUP_SIZE + l of the block

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(group, grid);
  if index >= params.rows * params.across { return; }
  let row = index / params.across;
  let col = index % params.across * WORKGROUP_SIZE + lane;
  let inside = col < params.width;

  var sum = element();
  // Where dy is bound in ranges, all but the first add to what is there.
  if inside && params.first > 0u { sum = dtable[row * params.width + col]; }
  for (var block = 0u; block < params.count; block += MARKS * WORKGROUP_SIZE) {
    let end = min(block + MARKS * WORKGROUP_SIZE, params.count);
    var mark = 0u;
    var bit = 1u;
    for (var n = block + lane; n < end; n += WORKGROUP_SIZE) {
      // An id past the table read its last row.
      if min(ids[n], params.all_rows - 1u) == params.first_row + row { mark |= bit; }
      bit <<= 1u;
    }
    marks[lane] = mark;
    workgroupBarrier();
    for (var other = 0u; other < min(WORKGROUP_SIZE, end - block); other++) {
      for (var rest = marks[other]; rest != 0u; rest &= rest - 1u) {
        let n = block + firstTrailingBit(rest) * WORKGROUP_SIZE + other;
        if inside { sum += dy[n * params.width + col]; }
      }
    }
    workgroupBarrier();
  }
  if inside { dtable[row * params.width + col] = sum; }
}
