import type { Device } from '@glip-wgpu/tensor-wgpu';
import { coreOf } from '@glip-wgpu/tensor-wgpu/testing';
import { linkEdits, placeInFile } from './sources.ts';

/** A compiler message, with file and line where known. */
export interface Message {
  readonly type: 'error' | 'warning' | 'info';
  readonly text: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** The line of the linked source, where it comes from no file: quads, unrolled loops and constants are written. */
  readonly source?: string;
}

/** Changed files: path below tensor-wgpu's `src` to text. */
export type Edits = ReadonlyMap<string, string>;

/** A device on which kernels are compiled with changed files. */
export class EditedDevice implements Disposable {
  readonly device: Device;
  readonly #reports: Promise<Message[]>[] = [];

  constructor(device: Device, edits: Edits) {
    this.device = device;
    coreOf(device).pipelines.asWritten = true;
    const { gpu } = device;
    const create = gpu.createShaderModule.bind(gpu);
    gpu.createShaderModule = (descriptor) => {
      const { code, segments } = linkEdits(descriptor.code, edits);
      const module = create({ ...descriptor, code });
      const report = module.getCompilationInfo().then(({ messages }) =>
        messages.map(({ type, message, lineNum, linePos }): Message => {
          if (lineNum === 0) return { type, text: message };
          const place = placeInFile(code, segments, lineNum);
          if (place) return { type, text: message, ...place, column: linePos };
          return { type, text: message, source: code.split('\n')[lineNum - 1].trim() };
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
