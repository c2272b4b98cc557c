// dtable[v] = sum of dy[n] over all n that read row v, in the order of n: sums do not depend on timing. An invocation
// has a column (or four) of one row. If LINKED, it belongs to the first place of a row's id and follows `next` to the
// others (see next-ids.wgsl); rows that were not read are already zero. Otherwise it searches all ids.

override WORKGROUP_SIZE: u32 = 64u;
override LINKED = false;

const LATER = 0x80000000u; // in `next`: the row has an earlier place

// An item is a row of the table, or LINKED an id. `first` ids and `first_item` items lie before those that are bound.
struct Params { first: u32, count: u32, first_item: u32, items: u32, rows: u32, width: u32 }

@group(0) @binding(0) var<storage, read> dy: array<element>;           // [count, width]
@group(0) @binding(1) var<storage, read> ids: array<u32>;              // [count]
@group(0) @binding(2) var<storage, read> next: array<u32>;             // [count]
@group(0) @binding(3) var<storage, read_write> dtable: array<element>; // [items, width], or LINKED [rows, width]
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
  var sum = element();
  if LINKED {
    if (next[own] & LATER) != 0u { return; }
    for (var n = own; n < params.count; n = next[n] & ~LATER) { sum += dy[n * params.width + col]; }
    dtable[row_of(own) * params.width + col] = sum;
    return;
  }
  // If dy is bound in ranges, all but the first add to the earlier sums.
  if params.first > 0u { sum = dtable[index]; }
  for (var n = 0u; n < params.count; n++) {
    if row_of(n) == own { sum += dy[n * params.width + col]; }
  }
  dtable[index] = sum;
}
