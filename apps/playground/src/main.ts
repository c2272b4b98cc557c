import { toCoco, toCsv, toSvg } from '@glip-wgpu/datasets';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import {
  Glip,
  type Grounding,
  type HeatMap,
  heatMap,
  type PromptInput,
  parseCategories,
  type RawImage,
  readImageBlob,
} from '@glip-wgpu/glip-core';
import scene from '../../../examples/scene.jpg';
import { colourOf, draw } from './draw.ts';

const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const canvas = element<HTMLCanvasElement>('canvas');
const prompt = element<HTMLInputElement>('prompt');
const threshold = element<HTMLInputElement>('threshold');
const status = element('status');
const find = element<HTMLButtonElement>('find');
const heat = element<HTMLSelectElement>('heat');

let glip: Glip | undefined;
let pixels: RawImage | undefined;
let picture: ImageBitmap | undefined;
let grounding: Grounding | undefined;

async function run(): Promise<void> {
  if (!glip || !pixels) return;
  find.disabled = true;
  status.textContent = 'Looking…';
  const start = performance.now();
  try {
    grounding = await glip.ground(pixels, promptOf(prompt.value), { explain: true });
    const phrases = grounding.plan.chunks.flatMap((chunk) => chunk.phrases);
    heat.replaceChildren(
      new Option('nothing', ''),
      ...phrases.map(({ label }, i) => new Option(label, `${i}`)),
    );
    const warnings = grounding.plan.warnings.map(({ message }) => message);
    status.textContent = [`${Math.round(performance.now() - start)} ms`, ...warnings].join('. ');
    show();
  } catch (error) {
    status.textContent = error instanceof Error ? error.message : String(error);
  }
  find.disabled = false;
}

function promptOf(text: string): PromptInput {
  const kind = document.querySelector<HTMLInputElement>('[name=kind]:checked')?.value;
  return kind === 'caption' ? { caption: text } : { categories: parseCategories(text) };
}

/** Thresholds need no new run of the model. */
function show(): void {
  element('threshold-value').textContent = Number(threshold.value).toFixed(2);
  if (!grounding || !picture) return;
  const found = grounding.detections({ threshold: Number(threshold.value) });
  const labels = grounding.plan.targets.map(({ label }) => label);
  draw(canvas, picture, found, labels, heatOf(grounding));
  element('missing').replaceChildren(
    ...found.labels.flatMap(({ label, missing }) => {
      if (missing === undefined) return [];
      const item = document.createElement('li');
      item.textContent = `no ${label}: ${missing}`;
      return [item];
    }),
  );
  element('results').replaceChildren(
    ...found.map(({ label, score, box }) => {
      const row = document.createElement('tr');
      const swatch = document.createElement('span');
      swatch.className = 'swatch';
      swatch.style.background = colourOf(label, labels);
      const cells = ['', score.toFixed(3), box.map((value) => value.toFixed(0)).join(', ')].map((text) => {
        const cell = document.createElement('td');
        cell.textContent = text;
        return cell;
      });
      cells[0].append(swatch, label);
      row.append(...cells);
      return row;
    }),
  );
}

/** Where the chosen phrase is seen. */
function heatOf({ plan, scoreMaps = [] }: Grounding): HeatMap | undefined {
  if (heat.value === '') return undefined;
  const phrases = plan.chunks.flatMap(({ phrases }, chunk) =>
    phrases.map(({ tokens }) => ({ tokens, chunk })),
  );
  const { tokens, chunk } = phrases[Number(heat.value)];
  return heatMap(scoreMaps[chunk], tokens);
}

async function open(source: Blob): Promise<void> {
  pixels = await readImageBlob(source);
  picture = await createImageBitmap(
    new ImageData(new Uint8ClampedArray(pixels.data), pixels.width, pixels.height),
  );
  await run();
}

const WRITERS: Readonly<Record<string, () => readonly [name: string, type: string, text: string]>> = {
  svg: () => ['annotated.svg', 'image/svg+xml', toSvg(labelled(), { href: pictureUrl() })],
  coco: () => [
    'annotations.json',
    'application/json',
    JSON.stringify(toCoco([labelled()], labelsOf()), null, 1),
  ],
  csv: () => ['labels.csv', 'text/csv', toCsv([labelled()])],
};

const labelsOf = (): string[] => [...new Set(grounding?.plan.targets.map(({ label }) => label))];

function labelled() {
  const { width, height } = picture as ImageBitmap;
  const detections = grounding?.detections({ threshold: Number(threshold.value) }) ?? [];
  return { file: 'picture.jpg', width, height, detections };
}

function pictureUrl(): string {
  const copy = document.createElement('canvas');
  const shown = picture as ImageBitmap;
  [copy.width, copy.height] = [shown.width, shown.height];
  copy.getContext('2d')?.drawImage(shown, 0, 0);
  return copy.toDataURL('image/jpeg', 0.9);
}

function save(kind: string): void {
  if (!grounding || !picture) return;
  const [name, type, text] = WRITERS[kind]();
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

element('form').addEventListener('submit', (event) => {
  event.preventDefault();
  void run();
});
threshold.addEventListener('input', show);
heat.addEventListener('change', show);
for (const button of document.querySelectorAll<HTMLButtonElement>('[data-save]')) {
  button.addEventListener('click', () => save(button.dataset['save'] ?? ''));
}
element<HTMLInputElement>('file').addEventListener('change', (event) => {
  const [file] = (event.target as HTMLInputElement).files ?? [];
  if (file) open(file).catch((error) => (status.textContent = String(error)));
});
document.addEventListener('dragover', (event) => event.preventDefault());
document.addEventListener('drop', (event) => {
  event.preventDefault();
  const [file] = event.dataTransfer?.files ?? [];
  if (file) open(file).catch((error) => (status.textContent = String(error)));
});

try {
  glip = await Glip.load(emojiTiny);
  Object.assign(globalThis, { glip }); // for the console, and for the test that drives this page
  await open(await (await fetch(scene)).blob());
} catch (error) {
  status.textContent = error instanceof Error ? error.message : String(error);
}
