// Four neighbouring elements at a time: as one vec4 where rows allow it, else one by one. Linked in front of kernels
// that must take both.

/** NAME_quad(i, count) in WGSL: elements i .. i+3 of the binding NAME, zero from the count-th on. */
export function quadReader(name: string, vec4: boolean): string {
  if (vec4) {
    return `alias ${name}_element = vec4f;
fn ${name}_quad(i: u32, count: u32) -> vec4f { return ${name}[i / 4u]; }`;
  }
  const rest = [1, 2, 3].map((d) => `select(0.0, ${name}[i + ${d}u], count > ${d}u)`);
  return `alias ${name}_element = f32;
fn ${name}_quad(i: u32, count: u32) -> vec4f {
  return vec4f(select(0.0, ${name}[i], count > 0u), ${rest.join(', ')});
}`;
}

/** NAME_write(i, count, value) in WGSL: stores the first `count` of four elements. */
export function quadWriter(name: string, vec4: boolean): string {
  if (vec4) {
    return `alias ${name}_element = vec4f;
fn ${name}_write(i: u32, count: u32, value: vec4f) { ${name}[i / 4u] = value; }`;
  }
  return `alias ${name}_element = f32;
fn ${name}_write(i: u32, count: u32, value: vec4f) {
  for (var d = 0u; d < min(count, 4u); d++) { ${name}[i + d] = value[d]; }
}`;
}
