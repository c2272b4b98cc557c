import { InputError } from '../../inputs/input-error.ts';
import { progress } from '../../outputs/progress.ts';
import { openCoco } from './coco-data.ts';
import type { BenchmarkDataSet, BenchmarkOptions } from './data-set.ts';
import { openFlickr30k } from './flickr30k-data.ts';
import { openLvis } from './lvis-data.ts';
import { openOdinw } from './odinw-data.ts';

const PROTOCOLS = { coco: openCoco, lvis: openLvis, flickr30k: openFlickr30k, odinw: openOdinw } as const;
export type ProtocolName = keyof typeof PROTOCOLS;
export const PROTOCOL_NAMES = Object.keys(PROTOCOLS) as ProtocolName[];

/** Data sets of a benchmark, with prompts and truth. @throws InputError for data that cannot be evaluated */
export async function openProtocol(
  protocol: ProtocolName,
  options: BenchmarkOptions,
): Promise<BenchmarkDataSet[]> {
  const { data } = options;
  progress(`reading ${data}`);
  const dataSets = await PROTOCOLS[protocol](options);
  if (dataSets.every(({ images }) => images.length === 0))
    throw new InputError(`${data}: no images to evaluate`);
  return dataSets;
}
