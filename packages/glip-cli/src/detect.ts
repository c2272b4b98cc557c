import { type Detections, type Grounding, type HeatMap, heatMap, type RawImage } from '@glip-wgpu/glip-core';
import { defineCommand, type Values } from './arguments/command.ts';
import { DETECTION_OPTIONS, selectionOf } from './arguments/detection.ts';
import { labelsOf, PROMPT_OPTIONS, wantedOf } from './arguments/prompt.ts';
import { eachPicture, type Picture, summary, tellWarnings } from './each-picture.ts';
import { InputError } from './inputs/input-error.ts';
import { picturePaths } from './inputs/picture-paths.ts';
import { ADAPTER_OPTION, chosenAdapter, chosenModel, MODEL_OPTION, MODEL_OPTIONS } from './model.ts';
import { writeCrops } from './outputs/crops.ts';
import { drawDetections } from './outputs/draw.ts';
import { tableOf } from './outputs/table.ts';
import { cropFolders, drawingTargets } from './outputs/targets.ts';
import { isQuiet, note, print, printJson, setQuiet } from './outputs/terminal.ts';

const OPTIONS = {
  ...PROMPT_OPTIONS,
  ...MODEL_OPTION,
  ...ADAPTER_OPTION,
  ...DETECTION_OPTIONS,
  out: {
    type: 'string',
    value: 'FILE',
    help: 'write the picture with boxes, .png, .jpg, .webp or .svg (for several pictures: a folder)',
    elsewhere: ['output', 'save', 'o'],
  },
  heat: {
    type: 'string',
    value: 'LABEL',
    help: 'in that picture, dim everything that the model does not see as LABEL',
  },
  'crop-dir': {
    type: 'string',
    value: 'DIR',
    help: 'write each detection as a cropped picture into this folder',
  },
  json: { type: 'boolean', help: 'print JSON; for several pictures, one line each as soon as it is done' },
  quiet: { type: 'boolean', help: 'print no tables and no progress, only errors, and JSON with --json' },
  ...MODEL_OPTIONS,
} as const;

/** `glip detect` */
export const detect = defineCommand({
  name: 'detect',
  usage: 'IMAGE... [options]',
  summary: 'find what a text names in pictures',
  options: OPTIONS,
  notes: `IMAGE is a file, a folder (all pictures in it), a pattern such as "photos/*.jpg", or - for standard input. Of
several pictures, those that cannot be read are named and left out, and the exit code is 1.`,
  run,
});

async function run(values: Values<typeof OPTIONS>, positionals: readonly string[]): Promise<void> {
  const { out, heat, json, 'crop-dir': cropDir } = values;
  setQuiet(values.quiet);
  if (heat !== undefined && !out)
    throw new InputError('--heat needs a picture to draw: name it with --out FILE');
  const { paths, single } = await picturePaths(positionals, 'detect', out);
  const adapter = await chosenAdapter(values);
  const wanted = await wantedOf(values, adapter?.prompt);
  const labels = labelsOf(wanted);
  if (heat !== undefined && !labels.includes(heat)) {
    throw new InputError(`--heat ${heat}: the prompt has no such label`);
  }
  const selection = selectionOf(values);
  const model = chosenModel(values, adapter);
  const drawings = out && (await drawingTargets(out, paths, { single, withHeat: heat !== undefined }));
  const crops = cropDir && (await cropFolders(cropDir, paths));

  const counts = await eachPicture({
    paths,
    model,
    single,
    async use(glip, [{ path, index, image }]: readonly Picture[]) {
      const grounding = await glip.ground(image, wanted.prompt, { explain: heat !== undefined });
      const found = grounding.detections(selection);
      tellWarnings(found);
      if (json) printJson(jsonOf(path, image, found), single ? 2 : undefined);
      else if (!isQuiet()) print(`${path} (${image.width} x ${image.height})\n${tableOf(found)}`);
      const written = [];
      if (drawings) {
        await drawDetections(image, found, drawings[index], { labels, heat: heatOf(grounding, heat) });
        written.push(drawings[index]);
      }
      if (crops) written.push(...(await writeCrops(image, found, crops[index])));
      if (!json && !isQuiet()) for (const file of written) print(`wrote ${file}`);
    },
  });
  if (counts.failed > 0) process.exitCode = 1;
  if (!single && json) note(summary(counts));
  if (!single && !json && !isQuiet()) print(summary(counts));
}

/** Heat map of a label: that of its best-scoring name. */
function heatOf({ plan, scoreMaps }: Grounding, label: string | undefined): HeatMap | undefined {
  if (label === undefined || !scoreMaps) return undefined;
  const maps = plan.chunks.flatMap(({ phrases }, chunk) =>
    phrases.flatMap((phrase) => (phrase.label === label ? [heatMap(scoreMaps[chunk], phrase.tokens)] : [])),
  );
  if (maps.length === 0) throw new InputError(`--heat ${label}: the prompt has no such label`);
  const best = ({ values }: HeatMap): number => values.reduce((most, value) => Math.max(most, value), 0);
  return maps.reduce((a, b) => (best(b) > best(a) ? b : a));
}

/** Detections of one picture, as printed by `--json`. */
interface JsonResult {
  readonly image: { readonly path: string; readonly width: number; readonly height: number };
  readonly detections: readonly Pick<Detections[number], 'label' | 'box' | 'score' | 'span' | 'tokens'>[];
  /** Labels that were not found. */
  readonly missing: readonly { readonly label: string; readonly why: string }[];
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
