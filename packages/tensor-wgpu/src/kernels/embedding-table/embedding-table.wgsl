// dtable[v] = sum of dy[n] over all n that took row v, in the order of n: sums do not depend on timing. An invocation has a
// column (or four) of one row and looks through all ids. Of a table with more rows than there are ids, only those rows are
// visited that were taken (BY_ID), each from the first id that took it; the others are zero already.

override WORKGROUP_SIZE: u32 = 64u;
override BY_ID = false;

// An item is a row of the table, or BY_ID an id. `first` ids and `first_item` items lie before those that are bound.
struct Params { first: u32, count: u32, first_item: u32, items: u32, rows: u32, width: u32 }

@group(0) @binding(0) var<storage, read> dy: array<element>;           // [count, width]
@group(0) @binding(1) var<storage, read> ids: array<u32>;              // [count]
@group(0) @binding(2) var<storage, read_write> dtable: array<element>; // [items, width], or BY_ID [rows, width]
@group(1) @binding(0) var<uniform> params: Params;

// An id past the table took its last row.
fn row_of(n: u32) -> u32 { return min(ids[n], params.rows - 1u); }

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = workgroup_index(group, grid) * WORKGROUP_SIZE + lane;
  let item = index / params.width;
  let col = index % params.width;
  if item >= params.items { return; }
  let own = params.first_item + item;
  var row = own;
  var at = index;
  if BY_ID {
    row = row_of(own);
    at = row * params.width + col;
  }

  var sum = element();
  // Where dy is bound in ranges, all but the first add to what is there.
  if params.first > 0u { sum = dtable[at]; }
  for (var n = 0u; n < params.count; n++) {
    if row_of(n) != row { continue; }
    if BY_ID && n < own { return; }
    sum += dy[n * params.width + col];
  }
  dtable[at] = sum;
}
