import type { Grid } from './device/command-stream.ts';
import type { Device } from './device/device.ts';
import { ShapeError } from './errors.ts';
import { BYTES, type Tensor } from './tensor.ts';

/**
 * Way to split a dispatch into several: by ranges of the units that one parameter counts. A tensor in `per` has that
 * many elements per unit, and is bound range by range; the others are bound whole, as those of q8 must be.
 */
export interface Slice<N extends string, P extends string> {
  readonly param: P;
  readonly per: Readonly<Partial<Record<N, number>>>;
  /** Units that must stay together. */
  readonly multiple?: number;
  /** Parameter that receives the first unit's index; 0 if the dispatch is not split. */
  readonly start?: P;
  /**
   * Units of a tensor that lie before the first one, and the parameter that receives how many of them are bound. Such a
   * tensor's ranges may begin anywhere, if the bytes of a unit divide the alignment of bindings.
   */
  readonly from?: Readonly<Partial<Record<N, { readonly units: number; readonly param: P }>>>;
}

/** One dispatch of those that an operation is split into. */
interface Range<P extends string> {
  readonly params: Readonly<Record<P, number>>;
  readonly grid: Grid;
  /** Bytes of the bindings, in their order. */
  readonly bindings: readonly { readonly offset: number; readonly size: number }[];
}

/** Bytes that a tensor occupies in a binding: whole vec4s, which every buffer has room for. */
function bindingBytes({ bytes }: Tensor): number {
  return Math.max(16, Math.ceil(bytes / 16) * 16);
}

/** Folds a number of workgroups into three axes, or undefined where they cannot hold it. */
export function fold(count: number, limit: number): Grid | undefined {
  if (count <= limit) return [count, 1, 1];
  const rows = Math.ceil(count / limit);
  if (rows <= limit) return [Math.ceil(count / rows), rows, 1];
  const layers = Math.ceil(rows / limit);
  return layers <= limit ? [limit, limit, layers] : undefined;
}

/** The ranges that keep every binding and the grid within the device's limits; usually one. @param ids  bindings in their order */
export function planSlices<N extends string, P extends string>(
  name: string,
  device: Device,
  ids: readonly N[],
  tensors: Readonly<Record<N, Tensor>>,
  params: Readonly<Record<P, number>>,
  groupsFor: (params: Readonly<Record<P, number>>) => number,
  slice?: Slice<N, P>,
): Range<P>[] {
  const { maxStorageBufferBindingSize: most, maxComputeWorkgroupsPerDimension: axis } = device.info.limits;
  const whole = ids.map((id) => ({ offset: 0, size: bindingBytes(tensors[id]) }));
  const gridFor = (own: Readonly<Record<P, number>>): Grid | undefined => fold(groupsFor(own), axis);
  const grid = gridFor(params);
  if (grid && whole.every(({ size }) => size <= most)) return [{ params, grid, bindings: whole }];

  for (const [i, id] of ids.entries()) {
    if (slice?.per[id] === undefined && whole[i].size > most) {
      throw new ShapeError(
        `${name}: ${id} [${tensors[id].shape}] takes ${whole[i].size} bytes in one binding, this device allows ${most}`,
      );
    }
  }
  if (!slice)
    throw new ShapeError(`${name}: ${groupsFor(params)} workgroups are more than this device allows`);

  const sliced = ids.filter((id) => slice.per[id] !== undefined);
  const bytesPer = (id: N): number => (slice.per[id] as number) * BYTES[tensors[id].dtype];
  const count = params[slice.param];
  const align = alignmentOf(device);
  const step = sliced
    .filter((id) => !slice.from?.[id])
    .reduce((unit, id) => lcm(unit, align / gcd(align, bytesPer(id))), slice.multiple ?? 1);
  const spare = (id: N): number => (slice.from?.[id] ? 16 + align : 16);
  let units = Math.min(
    ...sliced.map((id) => Math.floor((most - spare(id)) / Math.max(1, bytesPer(id)))),
    count,
  );
  units = Math.max(step, Math.floor(units / step) * step);
  const grids = (length: number): boolean => gridFor({ ...params, [slice.param]: length }) !== undefined;
  while (units > step && !grids(units)) units = Math.max(step, Math.floor(units / 2 / step) * step);
  if (!sliced.every((id) => units * bytesPer(id) <= most) || !grids(units)) {
    throw new ShapeError(`${name}: even ${step} ${slice.param} at a time are more than this device allows`);
  }

  const ranges: Range<P>[] = [];
  for (let start = 0; start < count; start += units) {
    const length = Math.min(units, count - start);
    const own: Record<P, number> = { ...params, [slice.param]: length };
    if (slice.start) own[slice.start] = start;
    const bindings = ids.map((id, i) => {
      if (slice.per[id] === undefined) return whole[i];
      const from = slice.from?.[id];
      const begin = ((from?.units ?? 0) + start) * bytesPer(id);
      const offset = Math.floor(begin / align) * align; // already aligned without `from`
      if (from) own[from.param] = (begin - offset) / bytesPer(id);
      const size = Math.max(16, Math.ceil((begin - offset + length * bytesPer(id)) / 16) * 16);
      // The last range may have less than `per` says.
      return { offset, size: Math.min(size, whole[i].size - offset) };
    });
    ranges.push({ params: own, grid: gridFor(own) as Grid, bindings });
  }
  return ranges;
}

/** Bytes that the offset of a binding is a multiple of. */
function alignmentOf(device: Device): number {
  return Math.max(16, device.info.limits.minStorageBufferOffsetAlignment);
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}

function lcm(a: number, b: number): number {
  return (a / gcd(a, b)) * b;
}
