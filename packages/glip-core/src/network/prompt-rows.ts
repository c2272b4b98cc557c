import { add, cast, reshape, slice, type Tensor } from '@glip-wgpu/tensor-wgpu';
import type { ParameterSource, ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import type { GlipConfig } from '../config/config.ts';

/** Parameter of prompt tuning in the original's checkpoints, [rows, dim]. */
export const PROMPT_ROWS = 'rpn.tunable_linear.weight';

/**
 * Adds the learned rows of prompt tuning to text features: row t to the token at t. Without them, the identity. Spec 4.8.
 *
 * (hidden [B, T, dim]) -> [B, T, dim]
 */
export function promptRows(p: ParameterTree, { text, bert: { dim } }: GlipConfig) {
  const { promptRows: rows = 0 } = text;
  if (rows === 0) return (hidden: Tensor): Tensor => hidden;
  const weight = p.get(PROMPT_ROWS, [rows, dim], { init: { constant: 0 } });
  return (hidden: Tensor): Tensor => {
    const tokens = hidden.dim(1);
    const used = slice(cast(weight, 'f32'), 0, 0, tokens);
    return add(hidden, reshape(used, [1, tokens, dim]));
  };
}

/** A checkpoint's parameters, with rows of zeros where the configuration has rows and the checkpoint has none: to tune prompts. */
export function withPromptRows(
  source: ParameterSource,
  { text, bert: { dim } }: GlipConfig,
): ParameterSource {
  const { promptRows: rows } = text;
  if (rows === undefined || source.shape(PROMPT_ROWS)) return source;
  return {
    names: [...source.names, PROMPT_ROWS],
    shape: (name) => (name === PROMPT_ROWS ? [rows, dim] : source.shape(name)),
    read: (name) => (name === PROMPT_ROWS ? new Float32Array(rows * dim) : source.read(name)),
  };
}
