import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { checkConfig, type GlipConfig, openModel } from '@glip-wgpu/glip-core';
import { network } from '@glip-wgpu/glip-core/network';
import { openDevice } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { type Json, patched } from '../json.ts';
import type { Figures, PieceRun } from '../piece.ts';

/**
 * A model to begin with: random weights of the seed, apart from those of emoji-tiny whose names begin with one of `keep`.
 * `config` changes its configuration, `fusion: false` leaves fusion out, `initial` fills parameters with a number.
 */
export async function initialModel({ folder, options, seed }: PieceRun): Promise<{ figures: Figures }> {
  const { keep = [], config: changes = {}, initial = {}, fusion = true } = options;
  const opened = await openModel(emojiTiny);
  const changed = patched((await opened.config()) as unknown as Json, changes) as unknown as GlipConfig;
  const config = checkConfig(fusion ? changed : { ...changed, fusion: null });
  using device = await openDevice();
  const parameters = ParameterTree.random(device, seed);
  network(parameters, config);
  const prefixes = (keep as readonly string[]).filter((prefix) => prefix !== '');
  let kept = 0;
  for (const [name, { tensor }] of parameters.all) {
    if (!prefixes.some((prefix) => name.startsWith(prefix))) continue;
    const shape = opened.source.shape(name);
    if (shape?.reduce((product, side) => product * side, 1) !== tensor.size) continue;
    parameters.write(name, await opened.source.read(name));
    kept += tensor.size;
  }
  for (const [name, value] of Object.entries(initial as object)) {
    const found = parameters.all.get(name);
    if (!found) throw new Error(`initial: the model has no parameter ${name}`);
    parameters.write(name, new Float32Array(found.tensor.size).fill(value));
  }
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
  writeFileSync(join(folder, 'vocab.txt'), await opened.vocabulary());
  writeFileSync(join(folder, 'model.safetensors'), await parameters.save());
  const all = [...parameters.all.values()].reduce((sum, { tensor }) => sum + tensor.size, 0);
  return { figures: { parameters: all, 'of emoji-tiny': kept } };
}
