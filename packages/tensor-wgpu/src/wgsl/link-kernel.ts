const PARAMS_BINDING = '@group(1) @binding(0)';

/**
 * Linked ahead of every kernel: the index of a workgroup in a grid that was folded at the device's limit, and types for
 * words that hold f16, which unpack2x16float reads on every device, or four integers of 8 bits.
 */
const PRELUDE = `
alias f16x2 = u32;
alias f16x4 = vec2u;
alias q8x4 = u32;

fn workgroup_index(group: vec3u, grid: vec3u) -> u32 {
  return group.x + grid.x * (group.y + grid.y * group.z);
}
`;

/** Parts of a kernel's definition that its module consists of. */
interface Linked {
  readonly wgsl: readonly string[];
  readonly enables?: readonly string[];
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

/**
 * The module that is compiled for a kernel: its directives, the prelude and its sources. The parameters, a group of their
 * own in the sources, become the last binding of the tensors' group: one group to set for each dispatch instead of two.
 */
export function linkKernel({ wgsl, enables = [], reads, writes }: Linked): string {
  const directives = enables.map((feature) => `enable ${feature};\n`).join('');
  const binding = `@group(0) @binding(${reads.length + writes.length})`;
  return directives + PRELUDE + wgsl.join('\n').replace(PARAMS_BINDING, binding);
}
