import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { type GlipConfig, glipL, glipT, parseConfig } from '@glip-wgpu/glip-core';
import { network, phraseScores } from '@glip-wgpu/glip-core/network';
import { type Capabilities, type Device, dryDevice, type Product, scope } from '@glip-wgpu/tensor-wgpu';
import { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { specs } from '@glip-wgpu/tensor-wgpu/specs';
import { coreOf, formOf, type InputSpec, listOf } from '@glip-wgpu/tensor-wgpu/testing';
import { productClasses } from '@glip-wgpu/tensor-wgpu/tuning';

/** A class of matrix products, with its share of a workload. */
export interface ProductClass {
  /** Its largest product. */
  readonly product: Product;
  /** Workload of which it is the largest share. */
  readonly workload: string;
  /** Its share of that workload's multiplications. */
  readonly share: number;
}

type Workload = (device: Device) => unknown;

/** Minimum share of a workload's multiplications for an entry in the table. */
export const MIN_SHARE = 0.005;

/** A detection by a model, text side included, on a device that computes nothing. */
function detection(config: GlipConfig, [height, width]: readonly [number, number], tokens: number): Workload {
  return (device) => {
    const model = network(ParameterTree.dry(device), config);
    return scope(() => {
      const levels = model.encodeImage(device.empty([1, height, width, 4]));
      const hidden = model.encodeText(device.empty([1, tokens], 'u32'));
      const { tokenLogits, ...boxes } = model.ground(levels, { hidden });
      return { ...phraseScores(tokenLogits, device.empty([tokens, Math.ceil(tokens / 3)])), ...boxes };
    });
  };
}

const PRODUCTS = ['matmul', 'conv2d', 'deform-conv2d'];

/** Shapes in the specs of matrix products. */
function micro(device: Device): void {
  for (const spec of specs.filter(({ name }) => PRODUCTS.includes(name))) {
    for (const { inputs, options } of Object.values(spec.bench)) {
      scope(() => {
        const tensors = Object.entries(inputs as Record<string, InputSpec>).map(
          ([id, input]) => [id, device.empty(...formOf(input))] as const,
        );
        return listOf(spec.run(Object.fromEntries(tensors), options));
      });
    }
  }
}

/** Workloads of a tune: the models at their benchmark sizes, and the shapes of the micro suite. */
export async function workloads(
  readFile: (url: URL) => Promise<Uint8Array>,
): Promise<Readonly<Record<string, Workload>>> {
  const tiny = parseConfig(new TextDecoder().decode(await readFile(emojiTiny.config)));
  return {
    'glip-t': detection(glipT, [800, 1344], 30),
    'emoji-tiny': detection(tiny, [160, 160], 9),
    micro,
    'glip-l': detection(glipL, [800, 1344], 30),
  };
}

/** The classes that make up at least `leastShare` of some workload, those with the largest share first. */
export function classesOf(
  info: Capabilities,
  all: Readonly<Record<string, Workload>>,
  leastShare: number,
): ProductClass[] {
  const classes = new Map<string, ProductClass>();
  for (const [workload, body] of Object.entries(all)) {
    const device = dryDevice(info);
    const products: Product[] = [];
    coreOf(device).products = products;
    body(device);
    const found = productClasses(products);
    const sum = found.reduce((work, { total }) => work + total, 0);
    for (const { product, total } of found) {
      const share = total / sum;
      const known = classes.get(product.key);
      if (share >= leastShare && share > (known?.share ?? 0))
        classes.set(product.key, { product, workload, share });
    }
  }
  return [...classes.values()].sort((a, b) => b.share - a.share);
}
