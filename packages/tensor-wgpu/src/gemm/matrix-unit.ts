/** Shape of one step of a GPU's matrix units: [rows, depth] by [depth, cols], f16 in and f32 out. */
export interface MatrixUnit {
  readonly rows: number;
  readonly cols: number;
  readonly depth: number;
}

export const MATRIX_FEATURES: readonly string[] = [
  'chromium-experimental-subgroup-matrix',
  'subgroups',
  'shader-f16',
];

const PART = 32; // side of a subgroup's block, a multiple of the unit's

/** Dawn's experimental addition to an adapter's information. */
interface Config {
  readonly componentType: string;
  readonly resultComponentType: string;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

/** The largest unit that the kernel can use, if any: it needs subgroups of one known width. */
export function matrixUnitOf(
  info: GPUAdapterInfo,
  features: readonly string[],
  subgroupWidth: number | undefined,
): MatrixUnit | undefined {
  if (!subgroupWidth || !MATRIX_FEATURES.every((feature) => features.includes(feature))) return undefined;
  const { subgroupMatrixConfigs: configs = [] } = info as { subgroupMatrixConfigs?: Iterable<Config> };
  const units = [...configs]
    .filter((one) => one.componentType === 'f16' && one.resultComponentType === 'f32')
    .map(({ M, N, K }) => ({ rows: M, cols: N, depth: K }))
    .filter(({ rows, cols, depth }) => [rows, cols, depth].every((side) => side >= 4 && PART % side === 0));
  return units.sort((a, b) => b.rows * b.cols * b.depth - a.rows * a.cols * a.depth)[0];
}
