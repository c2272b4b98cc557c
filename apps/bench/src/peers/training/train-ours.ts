import {
  AdamW,
  add,
  attention,
  capture,
  conv2d,
  crossEntropy,
  type Device,
  gelu,
  layerNorm,
  matmul,
  mean,
  relu,
  reshape,
  square,
  sub,
  type Tensor,
  valueAndGrad,
} from '@glip-wgpu/tensor-wgpu';
import { f32, type Inputs, type Prepared } from '../peer.ts';
import { ADAM, parameterShapes, type TrainingTask, UPDATES } from './training-task.ts';

type Tensors = Readonly<Record<string, Tensor>>;

/** One network of this library; loss, gradients and AdamW without decay captured as a whole. */
export function trainOurs(device: Device, task: TrainingTask, inputs: Inputs): Prepared {
  const tensors: Tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, array]) => [
      name,
      name === 'target' && task.network !== 'transformer'
        ? device.tensor(classesOf(array), [array.shape[0]], 'u32')
        : device.tensor(f32(array), array.shape),
    ]),
  );
  const parameters = new Map(Object.keys(parameterShapes(task)).map((name) => [name, tensors[name]]));
  const optimizer = new AdamW(parameters, {
    learningRate: ADAM.learningRate,
    weightDecay: 0,
    betas: [ADAM.beta1, ADAM.beta2],
    eps: ADAM.epsilon,
  });
  const update = capture(device, () => {
    const { value, grads } = valueAndGrad(() => lossOf(task, tensors), [...parameters.values()]);
    optimizer.step(grads);
    return value;
  });
  const step = async (): Promise<number> => {
    const value = update();
    const [loss] = await value.read();
    value.dispose();
    return loss;
  };
  return {
    async run() {
      await step();
    },
    async output() {
      const losses: number[] = [];
      while (losses.length <= UPDATES) losses.push(await step());
      return losses;
    },
    close() {
      update.dispose();
      optimizer.dispose();
      for (const tensor of Object.values(tensors)) tensor.dispose();
      device.trim();
    },
  };
}

/** The class of each row that holds a one among zeros: what `crossEntropy` takes. */
function classesOf({ shape: [rows, classes], data }: Inputs[string]): Uint32Array {
  return Uint32Array.from({ length: rows }, (_, row) =>
    data.subarray(row * classes, (row + 1) * classes).indexOf(1),
  );
}

function lossOf(task: TrainingTask, v: Tensors): Tensor {
  const linear = (x: Tensor, weight: string, bias: string): Tensor => matmul(x, v[weight], { bias: v[bias] });
  switch (task.network) {
    case 'mlp': {
      const last = task.widths.length - 2;
      let y = v['x'];
      for (let i = 0; i <= last; i++) {
        y = linear(y, `weight${i}`, `bias${i}`);
        if (i < last) y = relu(y);
      }
      return mean(crossEntropy(y, v['target']));
    }
    case 'convolutional': {
      let y = v['x'];
      for (let i = 0; i < task.channels.length - 1; i++)
        y = relu(conv2d(y, v[`weight${i}`], { bias: v[`bias${i}`], stride: 2, padding: 1 }));
      const features = reshape(mean(y, [1, 2]), [task.batch, y.dim(-1)]);
      return mean(crossEntropy(linear(features, 'weight', 'bias'), v['target']));
    }
    case 'transformer': {
      const { batch, tokens, dim, heads } = task;
      const split = (x: Tensor): Tensor => reshape(x, [batch, tokens, dim]);
      const a = layerNorm(v['x'], v['norm1'], v['norm1Bias']);
      const [q, k, u] = ['query', 'key', 'value'].map((name) => split(linear(a, name, `${name}Bias`)));
      const mixed = reshape(attention(q, k, u, { heads }), [batch * tokens, dim]);
      const x = add(v['x'], linear(mixed, 'output', 'outputBias'));
      const hidden = gelu(linear(layerNorm(x, v['norm2'], v['norm2Bias']), 'hidden', 'hiddenBias'));
      const y = add(x, linear(hidden, 'back', 'backBias'));
      return mean(square(sub(y, v['target'])));
    }
  }
}
