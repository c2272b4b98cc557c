import type { SafetensorsDtype } from '@glip-wgpu/tensor-wgpu';
import {
  describe,
  type GlobalName,
  isEmptyDict,
  isGlobal,
  isKind,
  isStorage,
  isTensor,
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
  ['torch.ByteStorage', 'U8'],
  ['torch.BoolStorage', 'BOOL'],
];

const GLOBALS = new Map<string, GlobalName>(
  [...[ORDERED_DICT, TENSOR, PARAMETER, SIZE].map((name) => [name, undefined] as const), ...STORAGES].map(
    ([name, dtype]) => [name, { kind: 'global', name, dtype }],
  ),
);

/** @throws TorchFileError pickle-global for every name that is not one of the twelve */
export function globalName(module: string, name: string): GlobalName {
  const known = GLOBALS.get(`${module}.${name}`);
  if (known) return known;
  const shown = JSON.stringify(`${module}.${name}`.slice(0, 100));
  throw new TorchFileError(
    'pickle-global',
    `it names ${shown}; only tensors, dictionaries, lists, text and numbers are read, and no code is ever run. ${RESAVE}`,
  );
}

/** What to do with a file that holds more than weights. */
export const RESAVE =
  'Where you trust the file, save its weights alone: torch.save({"model": torch.load(PATH, map_location="cpu")["model"]}, NEW)';

/** What a call of one of the names gives. @throws TorchFileError pickle-call, tensor-* */
export function call(target: PickleValue, args: PickleValue): PickleValue {
  const items = tupleItems(args, 'pickle-call');
  switch (isGlobal(target) ? target.name : '') {
    case ORDERED_DICT:
      if (items.length !== 0) break;
      return new Map();
    case SIZE:
      if (items.length !== 1) break;
      return { kind: 'tuple', items: integers(items[0], 'tensor-shape') };
    case TENSOR:
      return tensor(items);
    case PARAMETER: {
      const [data, requiresGrad, hooks] = items;
      if (items.length !== 3 || !isTensor(data) || typeof requiresGrad !== 'boolean' || !isEmptyDict(hooks))
        break;
      return data;
    }
  }
  throw new TorchFileError(
    'pickle-call',
    `${describe(target)} is called with ${items.length} arguments that do not fit`,
  );
}

/** The storage that a persistent id names: ('storage', type, key, location, size). */
export function storage(id: PickleValue): StoredNumbers {
  const [tag, type, key, location, size] = tupleItems(id, 'pickle-persistent-id');
  const dtype = isGlobal(type) ? type.dtype : undefined;
  const known =
    tag === 'storage' &&
    dtype !== undefined &&
    typeof key === 'string' &&
    /^[0-9]{1,10}$/.test(key) &&
    typeof location === 'string' &&
    isCount(size);
  if (!known || tupleItems(id, 'pickle-persistent-id').length !== 5) {
    throw new TorchFileError('pickle-persistent-id', `${describe(id)} names no stored numbers`);
  }
  return { kind: 'storage', dtype, key, size: size as number };
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
