import { afterAll, describe, expect, it } from 'vitest';
import { capture } from '../capture.ts';
import { openDevice } from '../device/open-device.ts';
import { CheckpointError, ShapeError } from '../errors.ts';
import { f16ToF32, f32ToF16 } from '../f16.ts';
import { valueAndGrad } from '../gradient.ts';
import { add, mul } from '../kernels/elementwise/elementwise.ts';
import { matmul } from '../kernels/matmul/matmul.ts';
import { sum } from '../kernels/reduce/reduce.ts';
import { reshape } from '../kernels/reshape.ts';
import { parseSafetensors, writeSafetensors } from '../safetensors/safetensors.ts';
import type { Tensor } from '../tensor.ts';
import { initialize } from './initialize.ts';
import { layerNorm, linear } from './layers.ts';
import { pack, unpack } from './pack.ts';
import { ParameterTree } from './parameter-tree.ts';
import { quantizeParameter } from './quantized.ts';

const device = await openDevice();
afterAll(() => device.dispose());

const model = (p: ParameterTree) => ({
  first: linear(p.at('a.first'), 3, 5),
  norm: layerNorm(p.at('norm'), 5, 1e-5),
});
const shapes: Record<string, number[]> = {
  'a.first.weight': [5, 3],
  'a.first.bias': [5],
  'norm.weight': [5],
  'norm.bias': [5],
};
const source = (names: Record<string, number[]>) => ({
  names: Object.keys(names),
  shape: (name: string) => names[name],
  read: (name: string) => new Float32Array(names[name].reduce((a, b) => a * b, 1)).fill(0.5),
});

describe('a parameter tree', () => {
  it('makes a constant once, in memory of its own although a capture asks first, and frees it', async () => {
    using own = await openDevice();
    own.trim();
    const { live } = own.memory;
    const tree = ParameterTree.random(own, 1);
    let made = 0;
    const ask = (): Tensor =>
      tree.at('layer').constant('ones', [2], () => {
        made += 1;
        return Float32Array.of(1, 1);
      });
    const twice = capture(own, (x: Tensor) => mul(x, ask()));
    using x = own.tensor([3, 4], [2]);
    twice(x).dispose();
    twice.dispose();
    own.tensor([9, 9], [2]).dispose(); // in memory that the capture returned
    expect(await ask().read()).toEqual(Float32Array.of(1, 1));
    expect(made).toBe(1);
    expect([...tree.all.keys()]).toEqual([]);
    x.dispose();
    tree.dispose();
    expect(own.memory.live).toBe(live);
  });

  it('hands the parameters of a checkpoint to layers', async () => {
    const { model: built, parameters } = await ParameterTree.load(device, source(shapes), model);
    expect([...parameters.all.keys()].sort()).toEqual(Object.keys(shapes).sort());
    const y = built.first(device.tensor([1, 2, 3], [1, 3]));
    expect(await y.read()).toEqual(new Float32Array(5).fill(3.5));
  });

  it('lists every missing, unexpected and misshapen parameter in one error, before it allocates', async () => {
    const { allocated } = device.memory;
    const names = { ...shapes, 'norm.bias': [4], extra: [1] };
    delete (names as Record<string, unknown>)['a.first.bias'];
    let error: unknown;
    try {
      await ParameterTree.load(device, source(names), model);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(CheckpointError);
    expect(error).toMatchObject({
      missing: ['a.first.bias'],
      unexpected: ['extra'],
      misshapen: ['norm.bias [4], expected [5]'],
    });
    expect(device.memory.allocated).toBe(allocated);
  });

  it('passes over names that are ignored', () => {
    const names = { ...shapes, 'a.index': [9] };
    ParameterTree.check(device, source(names), model, (name) => name.endsWith('.index'));
  });

  it('drawn at random is the same for the same seed, in any order of requests', async () => {
    const [one, two] = [ParameterTree.random(device, 7), ParameterTree.random(device, 7)];
    two.at('other').get('weight', [4, 4]);
    const weight = (p: ParameterTree) => p.at('a').get('weight', [5, 3]).read();
    expect(await weight(one)).toEqual(await weight(two));
    expect(await weight(ParameterTree.random(device, 8))).not.toEqual(await weight(one));
  });

  it('has gradients for its parameters', async () => {
    const p = ParameterTree.random(device, 1);
    const built = model(p);
    const x = device.tensor([1, -2, 3, 0.5, 1, 2], [2, 3]);
    const weights = device.tensor([1, 2, 3, 4, 5], [5]);
    const parameters = [...p.all.values()].map(({ tensor }) => tensor);
    const { value, grads } = valueAndGrad(() => {
      const y = mul(built.norm(built.first(x)), weights);
      return sum(reshape(y, [10]), [0]);
    }, parameters);
    expect(value.size).toBe(1);
    expect(grads.map(({ shape }) => `${shape}`)).toEqual(parameters.map(({ shape }) => `${shape}`));
    const bias = [...p.all.keys()].indexOf('norm.bias');
    expect(await grads[bias].read()).toEqual(Float32Array.of(2, 4, 6, 8, 10));
  });
});

describe('numbers of a parameter', () => {
  it('come in the order of the checkpoint, without channels that fill up', async () => {
    const stored = Float32Array.from({ length: 24 }, (_, i) => i + 1);
    const source = { names: ['conv.weight'], shape: () => [2, 3, 2, 2], read: () => stored };
    const build = (p: ParameterTree) => p.at('conv').get('weight', [2, 3, 2, 2], { padChannels: 4 });
    const { model: weight, parameters } = await ParameterTree.load(device, source, build);
    const { grads } = valueAndGrad(() => {
      const y = mul(weight, weight);
      return sum(y);
    }, [weight]);
    const [own, gradient] = (await device.read([weight, ...grads])) as Float32Array[];
    expect(parameters.at('conv').unpack('weight', own)).toEqual(stored);
    expect(parameters.unpack('conv.weight', gradient)).toEqual(stored.map((value) => 2 * value));
    expect(() => parameters.unpack('conv.weight', stored)).toThrow(
      'unpack: 24 numbers for conv.weight, expected [2,2,2,4]',
    );
    expect(() => parameters.unpack('bias', stored)).toThrow(ShapeError);
  });
});

it('a layer frees what it makes and does not return, also where `layer` is taken off the tree', () => {
  const { layer } = ParameterTree.random(device, 5);
  const made: Tensor[] = [];
  const forward = layer((x: Tensor): Tensor => {
    made.push(mul(x, 2));
    return add(made[0], x);
  });
  const y = forward(device.tensor([1], [1]));
  expect([made[0].disposed, y.disposed]).toEqual([true, false]);
});

describe('a parameter tree of f16', () => {
  const f16 = { dtype: 'f16' } as const;

  it('keeps weights in half the memory and vectors in f32, and computes the same from them', async () => {
    const trees = await Promise.all(
      [undefined, f16].map((options) =>
        ParameterTree.load(device, source(shapes), model, undefined, options),
      ),
    );
    const dtypes = [...trees[1].parameters.all].map(([name, { tensor }]) => [name, tensor.dtype]);
    expect(Object.fromEntries(dtypes)).toEqual({
      'a.first.weight': 'f16',
      'a.first.bias': 'f32',
      'norm.weight': 'f32',
      'norm.bias': 'f32',
    });
    const [full, half] = trees.map(({ parameters }) => parameters.at('a.first').get('weight', [5, 3]).bytes);
    expect(half).toBe(full / 2);
    const x = device.tensor([1, 2, 3], [1, 3]);
    const [y32, y16] = await Promise.all(trees.map((tree) => tree.model.first(x).read()));
    expect(y16).toEqual(y32); // 0.5 is exact in f16
  });

  it('takes the bits of what is stored as f16, packed as f32 is, and widens them where f32 is wanted', async () => {
    const halves = f32ToF16(Float32Array.from({ length: 12 }, (_, i) => i + 1));
    const stored = { names: ['conv'], shape: () => [2, 3, 2, 1], read: () => halves };
    const build = (p: ParameterTree) => p.get('conv', [2, 3, 2, 1], { padChannels: 4 });
    const { model: half } = await ParameterTree.load(device, stored, build, undefined, f16);
    const { model: full } = await ParameterTree.load(device, stored, build);
    const [bits, numbers] = await device.read([half, full]);
    expect(bits).toEqual(pack(halves, [2, 3, 2, 1], 4).data);
    expect(numbers).toEqual(pack(f16ToF32(halves), [2, 3, 2, 1], 4).data);
  });

  it('refuses an unknown dtype', () => {
    const p = ParameterTree.random(device, 3, { dtype: 'int8' as 'f16' });
    expect(() => p.get('weight', [2, 2])).toThrow("parameters: dtype is int8, expected 'f32', 'f16' or 'q8'");
  });

  it('refuses a weight beyond the range of f16, by name, and keeps vectors beyond it', async () => {
    const large = (names: Record<string, number[]>) => ({
      ...source(names),
      read: (name: string) => source(names).read(name).fill(1e6),
    });
    const build = (names: Record<string, number[]>) => (p: ParameterTree) =>
      Object.entries(names).map(([name, shape]) => p.get(name, shape).dtype);
    const load = (names: Record<string, number[]>) =>
      ParameterTree.load(device, large(names), build(names), undefined, f16);
    await expect(load({ 'head.weight': [2, 2] })).rejects.toThrow(ShapeError);
    await expect(load({ 'head.weight': [2, 2] })).rejects.toThrow('head.weight');
    const { model: dtypes } = await load({ 'head.bias': [2], 'attention.weight': [1, 2, 1, 1] });
    expect(dtypes).toEqual(['f32', 'f32']);
  });
});

describe('a parameter tree of q8', () => {
  const q8 = { dtype: 'q8' } as const;
  const shapes: Record<string, number[]> = {
    'fc.weight': [120, 70],
    'conv.weight': [36, 40, 2, 3],
    'first.weight': [700, 3, 2, 2],
    'small.weight': [64, 128],
    'fc.bias': [6],
  };
  const numbers = (shape: readonly number[]): Float32Array =>
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i * i) / 5);
  const source = {
    names: Object.keys(shapes),
    shape: (name: string) => shapes[name],
    read: (name: string) => numbers(shapes[name]),
  };
  const build = (p: ParameterTree) => Object.entries(shapes).map(([name, shape]) => p.get(name, shape));
  const load = (from: Parameters<typeof ParameterTree.load>[1], dtype: 'f32' | 'f16' | 'q8') =>
    ParameterTree.load(device, from, build, undefined, { dtype });

  it('keeps weights in 8 bits and scales, those of few inputs or numbers in f16, and vectors in f32', async () => {
    const { model: tensors } = await load(source, 'q8');
    expect(tensors.map(({ dtype }) => dtype)).toEqual(['q8', 'q8', 'f16', 'f16', 'f32']);
    expect(tensors[0].bytes).toBe(120 * 70 + 120 * 3 * 2);
    expect(tensors[1].bytes).toBe(36 * 6 * 40 + 36 * 6 * 2 * 2);
    for (const [i, tensor] of tensors.slice(0, 2).entries()) {
      const exact = pack(numbers(Object.values(shapes)[i]), Object.values(shapes)[i]).data;
      for (const [n, value] of (await tensor.read()).entries()) {
        expect(Math.abs(value - exact[n])).toBeLessThanOrEqual(0.2 / 120 / 2 + 1e-6);
      }
    }
  });

  it('is saved as I8 and scales, and loads back bit for bit, as q8 and as what it stands for', async () => {
    const { parameters, model: tensors } = await load(source, 'q8');
    const file = await parameters.save();
    const saved = parseSafetensors(file);
    const infos = saved.names.map((name) => `${name} ${saved.info(name).dtype} ${saved.info(name).shape}`);
    expect(infos).toEqual([
      'fc.bias F32 6',
      'conv.weight.scale F16 36,2,2,3',
      'fc.weight.scale F16 120,3',
      'first.weight F16 700,3,2,2',
      'small.weight F16 64,128',
      'conv.weight I8 36,40,2,3',
      'fc.weight I8 120,70',
    ]);
    const stored = {
      ...source,
      read: (name: string) => {
        if (saved.info(name).dtype !== 'I8') return saved.f16(name) ?? saved.f32(name);
        const scales = saved.f16(`${name}.scale`) as Uint16Array;
        return { values: Int8Array.from(saved.numbers(name)), scales };
      },
    };
    const { model: again, parameters: q8Again } = await load(stored, 'q8');
    expect(await device.read(again)).toEqual(await device.read(tensors));
    expect(await q8Again.save()).toEqual(file);
    const { model: wide } = await load(stored, 'f32');
    expect(wide.map(({ dtype }) => dtype)).toEqual(['f32', 'f32', 'f32', 'f32', 'f32']);
    for (const [i, tensor] of wide.entries()) expect(await tensor.read()).toEqual(await tensors[i].read());

    const before = await device.read(tensors);
    for (const tensor of tensors.slice(0, 2)) device.upload(tensor, new Uint8Array(tensor.bytes));
    parameters.restore(file);
    expect(await device.read(tensors)).toEqual(before);
    for (const tensor of tensors.slice(0, 2)) device.upload(tensor, new Uint8Array(tensor.bytes));
    parameters.restore(await (await load(stored, 'f32')).parameters.save());
    expect(await device.read(tensors)).toEqual(before);
  });

  it('reads 8 bits of a matrix that is kept as f16, as older files have them', async () => {
    const numbersOf = (name: string) =>
      name === 'small.weight' ? quantizeParameter(name, numbers([64, 128]), [64, 128]) : source.read(name);
    const { model } = await load({ ...source, read: numbersOf }, 'q8');
    const small = await model[3].read();
    const exact = numbers([64, 128]);
    expect(model[3].dtype).toBe('f16');
    for (const [i, x] of small.entries()) expect(Math.abs(x - exact[i])).toBeLessThan(0.2 / 120 / 2 + 1e-4);
  });

  it('refuses a file whose scales are missing or misshapen, and scales and weights that are not finite', async () => {
    const p = ParameterTree.random(device, 3, q8);
    p.get('weight', [210, 40]);
    const weight = { dtype: 'I8', shape: [210, 40], data: new Int8Array(8400) } as const;
    const scale = (shape: number[], first = 0) =>
      ({ dtype: 'F16', shape, data: new Uint16Array(420).fill(first, 0, 1) }) as const;
    const file = (...rest: [string, ReturnType<typeof scale>][]) =>
      writeSafetensors([['weight', weight], ...rest]);
    expect(() => p.restore(file())).toThrow(/1 missing: weight\.scale/);
    expect(() => p.restore(file(['weight.scale', scale([420])]))).toThrow(
      /weight\.scale \[420\], expected \[210,2\]/,
    );
    expect(() => p.restore(file(['weight.scale', scale([210, 2], 0x7c00)]))).toThrow(/weight\.scale\[0\]/);
    p.restore(file(['weight.scale', scale([210, 2])]));
    expect(() => p.write('weight', new Float32Array(8400).fill(NaN))).toThrow(CheckpointError);
    expect(() => p.write('weight', new Float32Array(8400).fill(1e7))).toThrow(/weight holds 10000000 at 0/);
  });

  it('is not trained: its own gradients are refused, those through it are right', async () => {
    const p = ParameterTree.random(device, 3, q8);
    const [weight, bias] = [p.get('fc.weight', [210, 40]), p.get('fc.bias', [210], { init: { normal: 1 } })];
    const layer = linear(p.at('fc'), 40, 210);
    const x = device.tensor(numbers([3, 40]), [3, 40]);
    const loss = () => sum(mul(layer(x), layer(x)));
    expect(() => valueAndGrad(loss, [weight])).toThrow("is q8: load what is trained with dtype: 'f32'");
    const wide = device.tensor(await weight.read(), [210, 40]);
    const same = () => {
      const y = matmul(x, wide, { transposeB: true, bias });
      return sum(mul(y, y));
    };
    const [through, exact] = [valueAndGrad(loss, [x, bias]), valueAndGrad(same, [x, bias])];
    for (const [i, gradient] of through.grads.entries()) {
      const expected = await exact.grads[i].read();
      for (const [n, value] of (await gradient.read()).entries()) expect(value).toBeCloseTo(expected[n], 5);
    }
  });
});

describe('reading a checkpoint', () => {
  it('reads it once, in its order, one parameter at a time, and reports progress', async () => {
    const names = {
      'norm.bias': [5],
      unused: [9],
      'a.first.weight': [5, 3],
      'norm.weight': [5],
      'a.first.bias': [5],
    };
    const events: string[] = [];
    const slow = {
      ...source(names),
      read: async (name: string) => {
        events.push(`read ${name}`);
        await new Promise((resolve) => setTimeout(resolve, 1));
        events.push(`done ${name}`);
        return source(names).read(name);
      },
    };
    const shares: number[] = [];
    const ignore = (name: string): boolean => name === 'unused';
    await ParameterTree.load(device, slow, model, ignore, { onRead: (share) => shares.push(share) });
    const asked = ['norm.bias', 'a.first.weight', 'norm.weight', 'a.first.bias'];
    expect(events).toEqual(asked.flatMap((name) => [`read ${name}`, `done ${name}`]));
    expect(shares).toEqual([5 / 30, 20 / 30, 25 / 30, 1]);
  });

  const live = (): number => device.memory.live;
  const failing: [title: string, read: (name: string) => Float32Array, error: RegExp][] = [
    ['a NaN', () => Float32Array.of(1, Number.NaN, 1, 1, 1), /1 not finite: norm\.bias\[1\]/],
    ['an infinity', () => Float32Array.of(1, 1, 1, 1, -1 / 0), /not finite: norm\.bias\[4\]/],
    [
      'a read that fails',
      () => {
        throw new Error('disk gone');
      },
      /disk gone/,
    ],
  ];
  it.each(failing)('ends at %s and gives the memory back', async (_, read, error) => {
    const before = live();
    const broken = {
      ...source(shapes),
      read: (name: string) => (name === 'norm.bias' ? read(name) : source(shapes).read(name)),
    };
    await expect(ParameterTree.load(device, broken, model)).rejects.toThrow(error);
    expect(live()).toBe(before);
  });

  it('ends when it is aborted, and releases the memory', async () => {
    const before = live();
    const controller = new AbortController();
    const load = ParameterTree.load(device, source(shapes), model, undefined, {
      signal: controller.signal,
      onRead: () => controller.abort(new Error('enough')),
    });
    await expect(load).rejects.toThrow('enough');
    expect(live()).toBe(before);
  });
});

describe('packed weights', () => {
  it('are [out, kh, kw, in], with channels of zeros where asked, and can be unpacked', () => {
    const shape = [2, 3, 2, 1];
    const data = Float32Array.from({ length: 12 }, (_, i) => i + 1);
    const packed = pack(data, shape, 4);
    expect(packed.shape).toEqual([2, 2, 1, 4]);
    expect([...packed.data]).toEqual([1, 3, 5, 0, 2, 4, 6, 0, 7, 9, 11, 0, 8, 10, 12, 0]);
    expect(unpack(packed.data, shape, 4)).toEqual(data);
  });
});

describe('initial values', () => {
  it('keep to their rule', () => {
    const within = (data: Float32Array, bound: number): boolean =>
      data.every((value) => Math.abs(value) <= bound);
    expect(within(initialize('a', [64, 16, 3, 3]), 1 / Math.sqrt(144))).toBe(true);
    expect(within(initialize('a', [64, 16], 'xavier'), Math.sqrt(6 / 80))).toBe(true);
    expect([...initialize('a', [3])]).toEqual([0, 0, 0]);
    const normal = initialize('a', [100, 100], { normal: 0.02 });
    const deviation = Math.sqrt(normal.reduce((total, value) => total + value * value, 0) / 1e4);
    expect(deviation).toBeGreaterThan(0.019);
    expect(deviation).toBeLessThan(0.021);
  });
});

describe('parameters of a tree', () => {
  it('are saved as a checkpoint has them, and restored in place, bit for bit', async () => {
    const p = ParameterTree.random(device, 3, { dtype: 'f16' });
    const weight = p.at('conv').get('weight', [5, 3, 2, 2], { padChannels: 4 });
    p.at('conv').get('bias', [5], { init: { normal: 1 } });
    p.at('head').get('weight', [2, 5]);
    const file = await p.save();
    const saved = parseSafetensors(file);
    expect(saved.names.map((name) => [name, saved.info(name).dtype, saved.info(name).shape])).toEqual([
      ['conv.bias', 'F32', [5]],
      ['conv.weight', 'F16', [5, 3, 2, 2]],
      ['head.weight', 'F16', [2, 5]],
    ]);
    const before = await device.read([weight]);
    device.upload(weight, new Uint16Array(weight.size));
    p.restore(file);
    expect(await device.read([weight])).toEqual(before);
    expect(await p.save()).toEqual(file);
    expect(p.at('conv').get('weight', [5, 3, 2, 2])).toBe(weight);
  });

  it('are saved with one read of the GPU for each 8 MiB', async () => {
    const p = ParameterTree.random(device, 3);
    const large = 3 * 2 ** 19; // 6 MiB
    for (const name of ['a', 'b', 'c']) p.at(name).get('bias', [5], { init: { normal: 1 } });
    for (const name of ['d', 'e']) p.at(name).get('bias', [large], { init: { normal: 1 } });
    const before = device.memory.readBacks;
    const saved = parseSafetensors(await p.save());
    expect(device.memory.readBacks - before).toBe(2);
    for (const [name, tensor] of p.tensors()) expect(saved.f32(name)).toEqual(await tensor.read());
  });

  it('that are requested together by whoever reads them are read 8 MiB at a time; one that is disposed is named', async () => {
    const p = ParameterTree.random(device, 3);
    const names = Array.from({ length: 7 }, (_, i) => `layer${i}`);
    for (const name of names) p.at(name).get('bias', [2 ** 19], { init: { normal: 1 } }); // 2 MiB
    const before = device.memory.readBacks;
    const read = await Promise.all(p.stored().map(([, tensor]) => tensor.read()));
    expect(device.memory.readBacks - before).toBe(2);
    expect(read).toEqual(await device.read([...p.tensors().values()]));
    p.at('layer3')
      .get('bias', [2 ** 19])
      .dispose();
    await expect(Promise.all(p.stored().map(([, tensor]) => tensor.read()))).rejects.toThrow(
      'read: tensor [524288] was disposed',
    );
  });

  it('are listed and saved from a place on', async () => {
    const p = ParameterTree.random(device, 3);
    const bias = p.at('head').get('bias', [2]);
    p.at('header').get('bias', [2]);
    expect([...p.at('head').tensors()]).toEqual([['head.bias', bias]]);
    expect(parseSafetensors(await p.at('head').save()).names).toEqual(['head.bias']);
    expect([...p.tensors().keys()]).toEqual(['head.bias', 'header.bias']);
  });

  it('refuse a file that does not fit, and keep what they have', async () => {
    const p = ParameterTree.random(device, 3);
    const bias = p.get('bias', [2], { init: { constant: 5 } });
    const f32 = (data: number[]) =>
      ({ dtype: 'F32', shape: [data.length], data: Float32Array.from(data) }) as const;
    expect(() =>
      p.restore(
        writeSafetensors([
          ['bias', f32([1])],
          ['other', f32([1])],
        ]),
      ),
    ).toThrow(CheckpointError);
    expect(() => p.restore(writeSafetensors([['bias', f32([1, NaN])]]))).toThrow('bias[1]');
    expect([...(await bias.read())]).toEqual([5, 5]);
  });

  it('refuse options that a second request brings, which would have no effect', () => {
    const p = ParameterTree.random(device, 3);
    const weight = p.get('weight', [2, 2], { init: 'xavier' });
    expect(p.get('weight', [2, 2])).toBe(weight);
    expect(p.get('weight', [2, 2], { init: 'xavier' })).toBe(weight);
    expect(() => p.get('weight', [2, 2], { init: { normal: 1 } })).toThrow(
      'weight is requested with init "xavier" and with init {"normal":1}',
    );
    p.get('bias', [2]);
    expect(() => p.get('bias', [2], { init: { constant: 1 } })).toThrow(
      'bias is requested with init left out',
    );
  });
});
