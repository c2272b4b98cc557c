import {
  add,
  capture,
  type Device,
  dryDevice,
  mul,
  nextStep,
  openDevice,
  randomKey,
  scope,
  sum,
  type Tensor,
  valueAndGrad,
} from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { coreOf } from '@glip-wgpu/tensor-wgpu/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { type GlipConfig, glipL, glipT } from '../config/config.ts';
import { type RunOptions, regularizationOf } from './index.ts';
import { type Network, network } from './network.ts';

const tiny: GlipConfig = {
  ...glipT,
  swin: { embedDim: 8, depths: [1, 1, 2, 1], heads: [1, 1, 2, 2], window: 4, mlpRatio: 2 },
  bert: { vocabSize: 20, dim: 12, layers: 2, heads: 2, hiddenDim: 16, maxPositions: 8, eps: 1e-12 },
  channels: 16,
  head: { ...glipT.head, stages: 2, normGroups: 4 },
  fusion: { heads: 2, dim: 12 },
};
const RATES = regularizationOf(tiny);
const TOKENS = 6;

const device = await openDevice();
afterAll(() => device.dispose());

interface Model {
  readonly net: Network;
  readonly trained: readonly Tensor[];
  /** A weighted sum of all predictions for two images. */
  loss(options: RunOptions): Tensor;
}

function build(on: Device, config: GlipConfig = tiny, size = 64): Model {
  const parameters = on === device ? ParameterTree.random(on, 3) : ParameterTree.dry(on);
  const net = network(parameters, config);
  const image = waves(on, [2, size, size, 4], 0.37);
  const ids = on.tensor(
    Uint32Array.from({ length: 2 * TOKENS }, (_, i) => (7 * i) % 20),
    [2, TOKENS],
  );
  const mask = on.tensor(
    Float32Array.from({ length: 2 * TOKENS }, (_, i) => (i < 10 ? 1 : 0)),
    [2, TOKENS],
  );
  const loss = (options: RunOptions): Tensor => {
    const hidden = net.encodeText(ids, mask, options);
    const levels = net.encodeImage(image, options);
    const { deltas, centerness, tokenLogits } = net.ground(levels, { hidden, mask }, options);
    const parts = [deltas, centerness, tokenLogits].map((x) => sum(mul(x, waves(on, x.shape, 0.9))));
    return parts.reduce((a, b) => add(a, b));
  };
  return { net, trained: [...parameters.tensors().values()], loss };
}

/** Numbers within 1 of 0. */
function waves(on: Device, shape: readonly number[], step: number): Tensor {
  const size = shape.reduce((product, length) => product * length, 1);
  return on.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(step * (i + 1))),
    shape,
  );
}

const bits = (numbers: ArrayLike<number>): string => Array.from(numbers, (x) => Math.fround(x)).join();

/** The loss and all gradients of one step, as one text. */
async function stepBits({ loss, trained }: Model, options: RunOptions): Promise<string> {
  const { value, grads } = valueAndGrad(() => loss(options), trained);
  return (await device.read([value, ...grads])).map(bits).join(';');
}

/** Places of all random draws of a forward pass, in order. */
function placesOf(config: GlipConfig, options: Partial<RunOptions> = {}): number[] {
  const dry = dryDevice(device.info);
  const places: number[] = [];
  const { commands } = coreOf(dry);
  const dispatch = commands.dispatch.bind(commands);
  commands.dispatch = (launch, write) => {
    if (launch.costOf().kernel === 'random') {
      const view = new DataView(new ArrayBuffer(256));
      write(view);
      places.push(view.getUint32(12, true));
    }
    dispatch(launch, write);
  };
  const { loss } = build(dry, config, 160);
  loss({ ...options, regularization: { ...regularizationOf(config), key: randomKey(dry, 1) } }).dispose();
  return places;
}

describe('regularization', () => {
  const model = build(device);

  it('of rate 0 changes no bit', async () => {
    const none = { dropout: 0, fusionDropout: 0, dropPath: 0, dropBlock: { rate: 0, size: 3 } };
    const key = randomKey(device, 1);
    const without = await stepBits(model, {});
    expect(await stepBits(model, { regularization: { ...none, key } })).toBe(without);
  });

  it.each(['dropout', 'fusionDropout', 'dropPath', 'dropBlock'] as const)(
    'has an effect by %s alone, in loss and gradients',
    async (only) => {
      const none = { dropout: 0, fusionDropout: 0, dropPath: 0 };
      const regularization = { ...none, [only]: RATES[only], key: randomKey(device, 1) };
      expect(await stepBits(model, { regularization })).not.toBe(await stepBits(model, {}));
    },
  );

  it('is the same for the same seed and step, folded and plain, and differs by either', async () => {
    for (const fold of [true, false]) {
      const at = (seed: number, step: number): Promise<string> =>
        stepBits(model, { fold, regularization: { ...RATES, key: randomKey(device, seed, step) } });
      const all = [await at(1, 0), await at(1, 1), await at(2, 0)];
      expect(new Set(all).size).toBe(3);
      expect(await at(1, 1)).toBe(all[1]);
    }
  });

  it('draws new numbers in each replay of a captured step, those of the steps that are not captured', async () => {
    const run = async (captured: boolean): Promise<string[]> => {
      const key = randomKey(device, 4);
      const step = (): readonly Tensor[] => {
        const { value, grads } = valueAndGrad(
          () => model.loss({ regularization: { ...RATES, key } }),
          model.trained,
        );
        nextStep(key);
        return [value, ...grads];
      };
      using whole = capture(device, step);
      const each = captured ? whole : () => scope(step);
      const found: string[] = [];
      for (let i = 0; i < 3; i++) found.push((await device.read(each())).map(bits).join(';'));
      return found;
    };
    const eager = await run(false);
    expect(new Set(eager).size).toBe(3);
    expect(await run(true)).toEqual(eager);
  });

  it.each([true, false])('is the same where intermediates are computed again, folded %s', async (fold) => {
    const step = async (recompute: boolean): Promise<Float32Array[]> => {
      const key = randomKey(device, 9, 5);
      const loss = (): Tensor => {
        const value = model.loss({ fold, recompute, regularization: { ...RATES, key } });
        nextStep(key); // before the backward pass, which must draw what the forward pass did
        return value;
      };
      const { value, grads } = valueAndGrad(loss, model.trained);
      return (await device.read([value, ...grads])) as Float32Array[];
    };
    const [kept, again] = [await step(false), await step(true)];
    expect(bits(again[0])).toBe(bits(kept[0]));
    for (const [i, numbers] of kept.entries()) {
      const most = Math.max(...numbers.map(Math.abs));
      const apart = numbers.reduce((worst, value, n) => Math.max(worst, Math.abs(value - again[i][n])), 0);
      expect(apart).toBeLessThanOrEqual(1e-5 * Math.max(1, most));
    }
  });

  it.each([true, false])('has the gradient of the loss with the numbers drawn, folded %s', async (fold) => {
    const options: RunOptions = { fold, regularization: { ...RATES, key: randomKey(device, 6) } };
    const { grads } = valueAndGrad(() => model.loss(options), model.trained);
    const slopes = (await device.read(grads)) as Float32Array[];
    const norm = Math.sqrt(slopes.flatMap((grad) => [...grad]).reduce((total, g) => total + g * g, 0));
    const start = (await device.read([...model.trained])) as Float32Array[];
    const lossAt = async (distance: number): Promise<number> => {
      for (const [i, tensor] of model.trained.entries()) {
        device.upload(
          tensor,
          start[i].map((value, n) => value + (distance * slopes[i][n]) / norm),
        );
      }
      return (await model.loss(options).read())[0];
    };
    const width = 2e-4;
    const rise = ((await lossAt(width)) - (await lossAt(-width))) / (2 * width);
    await lossAt(0);
    expect(Math.abs(rise / norm - 1)).toBeLessThan(0.02);
  });

  it.each([
    ['a small model', tiny],
    ['GLIP-T', glipT],
    ['GLIP-L', glipL],
  ])('draws at a place of its own in every layer of %s', (_, config) => {
    for (const fold of [true, false]) {
      const places = placesOf(config, { fold });
      const { depths } = config.swin;
      const blocks = depths.reduce((total, depth) => total + depth, 0);
      const layers = config.bert.layers + config.head.stages;
      // Two branches of every block but the first, three draws of a BERT layer, embeddings, and two levels.
      expect(places.length).toBeGreaterThanOrEqual(
        2 * (blocks - 1) + 3 * layers + 1 + 2 + 2 * config.head.stages,
      );
      expect(new Set(places).size).toBe(places.length);
    }
  });

  it('refuses a rate outside 0 <= rate < 1, by its name', () => {
    const key = randomKey(device, 1);
    for (const rate of [1, -0.1, NaN]) {
      const regularization = { ...RATES, dropPath: rate, key };
      expect(() => model.loss({ regularization })).toThrow(`regularization: dropPath is ${rate}, expected`);
    }
  });
});
