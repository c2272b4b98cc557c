import { type Capabilities, dryDevice, ShapeError, scope } from '@glip-wgpu/tensor-wgpu';
import { coreOf, formOf, type InputSpec, type KernelSpec } from '@glip-wgpu/tensor-wgpu/testing';

const files = import.meta.glob('../../../../packages/tensor-wgpu/src/**/*.wgsl', {
  eager: true,
  import: 'default',
}) as Record<string, string>;

/** Every WGSL file of tensor-wgpu, by its path below `src`. */
export const wgslFiles: ReadonlyMap<string, string> = new Map(
  Object.entries(files).map(([path, text]) => [path.slice(path.indexOf('/src/') + 5), text]),
);

/** Range of a file's text in a module linked from several. */
export interface Segment {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

const PARAMS = '@group(1) @binding(0)'; // in files; linked modules bind parameters behind the tensors
const BOUND = /^@group\(0\) @binding\(\d+\)/;

/** Files of a linked module, in module order. */
function segmentsOf(code: string): Segment[] {
  const found: Segment[] = [];
  for (const [file, text] of wgslFiles) {
    const segment = locate(code, file, text);
    if (segment) found.push(segment);
  }
  return found.sort((a, b) => a.start - b.start);
}

function locate(code: string, file: string, text: string): Segment | undefined {
  const [head, ...rest] = text.split(PARAMS);
  for (let start = code.indexOf(head); start >= 0; start = code.indexOf(head, start + 1)) {
    if (rest.length === 0) return { file, start, end: start + head.length };
    const bound = BOUND.exec(code.slice(start + head.length, start + head.length + 40))?.[0];
    if (bound === undefined) continue;
    const tail = rest.join(PARAMS);
    const at = start + head.length + bound.length;
    if (code.startsWith(tail, at)) return { file, start, end: at + tail.length };
  }
  return undefined;
}

/** A linked module with some of its files changed, and their ranges in it. */
export function linkEdits(
  code: string,
  edits: ReadonlyMap<string, string>,
): { readonly code: string; readonly segments: readonly Segment[] } {
  let linked = '';
  let from = 0;
  const segments = segmentsOf(code).map(({ file, start, end }): Segment => {
    linked += code.slice(from, start);
    const place = linked.length;
    const original = code.slice(start, end);
    const at = (wgslFiles.get(file) ?? '').indexOf(PARAMS);
    const bound = (at < 0 ? undefined : BOUND.exec(original.slice(at))?.[0]) ?? PARAMS;
    linked += edits.get(file)?.replace(PARAMS, bound) ?? original;
    from = end;
    return { file, start: place, end: linked.length };
  });
  return { code: linked + code.slice(from), segments };
}

/** Maps a line of a linked module to a line of one of its files; undefined between files. */
export function placeInFile(
  code: string,
  segments: readonly Segment[],
  line: number,
): { readonly file: string; readonly line: number } | undefined {
  let offset = 0;
  for (let n = 1; n < line; n++) offset = code.indexOf('\n', offset) + 1;
  const segment = segments.find(({ start, end }) => start <= offset && offset < end);
  if (!segment) return undefined;
  return { file: segment.file, line: code.slice(segment.start, offset).split('\n').length };
}

/** Files that a kernel's cases link on a device like this, the kernel's own first. */
export function filesOf(spec: KernelSpec, like: Capabilities): string[] {
  const device = dryDevice(like);
  coreOf(device).pipelines.asWritten = true;
  const names = new Set<string>();
  device.gpu.createShaderModule = ({ code }) => {
    for (const { file } of segmentsOf(code)) names.add(file);
    return { getCompilationInfo: async () => ({ messages: [] }) } as unknown as GPUShaderModule;
  };
  for (const { inputs, options } of [...Object.values(spec.cases), ...Object.values(spec.bench)]) {
    const tensors = Object.entries(inputs as Record<string, InputSpec>).map(
      ([id, input]) => [id, device.empty(...formOf(input))] as const,
    );
    try {
      scope(() => spec.run(Object.fromEntries(tensors), options));
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error; // larger than this device allows
    }
  }
  const own = (file: string): number => (file.startsWith(`kernels/${spec.name}/`) ? 0 : 1);
  return [...names].sort((a, b) => own(a) - own(b) || a.localeCompare(b));
}
