import { call } from './pickle-globals.ts';
import {
  describe,
  type PickleDict,
  type PickleKey,
  type PickleTuple,
  type PickleValue,
} from './pickle-values.ts';
import { TorchFileError, type TorchFileErrorCode } from './torch-error.ts';

export const MARK: unique symbol = Symbol('mark');
type Slot = PickleValue | typeof MARK;

/** The stack and the memo that a pickle's opcodes work on, and the bytes they read. */
export class PickleMachine {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #stack: Slot[] = [];
  readonly #memo = new Map<number, PickleValue>();
  readonly #ordered = new Set<PickleDict>();
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The one value that is left. */
  finish(): PickleValue {
    if (this.#at !== this.#bytes.length) {
      fail('pickle-trailing', `${this.#bytes.length - this.#at} bytes after the end`);
    }
    const value = this.pop();
    if (this.#stack.length !== 0) fail('pickle-stack', `${this.#stack.length} values are left over`);
    return value;
  }

  reduce(): void {
    const [target, args] = this.popSome(2);
    const value = call(target, args);
    if (value instanceof Map) this.#ordered.add(value);
    this.push(value);
  }

  /** Attributes of a state dict: `_metadata`, the versions of its modules, which is not needed. */
  state(): void {
    const [target, state] = this.popSome(2);
    const known = target instanceof Map && this.#ordered.has(target) && state instanceof Map;
    if (!known || [...state.keys()].some((key) => key !== '_metadata')) {
      fail('pickle-state', `${describe(target)} is given attributes: ${describe(state)}`);
    }
    this.push(target);
  }

  append(items: readonly PickleValue[]): void {
    const list = this.top();
    if (!Array.isArray(list)) fail('pickle-target', `something is appended to ${describe(list)}`);
    for (const item of items) list.push(item);
  }

  setItems(items: readonly PickleValue[]): void {
    const dict = this.top();
    if (!(dict instanceof Map)) fail('pickle-target', `an item is set of ${describe(dict)}`);
    if (items.length % 2 !== 0) fail('pickle-stack', 'a key without a value');
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i];
      if (key === null || typeof key === 'object') fail('pickle-key', `${describe(key)} as a key`);
      if (dict.has(key as PickleKey)) fail('pickle-key', `the key ${describe(key)} is there twice`);
      dict.set(key as PickleKey, items[i + 1]);
    }
  }

  remember(index: number): void {
    const value = this.top();
    if (this.#memo.has(index)) fail('pickle-memo', `memo ${index} is written twice`);
    this.#memo.set(index, value);
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) fail('pickle-memo', `memo ${index} was never written`);
    this.push(value);
  }

  push(slot: Slot): void {
    this.#stack.push(slot);
  }

  pop(): PickleValue {
    const slot = this.#stack.pop();
    if (slot === undefined || slot === MARK)
      fail('pickle-stack', `a value is missing before byte ${this.#at}`);
    return slot as PickleValue;
  }

  top(): PickleValue {
    const value = this.pop();
    this.#stack.push(value);
    return value;
  }

  popSome(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  popToMark(): PickleValue[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) fail('pickle-stack', `a mark is missing before byte ${this.#at}`);
    const values = this.#stack.splice(mark);
    return values.slice(1) as PickleValue[];
  }

  byte(): number {
    return this.#bytes[this.skip(1)];
  }

  uint16(): number {
    return this.#view.getUint16(this.skip(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.skip(4), true);
  }

  float64(): number {
    return this.#view.getFloat64(this.skip(8), false);
  }

  /** Moves on, and gives the position before. */
  skip(count: number): number {
    const from = this.#at;
    if (from + count > this.#bytes.length) {
      fail('pickle-truncated', `${count} bytes are missing at byte ${from} of ${this.#bytes.length}`);
    }
    this.#at += count;
    return from;
  }

  long(count: number): number | bigint {
    if (count > 8) fail('pickle-integer', `an integer of ${count} bytes`);
    const from = this.skip(count);
    let value = 0n;
    for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[from + i]);
    const signed = BigInt.asIntN(8 * count, value);
    return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
  }

  text(count: number): string {
    const from = this.skip(count);
    return decode(this.#bytes.subarray(from, from + count));
  }

  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) fail('pickle-truncated', 'a name does not end');
    const from = this.#at;
    this.#at = end + 1;
    return decode(this.#bytes.subarray(from, end));
  }
}

export function tuple(items: readonly PickleValue[]): PickleTuple {
  return { kind: 'tuple', items };
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    fail('pickle-text', 'text that is not UTF-8');
  }
}

function fail(code: TorchFileErrorCode, message: string): never {
  throw new TorchFileError(code, message);
}
