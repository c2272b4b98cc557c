import { ConfigError } from '../errors.ts';
import type { ScoreAggregation } from '../postprocess/aggregate.ts';
import type { GlipConfig } from './config.ts';

export const SCORE_AGGREGATIONS: readonly ScoreAggregation[] = ['MEAN', 'MAX', 'POWER', 'ONEHOT'];

/** Upper bounds of a configuration: far above any GLIP, far below sizes that would exhaust memory. */
export const MAX_WIDTH = 65_536;
export const MAX_LAYERS = 1000;
/** Side of a resized image, pixels. */
export const MAX_SIDE = 8192;

/**
 * Checks that the parts of a configuration fit each other.
 *
 * @returns the same configuration
 * @throws ConfigError naming the first key that does not fit
 */
export function checkConfig(config: GlipConfig): GlipConfig {
  const { swin, bert, fusion, head, text, image, anchors, channels } = config;
  swin.heads.forEach((heads, stage) => {
    expectDivisor(`swin.heads[${stage}]`, heads, swin.embedDim * 2 ** stage, 'width of the stage');
  });
  expectDivisor('bert.heads', bert.heads, bert.dim, 'bert.dim');
  if (fusion !== null) expectDivisor('fusion.heads', fusion.heads, fusion.dim, 'fusion.dim');
  if (channels < 4) throw new ConfigError('channels', channels, 'at least 4: DYReLU reads a quarter of them');
  expectDivisor('head.normGroups', head.normGroups, channels, 'channels');
  if (text.maxTokens > bert.maxPositions) {
    throw new ConfigError(
      'text.maxTokens',
      text.maxTokens,
      `at most bert.maxPositions, ${bert.maxPositions}`,
    );
  }
  if (text.promptRows !== undefined && text.promptRows < text.maxTokens) {
    throw new ConfigError(
      'text.promptRows',
      text.promptRows,
      `at least text.maxTokens, ${text.maxTokens}: a row for each token`,
    );
  }
  if (image.maxSize < image.minSize) {
    throw new ConfigError('image.maxSize', image.maxSize, `at least image.minSize, ${image.minSize}`);
  }
  // The pyramid halves the image five times after the backbone's patches, so no other strides are possible.
  if (JSON.stringify(anchors.strides) !== '[8,16,32,64,128]') {
    throw new ConfigError('anchors.strides', anchors.strides, '[8,16,32,64,128], those of the pyramid');
  }
  if (anchors.ratios.length !== 1) {
    throw new ConfigError('anchors.ratios', anchors.ratios, 'one: the head predicts one box per location');
  }
  if (anchors.scalesPerOctave !== 1) {
    throw new ConfigError(
      'anchors.scalesPerOctave',
      anchors.scalesPerOctave,
      '1: the head predicts one box per location',
    );
  }
  return config;
}

/** Three numbers, one per color. */
export function triple(values: readonly number[]): [number, number, number] {
  const [first = 0, second = 0, third = 0] = values;
  return [first, second, third];
}

function expectDivisor(key: string, heads: number, width: number, what: string): void {
  if (width % heads !== 0) throw new ConfigError(key, heads, `a divisor of ${width}, the ${what}`);
}
