import sharp from 'sharp';
import { phraseOf } from './captions.ts';
import { makeScene, type Scene, type Subset, type World } from './scene.ts';

const COLUMNS = 6;
const LINE = 13; // pixels of a line of text
const LINES = 3;

/** PNG of the first scenes of a subset, with a box around each thing and the caption below. */
export async function drawSheet(world: World, subset: Subset, count: number): Promise<Uint8Array> {
  const { size } = world;
  const [width, height] = [size + 8, size + 8 + LINE * LINES];
  const cells = [];
  for (let i = 0; i < count; i++) {
    const scene = await makeScene(world, subset, i);
    const input = await sharp(scene.picture, { raw: { width: size, height: size, channels: 3 } })
      .png()
      .toBuffer();
    const [left, top] = [(i % COLUMNS) * width, Math.floor(i / COLUMNS) * height];
    cells.push(
      { input, left: left + 4, top: top + 4 },
      { input: Buffer.from(overlay(scene, width, height, size)), left, top },
    );
  }
  const rows = Math.ceil(count / COLUMNS);
  const canvas = {
    width: COLUMNS * width,
    height: rows * height,
    channels: 3 as const,
    background: '#ffffff',
  };
  return sharp({ create: canvas }).composite(cells).png({ palette: true }).toBuffer();
}

function overlay({ things, caption }: Scene, width: number, height: number, size: number): string {
  const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const boxes = things.map((thing, i) => {
    const [x, y, w, h] = thing.box;
    const stroke = caption.spans[i].length > 0 ? '#ff00ff' : '#808080';
    const label = `<text x="${x + 5}" y="${y + 13}" font-size="9" fill="${stroke}">${escaped(phraseOf(thing))}</text>`;
    return `<rect x="${x + 3.5}" y="${y + 3.5}" width="${w + 1}" height="${h + 1}" fill="none" stroke="${stroke}"/>${label}`;
  });
  const lines = wrap(caption.text, Math.floor(width / 5.8)).map(
    (line, i) => `<text x="4" y="${size + 16 + i * LINE}" font-size="10">${escaped(line)}</text>`,
  );
  const body = [...boxes, ...lines.slice(0, LINES)].join('');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="sans-serif">${body}</svg>`;
}

function wrap(text: string, characters: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    if (lines[lines.length - 1].length + word.length >= characters) lines.push('');
    lines[lines.length - 1] += `${word} `;
  }
  return lines;
}
