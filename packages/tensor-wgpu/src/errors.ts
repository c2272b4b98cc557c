/** An argument's shape, dtype or value does not fit the operation. Thrown before anything is dispatched. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

/** A kernel is wrong: its WGSL does not compile, or differs from its TypeScript declaration. */
export class KernelError extends Error {
  override readonly name = 'KernelError';
  /** The linked WGSL, as the compiler was given it, of a kernel that does not compile. */
  readonly wgsl: string | undefined;

  constructor(message: string, options: ErrorOptions & { readonly wgsl?: string } = {}) {
    super(message, options);
    this.wgsl = options.wgsl;
  }
}

/** No adapter, a lost or disposed device, a refused command, or too little GPU memory. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError';
  readonly reason: 'unavailable' | 'lost' | 'disposed' | 'out-of-memory' | 'validation';

  constructor(reason: DeviceError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Problems of a checkpoint's parameters, by name. */
export interface CheckpointProblems {
  readonly missing?: readonly string[];
  readonly unexpected?: readonly string[];
  readonly misshapen?: readonly string[];
  /** Places that hold a NaN or an infinity. */
  readonly notFinite?: readonly string[];
}

/** A checkpoint's parameters do not fit a model: missing, unexpected, misshapen, or with a NaN or an infinity. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly misshapen: readonly string[];
  readonly notFinite: readonly string[];

  constructor(
    { missing = [], unexpected = [], misshapen = [], notFinite = [] }: CheckpointProblems,
    context = 'checkpoint',
  ) {
    const list = (what: string, names: readonly string[]): string =>
      names.length === 0
        ? ''
        : `\n  ${names.length} ${what}: ${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}`;
    const lists = [
      list('missing', missing),
      list('unexpected', unexpected),
      list('misshapen', misshapen),
      list('not finite', notFinite),
    ];
    super(`${context} does not fit the model:${lists.join('')}`);
    this.missing = missing;
    this.unexpected = unexpected;
    this.misshapen = misshapen;
    this.notFinite = notFinite;
  }
}
