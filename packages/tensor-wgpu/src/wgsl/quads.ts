import { Q8_GROUP } from '../q8.ts';
import type { DType } from '../tensor.ts';

// Access to four neighboring elements at a time: as one vector where rows allow it, else one by one. Linked ahead of
// kernels that must handle both.

/** Words that hold f32, f16 or q8: the type of a binding's elements, and their numbers. */
interface Reading {
  /** Type of one element, and of four. */
  readonly types: readonly [one: string, four: string];
  /** Element `i` of NAME. */
  one(name: string): string;
  /** The four elements in `quad`. */
  readonly four: string;
}

const F32: Reading = { types: ['f32', 'vec4f'], one: (name) => `${name}[i]`, four: 'quad' };

const READINGS: Readonly<Partial<Record<DType, Reading>>> = {
  f16: {
    types: ['f16x2', 'f16x4'],
    one: (name) => `unpack2x16float(${name}[i / 2u])[i % 2u]`,
    four: 'vec4f(unpack2x16float(quad.x), unpack2x16float(quad.y))',
  },
  // Shifted left, then right with the sign: exact on every device, unlike unpack4x8snorm.
  q8: {
    types: ['q8x4', 'q8x4'],
    one: (name) => `f32((bitcast<i32>(${name}[i / 4u]) << (24u - i % 4u * 8u)) >> 24u)`,
    four: 'vec4f((vec4i(bitcast<i32>(quad)) << vec4u(24u, 16u, 8u, 0u)) >> vec4u(24u))',
  },
};

/**
 * NAME_quad(i, count) in WGSL: elements i .. i+3 of the binding NAME as f32, zero from the count-th on. Those of q8 are
 * integers, to be multiplied by their NAME_scale.
 *
 * @param vec4   rows are multiples of four elements, and i is one
 * @param dtype  f32, or f16 or q8 packed in words, as every tensor of them is
 */
export function quadReader(name: string, vec4: boolean, dtype: DType = 'f32'): string {
  const { types, one, four } = READINGS[dtype] ?? F32;
  if (vec4) {
    return `alias ${name}_element = ${types[1]};
fn ${name}_quad(i: u32, count: u32) -> vec4f {
  let quad = ${name}[i / 4u];
  return ${four};
}`;
  }
  const rest = [1, 2, 3].map((d) => `select(0.0, ${name}_at(i + ${d}u), count > ${d}u)`);
  return `alias ${name}_element = ${types[0]};
fn ${name}_at(i: u32) -> f32 { return ${one(name)}; }
fn ${name}_quad(i: u32, count: u32) -> vec4f {
  return vec4f(select(0.0, ${name}_at(i), count > 0u), ${rest.join(', ')});
}`;
}

/**
 * NAME_scale(start, i) in WGSL: scale i of the binding NAME, whose scales begin at the word `start`; 1 unless it is q8,
 * which the constant NAME_SCALED says, in capitals. A row of `length` has NAME_groups(length) scales, one for NAME_GROUP
 * elements.
 */
export function scaleReader(name: string, dtype: DType = 'f32'): string {
  const scaled = dtype === 'q8';
  const value = scaled ? `unpack2x16float(${name}[start + i / 2u])[i % 2u]` : '1.0';
  return `const ${name.toUpperCase()}_SCALED = ${scaled};
const ${name.toUpperCase()}_GROUP = ${Q8_GROUP}u;
fn ${name}_groups(length: u32) -> u32 { return (length + ${Q8_GROUP - 1}u) / ${Q8_GROUP}u; }
fn ${name}_scale(start: u32, i: u32) -> f32 { return ${value}; }`;
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
