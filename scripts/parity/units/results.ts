import {
  type AnchorConfig,
  aggregateScores,
  anchorsInside,
  cellAnchors,
  decodeBoxes,
  encodeBoxes,
  type LevelOutput,
  levelAnchors,
  nonMaximumSuppression,
  postprocess,
  preprocess,
  readImage,
  rescaleBoxes,
  resizeBilinear,
  selectCandidates,
  sigmoid,
  targetSize,
} from '@glip-wgpu/glip-core';
import type { Row } from '../compare.ts';
import { compareDetections } from '../detections.ts';
import { type Axes, toChannelsFirst, toChannelsLast } from '../layout.ts';
import type { Check, Computed, Unit } from './unit.ts';

type Rows = [string, Computed][];

export const encoding: Check = async ({ file }) => {
  const targets = encodeBoxes(file.f32('in.gt'), file.f32('in.anchors'));
  return [
    ['out.targets', { data: targets }],
    ['out.decoded', { data: decodeBoxes(file.f32('out.targets'), file.f32('in.anchors')) }],
  ];
};

export const anchorGrids: Check = async ({ args }) => {
  const rows: Rows = [];
  for (const [name, grid] of Object.entries(args) as [string, typeof args][]) {
    const config: AnchorConfig = { ...grid, scalesPerOctave: grid.scales_per_octave };
    for (const level of grid.strides.keys()) {
      rows.push([`${name}.cell.${level}`, { data: cellAnchors(config, level) }]);
      const boxes = levelAnchors(config, level, grid.feature_sizes[level]);
      rows.push([`${name}.anchors.p${level + 3}`, { data: boxes }]);
      for (const [image, size] of grid.image_sizes_hw.entries()) {
        const inside = Array.from(anchorsInside(boxes, size, grid.straddle), Number);
        rows.push([`${name}.visibility.${image}.p${level + 3}`, { data: inside, exact: true }]);
      }
    }
  }
  return rows;
};

export const suppression: Check = async ({ file, args }) => {
  const labels = Int32Array.from(file.numbers('in.labels'));
  const kept = nonMaximumSuppression(file.f32('in.boxes'), file.f32('in.scores'), labels, args.threshold);
  return [['out.keep', { data: Array.from(kept).sort((a, b) => a - b), exact: true }]];
};

export const aggregation: Check = async ({ file, args }) => {
  const tokens = file.info('in.token_probs').shape[2];
  const phrases = Array.from({ length: args.num_class }, (_, i) => args.positive_map[i + 1] ?? []);
  // The original's second version of the geometric mean was recorded with labels 1 and 3 only.
  const power = phrases.map((members, i) => (i === 0 || i === 2 ? members : []));
  const score = (members: typeof phrases, mode: 'MEAN' | 'MAX' | 'POWER'): Computed => ({
    data: aggregateScores(file.f32('in.token_probs'), tokens, members, mode),
  });
  return [
    ['out.MEAN', score(phrases, 'MEAN')],
    ['out.MAX', score(phrases, 'MAX')],
    ['out.v2_MEAN', score(phrases, 'MEAN')],
    ['out.v2_MAX', score(phrases, 'MAX')],
    ['out.v2_POWER', score(power, 'POWER')],
  ];
};

/** Candidates and detections are compared as lists, so they come as rows. */
export function detectionRows({ name, file, args }: Unit): Row[] {
  const phrases = Object.keys(args.positive_map).map((_, i) => args.positive_map[i + 1] as number[]);
  const levels = file.names.filter((key) => /^in\.anchors\.p\d+$/.test(key)).map((key) => key.slice(-2));
  return (args.image_sizes_hw as [number, number][]).flatMap((imageSize, image) => {
    const outputs = levels.map((level): LevelOutput => {
      const own = (key: string): Float32Array => {
        const all = file.f32(`in.${key}.${level}`);
        const size = all.length / file.info(`in.${key}.${level}`).shape[0];
        return all.slice(image * size, (image + 1) * size);
      };
      const [, , height, width] = file.info(`in.bbox_pred.${level}`).shape;
      const tokens = file.info(`in.dot_product_logits.${level}`).shape[2];
      return {
        anchors: file.f32(`in.anchors.${level}`),
        deltas: toChannelsLast(own('bbox_pred'), [1, 4, height, width]),
        centerness: own('centerness'),
        scores: aggregateScores(own('dot_product_logits').map(sigmoid), tokens, phrases, args.score_agg),
      };
    });
    const options = {
      inferenceThreshold: args.inference_th,
      preNmsTopN: args.pre_nms_top_n,
      nmsThreshold: args.nms_th,
      detectionsPerImage: Math.max(0, args.detections_per_img),
      imageSize,
    };
    const stored = (kind: string) => ({
      boxes: file.f32(`${kind}.${image}.boxes`),
      scores: file.f32(`${kind}.${image}.scores`),
      labels: file.numbers(`${kind}.${image}.labels`).map((label) => label - 1),
    });
    const candidates = selectCandidates(outputs, phrases.length, options);
    const found = postprocess(outputs, phrases.length, options);
    return [
      compareDetections(`${name} prenms.${image}`, candidates, stored('prenms'), 'any order'),
      compareDetections(`${name} final.${image}`, found, stored('final')),
    ];
  });
}

export const images: Check = async ({ file, args }) => {
  const rows: Rows = [];
  for (const [name, given] of Object.entries(args) as [string, typeof args][]) {
    if (!file.has(`${name}.image_u8`)) continue;
    const [height, width] = given.input_hw;
    const order = given.channel_order === 'BGR' ? ('bgr' as const) : ('rgb' as const);
    const image = { data: file.bytes(`${name}.image_u8`), width, height, channels: 3 as const, order };
    const maxSize = given.max_size ?? Number.POSITIVE_INFINITY;
    const size = targetSize([height, width], given.min_size, maxSize);
    const { data } = resizeBilinear(readImage(image), size);
    rows.push([`${name}.resized_u8`, { data: order === 'bgr' ? swapped(data) : data, exact: true }]);
    const config = {
      mean: given.pixel_mean,
      std: given.pixel_std,
      minSize: given.min_size,
      maxSize,
      sizeDivisibility: 0,
    };
    const { pixels, shape } = preprocess([image], config);
    const planes = toChannelsFirst(pixels, shape as Axes);
    rows.push([`${name}.tensor`, { data: planes.subarray(0, (planes.length / 4) * 3) }]);
  }
  for (const name of file.names) {
    const [, width, height] = /^boxlist_resize\.\w+_(\d+)x(\d+)$/.exec(name) ?? [];
    if (!width) continue;
    const from =
      args.boxlist_resize.size_wh ?? args.boxlist_resize.from_wh ?? args.boxlist_resize.input_size_wh;
    const boxes = rescaleBoxes(
      file.f32('boxlist_resize.in'),
      [from[1], from[0]],
      [Number(height), Number(width)],
    );
    rows.push([name, { data: boxes }]);
  }
  return rows;
};

function swapped(data: Uint8Array | Uint8ClampedArray): number[] {
  return Array.from(data, (_, i) => data[i - (i % 3) + 2 - (i % 3)]);
}
