/** An argument's shape, dtype or value does not fit the operation. Thrown before anything is dispatched. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

/** A kernel is wrong: its WGSL does not compile, or differs from its TypeScript declaration. */
export class KernelError extends Error {
  override readonly name = 'KernelError';
}

/** No adapter, a lost or disposed device, or memory that the GPU would not give. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError';
  readonly reason: 'unavailable' | 'lost' | 'disposed' | 'out-of-memory' | 'validation';

  constructor(reason: DeviceError['reason'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** Parameters that a model needs and a checkpoint lacks, has in excess, or has in another shape. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly misshapen: readonly string[];

  constructor(
    problems: Pick<CheckpointError, 'missing' | 'unexpected' | 'misshapen'>,
    context = 'checkpoint',
  ) {
    const list = (what: string, names: readonly string[]): string =>
      names.length === 0
        ? ''
        : `\n  ${names.length} ${what}: ${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}`;
    super(
      `${context} does not fit the model:${list('missing', problems.missing)}${list(
        'unexpected',
        problems.unexpected,
      )}${list('misshapen', problems.misshapen)}`,
    );
    this.missing = problems.missing;
    this.unexpected = problems.unexpected;
    this.misshapen = problems.misshapen;
  }
}
