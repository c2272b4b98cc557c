import type { Device } from '../device.ts';
import { CheckpointError, ShapeError } from '../errors.ts';
import { dryDevice } from '../estimate.ts';
import { f32ToF16 } from '../f16.ts';
import { scope, tensorsIn, unscoped } from '../scope.ts';
import { type Shape, sameShape, type Tensor } from '../tensor.ts';
import { type Initializer, initialize } from './initialize.ts';
import { pack, packedShape } from './pack.ts';
import { storedAs, type TreeOptions } from './storage.ts';

/** Where parameters come from: a checkpoint's names, shapes and numbers, as the checkpoint has them. */
export interface ParameterSource {
  readonly names: Iterable<string>;
  shape(name: string): Shape | undefined;
  /** Row-major numbers, in the checkpoint's order of axes. */
  read(name: string): Float32Array;
  /** The bits of what is stored as f16, in the same order; undefined of anything else. */
  readF16?(name: string): Uint16Array | undefined;
}

export interface ParameterOptions {
  /** How it starts when there is no checkpoint. */
  readonly init?: Initializer;
  /** Input channels to fill up to with zeros: for images, which are padded to four. */
  readonly padChannels?: number;
}

interface Parameter {
  readonly tensor: Tensor;
  readonly shape: Shape;
}

/** What all cursors of one tree share. */
interface Root {
  readonly device: Device;
  readonly parameters: Map<string, Parameter>;
  make(name: string, shape: Shape, options: ParameterOptions): Tensor;
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

  /** Parameters drawn at random: the same for the same seed, whatever the order they are asked for. */
  static random(device: Device, seed: number, options: TreeOptions = {}): ParameterTree {
    const read = (name: string, shape: Shape, { init }: ParameterOptions): Float32Array =>
      initialize(`${seed} ${name}`, shape, init);
    return ParameterTree.#from(device, read, () => undefined, options);
  }

  /**
   * Builds a model with the parameters of a checkpoint. Every name and shape is checked before anything is allocated.
   *
   * @param build   takes its parameters from the tree, the same each time it is called
   * @param ignore  names of the checkpoint that the model does not need
   * @throws CheckpointError that lists all missing, unexpected and misshapen parameters
   */
  static load<M>(
    device: Device,
    source: ParameterSource,
    build: (p: ParameterTree) => M,
    ignore: (name: string) => boolean = () => false,
    options: TreeOptions = {},
  ): { readonly model: M; readonly parameters: ParameterTree } {
    ParameterTree.check(device, source, build, ignore);
    const parameters = ParameterTree.from(device, source, options);
    return { model: build(parameters), parameters };
  }

  /**
   * Parameters of a checkpoint, uploaded as they are asked for. `check` first: a missing one throws when it is asked
   * for, as does one beyond f16's range that is to be kept as f16 (ShapeError).
   */
  static from(
    device: Device,
    source: Pick<ParameterSource, 'read' | 'readF16'>,
    options: TreeOptions = {},
  ): ParameterTree {
    return ParameterTree.#from(
      device,
      (name) => source.read(name),
      (name) => source.readF16?.(name),
      options,
    );
  }

  /** The checks of `load` alone: no GPU memory, no numbers read. */
  static check(
    device: Device,
    source: Omit<ParameterSource, 'read'>,
    build: (p: ParameterTree) => unknown,
    ignore: (name: string) => boolean = () => false,
  ): void {
    const missing: string[] = [];
    const misshapen: string[] = [];
    const dry = ParameterTree.dry(dryDevice(device.info), (name, shape) => {
      const found = source.shape(name);
      if (!found) missing.push(name);
      else if (!sameShape(found, shape)) misshapen.push(`${name} [${found}], expected [${shape}]`);
    });
    build(dry);
    const asked = dry.#root.parameters;
    const unexpected = [...source.names].filter((name) => !asked.has(name) && !ignore(name));
    if (missing.length + misshapen.length + unexpected.length > 0) {
      throw new CheckpointError({ missing, misshapen, unexpected });
    }
  }

  /** Parameters without numbers, for a device that computes nothing: for checks and estimates. */
  static dry(
    device: Device,
    ask: (name: string, shape: Shape) => void = () => {},
    options: TreeOptions = {},
  ): ParameterTree {
    const parameters = new Map<string, Parameter>();
    const make = (name: string, shape: Shape, { padChannels }: ParameterOptions): Tensor => {
      ask(name, shape);
      return unscoped(() => device.empty(packedShape(shape, padChannels), storedAs(shape, options)));
    };
    return new ParameterTree({ device, parameters, make }, '');
  }

  static #from(
    device: Device,
    read: (name: string, shape: Shape, options: ParameterOptions) => Float32Array,
    readF16: (name: string) => Uint16Array | undefined,
    treeOptions: TreeOptions,
  ): ParameterTree {
    const make = (name: string, shape: Shape, options: ParameterOptions): Tensor => {
      const dtype = storedAs(shape, treeOptions);
      const halves = dtype === 'f16' ? readF16(name) : undefined;
      const numbers = halves ?? read(name, shape, options);
      const elements = dtype === 'f16' && numbers instanceof Float32Array ? f32ToF16(numbers, name) : numbers;
      const { data, shape: packed } = pack(elements, shape, options.padChannels);
      return unscoped(() => device.tensor(data, packed, dtype));
    };
    return new ParameterTree({ device, parameters: new Map(), make }, '');
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
      throw new ShapeError(`${path} is used as [${known.shape}] and as [${shape}]`);
    }
    if (known) return known.tensor;
    const tensor = this.#root.make(path, shape, options);
    this.#root.parameters.set(path, { tensor, shape });
    return tensor;
  }

  /** A layer's forward function: what it makes and does not return is freed. */
  layer<A extends readonly unknown[], T>(forward: (...inputs: A) => T): (...inputs: A) => T {
    return (...inputs) => scope(() => forward(...inputs));
  }

  /** Every parameter taken so far, by name, with its shape in the checkpoint. */
  get all(): ReadonlyMap<string, { readonly tensor: Tensor; readonly shape: Shape }> {
    return this.#root.parameters;
  }

  /** Frees every parameter taken so far. */
  dispose(): void {
    for (const tensor of tensorsIn([...this.#root.parameters.values()].map(({ tensor }) => tensor))) {
      tensor.dispose();
    }
    this.#root.parameters.clear();
  }
}
