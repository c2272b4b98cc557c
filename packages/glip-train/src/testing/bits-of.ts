import { createHash } from 'node:crypto';
import type { TrainingBatch } from '../data/training-batch.ts';

/** Everything in a batch, with the bits of its arrays as checksums: comparing these is fast. */
export function bitsOf(batches: readonly TrainingBatch[]): unknown {
  const text = JSON.stringify(batches, (_, value: unknown) => {
    if (!ArrayBuffer.isView(value)) return value;
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return `${value.constructor.name} ${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`;
  });
  return JSON.parse(text);
}
