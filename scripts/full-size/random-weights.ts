import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { glipL, glipT } from '@glip-wgpu/glip-core';
import { network } from '@glip-wgpu/glip-core/network';
import { dryDevice, layoutSafetensors, openDevice } from '@glip-wgpu/tensor-wgpu';
import { type Initializer, initialize, ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';

interface Key {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** Every tensor of the original's state dict; numbers as `ParameterTree.random` draws them, zeros for its buffers. */
export async function writeRandomWeights(model: 't' | 'l', path: string): Promise<void> {
  const keys = new URL(`../../fixtures/keys/keys_glip_${model}.json`, import.meta.url);
  const { entries } = JSON.parse(readFileSync(keys, 'utf8')) as { entries: Key[] };
  const initializers = new Map<string, Initializer | undefined>();
  const device = await openDevice();
  const dry = ParameterTree.dry(dryDevice(device.info), (name, _, { init }) => initializers.set(name, init));
  network(dry, model === 't' ? glipT : glipL);
  device.dispose();

  const known = new Map(entries.map((entry) => [entry.name, entry]));
  const infos = entries.map(
    ({ name, shape, dtype }) => [name, { dtype: dtype === 'int64' ? 'I64' : 'F32', shape }] as const,
  );
  const { header, order } = layoutSafetensors(infos);
  const file = openSync(path, 'w');
  writeAll(file, header);
  for (const name of order) {
    const { shape, dtype } = known.get(name) as Key;
    const size = shape.reduce((product, length) => product * length, 1);
    if (dtype === 'int64') writeAll(file, new Uint8Array(8 * size));
    else writeAll(file, new Uint8Array(initialize(`1 ${name}`, shape, initializers.get(name)).buffer));
  }
  closeSync(file);
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}

/** A vocabulary of BERT base's size: letters, and words that are in no prompt. */
export function writeVocabulary(path: string): void {
  const letters = Array.from('abcdefghijklmnopqrstuvwxyz');
  const pieces = [
    '[PAD]',
    '[UNK]',
    '[CLS]',
    '[SEP]',
    '[MASK]',
    '.',
    ...letters,
    ...letters.map((letter) => `##${letter}`),
  ];
  while (pieces.length < 30522) pieces.push(`[unused${pieces.length}]`);
  writeFileSync(path, `${pieces.join('\n')}\n`);
}
