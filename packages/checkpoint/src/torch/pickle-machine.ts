import { viewOf } from './bytes.ts';
import { call, GETATTR, refuseCode } from './pickle-globals.ts';
import {
  describe,
  inert,
  isGlobal,
  isInert,
  isKind,
  PickleDict,
  type PickleKey,
  type PickleTuple,
  type PickleValue,
} from './pickle-values.ts';
import { TorchFileError, type TorchFileErrorCode } from './torch-error.ts';

export const MARK: unique symbol = Symbol('mark');
type Slot = PickleValue | typeof MARK;

/** Stack, memo and input of a pickle's opcodes. */
export class PickleMachine {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #stack: Slot[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
  }

  /** The single remaining value. */
  finish(): PickleValue {
    if (this.#at !== this.#bytes.length) {
      fail('pickle-trailing', `${this.#bytes.length - this.#at} bytes after the end`);
    }
    const value = this.pop();
    if (this.#stack.length !== 0) fail('pickle-stack', `${this.#stack.length} values are left over`);
    return value;
  }

  /** Resolves a call of the value below its arguments; nothing is run. */
  reduce(): void {
    const args = this.pop();
    const target = this.#take();
    this.push(call(target, args));
  }

  /** An object of a class, as a placeholder. Tensors are never written this way. */
  newObject(): void {
    const [target, args] = this.popSome(2);
    if (!isKind(args, 'tuple') || !isInert(target)) {
      fail(isGlobal(target) ? 'pickle-opcode' : 'pickle-call', `an object is made of ${describe(target)}`);
    }
    this.push(target);
  }

  /** Attributes: of a state dict `_metadata`, the versions of its modules, which is not needed; of an object any. */
  state(): void {
    const [target, state] = this.popSome(2);
    if (target instanceof PickleDict && target.ordered) {
      if (
        !(state instanceof PickleDict) ||
        state.fault ||
        [...state.keys()].some((key) => key !== '_metadata')
      ) {
        target.fault ??= inert(
          'a dictionary',
          'pickle-state',
          `attributes that it should not have, ${describe(state)}`,
        );
      }
    } else if (!isInert(target)) {
      fail('pickle-state', `${describe(target)} is given attributes: ${describe(state)}`);
    }
    this.push(target);
  }

  append(items: readonly PickleValue[]): void {
    const list = this.top();
    if (isInert(list)) return;
    if (!Array.isArray(list)) fail('pickle-target', `something is appended to ${describe(list)}`);
    for (const item of items) list.push(item);
  }

  setItems(items: readonly PickleValue[]): void {
    const dict = this.top();
    if (items.length % 2 !== 0) fail('pickle-stack', 'a key without a value');
    if (isInert(dict)) return;
    if (!(dict instanceof PickleDict)) fail('pickle-target', `an item is set of ${describe(dict)}`);
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i];
      if (key === null || typeof key === 'object') {
        dict.fault ??= inert('a dictionary', 'pickle-key', `${describe(key)} as a key`);
      } else if (dict.has(key as PickleKey)) {
        dict.fault ??= inert('a dictionary', 'pickle-key', `the key ${describe(key)} twice`);
      } else dict.set(key as PickleKey, items[i + 1]);
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

  /** Drops a value or a mark, left by the first attempt at a tuple that contains itself. */
  drop(): void {
    if (this.#stack.pop() === undefined) fail('pickle-stack', `a value is missing before byte ${this.#at}`);
  }

  push(slot: Slot): void {
    this.#stack.push(slot);
  }

  /** @throws TorchFileError pickle-global, for `getattr` anywhere but where it is called */
  pop(): PickleValue {
    const value = this.#take();
    if (value === GETATTR) refuseCode(GETATTR.name);
    return value;
  }

  top(): PickleValue {
    const value = this.#take();
    this.#stack.push(value);
    return value;
  }

  #take(): PickleValue {
    const slot = this.#stack.pop();
    if (slot === undefined || slot === MARK)
      fail('pickle-stack', `a value is missing before byte ${this.#at}`);
    return slot as PickleValue;
  }

  popSome(count: number): PickleValue[] {
    return Array.from({ length: count }, () => this.pop()).reverse();
  }

  popToMark(): PickleValue[] {
    const mark = this.#stack.lastIndexOf(MARK);
    if (mark < 0) fail('pickle-stack', `a mark is missing before byte ${this.#at}`);
    const values = this.#stack.splice(mark);
    if (values.includes(GETATTR)) refuseCode(GETATTR.name);
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

  float64(): PickleValue {
    return { kind: 'float', value: this.#view.getFloat64(this.skip(8), false) };
  }

  /** Advances, and returns the position before. */
  skip(count: number): number {
    const from = this.#at;
    if (from + count > this.#bytes.length) {
      fail('pickle-truncated', `${count} bytes are missing at byte ${from} of ${this.#bytes.length}`);
    }
    this.#at += count;
    return from;
  }

  /** An integer; beyond 64 bits, as in states of random generators, a placeholder. */
  long(count: number): PickleValue {
    const from = this.skip(count);
    if (count > 8) return inert('an integer', 'pickle-integer', `an integer of ${count} bytes`);
    let value = 0n;
    for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[from + i]);
    const signed = BigInt.asIntN(8 * count, value);
    return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
  }

  /** Text; anything but UTF-8, such as a file name in another encoding, becomes a placeholder. */
  text(count: number): PickleValue {
    const from = this.skip(count);
    return (
      decode(this.#bytes.subarray(from, from + count)) ??
      inert('text', 'pickle-text', 'text that is not UTF-8')
    );
  }

  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) fail('pickle-truncated', 'a name does not end');
    const from = this.#at;
    this.#at = end + 1;
    return decode(this.#bytes.subarray(from, end)) ?? fail('pickle-text', 'a name that is not UTF-8');
  }
}

export function tuple(items: readonly PickleValue[]): PickleTuple {
  return { kind: 'tuple', items };
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function fail(code: TorchFileErrorCode, message: string): never {
  throw new TorchFileError(code, message);
}
