import { KernelError } from '../errors.ts';
import type { DType } from '../tensor.ts';

interface Declared {
  readonly name: string;
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly params: Readonly<Record<string, string>>;
}

const BINDING =
  /@group\(0\)\s*@binding\((\d+)\)\s*var<storage,\s*(read|read_write)>\s*(\w+)\s*:\s*array<([\w<>]+?)>\s*;/g;
const ELEMENT: readonly (readonly [RegExp, DType])[] = [
  [/^(f32|vec[234]f)$/, 'f32'],
  [/^(f16|vec[234]h|f16x[24])$/, 'f16'],
  [/^q8x4$/, 'q8'],
  [/^(u32|vec[234]u|atomic<u32>)$/, 'u32'],
  [/^(i32|vec[234]i)$/, 'i32'],
];

/**
 * Checks that WGSL and TypeScript declare the same tensors and parameters in the same order.
 *
 * @returns the element type of each binding; an alias (`alias Element = f32;`) is resolved, and f16x2 and f16x4 are
 *   halves packed in words, q8x4 are integers of 8 bits
 */
export function verifyWgsl(kernel: Declared, code: string): DType[] {
  const found = [...code.matchAll(BINDING)];
  const inTs = [
    ...kernel.reads.map((id) => `read ${id}`),
    ...kernel.writes.map((id) => `read_write ${id}`),
  ].map((entry, index) => `${index} ${entry}`);
  compare(
    kernel.name,
    'bindings',
    found.map(([, index, access, id]) => `${index} ${access} ${id}`),
    inTs,
  );

  const struct = /struct Params\s*\{([^}]*)\}/.exec(code)?.[1] ?? '';
  const members = [...struct.matchAll(/(\w+)\s*:\s*(\w+)/g)].map(([, id, type]) => `${id}: ${type}`);
  const fields = Object.entries(kernel.params).map(([id, type]) => `${id}: ${type}`);
  compare(kernel.name, 'Params', members, fields);

  return found.map(([, , , id, type]) => {
    const resolved = new RegExp(`alias ${type}\\s*=\\s*(\\w+)`).exec(code)?.[1] ?? type;
    const dtype = ELEMENT.find(([pattern]) => pattern.test(resolved))?.[1];
    if (!dtype)
      throw new KernelError(
        `${kernel.name}: ${id} has elements of type ${type}, which is no dtype of tensors`,
      );
    return dtype;
  });
}

function compare(name: string, what: string, wgsl: readonly string[], ts: readonly string[]): void {
  if (`${wgsl}` === `${ts}`) return;
  throw new KernelError(`${name}: ${what} differ\n  wgsl: ${wgsl.join(', ')}\n  ts:   ${ts.join(', ')}`);
}
