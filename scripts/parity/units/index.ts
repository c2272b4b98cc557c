import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Device, parseSafetensors } from '@glip-wgpu/tensor-wgpu';
import { compareExact, compareFloats, type Row, unchecked } from '../compare.ts';
import { deformable } from './deformable.ts';
import * as layers from './layers.ts';
import * as losses from './losses.ts';
import { type Build, gradientRows, outputRows } from './module.ts';
import * as results from './results.ts';
import { checkText } from './text.ts';
import type { Check, Unit } from './unit.ts';

/** Modules by the prefix of a unit's name. */
const MODULES: readonly (readonly [prefix: string, build: Build])[] = [
  ['mdconv_', deformable],
  ['dyconv', layers.dynamicConv],
  ['dyrelu', layers.dynamicRelu],
  ['groupnorm', layers.groups],
  ['fpn_', layers.pyramid],
  ['bert_encoder_layer', layers.bertLayer],
  ['biattention', layers.fusion],
  ['swin_block_', layers.block],
  ['swin_layer_', layers.stage],
  ['patch_merging_', layers.merging],
  ['patch_embed', layers.embedding],
];
const CHECKS: readonly (readonly [prefix: string, check: Check])[] = [
  ['box_decode', losses.decoding],
  ['box_encode', results.encoding],
  ['anchors', results.anchorGrids],
  ['ml_nms', results.suppression],
  ['grounding_to_class', results.aggregation],
  ['preprocess', results.images],
  ['token_focal', losses.tokenFocal],
  ['sigmoid_focal', losses.classFocal],
  ['giou_loss', losses.generalizedIou],
  ['centerness_targets', losses.centrality],
  ['centerness_loss', losses.centralityLoss],
  ['atss_assign', losses.assignment],
];
const GIVEN = /^(in|w|cot)\.|\.image_u8$|^boxlist_resize\.in$/;

interface Entry {
  // biome-ignore lint/suspicious/noExplicitAny: each kind of unit has arguments of its own
  readonly args: any;
  readonly max_abs_diff_f32_vs_f64?: Readonly<Record<string, number>>;
}

/** Every unit that the folder's index.json lists. */
export async function checkUnits(device: Device, folder: string): Promise<Row[]> {
  const index = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8')) as Record<string, Entry>;
  const rows: Row[] = [];
  for (const [listed, entry] of Object.entries(index)) {
    const [name] = listed.split(' ');
    if (name === 'text') {
      rows.push(...checkText(folder));
      continue;
    }
    const file = parseSafetensors(readFileSync(join(folder, `${name}.safetensors`)));
    rows.push(...(await checkUnit({ device, name, args: entry.args, file }, entry)));
  }
  return rows;
}

async function checkUnit(unit: Unit, { max_abs_diff_f32_vs_f64: noise = {} }: Entry): Promise<Row[]> {
  const { name, file } = unit;
  if (name.startsWith('postprocess_')) return results.detectionRows(unit);
  const named = <T>(list: readonly (readonly [string, T])[]): T | undefined =>
    list.find(([prefix]) => name.startsWith(prefix))?.[1];
  const modules = (await named(MODULES)?.(unit)) ?? [];
  const computed = [...((await named(CHECKS)?.(unit)) ?? [])];
  for (const module of modules) {
    computed.push(...(await outputRows(module)));
    computed.push(...(await gradientRows(unit, module)));
  }
  const rows: Row[] = [];
  for (const tensor of file.names) {
    const label = `${name} ${tensor}`;
    if (GIVEN.test(tensor)) continue;
    const own = computed.filter(([id]) => id === tensor);
    if (own.length === 0) rows.push(unchecked(label));
    for (const [, { data, exact, way }] of own) {
      const title = way ? `${label} [${way}]` : label;
      rows.push(
        exact
          ? compareExact(title, data, file.numbers(tensor))
          : compareFloats(title, data, file.f32(tensor), noise[tensor]),
      );
    }
  }
  return rows;
}
