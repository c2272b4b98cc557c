import { layoutSafetensors, SAFETENSORS_BYTES } from '@glip-wgpu/tensor-wgpu';
import type { CheckpointFile, TensorInfo } from './checkpoint-file.ts';
import { type ConvertOptions, type StoredForm, storedForm } from './stored-form.ts';
import { withoutPrefix } from './torch/torch-weights.ts';

/** A safetensors file that is generated while it is read. */
export interface ConvertedFile {
  /** Bytes of the whole file. */
  readonly size: number;
  readonly tensors: number;
  /** The file from its start, one tensor at a time. Rejects with ShapeError for values beyond the range of f16 */
  chunks(): AsyncGenerator<Uint8Array>;
}

/** A tensor of a converted file, and its place in it. */
export interface PlacedTensor {
  /** Name in the checkpoint. */
  readonly original: string;
  readonly form: StoredForm;
  /** Index among the form's outputs. */
  readonly output: number;
  /** First byte in the converted file. */
  readonly position: number;
}

/** Layout of a converted file: its header, and its tensors in the order of their data. */
export interface ConvertedLayout {
  readonly header: Uint8Array;
  readonly size: number;
  readonly tensors: readonly PlacedTensor[];
}

/**
 * A checkpoint of any format as one safetensors file, without the prefix `module.`.
 *
 * @throws TypeError if both f16 and q8 are asked for
 */
export function toSafetensors(file: CheckpointFile, options: ConvertOptions = {}): ConvertedFile {
  const { header, size, tensors } = convertedLayout(file, options);
  return {
    size,
    tensors: tensors.length,
    async *chunks() {
      yield header;
      // A file has scales before integers. They are kept until then, a sixteenth of the integers' bytes.
      const scales = new Map<StoredForm, Uint8Array>();
      for (const { original, form, output } of tensors) {
        const outputs = form.convert(await file.bytes(original), scales.get(form));
        if (outputs.length > 1 && !scales.delete(form)) scales.set(form, outputs[1].slice());
        yield outputs[output];
      }
    },
  };
}

/** The layout of what `toSafetensors` writes. */
export function convertedLayout(file: CheckpointFile, options: ConvertOptions): ConvertedLayout {
  const placed = new Map<string, Omit<PlacedTensor, 'position'>>();
  const infos: (readonly [name: string, info: TensorInfo])[] = [];
  for (const original of file.names) {
    const chosen = isScale(file, original) ? {} : options;
    const form = storedForm(withoutPrefix(original), file.info(original), chosen);
    for (const [output, entry] of form.outputs.entries()) {
      infos.push(entry);
      placed.set(entry[0], { original, form, output });
    }
  }
  const { header, order, fileSize } = layoutSafetensors(infos, [['format', 'pt']]);
  let position = header.length;
  const tensors = order.map((name) => {
    const tensor = placed.get(name) as Omit<PlacedTensor, 'position'>;
    const start = position;
    position += bytesOf(tensor.form.outputs[tensor.output][1]);
    return { ...tensor, position: start };
  });
  return { header, size: fileSize, tensors };
}

/** True for the scales of a tensor that is stored in 8 bits already. */
function isScale(file: CheckpointFile, name: string): boolean {
  const base = name.endsWith('.scale') ? name.slice(0, -'.scale'.length) : undefined;
  return base !== undefined && file.names.includes(base) && file.info(base).dtype === 'I8';
}

/** Bytes of a stored tensor. */
export function bytesOf({ dtype, shape }: TensorInfo): number {
  return shape.reduce((product, length) => product * length, 1) * SAFETENSORS_BYTES[dtype];
}
