import { saveFloats, saveModule, saveWeights } from './advice.ts';
import { refuseCycles } from './pickle.ts';
import {
  describe,
  type InertValue,
  isInert,
  isKind,
  isTensor,
  PickleDict,
  type PickleValue,
  type StoredTensor,
} from './pickle-values.ts';
import { TorchFileError, type TorchFileErrorCode } from './torch-error.ts';

const MAX_TENSORS = 100_000;

/** Keys under which training code saves weights, in search order. */
const KEYS = ['model', 'state_dict', 'model_state_dict'] as const;

const THE_FILE = 'the file';

/** The dictionary of weights, with its key unless it is at the top level. */
interface Found {
  readonly key?: string | undefined;
  readonly dict: PickleDict;
}

/**
 * The weights of a checkpoint: under `model`, `state_dict` or `model_state_dict`, or at the top, beside numbers and text.
 * A prefix `module.` is dropped. Nothing else in the file is examined.
 *
 * @throws TorchFileError if a weight is not a tensor
 */
export function weightsOf(root: PickleValue): Map<string, StoredTensor> {
  const { key: place, dict } = findWeights(root);
  const found = new Map<string, StoredTensor>();
  if (dict.fault) refuse(dict.fault, 'the dictionary of weights', place);
  for (const [key, value] of dict) {
    if (place === undefined && isPlain(value)) continue;
    if (typeof key !== 'string') fail('tensor-name', `${describe(key)} as the name of a tensor`);
    if (!isTensor(value)) notTensor(key, value, place);
    if (key === '' || /\p{Cc}|\p{Cs}/u.test(key))
      fail('tensor-name', `${JSON.stringify(key)} as the name of a tensor`);
    const name = withoutPrefix(key);
    if (found.has(name)) fail('duplicate-tensor', `${name} is there with and without the prefix module.`);
    found.set(name, value);
  }
  if (found.size > MAX_TENSORS) fail('tensor-name', `${found.size} tensors, at most ${MAX_TENSORS} are read`);
  return found;
}

/** Names of models trained on several GPUs start with `module.`. */
export function withoutPrefix(name: string): string {
  return name.startsWith('module.') ? name.slice('module.'.length) : name;
}

function findWeights(root: PickleValue): Found {
  if (isInert(root)) refuse(root, THE_FILE, undefined);
  if (!(root instanceof PickleDict)) {
    refuseCycles(root);
    fail('no-weights', `it holds ${describe(root)}, not a dictionary of tensors`);
  }
  const places: Found[] = KEYS.flatMap((key) => {
    const dict = root.get(key);
    return dict instanceof PickleDict ? [{ key, dict }] : [];
  });
  const all = [...places, { dict: root }];
  const found = all.find(({ dict }) => [...dict.values()].some(isTensor));
  return found ?? withoutTensors(root, places);
}

/** The most helpful reason for a file without readable tensors. */
function withoutTensors(root: PickleDict, places: readonly Found[]): Found {
  const unread = places.find(({ dict }) => dict.fault || [...dict.values()].some(refusalOf));
  if (unread) return unread;
  for (const key of KEYS) {
    const value = root.get(key);
    if (isInert(value)) refuse(value, JSON.stringify(key), key);
  }
  if (root.fault) return { dict: root };
  refuseCycles(root);
  const keys = [...root.keys()].slice(0, 10).map((key) => JSON.stringify(String(key).slice(0, 60)));
  const where = KEYS.map((key) => `"${key}"`).join(', ');
  fail('no-weights', `no tensors under ${where} or at the top; its keys are ${keys.join(', ') || 'none'}`);
}

function isPlain(value: PickleValue): boolean {
  return value === null || typeof value !== 'object' || isKind(value, 'float');
}

function notTensor(key: string, value: PickleValue, place: string | undefined): never {
  const name = JSON.stringify(key.slice(0, 100));
  const refusal = refusalOf(value);
  if (refusal) refuse(refusal, name, place);
  fail('not-a-tensor', `${name} is ${describe(value)}, expected a tensor. ${saveWeights(place)}`);
}

function refusalOf(value: PickleValue): InertValue | undefined {
  if (isInert(value)) return value;
  return value instanceof PickleDict ? value.fault : undefined;
}

function refuse({ what, code, reason }: InertValue, name: string, place: string | undefined): never {
  if (code !== 'pickle-global') fail(code, `${name}: ${reason}. ${saveWeights(place)}`);
  const isWhole = name === THE_FILE || name === JSON.stringify(place);
  const advise = isWhole ? saveModule : what.startsWith('torch.') ? saveFloats : saveWeights;
  fail(
    code,
    `${name} ${reason}; as weights only tensors are read, and no code is ever run. ${advise(place)}`,
  );
}

function fail(code: TorchFileErrorCode, message: string): never {
  throw new TorchFileError(code, message);
}
