import { chart, FAINT, line, rectangle, type Series, shortened, text } from './svg.ts';

const PLOT = { left: 60, top: 48, width: 440, height: 360 };
const [WIDTH, HEIGHT] = [720, 470];
const MAX_NAMED = 16;

export interface Curve extends Series {
  /** Points with both coordinates from 0 to 1. */
  readonly points: readonly (readonly [x: number, y: number])[];
  readonly thick?: boolean;
}

/** Curves in the unit square, later ones on top. The thick ones and, if they are few, the others are named. */
export function unitCurves(
  title: string,
  axes: readonly [x: string, y: string],
  curves: readonly Curve[],
): string {
  const { left, top, width, height } = PLOT;
  const at = ([x, y]: readonly [number, number]): [number, number] => [
    left + x * width,
    top + (1 - y) * height,
  ];
  const parts: string[] = [];
  for (let i = 0; i <= 5; i++) {
    const [x, y] = at([i / 5, i / 5]);
    const label = (i / 5).toFixed(1);
    parts.push(line(left, y, left + width, y), line(x, top, x, top + height));
    parts.push(text(left - 8, y + 4, label, { anchor: 'end', color: FAINT, size: 11 }));
    parts.push(text(x, top + height + 18, label, { anchor: 'middle', color: FAINT, size: 11 }));
  }
  parts.push(text(left + width / 2, top + height + 42, axes[0], { anchor: 'middle', color: FAINT }));
  const middle = top + height / 2;
  const upright = text(18, middle, axes[1], { anchor: 'middle', color: FAINT });
  parts.push(`<g transform="rotate(-90 18 ${middle})">${upright}</g>`);
  for (const { points, color, thick } of curves) {
    const path = points
      .map((point) =>
        at(point)
          .map((value) => value.toFixed(1))
          .join(','),
      )
      .join(' ');
    parts.push(
      `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="${thick ? 3 : 1.25}" stroke-linejoin="round"/>`,
    );
  }
  const thick = curves.filter((curve) => curve.thick);
  const named = curves.length <= MAX_NAMED ? [...thick, ...curves.filter((curve) => !curve.thick)] : thick;
  for (const [i, { name, color }] of named.entries()) {
    const y = top + 12 + 20 * i;
    parts.push(rectangle(left + width + 20, y - 9, 12, 10, color));
    parts.push(text(left + width + 38, y, shortened(name, 24)));
  }
  return chart(WIDTH, HEIGHT, title, parts);
}
