import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { Glip, type Grounding, parseCategories } from '@glip-wgpu/glip-core';
import scene from '../../../examples/scene.jpg';
import { colourOf, draw } from './draw.ts';

const element = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const canvas = element<HTMLCanvasElement>('canvas');
const prompt = element<HTMLInputElement>('prompt');
const threshold = element<HTMLInputElement>('threshold');
const status = element('status');
const find = element<HTMLButtonElement>('find');

let glip: Glip | undefined;
let picture: ImageBitmap | undefined;
let grounding: Grounding | undefined;

async function run(): Promise<void> {
  if (!glip || !picture) return;
  find.disabled = true;
  status.textContent = 'Looking…';
  const start = performance.now();
  try {
    grounding = await glip.ground(picture, { categories: parseCategories(prompt.value) });
    const warnings = grounding.plan.warnings.map(({ message }) => message);
    status.textContent = [`${Math.round(performance.now() - start)} ms`, ...warnings].join('. ');
    show();
  } catch (error) {
    status.textContent = error instanceof Error ? error.message : String(error);
  }
  find.disabled = false;
}

/** Thresholds need no new run of the model. */
function show(): void {
  element('threshold-value').textContent = Number(threshold.value).toFixed(2);
  if (!grounding || !picture) return;
  const found = grounding.detections({ threshold: Number(threshold.value) });
  const labels = grounding.plan.chunks.flatMap(({ phrases }) => phrases.map(({ label }) => label));
  draw(canvas, picture, found, labels);
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

async function open(source: Blob): Promise<void> {
  picture = await createImageBitmap(source);
  await run();
}

element('form').addEventListener('submit', (event) => {
  event.preventDefault();
  void run();
});
threshold.addEventListener('input', show);
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
