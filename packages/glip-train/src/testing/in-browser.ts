import type { TrainingDataset } from '../data/batch-options.ts';
import { eightPictures } from './eight-pictures.ts';
import { fetched } from './fetched.ts';

/** Of the data of Emoji World that tests read; the test server's root is the repository's. */
export const EMOJI_WORLD = new URL('/fixtures/emoji-world/', location.href);

/** Options of a trainer whose batches are made in a web worker. */
export const IN_WORKER = { workers: 1, workerUrl: new URL('../data/batch-worker.ts', import.meta.url) };

export function fetchedEightPictures(): Promise<TrainingDataset> {
  return eightPictures((path) => fetched(new URL(path, EMOJI_WORLD)));
}
