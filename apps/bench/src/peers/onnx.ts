// The part of ONNX's protobuf format that models of a few nodes need: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Float32Array: float; BigInt64Array: int64. */
  readonly data: Float32Array | BigInt64Array;
}

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly ints?: Readonly<Record<string, number | readonly number[]>>;
  readonly floats?: Readonly<Record<string, number>>;
  readonly domain?: string;
}

export interface OnnxGraph {
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly outputs: Readonly<Record<string, readonly number[]>>;
  readonly constants: readonly OnnxTensor[];
  readonly nodes: readonly OnnxNode[];
}

const OPSET = 17;
const [FLOAT, INT64] = [1, 7];

/** Writes a model. */
export function writeOnnx({ inputs, outputs, constants, nodes }: OnnxGraph): Uint8Array {
  const valueInfo = ([name, shape]: [string, readonly number[]]): Uint8Array =>
    join(
      text(1, name),
      message(2, message(1, number(1, FLOAT), message(2, ...shape.map((n) => message(1, number(1, n)))))),
    );
  const graph = [
    ...nodes.map((node, i) => message(1, ...nodeFields(node, i))),
    text(2, 'graph'),
    ...constants.map((tensor) => message(5, ...tensorFields(tensor))),
    ...Object.entries(inputs).map((entry) => message(11, valueInfo(entry))),
    ...Object.entries(outputs).map((entry) => message(12, valueInfo(entry))),
  ];
  const opset = (domain: string, version: number): Uint8Array =>
    message(8, text(1, domain), number(2, version));
  return join(number(1, 8), message(7, ...graph), opset('', OPSET), opset('com.microsoft', 1));
}

function nodeFields(
  { op, inputs, outputs, ints = {}, floats = {}, domain }: OnnxNode,
  i: number,
): Uint8Array[] {
  return [
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(3, `${op} ${i}`),
    text(4, op),
    ...Object.entries(ints).map(([name, value]) =>
      typeof value === 'number'
        ? message(5, text(1, name), number(3, value), number(20, 2))
        : message(5, text(1, name), ...value.map((n) => number(8, n)), number(20, 7)),
    ),
    ...Object.entries(floats).map(([name, value]) =>
      message(
        5,
        text(1, name),
        join(varint((2 << 3) | 5), new Uint8Array(Float32Array.of(value).buffer)),
        number(20, 1),
      ),
    ),
    ...(domain ? [text(7, domain)] : []),
  ];
}

function tensorFields({ name, shape, data }: OnnxTensor): Uint8Array[] {
  const type = data instanceof Float32Array ? FLOAT : INT64;
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return [...shape.map((n) => number(1, n)), number(2, type), text(8, name), message(9, bytes)];
}

/** Varints: 7 bits per byte, lowest first; negative numbers as 64 bits. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Uint8Array.from(bytes);
}

const number = (field: number, value: number): Uint8Array => join(varint(field << 3), varint(value));

function message(field: number, ...parts: Uint8Array[]): Uint8Array {
  const content = join(...parts);
  return join(varint((field << 3) | 2), varint(content.length), content);
}

const text = (field: number, value: string): Uint8Array => message(field, new TextEncoder().encode(value));

function join(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
