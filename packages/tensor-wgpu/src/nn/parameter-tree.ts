import { coreOf, type Device } from '../device/device.ts';
import { readShared } from '../device/shared-reads.ts';
import { CheckpointError, ShapeError } from '../errors.ts';
import { dryDevice } from '../estimate.ts';
import { f32ToF16 } from '../f16.ts';
import { q8Numbers } from '../q8.ts';
import { parseSafetensors } from '../safetensors/safetensors.ts';
import { collect, type StoredTensor, streamSafetensors } from '../safetensors/stream.ts';
import { scope, unscoped } from '../scope.ts';
import { type Shape, sameShape, sizeOf, type Tensor, type TypedArray } from '../tensor.ts';
import { initialize } from './initialize.ts';
import { packedShape, unpack } from './pack.ts';
import {
  contentsOf,
  expectFinite,
  isQuantized,
  type Parameter,
  type ParameterOptions,
  type ParameterRequest,
  type ParameterSource,
  type ReadOptions,
  type StoredNumbers,
  upload,
  uploadAll,
} from './parameter-source.ts';
import { scaleName, scaleShape, unpackQuantized } from './quantized.ts';
import { storedAs, type TreeOptions, type WeightDType } from './storage.ts';

/** State that all cursors of one tree share. */
interface Root {
  readonly device: Device;
  readonly parameters: Map<string, Parameter>;
  readonly constants: Map<string, Tensor>;
  make(name: string, shape: Shape, options: ParameterOptions): Tensor;
  /** True if the parameters belong to others. */
  readonly borrowed?: boolean;
}

/**
 * A place in a model's tree of parameters, named as in the original's checkpoints. Layers descend with `at` and take
 * what they need with `get`; a layer's tensors other than its results are freed by `layer`.
 */
export class ParameterTree {
  readonly path: string;
  readonly #root: Root;

  private constructor(root: Root, path: string) {
    this.#root = root;
    this.path = path;
  }

  /** Random parameters: the same for the same seed, in whatever order they are requested. */
  static random(device: Device, seed: number, treeOptions: TreeOptions = {}): ParameterTree {
    const make = (name: string, shape: Shape, options: ParameterOptions): Tensor =>
      upload(
        device,
        name,
        initialize(`${seed} ${name}`, shape, options.init),
        { shape, options },
        treeOptions,
      );
    return new ParameterTree({ device, parameters: new Map(), constants: new Map(), make }, '');
  }

  /**
   * Builds a model with the parameters of a checkpoint, which are read and uploaded one by one: CPU memory holds one of
   * them and those that the GPU has not yet taken. Every name and shape is checked before anything is allocated.
   *
   * @param build   takes its parameters from the tree, the same each time it is called
   * @param ignore  names of the checkpoint that the model does not need
   * @throws CheckpointError that lists all missing, unexpected and misshapen parameters, or names one that holds a NaN
   *   or an infinity; ShapeError for one to be kept as f16 or q8 and beyond its range; the signal's reason
   */
  static async load<M>(
    device: Device,
    source: ParameterSource,
    build: (p: ParameterTree) => M,
    ignore: (name: string) => boolean = () => false,
    options: ReadOptions = {},
  ): Promise<{ readonly model: M; readonly parameters: ParameterTree }> {
    const asked = ParameterTree.check(device, source, build, ignore);
    const make = (name: string): Tensor => {
      throw new ShapeError(`${name} was not requested when the model was checked`);
    };
    const tree = new ParameterTree({ device, parameters: new Map(), constants: new Map(), make }, '');
    try {
      await uploadAll(device, source, asked, tree.#root.parameters, options);
      return { model: build(tree), parameters: tree };
    } catch (error) {
      tree.dispose();
      throw error;
    }
  }

  /** Only the checks of `load`: no GPU memory, no numbers read. @returns the model's requests, by name */
  static check(
    device: Device,
    source: Omit<ParameterSource, 'read'>,
    build: (p: ParameterTree) => unknown,
    ignore: (name: string) => boolean = () => false,
  ): ReadonlyMap<string, ParameterRequest> {
    const missing: string[] = [];
    const misshapen: string[] = [];
    const asked = new Map<string, ParameterRequest>();
    const dry = ParameterTree.dry(dryDevice(device.info), (name, shape, options) => {
      asked.set(name, { shape, options });
      const found = source.shape(name);
      if (!found) missing.push(name);
      else if (!sameShape(found, shape)) misshapen.push(`${name} [${found}], expected [${shape}]`);
    });
    build(dry);
    const unexpected = [...source.names].filter((name) => !asked.has(name) && !ignore(name));
    if (missing.length + misshapen.length + unexpected.length > 0) {
      throw new CheckpointError({ missing, misshapen, unexpected });
    }
    return asked;
  }

  /** Parameters without numbers, for a device that computes nothing: for checks and estimates. */
  static dry(
    device: Device,
    ask: (name: string, shape: Shape, options: ParameterOptions) => void = () => {},
    options: TreeOptions = {},
  ): ParameterTree {
    const parameters = new Map<string, Parameter>();
    const make = (name: string, shape: Shape, own: ParameterOptions): Tensor => {
      ask(name, shape, own);
      return unscoped(() => device.empty(packedShape(shape, own.padChannels), storedAs(shape, options)));
    };
    return new ParameterTree({ device, parameters, constants: new Map(), make }, '');
  }

  /**
   * A tree over tensors that others own, for a second set of values such as moving averages: a model built on it computes
   * with them as they are at each call. `dispose` frees only the tree's constants.
   *
   * @param parameters  by name: the tensor, packed as those of `all`, and its shape in the checkpoint
   */
  static over(
    device: Device,
    parameters: ReadonlyMap<string, { readonly tensor: Tensor; readonly shape: Shape }>,
  ): ParameterTree {
    const make = (name: string): Tensor => {
      throw new ShapeError(`${name} is not among the ${parameters.size} parameters of this tree`);
    };
    const root = { device, parameters: new Map(parameters), constants: new Map(), make, borrowed: true };
    return new ParameterTree(root, '');
  }

  get device(): Device {
    return this.#root.device;
  }

  /** Goes down to `name`, which may have several parts: 'attention.self'. */
  at(name: string | number): ParameterTree {
    return new ParameterTree(this.#root, this.path ? `${this.path}.${name}` : `${name}`);
  }

  /**
   * A parameter of this place.
   *
   * @param shape  its shape in the checkpoint: [out, in] or [out, in, kh, kw] for weights
   * @returns      the tensor, [out, kh, kw, in] if it has four axes
   */
  get(name: string, shape: Shape, options: ParameterOptions = {}): Tensor {
    const path = this.path ? `${this.path}.${name}` : name;
    const known = this.#root.parameters.get(path);
    if (known && !sameShape(known.shape, shape)) {
      throw new ShapeError(`${path} is requested as [${known.shape}] and as [${shape}]`);
    }
    if (known) {
      expectSameOptions(path, known.options, options);
      return known.tensor;
    }
    const tensor = this.#root.make(path, shape, options);
    this.#root.parameters.set(path, { tensor, shape, options });
    return tensor;
  }

  /**
   * Fixed numbers that a layer of this place computes with, such as indices: uploaded once and freed with the tree; no
   * checkpoint has them.
   */
  constant(name: string, shape: Shape, data: () => TypedArray): Tensor {
    const path = this.path ? `${this.path}.${name}` : name;
    const { constants, device } = this.#root;
    const known = constants.get(path);
    if (known) return known;
    const core = coreOf(device);
    // From the tree's own memory, even if it is requested while a pass is captured.
    const tensor = core.allocateFrom(core.pool, core.pool, () =>
      unscoped(() => device.tensor(data(), shape)),
    );
    constants.set(path, tensor);
    return tensor;
  }

  /** A layer's forward function: tensors that it creates and does not return are freed. It needs no `this`. */
  layer<A extends readonly unknown[], T>(this: void, forward: (...inputs: A) => T): (...inputs: A) => T {
    return (...inputs) => scope(() => forward(...inputs));
  }

  /** Every parameter taken so far, by name, with its shape in the checkpoint. */
  get all(): ReadonlyMap<string, { readonly tensor: Tensor; readonly shape: Shape }> {
    return this.#root.parameters;
  }

  /** The parameters of this place and below that were taken so far, by their full names, as optimizers expect them. */
  tensors(): ReadonlyMap<string, Tensor> {
    return new Map([...this.#own()].map(([name, { tensor }]) => [name, tensor]));
  }

  /**
   * The same in a checkpoint's layout, read on demand: to write a file in parts with `streamSafetensors`. One of q8 is
   * two tensors: integers of I8, and `NAME.scale` of F16.
   */
  stored(): [name: string, tensor: StoredTensor][] {
    return [...this.#own()].flatMap(([name, { tensor, shape }]): [string, StoredTensor][] => {
      const contents = () => readShared({ tensor });
      const inputs = tensor.shape.at(-1);
      if (tensor.dtype === 'q8') {
        const read = async () =>
          unpackQuantized(q8Numbers((await contents()) as Uint8Array, tensor.shape), shape, inputs);
        return [
          [name, { dtype: 'I8', shape, read: async () => (await read()).values }],
          [
            scaleName(name),
            { dtype: 'F16', shape: scaleShape(shape), read: async () => (await read()).scales },
          ],
        ];
      }
      const read = async () => unpack((await contents()) as Float32Array | Uint16Array, shape, inputs);
      return [[name, { dtype: tensor.dtype === 'f16' ? 'F16' : 'F32', shape, read }]];
    });
  }

  /** A safetensors file of the parameters of this place and below, by their full names and in a checkpoint's layout. */
  save(): Promise<Uint8Array<ArrayBuffer>> {
    return collect(streamSafetensors(this.stored()));
  }

  /**
   * Overwrites the parameters of this place and below with those of a safetensors file, in place: captured functions
   * use the new values.
   *
   * @throws CheckpointError that lists all missing, unexpected and misshapen parameters, or names one that holds a NaN or
   *   an infinity, before anything is changed; SafetensorsError for a file that is malformed
   */
  restore(file: Uint8Array): void {
    const saved = parseSafetensors(file);
    const own = new Map(this.#own());
    const missing = [...own.keys()].filter((name) => !saved.has(name));
    const quantized = [...own].filter(([name]) => saved.has(name) && saved.info(name).dtype === 'I8');
    const scales = new Map(quantized.map(([name, { shape }]) => [scaleName(name), scaleShape(shape)]));
    missing.push(...[...scales.keys()].filter((name) => !saved.has(name)));
    const unexpected = saved.names.filter((name) => !own.has(name) && !scales.has(name));
    const shapes = [...[...own].map(([name, { shape }]) => [name, shape] as const), ...scales];
    const misshapen = shapes.flatMap(([name, shape]) => {
      const found = saved.has(name) ? saved.info(name).shape : shape;
      return sameShape(found, shape) ? [] : [`${name} [${found}], expected [${shape}]`];
    });
    if (missing.length + misshapen.length + unexpected.length > 0) {
      throw new CheckpointError({ missing, misshapen, unexpected });
    }
    const numbersOf = (name: string): StoredNumbers => {
      if (saved.info(name).dtype !== 'I8') return saved.f16(name) ?? saved.f32(name);
      const { buffer, byteOffset, length } = saved.bytes(name);
      const halves = saved.f16(scaleName(name)) ?? f32ToF16(saved.f32(scaleName(name)), scaleName(name));
      return { values: new Int8Array(buffer, byteOffset, length), scales: halves };
    };
    for (const name of own.keys()) expectFinite(name, numbersOf(name));
    const root = new ParameterTree(this.#root, '');
    for (const name of own.keys()) root.write(name, numbersOf(name));
  }

  /**
   * Overwrites one parameter in place.
   *
   * @param name     of a parameter of this place
   * @param numbers  in the checkpoint's order of axes
   * @throws ShapeError if there is no such parameter, or the number of elements differs; CheckpointError for a NaN or an
   *   infinity
   */
  write(name: string, numbers: StoredNumbers): void {
    const path = this.path ? `${this.path}.${name}` : name;
    const known = this.#root.parameters.get(path);
    const length = isQuantized(numbers) ? numbers.values.length : numbers.length;
    if (!known || length !== sizeOf(known.shape)) {
      const expected = known ? `[${known.shape}]` : 'a parameter that was taken';
      throw new ShapeError(`write: ${length} numbers for ${path}, expected ${expected}`);
    }
    expectFinite(path, numbers);
    const { tensor, shape } = known;
    const dtype = tensor.dtype as WeightDType;
    tensor.device.upload(tensor, contentsOf(dtype, path, numbers, shape, tensor.shape.at(-1)));
  }

  *#own(): Generator<[string, Parameter]> {
    for (const [name, parameter] of this.#root.parameters) {
      if (this.path === '' || name.startsWith(`${this.path}.`)) yield [name, parameter];
    }
  }

  /**
   * Converts numbers in a parameter's GPU layout, its own or its gradient's, to the checkpoint's order of axes.
   *
   * @param name  of a parameter of this place
   * @throws ShapeError if there is no such parameter, or the number of elements differs
   */
  unpack(name: string, data: Float32Array): Float32Array {
    const path = this.path ? `${this.path}.${name}` : name;
    const known = this.#root.parameters.get(path);
    if (known?.tensor.size !== data.length) {
      const expected = known ? `[${known.tensor.shape}]` : 'a parameter that was taken';
      throw new ShapeError(`unpack: ${data.length} numbers for ${path}, expected ${expected}`);
    }
    return unpack(data, known.shape, known.tensor.dim(-1));
  }

  /** Frees every parameter taken so far unless others own them, and the constants. */
  dispose(): void {
    if (!this.#root.borrowed) {
      for (const { tensor } of this.#root.parameters.values()) tensor.dispose();
    }
    this.#root.parameters.clear();
    for (const tensor of this.#root.constants.values()) tensor.dispose();
    this.#root.constants.clear();
  }
}

/** @throws ShapeError for options that differ from the parameter's first request: they would have no effect */
function expectSameOptions(path: string, first: ParameterOptions | undefined, again: ParameterOptions): void {
  if (!first) return;
  for (const key of ['init', 'padChannels'] as const) {
    const [was, is] = [first[key], again[key]].map((value) => JSON.stringify(value));
    if (is !== undefined && is !== was) {
      throw new ShapeError(`${path} is requested with ${key} ${was ?? 'left out'} and with ${key} ${is}`);
    }
  }
}
