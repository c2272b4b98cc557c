import type { TrainingBatch } from '@glip-wgpu/glip-train';
import { type StoredTensor, streamSafetensors } from '@glip-wgpu/tensor-wgpu';
import { writeWhole } from '../outputs/whole-file.ts';

/** Writes batches as a safetensors file: pixels, tokens and targets, and in its metadata pictures and prompts. */
export async function writeInputs(path: string, batches: readonly TrainingBatch[]): Promise<void> {
  const tensors: [string, StoredTensor][] = [];
  const metadata: [string, string][] = [['format', 'glip-train batches 1']];
  for (const [b, { parts }] of batches.entries()) {
    for (const [p, { pixels, shape, ids, mask, targets, samples }] of parts.entries()) {
      const name = `batch-${b}/part-${p}`;
      const text = [shape[0], targets.tokens];
      tensors.push(
        [`${name}/pixels`, { dtype: 'F32', shape: [...shape], read: () => pixels }],
        [`${name}/mask`, { dtype: 'F32', shape: text, read: () => mask }],
        [`${name}/boxes`, { dtype: 'F32', shape: [targets.boxes.length / 4, 4], read: () => targets.boxes }],
        [`${name}/ids`, { dtype: 'U32', shape: text, read: () => ids }],
      );
      const shown = samples.map(({ path, prompt, boxes, spans }) => ({
        path,
        prompt,
        boxes: [...boxes],
        spans,
      }));
      metadata.push([name, JSON.stringify(shown)]);
    }
  }
  await writeWhole(path, streamSafetensors(tensors, metadata));
}
