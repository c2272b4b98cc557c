import type { SafetensorsDtype } from '@glip-wgpu/tensor-wgpu';
import type { TorchFileErrorCode } from './torch-error.ts';

/** A storage in the archive, named by its key. */
export interface StoredNumbers {
  readonly kind: 'storage';
  readonly dtype: SafetensorsDtype;
  readonly key: string;
  /** Number of elements, not bytes. */
  readonly size: number;
}

/** A view of a storage; offset and strides count elements. */
export interface StoredTensor {
  readonly kind: 'tensor';
  readonly storage: StoredNumbers;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

/** One of the few names used to write tensors. It is a word of the format, not code. */
export interface GlobalName {
  readonly kind: 'global';
  readonly name: string;
  readonly dtype?: SafetensorsDtype | undefined;
}

/** A floating-point number; a separate type, so that 4.0 is never mistaken for a size. */
export interface PickleFloat {
  readonly kind: 'float';
  readonly value: number;
}

/** A tuple; lists are arrays, dictionaries are maps. */
export interface PickleTuple {
  readonly kind: 'tuple';
  readonly items: readonly PickleValue[];
}

/** A placeholder for anything besides weights: an object, a function, an oversized number. */
export interface InertValue {
  readonly kind: 'inert';
  /** Its Python name, for messages. */
  readonly what: string;
  /** Error code and reason if it appears in place of a weight. */
  readonly code: TorchFileErrorCode;
  readonly reason: string;
}

export type PickleKey = string | number | bigint | boolean;
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleValue[]
  | PickleTuple
  | PickleFloat
  | PickleDict
  | StoredNumbers
  | StoredTensor
  | GlobalName
  | InertValue;

/** A dictionary, plain or ordered. As a map, no key of it can reach an object's prototype. */
export class PickleDict extends Map<PickleKey, PickleValue> {
  readonly ordered: boolean;
  /** The first property that disqualifies it as a dictionary of weights. */
  fault: InertValue | undefined;

  constructor(ordered = false) {
    super();
    this.ordered = ordered;
  }
}

export function inert(what: string, code: TorchFileErrorCode, reason: string): InertValue {
  return { kind: 'inert', what, code, reason };
}

export function isInert(value: PickleValue | undefined): value is InertValue {
  return isKind(value, 'inert');
}

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
  return value instanceof PickleDict && value.size === 0 && value.fault === undefined;
}

/** For messages. */
export function describe(value: PickleValue | undefined): string {
  if (value instanceof PickleDict) return `a dictionary of ${value.size}`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (isKind(value, 'tuple')) return `(${value.items.slice(0, 6).map(describeShort).join(', ')})`;
  return describeShort(value);
}

function describeShort(value: PickleValue | undefined): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60));
  if (typeof value !== 'object' || value === null) return String(value).slice(0, 60);
  if (value instanceof PickleDict) return 'a dictionary';
  if (Array.isArray(value)) return 'a list';
  if (value.kind === 'global') return value.name;
  if (value.kind === 'inert') return value.what;
  if (value.kind !== 'float') return `a ${value.kind}`;
  return Number.isInteger(value.value) ? value.value.toFixed(1) : String(value.value);
}
