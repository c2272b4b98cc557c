import type { Adapter } from '@glip-wgpu/glip-core';
import type { ParameterTree, StoredNumbers } from '@glip-wgpu/tensor-wgpu/nn';
import { type TrainingPlan, trainedBy } from './training-plan.ts';

const ADAPTED: readonly unknown[] = ['linear', 'prompt', 'prompt+linear'];

/** True if the plan trains few enough parameters for an adapter: layers after the tower, prompt rows, or both. */
export function makesAdapter({ phases }: Pick<TrainingPlan, 'phases'>): boolean {
  return phases.every(({ trains }) => ADAPTED.includes(trains));
}

/**
 * The parameters that a plan trains, as an adapter.
 *
 * @param parameters  with their trained values, f32: `CurrentWeights.parameters`
 * @param about       all else that the adapter holds
 * @throws DeviceError if the GPU was lost
 */
export async function trainedAdapter(
  parameters: ParameterTree,
  { phases }: Pick<TrainingPlan, 'phases'>,
  about: Omit<Adapter, 'parameters' | 'mode'>,
): Promise<Adapter> {
  const tests = phases.map(trainedBy);
  const own = parameters.stored().filter(([name]) => tests.some((isTrained) => isTrained(name)));
  const numbers = await Promise.all(own.map(([, { read }]) => read() as Promise<StoredNumbers>));
  const entries = own.map(
    ([name, { shape }], i) => [name, { shape, numbers: numbers[i] as Float32Array }] as const,
  );
  const modes = new Set(phases.map(({ trains }) => String(trains)));
  return { ...about, mode: [...modes].join(', then '), parameters: new Map(entries) };
}
