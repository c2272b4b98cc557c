/** Colors of labels in drawings; white text on each has a contrast of at least 4.5. */
export const PALETTE: readonly string[] = [
  '#dc143c',
  '#2563eb',
  '#15803d',
  '#b45309',
  '#7e22ce',
  '#0f766e',
  '#be185d',
  '#4d7c0f',
  '#0369a1',
  '#a21caf',
  '#854d0e',
  '#4338ca',
  '#b91c1c',
  '#047857',
  '#57534e',
  '#c2410c',
];

/**
 * Color of each label, by its index among all labels of a run, so that a label has one color in every drawing.
 * Labels that are not listed share the first color.
 */
export function colorsOf(labels: readonly string[]): (label: string) => string {
  const places = new Map([...new Set(labels)].map((label, place) => [label, place]));
  return (label) => PALETTE[(places.get(label) ?? 0) % PALETTE.length];
}
