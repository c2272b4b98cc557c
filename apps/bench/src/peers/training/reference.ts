import { Pass, type Value, value } from './reference-pass.ts';
import { ADAM, parameterShapes, type TrainingTask, trainingInputs, UPDATES } from './training-task.ts';

// The same training in f64 and plain loops, independent of every library: the reference for their losses.

type Values = Readonly<Record<string, Value>>;

function lossOf(task: TrainingTask, pass: Pass, v: Values): Value {
  switch (task.network) {
    case 'mlp': {
      const last = task.widths.length - 2;
      let y = v['x'];
      for (let i = 0; i <= last; i++) {
        y = pass.linear(y, v[`weight${i}`], v[`bias${i}`]);
        if (i < last) y = pass.relu(y);
      }
      return pass.crossEntropy(y, v['target']);
    }
    case 'convolutional': {
      let y = v['x'];
      for (let i = 0; i < task.channels.length - 1; i++)
        y = pass.relu(pass.convolve(y, v[`weight${i}`], v[`bias${i}`]));
      return pass.crossEntropy(pass.linear(pass.meanOfPlaces(y), v['weight'], v['bias']), v['target']);
    }
    case 'transformer': {
      const linear = (x: Value, name: string): Value => pass.linear(x, v[name], v[`${name}Bias`]);
      const a = pass.layerNorm(v['x'], v['norm1'], v['norm1Bias']);
      const [q, k, u] = ['query', 'key', 'value'].map((name) => linear(a, name));
      const x = pass.add(v['x'], linear(pass.attention(q, k, u, task.tokens, task.heads), 'output'));
      const b = pass.layerNorm(x, v['norm2'], v['norm2Bias']);
      const y = pass.add(x, linear(pass.gelu(linear(b, 'hidden')), 'back'));
      return pass.meanSquare(y, v['target']);
    }
  }
}

/** Losses before the first update and after each of `UPDATES`. */
export function referenceLosses(task: TrainingTask): Float64Array {
  const inputs = trainingInputs(task);
  const names = Object.keys(parameterShapes(task));
  const data = Object.fromEntries(
    Object.entries(inputs).map(([name, array]) => [name, Float64Array.from(array.data)]),
  );
  const moments = new Map(names.map((name) => [name, [0, 1].map(() => new Float64Array(data[name].length))]));
  const { learningRate, beta1, beta2, epsilon } = ADAM;
  const losses: number[] = [];
  for (let step = 1; ; step++) {
    const values = Object.fromEntries(
      Object.entries(inputs).map(([name, { shape }]) => [name, value(shape, data[name])]),
    );
    const pass = new Pass();
    const loss = lossOf(task, pass, values);
    losses.push(loss.data[0]);
    if (losses.length > UPDATES) return Float64Array.from(losses);
    pass.backward(loss);
    for (const [name, [mean, square]] of moments) {
      for (const [i, g] of values[name].grad.entries()) {
        mean[i] = beta1 * mean[i] + (1 - beta1) * g;
        square[i] = beta2 * square[i] + (1 - beta2) * g * g;
        const root = Math.sqrt(square[i] / (1 - beta2 ** step));
        data[name][i] -= (learningRate * mean[i]) / (1 - beta1 ** step) / (root + epsilon);
      }
    }
  }
}
