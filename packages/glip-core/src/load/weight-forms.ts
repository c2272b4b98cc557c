import type { ConvertOptions } from '@glip-wgpu/checkpoint';
import type { SafetensorsInfo } from '@glip-wgpu/tensor-wgpu';
import { scaleShape, storedAs, type WeightDType } from '@glip-wgpu/tensor-wgpu/nn';
import type { WeightConversion } from '../download/download-weights.ts';
import type { RemoteFile } from '../download/remote-file.ts';
import { isIgnored } from '../network/network.ts';
import { withOriginalNames } from './mmdetection-file.ts';
import type { PublishedModel } from './published-models.ts';

/** Precision in which the weights of a published model are stored in the cache. */
export type WeightForm = WeightDType;

interface StoredWeights {
  /** File name in the model's folder of the cache. */
  readonly file: string;
  readonly convert: ConvertOptions;
  /** Other forms from which the model can be loaded: none of less precision. */
  readonly others: readonly WeightForm[];
}

const FORMS: Readonly<Record<WeightForm, StoredWeights>> = {
  f32: { file: 'model.safetensors', convert: {}, others: [] },
  f16: { file: 'model-f16.safetensors', convert: { f16: true }, others: ['f32'] },
  q8: { file: 'model-q8.safetensors', convert: { q8: true }, others: ['f32'] },
};

/** Every form. */
export const WEIGHT_FORMS = /* @__PURE__ */ Object.keys(FORMS) as readonly WeightForm[];

/** The conversion of a model's checkpoint to the file of a form, which has the original's names also if MMDetection saved it. */
export function conversionOf({ name }: PublishedModel, form: WeightForm): WeightConversion {
  return { ...FORMS[form].convert, translate: (file) => withOriginalNames(name, file) };
}

/** Name in the cache of a published model's weights in a form. */
export function weightFile({ name }: PublishedModel, form: WeightForm): string {
  return `${name}/${FORMS[form].file}`;
}

/** Files of the cache from which a model can be loaded in a form, in order of preference; the last is the published one. */
export function usableFiles(model: PublishedModel, form: WeightForm): readonly RemoteFile[] {
  const converted = [form, ...FORMS[form].others].map((one) => ({ name: weightFile(model, one), urls: [] }));
  return [...converted, model.weights];
}

/** Bytes of a model's parameters on the GPU. */
export function gpuBytes(
  tensors: Iterable<readonly [name: string, info: Pick<SafetensorsInfo, 'shape'>]>,
  form: WeightForm,
): number {
  let bytes = 0;
  for (const [name, { shape }] of tensors) {
    if (isIgnored(name)) continue;
    const size = sizeOf(shape);
    const dtype = storedAs(shape, { dtype: form });
    bytes += dtype === 'q8' ? size + 2 * sizeOf(scaleShape(shape)) : size * (dtype === 'f16' ? 2 : 4);
  }
  return bytes;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
