import {
  call,
  checkpoint,
  dict,
  float,
  global,
  int,
  orderedDict,
  storage,
  str,
  tensor,
  tuple,
  whole,
} from '@glip-wgpu/checkpoint/testing';
import type { SafetensorsEntry, SafetensorsFile } from '@glip-wgpu/tensor-wgpu';

export type NamedTensor = readonly [name: string, tensor: SafetensorsEntry];

/**
 * An original checkpoint in the form that MMDetection's converter writes, independent of the reader. Position ids, which
 * may be present or absent, are left out.
 */
export function mmdetectionForm(file: SafetensorsFile): NamedTensor[] {
  const converted: NamedTensor[] = [];
  for (const name of file.names) {
    if (name.endsWith('position_ids')) continue;
    const { dtype, shape } = file.info(name);
    const data = name.includes('downsample') ? unfolded(file.f32(name), shape) : file.bytes(name).slice();
    converted.push([renamed(name), { dtype, shape, data }]);
  }
  return converted;
}

/** A fine-tuned file: { meta, state_dict }, f32 tensors only. */
export function fineTunedFile(tensors: readonly NamedTensor[]): Uint8Array {
  const data: Record<string, Uint8Array> = {};
  const stored = tensors.filter(([, { dtype }]) => dtype === 'F32');
  const items = stored.map(
    (
      [
        name,
        {
          shape,
          data: { buffer, byteOffset, byteLength },
        },
      ],
      key,
    ) => {
      data[key] = new Uint8Array(buffer, byteOffset, byteLength);
      const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((a, b) => a * b, 1));
      return [str(name), tensor({ storage: storage(`${key}`, byteLength / 4), shape, strides })] as [
        ReturnType<typeof str>,
        ReturnType<typeof tensor>,
      ];
    },
  );
  const meta = dict(
    [str('mmengine_version'), str('0.8.4')],
    [str('cfg'), str("model = dict(type='GLIP')\n")],
    [str('epoch'), int(12)],
    [str('seconds'), float(1.5)],
    [
      str('dataset_meta'),
      dict(
        [str('CLASSES'), tuple(str('person'), str('bicycle'))],
        [str('PALETTE'), [']', '(', tuple(int(220), int(20), int(60)), 'e']],
      ),
    ],
    [str('hook_msgs'), dict([str('scalar'), call(global('numpy.core.multiarray', 'scalar'), str('f8'))])],
  );
  return checkpoint(whole(dict([str('meta'), meta], [str('state_dict'), orderedDict(...items)])), data);
}

function renamed(name: string): string {
  if (name.startsWith('backbone.body.')) {
    let rest = name.slice('backbone.body.'.length);
    if (rest.startsWith('patch_embed.proj.')) rest = rest.replace('proj', 'projection');
    if (!rest.startsWith('layers.')) return `backbone.${rest}`;
    rest = rest.replace('layers', 'stages');
    rest = rest.replace('.mlp.fc1.', '.ffn.layers.0.0.').replace('.mlp.fc2.', '.ffn.layers.1.');
    return `backbone.${rest.replace('.attn.', '.attn.w_msa.')}`;
  }
  if (name.startsWith('backbone.fpn.')) {
    const [, , place, ...rest] = name.split('.');
    if (place === 'top_blocks') return `neck.fpn_convs.${rest[0] === 'p6' ? 3 : 4}.conv.${rest[1]}`;
    const conv = place.startsWith('fpn_inner') ? 'lateral_convs' : 'fpn_convs';
    return `neck.${conv}.${Number(place.at(-1)) - 2}.conv.${rest[0]}`;
  }
  if (name.startsWith('language_backbone.')) return `language_model.${name}`;
  return name.replace(/^rpn\./, 'bbox_head.');
}

/** Patch merging as an unfolding: channel by channel, and in each (0,0), (0,1), (1,0), (1,1) of row, column. */
function unfolded(original: Float32Array, shape: readonly number[]): Float32Array {
  const columns = shape[shape.length - 1];
  const channels = columns / 4;
  const sources: number[] = [];
  for (let channel = 0; channel < channels; channel++) {
    for (const row of [0, 1])
      for (const column of [0, 1]) sources.push((2 * column + row) * channels + channel);
  }
  return Float32Array.from(original, (_, i) => original[i - (i % columns) + sources[i % columns]]);
}
