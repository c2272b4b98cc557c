import sharp from 'sharp';
import { openDrawings } from './drawings.ts';
import { makePart, type Part } from './parts.ts';
import type { World } from './scene.ts';

/** Settings of a worker, the same for all parts. */
export interface WorkerJob {
  readonly world: Omit<World, 'drawings'>;
  readonly drawings: string;
  readonly partsFolder: string;
}

/** Makes the parts that the parent process sends, and answers each with true; ends with the parent. */
export async function main([job]: readonly string[]): Promise<number> {
  const { world, drawings, partsFolder }: WorkerJob = JSON.parse(job);
  sharp.concurrency(1);
  const whole = { ...world, drawings: await openDrawings(drawings) };
  return new Promise((resolve, reject) => {
    process.on('disconnect', () => resolve(0));
    process.on('message', (part: Part) => {
      makePart(whole, partsFolder, part).then(() => process.send?.(true), reject);
    });
    process.send?.(true);
  });
}
