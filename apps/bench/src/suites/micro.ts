import { estimate, type Tensor } from '@glip-wgpu/tensor-wgpu';
import { specs } from '@glip-wgpu/tensor-wgpu/specs';
import {
  type Case,
  formOf,
  type InputSpec,
  type KernelSpec,
  listOf,
  randomInputs,
  uploadInputs,
} from '@glip-wgpu/tensor-wgpu/testing';
import { checkOutputs, sampledReference } from '../measure/sampled-check.ts';
import type { BenchCase, Cost } from './bench-case.ts';

const QUICK_BYTES = 40e6; // of inputs and outputs
const QUICK_FLOPS = 1e9;

/** Every kernel at every shape that its spec names. */
export function microSuite(): BenchCase[] {
  return specs.flatMap((spec) =>
    Object.entries(spec.bench).map(([name, given]) => kernelCase(spec, name, given)),
  );
}

function kernelCase(spec: KernelSpec, name: string, given: Case<string, unknown>): BenchCase {
  const cost = (like: Parameters<typeof estimate>[0]): Cost => {
    let outputs: readonly Tensor[] = [];
    let inputs: readonly Tensor[] = [];
    const { flops } = estimate(like, (device) => {
      const tensors = Object.entries(given.inputs as Record<string, InputSpec>).map(([id, input]) => {
        return [id, device.empty(...formOf(input))] as const;
      });
      inputs = tensors.map(([, tensor]) => tensor);
      outputs = listOf(spec.run(Object.fromEntries(tensors), given.options));
    });
    return { flops, bytes: [...inputs, ...outputs].reduce((sum, { bytes }) => sum + bytes, 0) };
  };
  const inputElements = Object.values(given.inputs as Record<string, InputSpec>).reduce(
    (sum, input) => sum + sizeOf(formOf(input)[0]),
    0,
  );
  return {
    suite: 'micro',
    subject: spec.name,
    name,
    quick: 4 * inputElements <= QUICK_BYTES,
    estimate: cost,
    async prepare({ device }) {
      const arrays = randomInputs(given);
      const inputs = uploadInputs(device, given, arrays);
      return {
        kind: 'gpu',
        bytes: cost(device.info).bytes,
        body: () => listOf(spec.run(inputs, given.options)),
        check: (outputs) =>
          checkOutputs(device, outputs, sampledReference(spec, arrays, given.options), spec.tolerance),
        [Symbol.dispose]() {
          for (const tensor of Object.values(inputs)) tensor.dispose();
        },
      };
    },
  };
}

/** True if this much work fits in a quick run. */
export function isQuick({ flops, bytes }: Cost): boolean {
  return flops <= QUICK_FLOPS && bytes <= 4 * QUICK_BYTES;
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}
