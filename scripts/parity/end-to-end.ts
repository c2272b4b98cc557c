import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { configFromOriginal, type GlipConfig, openModel } from '@glip-wgpu/glip-core';
import { isIgnored, type Network, network } from '@glip-wgpu/glip-core/network';
import { type Device, parseSafetensors, type SafetensorsFile } from '@glip-wgpu/tensor-wgpu';
import { type ParameterSource, ParameterTree } from '@glip-wgpu/tensor-wgpu/nn';
import { type Row, unchecked } from './compare.ts';
import { checkCase, type Mode, type ModelCase } from './model-case.ts';
import { checkOptimizerSteps, type OptimizerLog } from './optimizer-steps.ts';
import { checkParameterGradients, type GradientNoise } from './parameter-gradients.ts';
import { checkTraining } from './training.ts';

interface Info {
  readonly positive_map_label_to_tokens: Readonly<Record<string, readonly number[]>>;
  readonly train?: {
    readonly noise: { readonly losses_f64: Readonly<Record<string, number>>; readonly grads?: GradientNoise };
    readonly optimizer_steps?: OptimizerLog;
  };
  readonly cases: Readonly<Record<string, { readonly noise?: ModelCase['noise'] }>>;
}

/** All cases of a folder with a whole model's weights, on both fusion paths, with full text and real tokens only. */
export async function checkEndToEnd(device: Device, folder: string): Promise<Row[]> {
  // Python writes NaN and Infinity, which JSON does not have; they occur only in statistics.
  const text = readFileSync(join(folder, 'info.json'), 'utf8').replace(
    /(?<=[:\s[,])(NaN|-?Infinity)(?=[\s,\]}])/g,
    'null',
  );
  const info = JSON.parse(text) as Info;
  const config: GlipConfig = configFromOriginal(JSON.parse(text));
  const weights = readFileSync(join(folder, 'weights.safetensors'));
  const { source } = await openModel({ name: folder, weights, config }); // also with MMDetection's names
  const build = (p: ParameterTree): Network => network(p, config);
  const { model, parameters } = await ParameterTree.load(device, source, build, isIgnored);

  const rows: Row[] = [];
  const missing = new Set(Object.keys(info.cases));
  const files = readdirSync(folder).filter(
    (name) => name.endsWith('.safetensors') && name !== 'weights.safetensors',
  );
  for (const name of files.sort()) {
    const file = parseSafetensors(readFileSync(join(folder, name)));
    const id = basename(name, '.safetensors');
    missing.delete(id);
    if (id === 'train_grads' || id === 'train_steps') continue; // with train
    const noise = info.cases[id]?.noise ?? largestNoise(info);
    const phrases = Object.entries(info.positive_map_label_to_tokens).map(
      ([label, tokens]) => [Number(label), tokens] as const,
    );
    const columns = Array.from(
      { length: Math.max(...phrases.map(([label]) => label)) },
      (_, i) => phrases.find(([label]) => label === i + 1)?.[1] ?? [],
    );
    for (const mode of modes(config)) {
      const parts = { device, model, config, parameters, source, file, noise, columns };
      rows.push(...label(await checkCase(parts, mode), `${id} ${mode.name}`));
    }
    if (file.has('input.positive_map')) {
      const exact = info.train?.noise.losses_f64 ?? {};
      const given = { device, config, file, exact, model, parameters };
      rows.push(...label(await checkTraining(given), id));
      const stored = optional(folder, `${id}_grads`);
      if (stored) {
        const noise = info.train?.noise.grads ?? {};
        rows.push(...(await checkParameterGradients({ ...given, stored, noise })));
      }
      const steps = optional(folder, `${id}_steps`);
      const log = info.train?.optimizer_steps;
      if (steps && stored && log) {
        const again = await ParameterTree.load(device, source, build, isIgnored);
        const first = await ParameterTree.load(device, sourceOf(stored), build, isIgnored);
        // Last: it changes the parameters.
        rows.push(
          ...(await checkOptimizerSteps(given, { ...given, ...again }, first.parameters, log, steps)),
        );
        for (const { parameters } of [again, first]) parameters.dispose();
      }
    }
  }
  rows.push(
    ...[...missing].map((id) => ({
      ...unchecked(id),
      note: 'listed in info.json, but there is no such file',
    })),
  );
  parameters.dispose();
  return rows;
}

/** Numbers of a file as if they were parameters. */
function sourceOf(file: SafetensorsFile): ParameterSource {
  return {
    names: file.names,
    shape: (name) => (file.has(name) ? file.info(name).shape : undefined),
    read: (name) => file.f32(name),
  };
}

function optional(folder: string, name: string): SafetensorsFile | undefined {
  const path = join(folder, `${name}.safetensors`);
  return existsSync(path) ? parseSafetensors(readFileSync(path)) : undefined;
}

/** For a case without recorded noise: the largest that the folder's other cases record for each tensor. */
function largestNoise({ cases }: Info): ModelCase['noise'] {
  const noise: Record<string, { max_abs_diff_f32_vs_f64: number }> = {};
  for (const { noise: own = {} } of Object.values(cases)) {
    for (const [name, { max_abs_diff_f32_vs_f64: value }] of Object.entries(own)) {
      const known = noise[name]?.max_abs_diff_f32_vs_f64 ?? 0;
      noise[name] = { max_abs_diff_f32_vs_f64: Math.max(known, value) };
    }
  }
  return noise;
}

function modes({ fusion }: GlipConfig): Mode[] {
  return [true, false].flatMap((fullText) =>
    (fusion ? [false, true] : [false]).map((fold) => ({
      name: `[${fold ? 'folded' : 'plain'}, ${fullText ? 'full text' : 'real tokens'}]`,
      fold,
      fullText,
    })),
  );
}

function label(rows: readonly Row[], prefix: string): Row[] {
  return rows.map((row) => ({ ...row, name: `${prefix} ${row.name}` }));
}
