import { DeviceError, KernelError } from '../errors.ts';
import { foldBranches } from '../wgsl/fold-branches.ts';
import { withoutComments } from '../wgsl/without-comments.ts';
import type { Failure } from './failure.ts';
import { ShaderStage } from './webgpu-constants.ts';

/** A kernel's linked WGSL, its overrides, and its bindings: those read, those written, then the parameters. */
export interface PipelineSource {
  readonly name: string;
  readonly code: string;
  readonly constants: Readonly<Record<string, number>>;
  readonly bindings: number;
  readonly reads: number;
}

/** A pipeline: compiling, compiled, or failed. */
export interface Pipeline {
  readonly layout: GPUBindGroupLayout;
  readonly value: GPUComputePipeline | undefined;
  /** KernelError for wrong WGSL, else the reason that the device failed. */
  readonly error: Error | undefined;
}

export interface CompileProgress {
  /** Kernels compiled since the queue was last empty. */
  readonly done: number;
  /** Those and the ones still queued. */
  readonly total: number;
}

type Settling = { -readonly [K in keyof Pipeline]: Pipeline[K] };

const DEFAULT_THREADS = 4; // where the platform does not report its own
const MAX_THREADS = 8;

/** Compiles pipelines, several at a time and each once. */
export class PipelineCache {
  readonly #gpu: GPUDevice;
  readonly #failure: Failure;
  readonly #known = new Map<string, Pipeline>();
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #listeners = new Set<(progress: CompileProgress) => void>();
  readonly #threads: number;
  #running = 0;
  #done = 0;
  #total = 0;
  /** Compiles modules as they are linked, with comments and with branches that constants rule out: for tools that show them. */
  asWritten = false;
  /** True if some pipeline could not be compiled. */
  faulty = false;
  /** Called when a pipeline is ready or has failed. */
  onSettled: () => void = () => {};

  constructor(gpu: GPUDevice, failure: Failure) {
    this.#gpu = gpu;
    this.#failure = failure;
    const cores = globalThis.navigator?.hardwareConcurrency ?? DEFAULT_THREADS;
    this.#threads = Math.min(MAX_THREADS, Math.max(2, cores));
  }

  get keys(): readonly string[] {
    return [...this.#known.keys()];
  }

  get compiling(): boolean {
    return this.#done < this.#total;
  }

  get(key: string, sourceOf: () => PipelineSource): Pipeline {
    const known = this.#known.get(key);
    if (known) return known;
    const source = sourceOf();
    const pipeline = this.#failure.attempt(`compiling ${source.name}`, () => this.#compile(source));
    this.#known.set(key, pipeline);
    return pipeline;
  }

  /** Calls `listener` after each kernel that is compiled, until the returned function is called. */
  watch(listener: (progress: CompileProgress) => void): () => void {
    const own = (progress: CompileProgress): void => listener(progress);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  #compile(linked: PipelineSource): Pipeline {
    const gpu = this.#gpu;
    const dry = typeof gpu.createComputePipelineAsync !== 'function';
    const { name, constants, bindings, reads } = linked;
    const code = this.asWritten || dry ? linked.code : foldBranches(withoutComments(linked.code), constants);
    const typeOf = (binding: number): GPUBufferBindingType => {
      if (binding === bindings) return 'uniform';
      return binding < reads ? 'read-only-storage' : 'storage';
    };
    const make = () => {
      const layout = gpu.createBindGroupLayout({
        label: name,
        entries: Array.from({ length: bindings + 1 }, (_, binding) => ({
          binding,
          visibility: ShaderStage.COMPUTE,
          buffer: { type: typeOf(binding) },
        })),
      });
      const module = gpu.createShaderModule({ label: name, code });
      // Only the overrides that the code declares may be set.
      const declared = Object.entries(constants).filter(([id]) => new RegExp(`override ${id}\\b`).test(code));
      const descriptor: GPUComputePipelineDescriptor = {
        label: name,
        layout: gpu.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module, constants: Object.fromEntries(declared) },
      };
      return { layout, module, descriptor };
    };
    if (dry) {
      const { layout, descriptor } = make();
      return { layout, value: gpu.createComputePipeline(descriptor), error: undefined };
    }
    gpu.pushErrorScope('validation');
    const { layout, module, descriptor } = make();
    const invalid = gpu.popErrorScope().catch(() => null); // a lost device is reported elsewhere
    const pipeline: Settling = { layout, value: undefined, error: undefined };
    if (!this.compiling) this.#done = this.#total = 0;
    this.#total += 1;
    this.#waiting.push(async () => {
      try {
        this.#failure.check();
        const created = gpu.createComputePipelineAsync(descriptor);
        created.catch(() => {}); // the scope's error comes first
        const error = await invalid;
        if (error) throw new KernelError(error.message);
        pipeline.value = await created;
      } catch (cause) {
        pipeline.error = await this.#explain(name, code, module, cause as Error);
        this.faulty = true;
      }
    });
    this.#startNext();
    return pipeline;
  }

  #startNext(): void {
    while (this.#running < this.#threads) {
      const compile = this.#waiting.shift();
      if (!compile) return;
      this.#running += 1;
      compile().finally(() => {
        this.#running -= 1;
        this.#done += 1;
        this.#startNext();
        const progress = { done: this.#done, total: this.#total };
        this.onSettled();
        for (const listener of this.#listeners) listener(progress);
      });
    }
  }

  /** The error of a kernel that could not be compiled: the compiler's messages, each with the line of the linked source. */
  async #explain(name: string, code: string, module: GPUShaderModule, cause: Error): Promise<Error> {
    const { messages } = await module.getCompilationInfo().catch(() => ({ messages: [] }));
    if (this.#failure.error) return this.#failure.error;
    const list = [...messages]
      .filter(({ type }) => type === 'error')
      .map(({ lineNum, linePos, message }) =>
        lineNum > 0
          ? `  ${lineNum}:${linePos} ${message}\n${excerpt(code, lineNum, linePos)}`
          : `  ${message}`,
      );
    const details = { cause, wgsl: code };
    if (list.length > 0) return new KernelError(`${name} does not compile\n${list.join('\n')}`, details);
    if (cause instanceof KernelError || cause.name === 'GPUPipelineError') {
      return new KernelError(`${name} does not compile: ${cause.message}`, details);
    }
    return this.#failure.fail(
      new DeviceError('validation', `compiling ${name}: ${cause.message}`, { cause }),
    );
  }
}

const AROUND = 2; // lines shown before and after one that is wrong

/** Numbered lines of a linked kernel around the wrong one, with a mark below the place. */
function excerpt(code: string, line: number, column: number): string {
  const first = Math.max(1, line - AROUND);
  const lines = code.split('\n').slice(first - 1, line + AROUND);
  const numbered = lines.map((text, i) => `${String(first + i).padStart(8)} | ${text}`);
  numbered.splice(line - first + 1, 0, `${' '.repeat(8)} | ${' '.repeat(Math.max(0, column - 1))}^`);
  return numbered.join('\n');
}
