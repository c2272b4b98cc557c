import { SAVE_AGAIN } from './advice.ts';
import { globalName, storage } from './pickle-globals.ts';
import { MARK, PickleMachine, tuple } from './pickle-machine.ts';
import { isKind, PickleDict, type PickleValue } from './pickle-values.ts';
import { TorchFileError, type TorchFileErrorCode } from './torch-error.ts';

const MAX_BYTES = 256_000_000; // NumPy arrays are stored in the pickle itself
const MAX_OPCODES = 16_000_000;
const MAX_DEPTH = 64;
const PROTO = 0x80;
const STOP = 0x2e;

/** Opcodes that torch.save writes, besides PROTO and STOP. https://docs.python.org/3/library/pickletools.html */
// biome-ignore format: one opcode a line
const OPCODES = new Map<string, (m: PickleMachine) => void>([
  ['(', (m) => m.push(MARK)],
  ['0', (m) => m.drop()],
  ['1', (m) => void m.popToMark()],
  ['N', (m) => m.push(null)],
  ['\x88', (m) => m.push(true)],
  ['\x89', (m) => m.push(false)],
  ['K', (m) => m.push(m.byte())],
  ['M', (m) => m.push(m.uint16())],
  ['J', (m) => m.push(m.int32())],
  ['\x8a', (m) => m.push(m.long(m.byte()))],
  ['\x8b', (m) => m.push(m.long(m.uint32()))],
  ['G', (m) => m.push(m.float64())],
  ['X', (m) => m.push(m.text(m.uint32()))],
  ['}', (m) => m.push(new PickleDict())],
  [']', (m) => m.push([])],
  [')', (m) => m.push(tuple([]))],
  ['t', (m) => m.push(tuple(m.popToMark()))],
  ['\x85', (m) => m.push(tuple(m.popSome(1)))],
  ['\x86', (m) => m.push(tuple(m.popSome(2)))],
  ['\x87', (m) => m.push(tuple(m.popSome(3)))],
  ['a', (m) => m.append(m.popSome(1))],
  ['e', (m) => m.append(m.popToMark())],
  ['s', (m) => m.setItems(m.popSome(2))],
  ['u', (m) => m.setItems(m.popToMark())],
  ['q', (m) => m.remember(m.byte())],
  ['r', (m) => m.remember(m.uint32())],
  ['h', (m) => m.recall(m.byte())],
  ['j', (m) => m.recall(m.uint32())],
  ['c', (m) => m.push(globalName(m.line(), m.line()))],
  ['R', (m) => m.reduce()],
  ['\x81', (m) => m.newObject()],
  ['b', (m) => m.state()],
  ['Q', (m) => m.push(storage(m.pop()))],
]);

/**
 * Reads a pickle of protocol 2 as torch.save writes it. Tensors, dictionaries, lists, text and numbers become values;
 * everything else that a name creates becomes a placeholder, and nothing is run.
 *
 * @throws TorchFileError pickle-*, for anything torch.save does not write, and for names that exist to run code
 */
export function unpickle(bytes: Uint8Array): PickleValue {
  if (bytes.length > MAX_BYTES)
    fail('pickle-size', `a pickle of ${bytes.length} bytes, at most ${MAX_BYTES} are read`);
  const machine = new PickleMachine(bytes);
  if (machine.byte() !== PROTO) fail('pickle-protocol', 'its data.pkl does not start as a pickle');
  const protocol = machine.byte();
  if (protocol !== 2) {
    fail(
      'pickle-protocol',
      `pickle protocol ${protocol}; torch.save writes 2 unless told otherwise. ${SAVE_AGAIN}`,
    );
  }
  let count = 0;
  for (let opcode = machine.byte(); opcode !== STOP; opcode = machine.byte()) {
    const run = OPCODES.get(String.fromCharCode(opcode));
    if (!run) fail('pickle-opcode', `opcode 0x${opcode.toString(16).padStart(2, '0')} is not allowed`);
    if (++count > MAX_OPCODES) fail('pickle-size', `a pickle of more than ${MAX_OPCODES} opcodes`);
    run(machine);
  }
  return machine.finish();
}

/**
 * Walks every list, tuple and dictionary once, without recursion.
 *
 * @throws TorchFileError pickle-cycle, pickle-depth
 */
export function refuseCycles(root: PickleValue): void {
  const open = new Set<PickleValue>();
  const done = new Set<PickleValue>();
  const path: { readonly value: PickleValue; readonly rest: Iterator<PickleValue> }[] = [];
  const enter = (value: PickleValue): void => {
    const inner = children(value);
    if (!inner || done.has(value)) return;
    if (open.has(value)) fail('pickle-cycle', 'a list or dictionary holds itself');
    if (path.length >= MAX_DEPTH)
      fail('pickle-depth', `more than ${MAX_DEPTH} levels of lists and dictionaries`);
    open.add(value);
    path.push({ value, rest: inner[Symbol.iterator]() });
  };
  enter(root);
  while (path.length > 0) {
    const { value, rest } = path[path.length - 1];
    const next = rest.next();
    if (!next.done) enter(next.value);
    else {
      path.pop();
      open.delete(value);
      done.add(value);
    }
  }
}

function children(value: PickleValue): Iterable<PickleValue> | undefined {
  if (Array.isArray(value)) return value;
  if (value instanceof PickleDict) return value.values();
  return isKind(value, 'tuple') ? value.items : undefined;
}

function fail(code: TorchFileErrorCode, message: string): never {
  throw new TorchFileError(code, message);
}
