import type { Capabilities } from '../../device/capabilities.ts';

/** Schedule of a sum over the middle axis of [outer, count, inner]: its split into invocations and dispatches. */
export interface Reduction {
  /** Columns are taken four at a time. */
  readonly vec4: boolean;
  /** Invocations that share a sum. */
  readonly parts: number;
  /** Terms of one sum; those of several chunks are reduced again. */
  readonly chunk: number;
  readonly chunks: number;
  /** Ranges that x may be bound in: of chunks, of the outer axis, or of rows of [outer * count, inner]. */
  readonly ranges: 'chunks' | 'outer' | 'rows';
}

/** Sizes of x: [outer, count, inner]. */
export interface ReducedShape {
  readonly outer: number;
  readonly count: number;
  readonly inner: number;
}

const WORKGROUP_SIZE = 64;
const ALIGNED = 64; // elements: a binding may start at a multiple of these

// `terms` of one invocation limit its rounding error and its time; `busy` invocations are enough.
const ON_CPU = { terms: 256, busy: 512 };
const ON_GPU = { terms: 64, busy: 16384 };
const NEIGHBORS = 16; // that read a row together on a GPU: their loads lie side by side
const LONG_ROW = 4096; // on a CPU barriers cost more than a second dispatch above this

export function reductionOf(info: Pick<Capabilities, 'rows' | 'limits'>, shape: ReducedShape): Reduction {
  const { outer, count, inner } = shape;
  const vec4 = inner % 4 === 0;
  const sums = Math.max(1, outer * (vec4 ? inner / 4 : inner));
  const { parts, terms } = spread(info, sums, shape);
  const longest = terms * parts;
  const even = Math.ceil(count / Math.max(1, Math.ceil(count / longest)));
  const whole = 4 * outer * count * inner <= info.limits.maxStorageBufferBindingSize;
  // Chunks of a long axis that is cut end where a binding may start.
  const aligned = longest < ALIGNED ? longest : longest - (longest % ALIGNED);
  const chunk = Math.max(1, whole || outer > 1 ? even : Math.min(even, aligned));
  const chunks = Math.max(1, Math.ceil(count / chunk));
  return { vec4, parts, chunk, chunks, ranges: rangesOf(info, shape, chunk, chunks) };
}

/** Invocations of each sum, and the most terms of one of them. */
function spread(
  { rows, limits }: Pick<Capabilities, 'rows' | 'limits'>,
  sums: number,
  { count, inner }: ReducedShape,
): { readonly parts: number; readonly terms: number } {
  const isCpu = rows === 'lane';
  if (isCpu && inner === 1 && (count > LONG_ROW || sums >= ON_CPU.busy)) {
    return { parts: 1, terms: sums >= ON_CPU.busy ? LONG_ROW : Math.ceil(Math.sqrt(count)) };
  }
  const { terms, busy } = isCpu ? ON_CPU : ON_GPU;
  if (limits.maxComputeInvocationsPerWorkgroup < WORKGROUP_SIZE) return { parts: 1, terms };
  const most = Math.min(WORKGROUP_SIZE, powerOfTwo(count / 4));
  const wanted = Math.max(busy / sums, count / terms, inner === 1 && !isCpu ? NEIGHBORS : 1);
  return { parts: Math.min(most, 2 ** Math.ceil(Math.log2(wanted))), terms };
}

function rangesOf(
  { limits }: Pick<Capabilities, 'limits'>,
  { outer, count, inner }: ReducedShape,
  chunk: number,
  chunks: number,
): Reduction['ranges'] {
  const kind = outer === 1 ? 'chunks' : 'outer';
  const [x, y] = kind === 'chunks' ? [chunk * inner, inner] : [count * inner, chunks * inner];
  const together = Math.max(unitsAligned(x), unitsAligned(y)); // powers of two
  const most = limits.maxStorageBufferBindingSize - 16;
  const isWhole = 4 * outer * count * inner <= most;
  return isWhole || 4 * together * Math.max(x, y) <= most ? kind : 'rows';
}

/** The fewest units of `size` elements that end where a binding may start. */
function unitsAligned(size: number): number {
  let units = 1;
  while ((units * size) % ALIGNED !== 0) units *= 2;
  return units;
}

/** The largest power of two that is not above x, at least 1. */
function powerOfTwo(x: number): number {
  return 2 ** Math.max(0, Math.floor(Math.log2(x)));
}
