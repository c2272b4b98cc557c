import { fromPlanar, mergeHeads, permute, splitHeads, toPlanar } from './layouts.ts';
import type { OnnxGraph, OnnxNode, OnnxTensor } from './onnx.ts';
import { type Forward, f32, type Inputs, outputShape } from './peer.ts';

/** An operation in ONNX, with the layout of its tensors. */
export interface OrtGraph extends OnnxGraph {
  readonly feeds: Readonly<Record<string, Float32Array>>;
  /** Converts the result to our layout. */
  fromResult(y: ArrayLike<number>): ArrayLike<number>;
}

/** The name of the whole result, and of its last four numbers. */
export const WHOLE = 'y';
export const LAST = 'last';

/** @param fused  attention as one MultiHeadAttention node */
export function graphOf(operation: Forward, inputs: Inputs, fused: boolean): OrtGraph | undefined {
  if (fused && operation.op !== 'attention') return undefined;
  const x = Object.fromEntries(Object.entries(inputs).map(([name, array]) => [name, f32(array)]));
  switch (operation.op) {
    case 'matmul': {
      const { m, k, n } = operation;
      const b = constant('b', [k, n], x['b']);
      const nodes = [{ op: 'MatMul', inputs: ['a', 'b'], outputs: [WHOLE] }];
      return graph({ a: [m, k] }, { a: x['a'] }, [m, n], [b], nodes);
    }
    case 'conv': {
      const { height: h, width: w, channels: c } = operation;
      const shape = outputShape(operation);
      const weight = constant('weight', [c, c, 3, 3], permute(x['weight'], [c, 3, 3, c], [0, 3, 1, 2]));
      const ints = { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [1, 1] };
      const nodes = [{ op: 'Conv', inputs: ['x', 'weight'], outputs: [WHOLE], ints }];
      const feeds = { x: toPlanar(x['x'], shape) };
      return graph({ x: [1, c, h, w] }, feeds, [1, c, h, w], [weight], nodes, (y) => fromPlanar(y, shape));
    }
    case 'attention':
      return fused ? fusedAttention(operation, x) : attention(operation, x);
    case 'softmax': {
      const shape = [operation.rows, operation.cols];
      const nodes = [{ op: 'Softmax', inputs: ['x'], outputs: [WHOLE], ints: { axis: -1 } }];
      return graph({ x: shape }, { x: x['x'] }, shape, [], nodes);
    }
    case 'layerNorm': {
      const { rows, cols } = operation;
      const constants = ['weight', 'bias'].map((name) => constant(name, [cols], x[name]));
      const node = { op: 'LayerNormalization', inputs: ['x', 'weight', 'bias'], outputs: [WHOLE] };
      const nodes = [{ ...node, ints: { axis: -1 }, floats: { epsilon: 1e-5 } }];
      return graph({ x: [rows, cols] }, { x: x['x'] }, [rows, cols], constants, nodes);
    }
  }
}

type Attention = Extract<Forward, { op: 'attention' }>;

function attention({ heads, tokens, dim }: Attention, x: Readonly<Record<string, Float32Array>>): OrtGraph {
  const shape = [1, heads, tokens, dim];
  const names = ['q', 'k', 'v'];
  const nodes: OnnxNode[] = [
    { op: 'Transpose', inputs: ['k'], outputs: ['kt'], ints: { perm: [0, 1, 3, 2] } },
    { op: 'MatMul', inputs: ['q', 'kt'], outputs: ['products'] },
    { op: 'Mul', inputs: ['products', 'scale'], outputs: ['scores'] },
    { op: 'Softmax', inputs: ['scores'], outputs: ['weights'], ints: { axis: -1 } },
    { op: 'MatMul', inputs: ['weights', 'v'], outputs: [WHOLE] },
  ];
  return graph(
    Object.fromEntries(names.map((name) => [name, shape])),
    Object.fromEntries(names.map((name) => [name, splitHeads(x[name], heads, tokens, dim)])),
    shape,
    [constant('scale', [1], Float32Array.of(dim ** -0.5))],
    nodes,
    (y) => mergeHeads(y, heads, tokens, dim),
  );
}

function fusedAttention(
  { heads, tokens, dim }: Attention,
  x: Readonly<Record<string, Float32Array>>,
): OrtGraph {
  const shape = [1, tokens, heads * dim];
  const names = ['q', 'k', 'v'];
  const node = { op: 'MultiHeadAttention', inputs: names, outputs: [WHOLE], domain: 'com.microsoft' };
  const inputs = Object.fromEntries(names.map((name) => [name, shape]));
  return graph(inputs, x, shape, [], [{ ...node, ints: { num_heads: heads } }]);
}

const constant = (name: string, shape: readonly number[], data: Float32Array): OnnxTensor => ({
  name,
  shape,
  data,
});

/** Adds the slice of the last four numbers. */
function graph(
  inputs: OnnxGraph['inputs'],
  feeds: OrtGraph['feeds'],
  shape: readonly number[],
  constants: readonly OnnxTensor[],
  nodes: readonly OnnxNode[],
  fromResult: OrtGraph['fromResult'] = (y) => y,
): OrtGraph {
  const last = shape.length - 1;
  const whole = (name: string, values: readonly number[]): OnnxTensor => ({
    name,
    shape: [values.length],
    data: BigInt64Array.from(values, BigInt),
  });
  const slice = { op: 'Slice', inputs: [WHOLE, 'starts', 'ends', 'axes'], outputs: [LAST] };
  return {
    inputs,
    feeds,
    fromResult,
    outputs: { [WHOLE]: shape, [LAST]: shape.map((_, axis) => (axis === last ? 4 : 1)) },
    constants: [
      ...constants,
      whole(
        'starts',
        shape.map((length, axis) => (axis === last ? length - 4 : length - 1)),
      ),
      whole('ends', shape),
      whole(
        'axes',
        shape.map((_, axis) => axis),
      ),
    ],
    nodes: [...nodes, slice],
  };
}
