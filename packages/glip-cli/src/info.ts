import { parseArgs } from 'node:util';
import { Glip } from '@glip-wgpu/glip-core';
import { InputError } from './input-error.ts';
import { modelSource, weightsOption } from './model.ts';

export const INFO_HELP = `glip info MODEL [--weights f32|f16]    what a model is, and what it needs on this machine`;

/** `glip info`. @throws InputError for arguments that cannot be used */
export async function info(args: readonly string[]): Promise<void> {
  const { model, weights } = parse(args);
  using glip = await Glip.load(modelSource(model), weightsOption(weights));
  const { config, device } = glip;
  const { adapter, limits, gemm } = device.info;
  const side = (size: number): number => {
    const by = config.image.sizeDivisibility || 1;
    return Math.ceil(size / by) * by;
  };
  const imageSize = [side(config.image.minSize), side(config.image.maxSize)] as const;
  const cost = glip.estimate({ imageSize, tokens: Math.min(32, config.text.maxTokens), phrases: 8 });
  const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  const rows: readonly (readonly [string, string])[] = [
    ['model', model],
    [
      'image encoder',
      `Swin, width ${config.swin.embedDim}, ${config.swin.depths.join(', ')} blocks, window ${config.swin.window}`,
    ],
    [
      'text encoder',
      `BERT, width ${config.bert.dim}, ${config.bert.layers} layers, ${config.bert.vocabSize} word pieces`,
    ],
    [
      'head',
      `${config.head.stages} stages, width ${config.channels}, ${config.fusion ? `fused by ${config.fusion.heads} heads` : 'not fused'}`,
    ],
    ['prompt', `at most ${config.text.maxTokens} tokens in one pass`],
    ['weights', `${mb(glip.parameterBytes)}, kept as ${weights ?? 'f32'}`],
    ['adapter', [adapter.vendor, adapter.architecture, adapter.description].filter(Boolean).join(', ')],
    ['matrix products', gemm],
    [
      'largest image',
      `${imageSize[0]} x ${imageSize[1]} with 32 tokens: ${(cost.flops / 1e9).toFixed(1)} GFLOP, ${mb(cost.peakBytes)} of GPU memory`,
    ],
    [
      'largest tensor',
      `${mb(limits.maxBufferSize)}, ${mb(limits.maxStorageBufferBindingSize)} in one binding`,
    ],
  ];
  const wide = Math.max(...rows.map(([name]) => name.length));
  for (const [name, value] of rows) console.log(`${name.padEnd(wide)}  ${value}`);
}

function parse(args: readonly string[]): { readonly model: string; readonly weights: string | undefined } {
  try {
    const { positionals, values } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { weights: { type: 'string' } },
    });
    if (positionals.length !== 1) throw new Error('name one model: glip info MODEL');
    return { model: positionals[0], weights: values.weights };
  } catch (cause) {
    throw new InputError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}
