import type { Device } from '../device.ts';
import { quadReader, quadWriter } from './quads.ts';
import reduce from './reduce.wgsl';
import lane from './row-lane.wgsl';
import workgroup from './row-workgroup.wgsl';

const LANES = 64;

/** How a kernel that works row by row is spread over invocations on a device, and what it links for that. */
export interface RowSchedule {
  readonly variant: string;
  readonly wgsl: readonly string[];
  readonly workgroupSize: number;
  workgroups(rows: number): number;
}

/** @param vec4  whether rows are multiples of four elements */
export function rowSchedule(
  device: Device,
  vec4: boolean,
  reads: readonly string[],
  writes: readonly string[],
): RowSchedule {
  const { rows: kind, limits } = device.info;
  const most = Math.min(limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX);
  const fitting = 2 ** Math.floor(Math.log2(most)); // workgroup_sum halves it again and again
  const workgroupSize = Math.min(kind === 'lane' ? 8 : LANES, fitting);
  const quads = [...reads.map((id) => quadReader(id, vec4)), ...writes.map((id) => quadWriter(id, vec4))];
  const size = `const WORKGROUP_SIZE = ${workgroupSize}u;`;
  return {
    variant: `${kind} ${workgroupSize} ${vec4 ? 'vec4' : 'f32'}`,
    wgsl: [size, ...quads, ...(kind === 'lane' ? [lane] : [reduce, workgroup])],
    workgroupSize,
    workgroups: (rows) => (kind === 'lane' ? Math.ceil(rows / workgroupSize) : rows),
  };
}
