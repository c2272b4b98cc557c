import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { openCheckpoint, toSafetensors } from '@glip-wgpu/checkpoint';
import { type TrainingArchive, trainingArchive } from '@glip-wgpu/checkpoint/testing';

interface Key {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
}

/**
 * GLIP-T's checkpoint as its trainer saves it, 3.7 GB with moving average and optimizer state; its bytes are made while they
 * are read.
 */
export function glipTArchive(): TrainingArchive {
  const keys = new URL('../../fixtures/keys/keys_glip_t.json', import.meta.url);
  const { entries } = JSON.parse(readFileSync(keys, 'utf8')) as { entries: Key[] };
  return trainingArchive(entries.filter(({ dtype }) => dtype === 'float32'));
}

/** SHA-256, in hexadecimal, of the weights that the whole file is converted to. */
export async function hashOfConversion(
  archive: TrainingArchive,
  precision: { readonly f16?: boolean; readonly q8?: boolean },
): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of toSafetensors(await openCheckpoint(archive), precision).chunks())
    hash.update(chunk);
  return hash.digest('hex');
}
