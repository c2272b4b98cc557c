import type { SafetensorsDtype } from '@glip-wgpu/tensor-wgpu';

/** A run of numbers in the archive, named by its key. */
export interface StoredNumbers {
  readonly kind: 'storage';
  readonly dtype: SafetensorsDtype;
  readonly key: string;
  /** Numbers, not bytes. */
  readonly size: number;
}

/** A view of stored numbers; offset and strides count numbers. */
export interface StoredTensor {
  readonly kind: 'tensor';
  readonly storage: StoredNumbers;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** One of the few names that a checkpoint may use. It is a word of the format, not code. */
export interface GlobalName {
  readonly kind: 'global';
  readonly name: string;
  readonly dtype?: SafetensorsDtype | undefined;
}

/** A tuple; lists are arrays, dictionaries are maps. */
export interface PickleTuple {
  readonly kind: 'tuple';
  readonly items: readonly PickleValue[];
}

export type PickleKey = string | number | bigint | boolean;
export type PickleDict = Map<PickleKey, PickleValue>;
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleValue[]
  | PickleTuple
  | PickleDict
  | StoredNumbers
  | StoredTensor
  | GlobalName;

export function isTensor(value: PickleValue | undefined): value is StoredTensor {
  return isKind(value, 'tensor');
}

export function isGlobal(value: PickleValue | undefined): value is GlobalName {
  return isKind(value, 'global');
}

export function isStorage(value: PickleValue | undefined): value is StoredNumbers {
  return isKind(value, 'storage');
}

export function isKind<K extends string>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<PickleValue, { readonly kind: K }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}

export function isEmptyDict(value: PickleValue | undefined): boolean {
  return value instanceof Map && value.size === 0;
}

/** For messages. */
export function describe(value: PickleValue | undefined): string {
  if (value instanceof Map) return `a dictionary of ${value.size}`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (isGlobal(value)) return value.name;
  if (isKind(value, 'tuple')) return `(${value.items.slice(0, 6).map(describeShort).join(', ')})`;
  return describeShort(value);
}

function describeShort(value: PickleValue | undefined): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60));
  if (typeof value !== 'object' || value === null) return String(value);
  if (isGlobal(value)) return value.name;
  if (value instanceof Map) return 'a dictionary';
  return Array.isArray(value) ? 'a list' : `a ${(value as { kind: string }).kind}`;
}
