import type { Random } from './random.ts';
import { fromHsl } from './recolor.ts';

type Field = (x: number, y: number) => number;
type Rgb = readonly [number, number, number];

const clamp01 = (value: number) => Math.min(Math.max(value, 0), 1);
const smooth = (t: number) => t * t * (3 - 2 * t);

/** Muted color, 0 to 255. */
function mutedColor(random: Random): Rgb {
  const lightness = random.chance(0.15) ? random.between(0.08, 0.3) : random.between(0.3, 0.95);
  const rgb = fromHsl(random.between(0, 360), random.between(0, 0.65) ** 1.5, lightness);
  return [rgb[0] * 255, rgb[1] * 255, rgb[2] * 255];
}

function linear(random: Random, size: number): Field {
  const angle = random.between(0, 2 * Math.PI);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  return (x, y) => 0.5 + ((x - size / 2) * cos + (y - size / 2) * sin) / (1.4 * size);
}

function radial(random: Random, size: number): Field {
  const [cx, cy, reach] = [random.between(0, size), random.between(0, size), random.between(0.5, 1.2) * size];
  return (x, y) => Math.hypot(x - cx, y - cy) / reach;
}

function stripes(random: Random, size: number): Field {
  const [angle, period] = [random.between(0, Math.PI), random.between(0.09, 0.28) * size];
  const [cos, sin, phase] = [Math.cos(angle), Math.sin(angle), random.next()];
  const edge = 0.06 * period;
  return (x, y) => {
    const place = (x * cos + y * sin) / period + phase;
    const fromEdge = (0.25 - Math.abs(place - Math.floor(place) - 0.5)) * period;
    return smooth(clamp01(0.5 + fromEdge / edge / 2));
  };
}

function checks(random: Random, size: number): Field {
  const [one, other] = [stripes(random, size), stripes(random, size)];
  return (x, y) => {
    const [a, b] = [one(x, y), other(x, y)];
    return a + b - 2 * a * b;
  };
}

function noise(random: Random, size: number): Field {
  const cell = random.between(0.07, 0.25) * size;
  const columns = Math.ceil(size / cell) + 2;
  const values = Array.from({ length: columns * columns }, () => random.next());
  return (x, y) => {
    const [column, row] = [Math.floor(x / cell), Math.floor(y / cell)];
    const [u, v] = [smooth(x / cell - column), smooth(y / cell - row)];
    const at = (i: number, j: number) => values[(row + j) * columns + column + i];
    return (at(0, 0) * (1 - u) + at(1, 0) * u) * (1 - v) + (at(0, 1) * (1 - u) + at(1, 1) * u) * v;
  };
}

function blob(random: Random, size: number): Field {
  const [cx, cy, reach] = [
    random.between(0, size),
    random.between(0, size),
    random.between(0.08, 0.3) * size,
  ];
  return (x, y) => Math.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * reach * reach));
}

const FIELDS = [() => () => 0, linear, radial, stripes, checks, noise] as const;
const WEIGHTS = [1, 4, 4, 4, 1, 4];

/** A procedural background: RGB, `size` x `size`. */
export function drawBackground(random: Random, size: number): Uint8ClampedArray {
  const picture = new Uint8ClampedArray(size * size * 3);
  const base = mutedColor(random);
  const layers: { color: Rgb; field: Field; weight: number }[] = [];
  if (random.chance(0.2)) {
    const count = 4 + random.below(6);
    for (let i = 0; i < count; i++)
      layers.push({ color: mutedColor(random), field: blob(random, size), weight: random.between(0.4, 1) });
  } else {
    const field = FIELDS[random.weighted(WEIGHTS)](random, size);
    layers.push({ color: mutedColor(random), field, weight: 1 });
    if (random.chance(0.25))
      layers.push({
        color: mutedColor(random),
        field: noise(random, size),
        weight: random.between(0.2, 0.6),
      });
  }
  const grain = random.chance(0.35) ? random.between(3, 18) : 0;
  const color = [0, 0, 0];
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      for (let c = 0; c < 3; c++) color[c] = base[c];
      for (const layer of layers) {
        const t = clamp01(layer.field(x + 0.5, y + 0.5)) * layer.weight;
        for (let c = 0; c < 3; c++) color[c] += (layer.color[c] - color[c]) * t;
      }
      const shift = grain > 0 ? (random.next() + random.next() - 1) * grain * 1.5 : 0;
      for (let c = 0; c < 3; c++) picture[(y * size + x) * 3 + c] = color[c] + shift;
    }
  }
  return picture;
}
