import { bert } from '@glip-wgpu/bert';
import { featurePyramid, swin } from '@glip-wgpu/dyhead';
import type { Tensor } from '@glip-wgpu/tensor-wgpu';
import type { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import type { GlipConfig } from '../config/config.ts';
import { detectionHead, type Predictions } from './head.ts';
import { promptRows } from './prompt-rows.ts';
import { type RunOptions, withFrozenKey } from './run-options.ts';
import type { TextFeatures } from './text-features.ts';
import { type Tower, type TowerState, tower } from './tower.ts';

/** The whole model, from normalized pixels and word pieces to predictions. */
export interface Network {
  /** (ids u32 [B, T], mask? [B, T]: 1, or 0 at a padding token) -> hidden [B, T, dim] */
  encodeText(ids: Tensor, mask?: Tensor, options?: RunOptions): Tensor;
  /** image [B, H, W, 4], normalized -> P3 to P7, each [B, H, W, channels] */
  encodeImage(image: Tensor, options?: RunOptions): readonly Tensor[];
  /** The head's tower: (levels, text) -> levels and text, fused */
  fuse(levels: readonly Tensor[], text: TextFeatures, options?: RunOptions): TowerState;
  /** The same module by module. */
  readonly steps: Pick<Tower, 'start' | 'modules'>;
  /** The tower's outputs -> predictions at all locations */
  predict(state: TowerState): Predictions;
  /** Both: (levels, text) -> predictions at all locations */
  ground(levels: readonly Tensor[], text: TextFeatures, options?: RunOptions): Predictions;
}

/** GLIP, https://arxiv.org/abs/2112.03857, with the parameter names of the original checkpoints. Spec 2. */
export function network(p: ParameterTree, config: GlipConfig): Network {
  const { swin: sizes, channels } = config;
  const widths = sizes.depths.map((_, stage) => sizes.embedDim * 2 ** stage).slice(1);
  const encodeText = bert(p.at('language_backbone.body.model'), config.bert);
  const backbone = swin(p.at('backbone.body'), sizes);
  const pyramid = featurePyramid(p.at('backbone.fpn'), widths, channels);
  const head = p.at('rpn.head');
  const fusion = tower(head.at('dyhead_tower'), config);
  const predict = detectionHead(head, config);
  const withRows = promptRows(p, config);
  const withOwnRows = (text: TextFeatures): TextFeatures => ({ ...text, hidden: withRows(text.hidden) });
  const fuse = p.layer((levels: readonly Tensor[], text: TextFeatures, options: RunOptions = {}) =>
    fusion.run(levels, withOwnRows(text), withFrozenKey(options)),
  );

  return {
    encodeText: p.layer((ids: Tensor, mask?: Tensor, options: RunOptions = {}) => {
      const { regularization: drawn, recompute } = withFrozenKey(options);
      return encodeText(ids, mask, { dropout: drawn && { rate: drawn.dropout, key: drawn.key }, recompute });
    }),
    encodeImage: p.layer((image: Tensor, options: RunOptions = {}) => {
      const { probe, regularization: drawn, recompute } = withFrozenKey(options);
      const key = drawn?.key;
      const stages = backbone(image, {
        probe: probe && ((name, value) => probe(`swin.${name}`, value)),
        dropPath: key && { rate: drawn.dropPath, key },
        recompute,
      });
      for (const [i, stage] of stages.entries()) probe?.(`swin.stage${i + 2}`, stage);
      const levels = pyramid(stages.slice(1), {
        dropBlock: key && drawn.dropBlock && { ...drawn.dropBlock, key },
      });
      for (const [i, level] of levels.entries()) probe?.(`fpn.p${i + 3}`, level);
      return levels;
    }),
    fuse,
    steps: {
      modules: fusion.modules,
      start: p.layer((levels: readonly Tensor[], text: TextFeatures, options: RunOptions = {}) =>
        fusion.start(levels, withOwnRows(text), withFrozenKey(options)),
      ),
    },
    predict: ({ levels, text }) => predict(levels, text),
    ground: p.layer((levels: readonly Tensor[], features: TextFeatures, options?: RunOptions) => {
      const state = fuse(levels, features, options);
      return predict(state.levels, state.text);
    }),
  };
}

const IGNORED = [
  /\.relative_position_index$/, // recomputed
  /\.cell_anchors\.\d+$/, // recomputed
  /\.position_ids$/, // 0, 1, 2, ...
  /^rpn\.head\.cls_logits\./, // never used
  /^rpn\.head\.mlm_head\./, // training only
  /^rpn\.resizer\./,
  /^rpn\.loss_evaluator\./,
  /\.pooler\.dense\./,
  /^roi_heads\./,
];

/** Parameters of original checkpoints that the model does not need. Spec 5.2. */
export function isIgnored(name: string): boolean {
  return IGNORED.some((pattern) => pattern.test(name));
}
