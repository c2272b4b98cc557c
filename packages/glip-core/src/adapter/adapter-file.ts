import { type ByteSource, parseSafetensors, writeSafetensors } from '@glip-wgpu/tensor-wgpu';
import { MAX_SIDE } from '../config/check.ts';
import { AdapterError } from '../errors.ts';
import { open } from '../load/model-part.ts';
import type { FileContent } from '../load/model-source.ts';
import type { PromptInput } from '../prompt/prompt-input.ts';
import type { Adapter, AdapterParameter } from './adapter.ts';

const FORMAT = 'glip-adapter';
const VERSION = '1';
const MAX_BYTES = 2 ** 30;

/** The safetensors file of an adapter: its parameters as f32, all else under `adapter` in the metadata, as JSON. */
export function writeAdapter({ parameters, ...about }: Adapter): Uint8Array {
  const tensors = [...parameters].map(
    ([name, { shape, numbers }]) => [name, { dtype: 'F32', shape, data: numbers }] as const,
  );
  const metadata: [string, string][] = [
    ['format', FORMAT],
    ['version', VERSION],
    ['adapter', JSON.stringify(about)],
  ];
  return writeSafetensors(tensors, metadata);
}

/**
 * Reads an adapter's file.
 *
 * @param from  its content, or its path (Node) or URL
 * @throws AdapterError `file`, if it cannot be read, is no adapter, is cut off, or holds a NaN or an infinity
 */
export async function readAdapter(
  from: FileContent,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Adapter> {
  const name = typeof from === 'string' || from instanceof URL ? `${from}: ` : '';
  try {
    return adapterOf(await bytesOf(await open(from, { signal })));
  } catch (error) {
    signal?.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    throw new AdapterError('file', `${name}${reason}`, { cause: error });
  }
}

async function bytesOf(source: ByteSource): Promise<Uint8Array> {
  if (source.size > MAX_BYTES) throw new Error(`it has ${source.size} bytes, more than any adapter`);
  return source.read(0, source.size);
}

function adapterOf(bytes: Uint8Array): Adapter {
  const file = parseSafetensors(bytes);
  const { format, version, adapter = '' } = Object.fromEntries(file.metadata);
  if (format !== FORMAT) throw new Error(`it is no adapter: its metadata has no format ${FORMAT}`);
  if (version !== VERSION)
    throw new Error(`it is of version ${version}, and this library reads version ${VERSION}`);
  const parameters = new Map<string, AdapterParameter>();
  for (const name of file.names) {
    const numbers = file.f32(name).slice();
    const bad = numbers.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw new Error(`its ${name}[${bad}] is ${numbers[bad]}`);
    parameters.set(name, { shape: file.info(name).shape, numbers });
  }
  if (parameters.size === 0) throw new Error('it holds no parameters');
  return { ...aboutOf(adapter), parameters };
}

/** The part that is JSON, checked. */
function aboutOf(json: string): Omit<Adapter, 'parameters'> {
  let root: Fields;
  try {
    root = fieldsOf('the metadata', JSON.parse(json));
  } catch (cause) {
    throw new Error(`its metadata holds no description of an adapter (${(cause as Error).message})`, {
      cause,
    });
  }
  const base = fieldsOf('base', root.base);
  const metrics = Object.entries(fieldsOf('metrics', root.metrics ?? {}));
  for (const [name, value] of metrics) {
    if (!Number.isFinite(value)) throw new Error(`its metric ${JSON.stringify(name)} is no number`);
  }
  return {
    base: { name: textOf('base.name', base.name), fingerprint: textOf('base.fingerprint', base.fingerprint) },
    mode: textOf('mode', root.mode),
    prompt: promptOf(fieldsOf('prompt', root.prompt)),
    text: textOf('text', root.text),
    ...(root.image !== undefined && { image: sizesOf(fieldsOf('image', root.image)) }),
    metrics: Object.fromEntries(metrics as [string, number][]),
  };
}

function sizesOf({ minSize, maxSize }: Fields): NonNullable<Adapter['image']> {
  const whole = [minSize, maxSize].every((side) => Number.isInteger(side) && (side as number) <= MAX_SIDE);
  const [shorter, longer] = [minSize as number, maxSize as number];
  if (whole && shorter >= 1 && longer >= shorter) return { minSize: shorter, maxSize: longer };
  throw new Error(`its image has the sizes ${JSON.stringify(minSize)} and ${JSON.stringify(maxSize)}`);
}

/** Only its kind: `Glip` checks prompts. */
function promptOf(prompt: Fields): PromptInput {
  if (!Array.isArray(prompt.categories) && typeof prompt.caption !== 'string') {
    throw new Error('its prompt has neither categories nor a caption');
  }
  return prompt as unknown as PromptInput;
}

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(name: string, value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`its ${name} is no object`);
  return value as Fields;
}

function textOf(name: string, value: unknown): string {
  if (typeof value !== 'string') throw new Error(`its ${name} is no text`);
  return value;
}
