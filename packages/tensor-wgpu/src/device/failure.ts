import { DeviceError, KernelError, ShapeError } from '../errors.ts';

/** The first thing that went wrong with a device; every later call rejects with it. */
export class Failure {
  #error: Error | undefined;
  readonly #waiting = new Set<(error: Error) => void>();
  /** Called once, when the device has failed. */
  onFailure: () => void = () => {};

  get error(): Error | undefined {
    return this.#error;
  }

  /** @throws the error that the device failed with */
  check(): void {
    if (this.#error) throw this.#error;
  }

  /** Makes every pending and later call fail. @returns the error that they fail with: the first */
  fail(error: Error): Error {
    if (this.#error) return this.#error;
    this.#error = error;
    for (const reject of this.#waiting) reject(error);
    this.#waiting.clear();
    this.onFailure();
    return error;
  }

  /**
   * Calls the GPU.
   *
   * @param operation  its name, or a function that gives it: most calls do not fail
   * @throws DeviceError that names the operation if the call throws; the device has then failed
   */
  attempt<T>(operation: string | (() => string), call: () => T): T {
    try {
      return call();
    } catch (cause) {
      if (cause instanceof DeviceError || cause instanceof ShapeError || cause instanceof KernelError)
        throw cause;
      const name = typeof operation === 'string' ? operation : operation();
      throw this.fail(new DeviceError('validation', `${name}: ${messageOf(cause)}`, { cause }));
    }
  }

  /**
   * Waits for the GPU. A lost device resolves most promises as if nothing had happened, and leaves some pending.
   *
   * @throws DeviceError as soon as the device fails; 'lost', named after the operation, if the promise rejects
   */
  unlessFailed<T>(operation: string, work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      work.catch(() => {}); // the device's failure may come first
      if (this.#error) return reject(this.#error);
      this.#waiting.add(reject);
      work.then(
        (value) => {
          this.#waiting.delete(reject);
          if (this.#error) reject(this.#error);
          else resolve(value);
        },
        (cause) => {
          this.#waiting.delete(reject);
          if (cause instanceof DeviceError || cause instanceof KernelError) reject(cause);
          else reject(this.fail(lostDuring(operation, cause)));
        },
      );
    });
  }
}

export function lostDuring(operation: string, cause: unknown): DeviceError {
  return new DeviceError('lost', `the GPU device was lost during ${operation}: ${messageOf(cause)}`, {
    cause,
  });
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
