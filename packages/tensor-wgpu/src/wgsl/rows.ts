import type { Device } from '../device/device.ts';
import { quadReader, quadStore, quadWriter } from './quads.ts';
import lane from './row-lane.wgsl';
import subgroup from './row-subgroup.wgsl';
import workgroup from './row-workgroup.wgsl';

const SCHEDULES = { lane, subgroup, workgroup } as const;
const INVOCATIONS = { lane: 8, workgroup: 64 } as const;

/** Layout of rows of one length on the invocations of a device. */
export interface RowLayout {
  /** Distinguishes layouts. */
  readonly key: string;
  readonly kind: keyof typeof SCHEDULES;
  /** Invocations of a workgroup. */
  readonly size: number;
  /** Invocations that share a row. */
  readonly lanes: number;
  /** Rows are multiples of four elements: read and written as vec4. */
  readonly vec4: boolean;
}

/** The layout of rows of `cols` elements. */
export function rowLayout(device: Device, cols: number): RowLayout {
  const { rows: kind, limits, subgroupWidth = 1 } = device.info;
  const most = Math.min(limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX);
  const wanted = kind === 'subgroup' ? subgroupWidth : INVOCATIONS[kind];
  const size = Math.min(wanted, powerOfTwo(most));
  // Two quads a lane, at least: then a row's sums cost less than its loads.
  const lanes = kind === 'lane' ? 1 : Math.min(size, powerOfTwo(Math.max(1, cols / 8)));
  const vec4 = cols % 4 === 0;
  return { key: `${kind} ${size} ${lanes} ${vec4 ? 'vec4' : 'f32'}`, kind, size, lanes, vec4 };
}

/**
 * Sources of a kernel that works row by row. They hold the entry point, and call the kernel's each_row(row, lane), which
 * visits quads lane % ROW_LANES, and every ROW_LANES-th from there.
 *
 * @param reads   bindings that the kernel reads in quads
 * @param writes  bindings that it writes in quads; those that it does both with are in both lists
 * @param kernel  the kernel's own WGSL
 */
export function rowSources(
  { kind, size, lanes, vec4 }: RowLayout,
  reads: readonly string[],
  writes: readonly string[],
  kernel: string,
): string[] {
  const quads = [
    ...reads.map((id) => quadReader(id, vec4)),
    ...writes.map((id) => (reads.includes(id) ? quadStore : quadWriter)(id, vec4)),
  ];
  // inside(c): true for those of elements c .. c+3 that belong to a row.
  const inside = `fn inside(c: u32) -> vec4<bool> {
  return ${vec4 ? 'vec4<bool>(true)' : `vec4u(c, c + 1u, c + 2u, c + 3u) < vec4u(params.cols)`};
}`;
  const sizes = `const WORKGROUP_SIZE = ${size}u;${kind === 'lane' ? '' : `\nconst ROW_LANES = ${lanes}u;`}`;
  return [sizes, ...quads, inside, kernel, SCHEDULES[kind]];
}

/** The largest power of two that is not above x. */
function powerOfTwo(x: number): number {
  return 2 ** Math.floor(Math.log2(x));
}
