import type { SafetensorsDtype } from '@glip-wgpu/tensor-wgpu';
import { runsCode } from './code-names.ts';
import {
  describe,
  type GlobalName,
  type InertValue,
  inert,
  isEmptyDict,
  isGlobal,
  isInert,
  isKind,
  isStorage,
  isTensor,
  PickleDict,
  type PickleValue,
  type StoredNumbers,
  type StoredTensor,
} from './pickle-values.ts';
import { TorchFileError } from './torch-error.ts';

const ORDERED_DICT = 'collections.OrderedDict';
const TENSOR = 'torch._utils._rebuild_tensor_v2';
const PARAMETER = 'torch._utils._rebuild_parameter';
const SIZE = 'torch.Size';
const STORAGES: readonly (readonly [name: string, dtype: SafetensorsDtype])[] = [
  ['torch.FloatStorage', 'F32'],
  ['torch.HalfStorage', 'F16'],
  ['torch.BFloat16Storage', 'BF16'],
  ['torch.DoubleStorage', 'F64'],
  ['torch.LongStorage', 'I64'],
  ['torch.IntStorage', 'I32'],
  ['torch.ShortStorage', 'I16'],
  ['torch.CharStorage', 'I8'],
  ['torch.ByteStorage', 'U8'],
  ['torch.BoolStorage', 'BOOL'],
];

const GLOBALS = new Map<string, GlobalName>(
  [...[ORDERED_DICT, TENSOR, PARAMETER, SIZE].map((name) => [name, undefined] as const), ...STORAGES].map(
    ([name, dtype]) => [name, { kind: 'global', name, dtype }],
  ),
);

/** `getattr`, with which protocol 2 writes methods and inner classes. It may only be called. */
export const GETATTR: GlobalName = { kind: 'global', name: 'builtins.getattr' };

/**
 * The value that a name stands for: a word of the format, or a placeholder.
 *
 * @throws TorchFileError pickle-global, for a name that exists to run code
 */
export function globalName(module: string, name: string): GlobalName | InertValue {
  const path = `${module}.${name}`;
  const known = GLOBALS.get(path);
  if (known) return known;
  if (path === 'builtins.getattr' || path === '__builtin__.getattr') return GETATTR;
  if (runsCode(module, name)) refuseCode(path);
  const shown = shownName(path);
  return inert(shown, 'pickle-global', `is made by "${shown}"`);
}

/** @throws TorchFileError pickle-global */
export function refuseCode(path: string): never {
  throw new TorchFileError(
    'pickle-global',
    `it names "${shownName(path)}", which would run code in whoever opens the file with PyTorch. Nothing of it was run here; do not use this file`,
  );
}

function shownName(path: string): string {
  return JSON.stringify(path.slice(0, 200)).slice(1, -1);
}

/**
 * The value of a call. A call that creates no tensor, or with unexpected arguments, gives a placeholder.
 *
 * @throws TorchFileError pickle-call, if the called value is not callable; pickle-global
 */
export function call(target: PickleValue, args: PickleValue): PickleValue {
  const items = tupleItems(args, 'pickle-call');
  if (isInert(target)) return target;
  if (!isGlobal(target)) throw new TorchFileError('pickle-call', `${describe(target)} is called`);
  if (target === GETATTR) return attribute(items);
  try {
    return made(target, items);
  } catch (error) {
    if (!(error instanceof TorchFileError)) throw error;
    return inert(target.name, error.code, error.reason);
  }
}

/** A method or inner class, by name. */
function attribute(items: readonly PickleValue[]): InertValue {
  const [owner, name] = items;
  const fits = items.length === 2 && isInert(owner) && typeof name === 'string' && /^\w+$/.test(name);
  if (!fits || runsCode(owner.what, name)) refuseCode(GETATTR.name);
  return inert(`${owner.what}.${name}`.slice(0, 200), owner.code, owner.reason);
}

function made(target: GlobalName, items: readonly PickleValue[]): PickleValue {
  switch (target.name) {
    case ORDERED_DICT:
      if (items.length !== 0) break;
      return new PickleDict(true);
    case SIZE:
      if (items.length !== 1) break;
      return { kind: 'tuple', items: integers(items[0], 'tensor-shape') };
    case TENSOR:
      return isInert(items[0]) ? items[0] : tensor(items);
    case PARAMETER: {
      const [data, requiresGrad, hooks] = items;
      if (isInert(data)) return data;
      if (items.length !== 3 || !isTensor(data) || typeof requiresGrad !== 'boolean' || !isEmptyDict(hooks))
        break;
      return data;
    }
  }
  throw new TorchFileError(
    'pickle-call',
    `${target.name} is called with ${items.length} arguments that do not fit`,
  );
}

/**
 * The storage that a persistent id names: ('storage', type, key, location, size).
 *
 * @throws TorchFileError pickle-persistent-id
 */
export function storage(id: PickleValue): StoredNumbers | InertValue {
  const items = tupleItems(id, 'pickle-persistent-id');
  const [tag, type, key, location, size] = items;
  const dtype = isGlobal(type) ? type.dtype : undefined;
  const known =
    items.length === 5 &&
    tag === 'storage' &&
    (dtype !== undefined || isInert(type)) &&
    typeof key === 'string' &&
    /^[0-9]{1,10}$/.test(key) &&
    typeof location === 'string' &&
    isCount(size);
  if (!known) throw new TorchFileError('pickle-persistent-id', `${describe(id)} names no stored numbers`);
  if (dtype !== undefined) return { kind: 'storage', dtype, key, size: size as number };
  const what = describe(type);
  return inert(what, 'pickle-global', `holds numbers of a kind that is not read, "${what}"`);
}

function tensor(items: readonly PickleValue[]): StoredTensor {
  const [numbers, offset, size, stride, requiresGrad, hooks] = items;
  if (items.length !== 6 || !isStorage(numbers) || typeof requiresGrad !== 'boolean' || !isEmptyDict(hooks)) {
    throw new TorchFileError('pickle-call', `a tensor is made from ${items.map(describe).join(', ')}`);
  }
  if (!isCount(offset)) throw new TorchFileError('tensor-bounds', `a tensor starts at ${describe(offset)}`);
  const shape = integers(size, 'tensor-shape');
  const strides = integers(stride, 'tensor-stride');
  checkExtent(numbers, offset as number, shape, strides);
  return { kind: 'tensor', storage: numbers, offset: offset as number, shape, strides };
}

const MAX_RANK = 32;

function checkExtent(
  numbers: StoredNumbers,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): void {
  const what = `a tensor of [${shape}] with strides [${strides}]`;
  if (shape.length > MAX_RANK) throw new TorchFileError('tensor-shape', `a tensor of ${shape.length} axes`);
  if (strides.length !== shape.length) throw new TorchFileError('tensor-stride', what);
  const size = shape.reduce((product, length) => product * length, 1);
  const last = shape.reduce((sum, length, axis) => sum + (length - 1) * strides[axis], offset);
  if (!Number.isSafeInteger(size))
    throw new TorchFileError('tensor-shape', `${what} is too large to address`);
  if (size > 0 && !(last < numbers.size)) {
    throw new TorchFileError(
      'tensor-bounds',
      `${what} from ${offset} on reaches past its ${numbers.size} numbers`,
    );
  }
  if (offset > numbers.size) {
    throw new TorchFileError('tensor-bounds', `${what} starts at ${offset} of ${numbers.size} numbers`);
  }
  if (size > numbers.size) {
    throw new TorchFileError(
      'tensor-stride',
      `${what} shows some of its ${numbers.size} numbers several times`,
    );
  }
}

function integers(value: PickleValue, code: 'tensor-shape' | 'tensor-stride'): number[] {
  const items = tupleItems(value, code);
  if (!items.every(isCount)) throw new TorchFileError(code, `${describe(value)} holds what is no length`);
  return items as number[];
}

function isCount(value: PickleValue): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0);
}

function tupleItems(
  value: PickleValue,
  code: 'pickle-call' | 'pickle-persistent-id' | 'tensor-shape' | 'tensor-stride',
) {
  if (isKind(value, 'tuple')) return value.items;
  throw new TorchFileError(code, `${describe(value)} where a tuple is expected`);
}
