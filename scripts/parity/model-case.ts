import {
  aggregateScores,
  type GlipConfig,
  type LevelOutput,
  levelAnchors,
  postprocess,
  selectCandidates,
} from '@glip-wgpu/glip-core';
import { type Network, phraseScores, phraseWeights, type TextFeatures } from '@glip-wgpu/glip-core/network';
import { type Device, keep, matmul, type SafetensorsFile, scope, type Tensor } from '@glip-wgpu/tensor-wgpu';
import type { ParameterSource, ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { compareExact, compareFloats, type Row, unchecked } from './compare.ts';
import { compareDetections } from './detections.ts';
import { type Axes, toChannelsFirst, toImage } from './layout.ts';
import { addTextValues, pickTokens, type Value } from './text-values.ts';

export interface ModelCase {
  readonly device: Device;
  readonly model: Network;
  readonly config: GlipConfig;
  readonly parameters: ParameterTree;
  readonly source: ParameterSource;
  readonly file: SafetensorsFile;
  readonly noise: Readonly<Record<string, { readonly max_abs_diff_f32_vs_f64: number }>>;
  /** Token indices of each label, from label 1 on. */
  readonly columns: readonly (readonly number[])[];
}

/** Variant of a case: folded or plain fusion, padded text or real tokens only. */
export interface Mode {
  readonly name: string;
  readonly fold: boolean;
  readonly fullText: boolean;
}

/** The classifier that the original never uses: files of MMDetection may be without it. */
const UNUSED = 'rpn.head.cls_logits';
const IN_TRAINING = /^(input|assign|loss|grad)\./; // inputs, and what checkTraining compares

/** Runs one recorded case and compares every tensor it stores. */
export async function checkCase(given: ModelCase, mode: Mode): Promise<Row[]> {
  const { file, noise } = given;
  const computed = await compute(given, mode);
  const rows: Row[] = [];
  for (const name of file.names) {
    if (IN_TRAINING.test(name) || /^(prenms|final)\./.test(name)) continue;
    const value = computed.values.get(name);
    if (!value && name.startsWith('head.cls_logits.') && !given.source.shape(`${UNUSED}.weight`)) continue;
    if (!value) rows.push(unchecked(name));
    else if (value.exact) rows.push(compareExact(name, value.data, file.numbers(name)));
    else {
      const recorded = noise[name]?.max_abs_diff_f32_vs_f64;
      rows.push(compareFloats(name, value.data, value.pick(file.f32(name)), recorded));
    }
  }
  return [...rows, ...computed.detections];
}

async function compute(given: ModelCase, { fold, fullText }: Mode) {
  const { device, model, config, file } = given;
  const [batch, length] = file.info('input.input_ids').shape;
  const mask = file.numbers('input.attention_mask');
  const lengths = Array.from({ length: batch }, (_, b) => {
    let count = 0;
    for (let t = 0; t < length; t++) count += mask[b * length + t];
    return count;
  });
  // A label may name padding of these texts: its tokens stay, since the original scores them too.
  const named = Math.max(...given.columns.flat()) + 1;
  const tokens = fullText ? length : Math.min(length, Math.max(...lengths, named));
  const column = (b: number, t: number): number => mask[b * length + t];
  const kept = Float32Array.from({ length: batch * tokens }, (_, i) =>
    column(Math.floor(i / tokens), i % tokens),
  );
  const ids = file.numbers('input.input_ids');
  const cut = Uint32Array.from(
    { length: batch * tokens },
    (_, i) => ids[Math.floor(i / tokens) * length + (i % tokens)],
  );
  const image = toImage(file.f32('input.image_batch'), file.info('input.image_batch').shape as Axes);

  const held = new Map<string, Tensor>();
  const probe = (name: string, value: Tensor): void => void held.set(name, keep(value));
  const outputs = scope(() => {
    const padded = kept.includes(0);
    const real = padded ? device.tensor(kept, [batch, tokens]) : undefined;
    const hidden = model.encodeText(device.tensor(cut, [batch, tokens]), real);
    probe('lang.hidden', hidden);
    const text: TextFeatures = { hidden, mask: real };
    const levels = model.encodeImage(device.tensor(image.data, image.shape), { probe });
    const predictions = model.ground(levels, text, { probe, fold });
    const weights = device.tensor(phraseWeights(given.columns, tokens), [tokens, given.columns.length]);
    return { ...predictions, ...phraseScores(predictions.tokenLogits, weights) };
  });

  const sizes = [3, 4, 5, 6, 7].map((p) => held.get(`fpn.p${p}`)?.shape.slice(1, 3) as [number, number]);
  const values = new Map<string, Value>();
  const whole = (recorded: Float32Array): Float32Array => recorded;
  for (const [name, tensor] of held) {
    const data = await tensor.read();
    if (tensor.shape.length === 4) {
      values.set(name, { data: toChannelsFirst(data, tensor.shape as Axes), pick: whole });
    } else {
      // [B, T, C]: rows of real tokens, or all of them
      const width = tensor.dim(2);
      const take = (from: ArrayLike<number>, stride: number): Float32Array =>
        pickTokens(from, { batch, stride, tokens, width, outer: 1, keep: fullText ? () => true : column });
      values.set(name, { data: take(data, tokens), pick: (recorded) => take(recorded, length) });
    }
  }
  addTextValues(values, await (held.get('lang.hidden') as Tensor).read(), {
    batch,
    tokens,
    length,
    column,
    mask,
  });

  const [logits, deltas, centerness, means, probabilities] = (await device.read([
    outputs.tokenLogits,
    outputs.deltas,
    outputs.centerness,
    outputs.phrases,
    outputs.tokens,
  ])) as Float32Array[];
  const { scoreAggregation } = config.detection;
  const scores =
    scoreAggregation === 'MEAN'
      ? means
      : aggregateScores(probabilities, tokens, given.columns, scoreAggregation);
  const positions = outputs.deltas.dim(1);
  const levels: LevelOutput[][] = Array.from({ length: batch }, () => []);
  const unused = await clsLogits(given, held);
  let start = 0;
  for (const [l, [height, width]] of sizes.entries()) {
    const count = height * width;
    const rows = (from: Float32Array, b: number, columns: number): Float32Array =>
      from.slice((b * positions + start) * columns, (b * positions + start + count) * columns);
    const all = (from: Float32Array, columns: number): Float32Array =>
      Float32Array.from(Array.from({ length: batch }, (_, b) => [...rows(from, b, columns)]).flat());
    const anchors = levelAnchors(config.anchors, l, [height, width]);
    for (let b = 0; b < batch; b++) {
      levels[b].push({
        scores: rows(scores, b, given.columns.length),
        deltas: rows(deltas, b, 4),
        centerness: rows(centerness, b, 1),
        anchors,
      });
    }
    const name = `p${l + 3}`;
    const map = (columns: number): Axes => [batch, height, width, columns];
    values.set(`anchors.${name}`, { data: anchors, pick: whole });
    values.set(`head.bbox_pred.${name}`, { data: toChannelsFirst(all(deltas, 4), map(4)), pick: whole });
    values.set(`head.centerness.${name}`, { data: toChannelsFirst(all(centerness, 1), map(1)), pick: whole });
    if (unused[l]) values.set(`head.cls_logits.${name}`, { data: unused[l], pick: whole });
    const take = (from: ArrayLike<number>, stride: number): Float32Array =>
      pickTokens(from, {
        batch,
        stride,
        tokens,
        width: 1,
        outer: count,
        keep: fullText ? () => true : column,
      });
    values.set(`head.dot_product_logits.${name}`, {
      data: take(all(logits, tokens), tokens),
      pick: (recorded) => take(recorded, length),
    });
    start += count;
  }
  for (const tensor of [...held.values(), ...Object.values(outputs)]) tensor.dispose();
  return { values, detections: checkDetections(given, levels) };
}

/** The original's unused class logits, from the tower's last maps. The product never computes them. */
async function clsLogits(
  { device, source, config }: ModelCase,
  held: Map<string, Tensor>,
): Promise<Float32Array[]> {
  const shape = source.shape(`${UNUSED}.weight`);
  if (!shape) return [];
  const last = (config.fusion ? 3 : 1) * config.head.stages - 1;
  const read = async (part: string) => (await source.read(`${UNUSED}.${part}`)) as Float32Array;
  const weight = device.tensor(await read('weight'), [shape[0], shape[1]]);
  const bias = device.tensor(await read('bias'), [shape[0]]);
  const maps: Float32Array[] = [];
  for (let p = 3; p <= 7; p++) {
    const level = held.get(`tower.${last}.visual.p${p}`) as Tensor;
    const logits = matmul(level, weight, { transposeB: true, bias });
    maps.push(toChannelsFirst(await logits.read(), logits.shape as Axes));
    logits.dispose();
  }
  weight.dispose();
  bias.dispose();
  return maps;
}

function checkDetections({ file, config, columns }: ModelCase, levels: readonly LevelOutput[][]): Row[] {
  if (!file.has('final.0.boxes')) return [];
  const sizes = file.numbers('input.image_sizes_hw');
  return levels.flatMap((own, b) => {
    const imageSize = [sizes[2 * b], sizes[2 * b + 1]] as const;
    const options = { ...config.detection, imageSize };
    const recorded = (kind: string) => ({
      boxes: file.f32(`${kind}.${b}.boxes`),
      scores: file.f32(`${kind}.${b}.scores`),
      labels: file.numbers(`${kind}.${b}.labels`).map((label) => label - 1),
    });
    const candidates = selectCandidates(own, columns.length, options);
    return [
      compareDetections(`prenms.${b}`, candidates, recorded('prenms'), 'any order'),
      compareDetections(`final.${b}`, postprocess(own, columns.length, options), recorded('final')),
    ];
  });
}
