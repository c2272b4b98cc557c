import type { DType } from '../tensor.ts';

// Access to four neighboring elements at a time: as one vector where rows allow it, else one by one. Linked ahead of
// kernels that must handle both.

/**
 * NAME_quad(i, count) in WGSL: elements i .. i+3 of the binding NAME as f32, zero from the count-th on.
 *
 * @param vec4   rows are multiples of four elements, and i is one
 * @param dtype  f32, or f16 packed in words, as every tensor of f16 is
 */
export function quadReader(name: string, vec4: boolean, dtype: DType = 'f32'): string {
  const half = dtype === 'f16';
  if (vec4) {
    return `alias ${name}_element = ${half ? 'f16x4' : 'vec4f'};
fn ${name}_quad(i: u32, count: u32) -> vec4f {
  let quad = ${name}[i / 4u];
  return ${half ? 'vec4f(unpack2x16float(quad.x), unpack2x16float(quad.y))' : 'quad'};
}`;
  }
  const value = half ? `unpack2x16float(${name}[i / 2u])[i % 2u]` : `${name}[i]`;
  const rest = [1, 2, 3].map((d) => `select(0.0, ${name}_at(i + ${d}u), count > ${d}u)`);
  return `alias ${name}_element = ${half ? 'f16x2' : 'f32'};
fn ${name}_at(i: u32) -> f32 { return ${value}; }
fn ${name}_quad(i: u32, count: u32) -> vec4f {
  return vec4f(select(0.0, ${name}_at(i), count > 0u), ${rest.join(', ')});
}`;
}

/** NAME_write(i, count, value) in WGSL: stores the first `count` of four elements, or adds them to the stored ones. */
export function quadWriter(name: string, vec4: boolean, how: 'stores' | 'adds' = 'stores'): string {
  return `alias ${name}_element = ${vec4 ? 'vec4f' : 'f32'};\n${quadStore(name, vec4, how)}`;
}

/** `quadWriter` of a binding that has a `quadReader` too. */
export function quadStore(name: string, vec4: boolean, how: 'stores' | 'adds' = 'stores'): string {
  const assign = how === 'adds' ? '+=' : '=';
  if (vec4) return `fn ${name}_write(i: u32, count: u32, value: vec4f) { ${name}[i / 4u] ${assign} value; }`;
  return `fn ${name}_write(i: u32, count: u32, value: vec4f) {
  for (var d = 0u; d < min(count, 4u); d++) { ${name}[i + d] ${assign} value[d]; }
}`;
}
