import { glipT } from '@glip-wgpu/glip-core';
import { network, PROMPT_ROWS } from '@glip-wgpu/glip-core/network';
import { byteSource, dryDevice, openDevice, profile } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { afterAll, describe, expect, it } from 'vitest';
import { batchOf, madeUpBatches, madeUpPart, smallest } from '../testing/made-up-batches.ts';
import type { FeatureStore } from './feature-store.ts';
import { PhaseStep, type Trained } from './phase-step.ts';
import { Trainer, type TrainerOptions } from './trainer.ts';
import type { StepEvent } from './training-event.ts';
import {
  ORIGINAL_LOSSES,
  type PhasePlan,
  type TrainedPart,
  type TrainingPlan,
  trainedBy,
} from './training-plan.ts';

const device = await openDevice();
afterAll(() => device.dispose());

const tunable = { ...smallest, text: { ...smallest.text, promptRows: 8 } };
const planFor = (trains: TrainedPart, steps = 6, regularization = false): TrainingPlan => ({
  seed: 5,
  phases: [
    {
      name: trains,
      steps,
      trains,
      learningRate: 1e-2,
      weightDecay: 0,
      schedule: { kind: 'constant' },
      losses: ORIGINAL_LOSSES,
    },
  ],
  clipNorm: 1,
  averageDecay: 0.9,
  regularization,
  recompute: false,
  evaluateEvery: 0,
  saveEvery: 0,
});

/** Features in memory. */
class MemoryStore implements FeatureStore {
  readonly files = new Map<string, Uint8Array>();
  /** Keys whose bytes are gone. */
  readonly lost = new Set<string>();
  readonly removed: string[] = [];
  room = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.files.size;
  }

  hasRoom(bytes: number): boolean {
    return bytes <= this.room;
  }

  has(key: string): boolean {
    return this.files.has(key);
  }

  async read(key: string): Promise<Uint8Array | undefined> {
    if (this.lost.has(key)) throw new Error('no such file');
    const bytes = this.files.get(key);
    return bytes && Buffer.from(bytes); // as readFile returns it
  }

  async write(key: string, bytes: Uint8Array): Promise<void> {
    this.files.set(key, bytes);
  }

  async remove(key: string): Promise<void> {
    this.removed.push(key);
    this.lost.delete(key);
    this.files.delete(key);
  }
}

const IMAGES = 3;
/** Two steps of different images, over and over. */
const repeated = () => madeUpBatches(2, (_, step) => batchOf([madeUpPart(step % 2, IMAGES)]));

function makeTrainer(trains: TrainedPart, options: Partial<TrainerOptions> = {}, seed = 3) {
  const parameters = ParameterTree.random(device, seed);
  const plan = planFor(trains);
  const trainer = new Trainer({ config: tunable, parameters, plan, batches: repeated, ...options });
  return { trainer, parameters };
}

async function losses(trainer: Trainer): Promise<number[]> {
  const list: number[] = [];
  for await (const event of trainer.run()) if (event.kind === 'step') list.push((event as StepEvent).loss);
  return list;
}

const values = async (parameters: ParameterTree): Promise<Map<string, string>> => {
  const tensors = [...parameters.tensors()];
  const numbers = await device.read(tensors.map(([, tensor]) => tensor));
  return new Map(tensors.map(([name], i) => [name, String(numbers[i])]));
};

const LINEAR = [
  'rpn.head.bbox_pred.weight',
  'rpn.head.bbox_pred.bias',
  'rpn.head.centerness.weight',
  'rpn.head.centerness.bias',
  'rpn.head.dot_product_projection_text.weight',
  'rpn.head.dot_product_projection_text.bias',
  'rpn.head.log_scale',
  'rpn.head.bias_lang',
  'rpn.head.bias0',
];

describe('the parameters that a phase trains', () => {
  const ofGlipT = (trains: TrainedPart): ReadonlyMap<string, number> => {
    const parameters = ParameterTree.dry(dryDevice(device.info));
    network(parameters, { ...glipT, text: { ...glipT.text, promptRows: 1000 } });
    const wanted = trainedBy({ trains } as PhasePlan);
    const own = [...parameters.all].filter(([name]) => wanted(name));
    return new Map(own.map(([name, { shape }]) => [name, shape.reduce((a, b) => a * b, 1)]));
  };
  const count = (trains: TrainedPart): number => [...ofGlipT(trains).values()].reduce((a, b) => a + b, 0);

  it('of linear probing are the original’s 198,919 of GLIP-T', () => {
    expect([...ofGlipT('linear').keys()].sort()).toEqual([...LINEAR].sort());
    expect(count('linear')).toBe(198_919);
  });

  it('of prompt tuning are its rows, and of both the rows and the layers', () => {
    expect([...ofGlipT('prompt').keys()]).toEqual([PROMPT_ROWS]);
    expect(count('prompt')).toBe(1000 * 768);
    expect(count('prompt+linear')).toBe(1000 * 768 + 198_919);
  });

  it('of the text encoder are BERT’s alone', () => {
    const names = [...ofGlipT('language').keys()];
    expect(names.length).toBeGreaterThan(100);
    expect(names.filter((name) => !name.startsWith('language_backbone.'))).toEqual([]);
  });

  it.each([
    ['linear', LINEAR],
    ['prompt', [PROMPT_ROWS]],
    ['prompt+linear', [...LINEAR, PROMPT_ROWS]],
  ] as const)('with %s alone change, and the loss falls', async (trains, expected) => {
    const { trainer, parameters } = makeTrainer(trains, { plan: planFor(trains, 12) });
    using _ = trainer;
    const before = await values(parameters);
    const list = await losses(trainer);
    const after = await values(parameters);
    const changed = [...after].filter(([name, text]) => text !== before.get(name)).map(([name]) => name);
    expect(changed.sort()).toEqual([...expected].sort());
    expect(list[list.length - 2]).toBeLessThan(list[0]);
    const averages = await values(trainer.weights);
    const kept = [...averages].filter(([name]) => !changed.includes(name));
    for (const [name, text] of kept) expect(text === before.get(name), name).toBe(true);
    parameters.dispose();
  });

  it('are refused if they are no part of the model', () => {
    const plan = planFor('linear');
    const wrong = { ...plan, phases: [{ ...plan.phases[0], trains: 'head' as TrainedPart }] };
    expect(() => makeTrainer('linear', { plan: wrong })).toThrow(
      'phases[0].trains is "head", expected all, encoders, language, linear, prompt, prompt+linear, or a list of names',
    );
  });

  it('of prompt tuning need a model with rows', async () => {
    const { trainer } = makeTrainer('prompt', { config: smallest });
    using _ = trainer;
    await expect(losses(trainer)).rejects.toThrow('prompt: trains no parameter of this model');
  });
});

describe('frozen parts', () => {
  /** Kernels of four steps, by what they train, over two batches in turn; without those of the first `unseen` steps. */
  async function kernels(
    trains: TrainedPart,
    featureBytes: number,
    {
      regularization = false,
      unseen = 0,
      featureStore,
    }: { regularization?: boolean; unseen?: number; featureStore?: FeatureStore } = {},
  ): Promise<string[][]> {
    const parameters = ParameterTree.random(device, 3);
    const extra = ParameterTree.random(device, 4);
    const key = device.tensor(new Uint32Array(4), [4]);
    const trained: Trained = {
      ...{ device, config: tunable, network: network(parameters, tunable), parameters, extra },
      ...{ average: undefined, key, captured: true, featureBytes, featureStore },
    };
    const plan = planFor(trains, 6, regularization);
    using step = new PhaseStep(trained, plan, plan.phases[0]);
    const lists: string[][] = [];
    for (let i = 0; i < 4; i++) {
      const batch = batchOf([madeUpPart(i % 2, IMAGES)]);
      await step.load(batch);
      if (i < unseen) {
        await step.run(batch, 1);
        continue;
      }
      const { dispatches } = await profile(device, () => step.run(batch, 1));
      lists.push(dispatches.map(({ kernel }) => kernel));
    }
    for (const tree of [parameters, extra]) tree.dispose();
    key.dispose();
    return lists;
  }
  const windows = (list: readonly string[]): number =>
    list.filter((name) => name === 'window-partition').length;

  it.each(['linear', 'prompt', 'prompt+linear'] as const)(
    'with %s are computed once for each image',
    async (trains) => {
      const [first, second, third, fourth] = await kernels(trains, 2 ** 28);
      expect(windows(first)).toBe(IMAGES * 4); // one in each of four Swin blocks
      expect(windows(second)).toBe(IMAGES * 4);
      expect([windows(third), windows(fourth)]).toEqual([0, 0]);
      expect(third.length).toBeLessThan(first.length);
    },
  );

  it('include the tower where only the layers after it are trained', async () => {
    const [, , linear] = await kernels('linear', 2 ** 28);
    expect(linear.filter((name) => name.startsWith('deform'))).toEqual([]);
    const [, , prompt] = await kernels('prompt', 2 ** 28);
    expect(prompt.filter((name) => name.startsWith('deform'))).not.toEqual([]);
  });

  it('do not include the tower while its dropout is active', async () => {
    const [, , linear] = await kernels('linear', 2 ** 28, { regularization: true });
    expect(windows(linear)).toBe(0);
    expect(linear.filter((name) => name.startsWith('deform'))).not.toEqual([]);
  });

  it('are computed again where they find no room', async () => {
    const [, , third] = await kernels('linear', 0);
    expect(windows(third)).toBe(IMAGES * 4);
  });

  it('come back from the store after they had to leave the GPU', async () => {
    const store = new MemoryStore();
    const [fourth] = await kernels('linear', 0, { featureStore: store, unseen: 3 });
    expect(windows(fourth)).toBe(0);
    expect(store.files.size).toBe(2 * IMAGES);
    const [first] = await kernels('linear', 0, { featureStore: store }); // of the next process
    expect(windows(first)).toBe(0);
  });

  it('give the same bits from a store, also where it lost, cut, changed or mixed up what it holds', async () => {
    const lossesOf = async (options: Partial<TrainerOptions>, seed = 3): Promise<number[]> => {
      const { trainer, parameters } = makeTrainer('prompt+linear', { featureBytes: 0, ...options }, seed);
      using _ = trainer;
      const list = await losses(trainer);
      parameters.dispose();
      return list;
    };
    const expected = await lossesOf({});
    const featureStore = new MemoryStore();
    expect(await lossesOf({ featureStore })).toEqual(expected);
    const [flipped, cut, lost, mixed, other] = featureStore.files.keys();
    const bytesOf = (key: string): Uint8Array => featureStore.files.get(key) as Uint8Array;
    bytesOf(flipped)[bytesOf(flipped).length >> 1] ^= 1;
    featureStore.files.set(cut, bytesOf(cut).subarray(0, -9));
    featureStore.files.set(mixed, bytesOf(other));
    featureStore.lost.add(lost);
    expect(await lossesOf({ featureStore })).toEqual(expected);
    expect(new Set(featureStore.removed)).toEqual(new Set([flipped, cut, lost, mixed]));
    expect(await lossesOf({ featureStore }, 8)).toEqual(await lossesOf({}, 8)); // other weights
    const full = Object.assign(new MemoryStore(), { room: 1 });
    expect(await lossesOf({ featureStore: full })).toEqual(expected);
    expect(full.files.size).toBe(0);
  });

  it('give the same bits in memory of any size, captured and uncaptured', async () => {
    const runs: number[][] = [];
    for (const options of [{}, { featureBytes: 0 }, { captured: false }]) {
      const { trainer, parameters } = makeTrainer('prompt+linear', options);
      using _ = trainer;
      runs.push(await losses(trainer));
      parameters.dispose();
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  });

  it('give the losses of a step that freezes nothing, up to rounding', async () => {
    const first = async (trains: TrainedPart): Promise<number> => {
      const { trainer, parameters } = makeTrainer(trains, { plan: planFor(trains, 1) });
      using _ = trainer;
      const [loss] = await losses(trainer);
      parameters.dispose();
      return loss;
    };
    const whole = await first('all');
    for (const trains of ['linear', 'prompt', 'language'] as const) {
      expect(Math.abs((await first(trains)) / whole - 1)).toBeLessThan(1e-5);
    }
  });

  it('do not change how a run is resumed', async () => {
    const whole = makeTrainer('linear');
    const expected = await losses(whole.trainer);
    const bits = await values(whole.parameters);
    const interrupted = makeTrainer('linear');
    const stop = new AbortController();
    const before: number[] = [];
    for await (const event of interrupted.trainer.run({ signal: stop.signal })) {
      if (event.kind === 'step') before.push(event.loss);
      if (before.length === 2) stop.abort();
    }
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for await (const part of interrupted.trainer.checkpoint()) parts.push(part.slice());
    const file = new Uint8Array(await new Blob(parts).arrayBuffer());
    const resumed = makeTrainer('linear');
    await resumed.trainer.restore(byteSource(file));
    expect([...before, ...(await losses(resumed.trainer))]).toEqual(expected);
    expect(await values(resumed.parameters)).toEqual(bits);
    for (const { trainer, parameters } of [whole, interrupted, resumed]) {
      trainer.dispose();
      parameters.dispose();
    }
  });
});
