import type { Device } from '@glip-wgpu/tensor-wgpu';
import { linkEdits, placeInFile } from './sources.ts';

/** A compiler message, with file and line where known. */
export interface Message {
  readonly type: 'error' | 'warning' | 'info';
  readonly text: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

/** Changed files: path below tensor-wgpu's `src` to text. */
export type Edits = ReadonlyMap<string, string>;

/** A device on which kernels are compiled with changed files. */
export class EditedDevice implements Disposable {
  readonly device: Device;
  readonly #reports: Promise<Message[]>[] = [];

  constructor(device: Device, edits: Edits) {
    this.device = device;
    const { gpu } = device;
    const create = gpu.createShaderModule.bind(gpu);
    gpu.createShaderModule = (descriptor) => {
      const { code, segments } = linkEdits(descriptor.code, edits);
      const module = create({ ...descriptor, code });
      const report = module.getCompilationInfo().then(({ messages }) =>
        messages.map(({ type, message, lineNum, linePos }): Message => {
          const place = lineNum > 0 ? placeInFile(code, segments, lineNum) : undefined;
          return { type, text: message, ...(place ? { ...place, column: linePos } : {}) };
        }),
      );
      this.#reports.push(report);
      return module;
    };
  }

  /** Compiler messages so far, without repeats. */
  async messages(): Promise<Message[]> {
    const all = (await Promise.all(this.#reports)).flat();
    return [...new Map(all.map((message) => [JSON.stringify(message), message])).values()];
  }

  [Symbol.dispose](): void {
    this.device.dispose();
  }
}

/** True if a device still accepts work. */
export function isUsable(device: Device): boolean {
  try {
    device.check();
    return true;
  } catch {
    return false;
  }
}
