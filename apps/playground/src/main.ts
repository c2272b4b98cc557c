import { colorsOf, toCoco, toCsv, toSvg } from '@glip-wgpu/datasets';
import { emojiTiny, emojiTinyWarning } from '@glip-wgpu/emoji-tiny';
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
import { draw } from './draw.ts';

const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const canvas = element<HTMLCanvasElement>('canvas');
const prompt = element<HTMLInputElement>('prompt');
const threshold = element<HTMLInputElement>('threshold');
const status = element('status');
const heat = element<HTMLSelectElement>('heat');

let glip: Glip | undefined;
let pixels: RawImage | undefined;
let picture: ImageBitmap | undefined;
let grounding: Grounding | undefined;

let isSample = true;
let opened = 0;
let searching: AbortController | undefined;

/** Searches the picture; a search superseded by a newer one is dropped silently. */
async function run(): Promise<void> {
  grounding = undefined;
  show();
  if (!glip || !pixels) return;
  searching?.abort();
  const search = new AbortController();
  searching = search;
  status.textContent = 'Searching…';
  const start = performance.now();
  try {
    const { signal } = search;
    const result = await glip.ground(pixels, promptOf(prompt.value), { explain: true, signal });
    if (search !== searching) return;
    grounding = result;
    const phrases = grounding.plan.chunks.flatMap((chunk) => chunk.phrases);
    heat.replaceChildren(
      new Option('nothing', ''),
      ...phrases.map(({ label }, i) => new Option(label, `${i}`)),
    );
    const toy = isSample ? undefined : emojiTinyWarning(pixels);
    const warnings = [...(toy ? [toy] : []), ...result.plan.warnings.map(({ message }) => message)];
    status.textContent = `${Math.round(performance.now() - start)} ms`;
    fillList('warnings', warnings);
    show();
  } catch (error) {
    if (search !== searching) return;
    status.textContent = error instanceof Error ? error.message : String(error);
  }
}

function fillList(id: string, lines: readonly string[]): void {
  element(id).replaceChildren(
    ...lines.map((line) => {
      const item = document.createElement('li');
      item.textContent = line;
      return item;
    }),
  );
}

function promptOf(text: string): PromptInput {
  const kind = document.querySelector<HTMLInputElement>('[name=kind]:checked')?.value;
  return kind === 'caption' ? { caption: text } : { categories: parseCategories(text) };
}

/** Shows the results at the current threshold; needs no new run of the model. */
function show(): void {
  element('threshold-value').textContent = Number(threshold.value).toFixed(2);
  if (!picture) return;
  if (!grounding) {
    draw(canvas, picture, undefined, []);
    for (const id of ['results', 'missing', 'warnings']) element(id).replaceChildren();
    return;
  }
  const found = grounding.detections({ threshold: Number(threshold.value) });
  const labels = labelsOf();
  const colorOf = colorsOf(labels);
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
      swatch.style.background = colorOf(label);
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

/** Heat map of the chosen phrase. */
function heatOf({ plan, scoreMaps = [] }: Grounding): HeatMap | undefined {
  if (heat.value === '') return undefined;
  const phrases = plan.chunks.flatMap(({ phrases }, chunk) =>
    phrases.map(({ tokens }) => ({ tokens, chunk })),
  );
  const { tokens, chunk } = phrases[Number(heat.value)];
  return heatMap(scoreMaps[chunk], tokens);
}

/** Shows a picture at once, then searches it; a picture chosen in the meantime replaces it. */
async function open(source: Blob, sample = false): Promise<void> {
  const turn = ++opened;
  const read = await readImageBlob(source);
  const bitmap = await createImageBitmap(
    new ImageData(new Uint8ClampedArray(read.data), read.width, read.height),
  );
  if (turn !== opened) return;
  [pixels, picture, isSample] = [read, bitmap, sample];
  await run();
}

const WRITERS: Readonly<Record<string, () => readonly [name: string, type: string, text: string]>> = {
  svg: () => ['annotated.svg', 'image/svg+xml', toSvg(labeled(), { href: pictureUrl(), labels: labelsOf() })],
  coco: () => [
    'annotations.json',
    'application/json',
    JSON.stringify(toCoco([labeled()], labelsOf()), null, 1),
  ],
  csv: () => ['labels.csv', 'text/csv', toCsv([labeled()])],
};

const labelsOf = (): string[] => [...new Set(grounding?.plan.targets.map(({ label }) => label))];

function labeled() {
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

/** Controls that need a model. */
function setUsable(usable: boolean): void {
  for (const control of document.querySelectorAll<HTMLInputElement>('main :is(input, button, select)'))
    control.disabled = !usable;
}

try {
  if (!('gpu' in navigator)) {
    setUsable(false);
    throw new Error(
      'This browser has no WebGPU. Chrome and Edge 113, Safari 26 and Firefox 141 have it; on Linux, Chrome may need the flag enable-unsafe-webgpu.',
    );
  }
  const first = fetch(scene)
    .then((response) => response.blob())
    .then((blob) => open(blob, true)); // shown while the model loads
  glip = await Glip.load(emojiTiny);
  glip.device.onCompile(({ done, total }) => {
    if (!grounding) status.textContent = `Searching… compiling kernels, ${done} of ${total}`;
  });
  Object.assign(globalThis, { glip }); // for the console, and for the test that drives this page
  await first;
  if (!grounding) await run();
} catch (error) {
  status.textContent = error instanceof Error ? error.message : String(error);
}
