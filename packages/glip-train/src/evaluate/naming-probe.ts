import type { Tokenizer } from '@glip-wgpu/bert';
import type { Edges } from '@glip-wgpu/datasets';
import {
  type DrawnImage,
  type GlipConfig,
  levelSizes,
  planPrompt,
  preprocess,
  scoreMapsOf,
  sigmoid,
} from '@glip-wgpu/glip-core';
import { network } from '@glip-wgpu/glip-core/network';
import { capture, scope, type Tensor } from '@glip-wgpu/tensor-wgpu';
import type { ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { trainingHead } from '../trainer/training-heads.ts';
import { namedAtBox } from './named-at-box.ts';

export interface NamingProbeOptions {
  readonly config: GlipConfig;
  readonly tokenizer: Tokenizer;
  /** Of the model. */
  readonly parameters: ParameterTree;
  /** Holds the head of the pyramid's loss: `CurrentWeights.extra`. */
  readonly extra: ParameterTree;
  /** Maximum number of names in a pass; as many as fit by default. */
  readonly categoriesPerPrompt?: number | undefined;
}

/**
 * Names that the pyramid's features alone prefer at boxes, before tower and detection head: what a first phase that trains
 * only the encoders has learned.
 */
export class NamingProbe implements Disposable {
  readonly #options: NamingProbeOptions;
  readonly #logits: ReturnType<typeof capture<[image: Tensor, ids: Tensor], Tensor>>;

  constructor(options: NamingProbeOptions) {
    const { config, parameters, extra } = options;
    this.#options = options;
    const model = network(parameters, config);
    const head = trainingHead(extra, 'pyramid', config);
    this.#logits = capture(parameters.device, (image: Tensor, ids: Tensor) =>
      head(model.encodeImage(image), model.encodeText(ids)),
    );
  }

  /**
   * The name that is preferred at each box.
   *
   * @param boxes  outer edges, pixels of the image
   * @returns      undefined where all names score alike
   */
  async names(
    image: DrawnImage,
    categories: readonly string[],
    boxes: readonly Edges[],
  ): Promise<(string | undefined)[]> {
    const { config, tokenizer, categoriesPerPrompt, parameters } = this.#options;
    const { device } = parameters;
    const limits = { maxTokens: config.text.maxTokens, maxCategories: categoriesPerPrompt };
    const plan = planPrompt({ categories }, tokenizer, limits);
    const { pixels, shape, imageSizes, originalSizes } = preprocess([image], config.image);
    const outputs = scope(() => {
      const input = device.tensor(pixels, shape);
      return plan.chunks.map(({ encoding: { ids } }) =>
        this.#logits(input, device.tensor(Uint32Array.from(ids), [1, ids.length])),
      );
    });
    const logits = (await device.read(outputs)) as Float32Array[];
    for (const tensor of outputs) tensor.dispose();
    const { strides } = config.anchors;
    const place = {
      sizes: levelSizes(shape[1], shape[2], strides.length),
      strides,
      image: imageSizes[0],
      original: originalSizes[0],
    };
    const scoreMaps = plan.chunks.map((one, chunk) =>
      scoreMapsOf(logits[chunk].map(sigmoid), one, { ...place, chunk }),
    );
    return boxes.map((box) => namedAtBox({ plan, scoreMaps }, config, box));
  }

  [Symbol.dispose](): void {
    this.#logits.dispose();
  }
}
