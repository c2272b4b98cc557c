import { mkdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { type Detections, type Grounding, type HeatMap, heatMap, type RawImage } from '@glip-wgpu/glip-core';
import { expand, PROMPT_HELP, PROMPT_OPTIONS, parse, promptOf, thresholdOf } from './arguments.ts';
import { drawDetections } from './draw.ts';
import { readImageFile } from './image-file.ts';
import { InputError } from './input-error.ts';
import { loadModel } from './model.ts';
import { progress } from './progress.ts';
import { tableOf } from './table.ts';

export const DETECT_HELP = `glip detect IMAGE... [options]    find what a text names in pictures

${PROMPT_HELP}
  --out FILE           write the picture with boxes, .png, .jpg, .webp or .svg (for several pictures: a folder)
  --heat LABEL         in that picture, dim what the model does not see as LABEL
  --json               print JSON

IMAGE may be a pattern such as "photos/*.jpg".`;

/** One picture's detections as `--json` prints them. */
interface JsonResult {
  readonly image: { readonly path: string; readonly width: number; readonly height: number };
  readonly detections: readonly Pick<Detections[number], 'label' | 'box' | 'score' | 'span' | 'tokens'>[];
  /** Labels that were searched and not found. */
  readonly missing: readonly { readonly label: string; readonly why: string }[];
}

/** `glip detect`. @throws InputError for arguments that cannot be used */
export async function detect(args: readonly string[]): Promise<void> {
  const { values, positionals } = parse(args, {
    ...PROMPT_OPTIONS,
    out: { type: 'string' },
    heat: { type: 'string' },
    json: { type: 'boolean' },
  });
  if (values.heat !== undefined && !values.out)
    throw new InputError('--heat is drawn: say where with --out FILE');
  const paths = await expand(positionals, 'detect');
  const prompt = await promptOf(values);
  const threshold = thresholdOf(values.threshold);
  const several = paths.length > 1;

  const first = await readImageFile(paths[0]); // a wrong file is told before the model is read
  using glip = await loadModel(values.model, values);
  const results: JsonResult[] = [];
  for (const [i, path] of paths.entries()) {
    progress(several ? `${i + 1} of ${paths.length}: ${path}` : '');
    const image = i === 0 ? first : await readImageFile(path);
    const grounding = await glip.ground(image, prompt, { explain: values.heat !== undefined });
    const found = grounding.detections({ threshold });
    progress('');
    if (i === 0) for (const { message } of found.warnings) console.error(`warning: ${message}`);
    if (values.json) results.push(jsonOf(path, image, found));
    else console.log(`${path} (${image.width} x ${image.height})\n${tableOf(found)}`);
    if (values.out) {
      const target = await targetOf(values.out, path, several);
      await drawDetections(image, found, target, heatOf(grounding, values.heat));
      if (!values.json) console.log(`wrote ${target}`);
    }
  }
  if (values.json) console.log(JSON.stringify(several ? results : results[0], null, 2));
}

/** Where the model sees a label: that of its names which it sees best. */
function heatOf({ plan, scoreMaps }: Grounding, label: string | undefined): HeatMap | undefined {
  if (label === undefined || !scoreMaps) return undefined;
  const maps = plan.chunks.flatMap(({ phrases }, chunk) =>
    phrases.flatMap((phrase) => (phrase.label === label ? [heatMap(scoreMaps[chunk], phrase.tokens)] : [])),
  );
  if (maps.length === 0) throw new InputError(`--heat ${label}: the prompt has no such label`);
  const best = ({ values }: HeatMap): number => values.reduce((most, value) => Math.max(most, value), 0);
  return maps.reduce((a, b) => (best(b) > best(a) ? b : a));
}

async function targetOf(out: string, path: string, several: boolean): Promise<string> {
  const target = several ? join(out, `${basename(path, extname(path))}.png`) : out;
  await mkdir(dirname(target), { recursive: true });
  return target;
}

function jsonOf(path: string, { width, height }: RawImage, found: Detections): JsonResult {
  const detections = found.map(({ label, box, score, span, tokens }) => ({
    label,
    box,
    score,
    span,
    tokens,
  }));
  const missing = found.labels.flatMap(({ label, missing: why }) =>
    why === undefined ? [] : [{ label, why }],
  );
  return { image: { path, width, height }, detections, missing };
}
