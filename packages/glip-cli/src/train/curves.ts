import { COLORS } from '../outputs/charts/chart-style.ts';
import { type LinePlot, linePlot, type PlotLine, type Point, text } from '../outputs/charts/line-plot.ts';
import type { StepLine } from './log-lines.ts';
import type { RunLog } from './run-log.ts';

const WIDTH = 1000;
const [MARGIN, GAP] = [16, 20];
const HEIGHT = 270;

/** Everything that a run measures, by step, as a chart for a page; a file of its own needs `withStyle`. */
export function curves(log: RunLog): string {
  const plots = plotsOf(log);
  const half = (WIDTH - 2 * MARGIN - GAP) / 2;
  const odd = plots.length % 2 === 1;
  let [column, row] = [0, 0];
  const groups = plots.map((plot, i) => {
    const whole = odd && i === Math.min(2, plots.length - 1); // the evaluations
    const at = { x: MARGIN + column * (half + GAP), y: MARGIN + row * (HEIGHT + GAP) };
    column += whole ? 2 : 1;
    if (column >= 2) [column, row] = [0, row + 1];
    return linePlot(plot, { ...at, width: whole ? 2 * half + GAP : half, height: HEIGHT });
  });
  const height = 2 * MARGIN + row * HEIGHT + Math.max(0, row - 1) * GAP;
  const empty = plots.length === 0 ? [text(WIDTH / 2, MARGIN + 12, 'No step was logged.', 'middle')] : [];
  const size = `width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" class="chart" ${size} role="img" aria-label="Training curves">
<rect class="paper" fill="white" width="${WIDTH}" height="${height}" rx="8"/>
${[...groups, ...empty].join('\n')}
</svg>
`;
}

function plotsOf({ steps, evaluations, phases }: RunLog): LinePlot[] {
  if (steps.length === 0 && evaluations.length === 0) return [];
  const last = Math.max(steps.at(-1)?.step ?? 0, evaluations.at(-1)?.step ?? 0, 1);
  const common = {
    xName: 'step',
    range: [0, last] as const,
    parts: phases.length > 1 ? phases.map(({ phase, step }) => ({ name: phase, from: step })) : [],
  };
  const line = (name: string, of: (line: StepLine) => number | null | undefined): PlotLine => ({
    name,
    points: steps.map((each) => [each.step, of(each) ?? Number.NaN]),
  });
  const smooth = (name: string, of: (line: StepLine) => number | null | undefined): PlotLine[] => {
    const raw = line(name, of);
    return [
      { ...raw, faint: true, color: 0 },
      { name, color: 0, points: smoothed(raw.points, phases) },
    ];
  };
  const lossNames = [...new Set(steps.flatMap(({ losses }) => Object.keys(losses)))];
  const metricNames = [...new Set(evaluations.flatMap(({ metrics }) => Object.keys(metrics)))];
  const metric = (name: string): PlotLine => ({
    name,
    marks: true,
    points: evaluations.map(({ step, metrics }) => [step, metrics[name] ?? Number.NaN]),
  });
  const shares = metricNames.filter((name) =>
    evaluations.every(({ metrics }) => Math.abs((metrics[name] ?? 0) - 0.5) <= 0.5),
  );
  const others = metricNames.filter((name) => !shares.includes(name));
  const more = (names: readonly string[]): string =>
    names.length > COLORS ? `: the first ${COLORS} of ${names.length}` : '';
  const plots: Omit<LinePlot, keyof typeof common>[] = [
    {
      title: 'Loss, weighted sum',
      lines: smooth('loss', ({ loss }) => loss),
      y: { log: 'auto', include: [0] },
    },
    {
      title: `Losses before their weights${more(lossNames)}`,
      lines: lossNames.slice(0, COLORS).map((name) => line(name, ({ losses }) => losses[name])),
      y: { log: 'auto', include: [0] },
    },
    ...(shares.length === 0
      ? []
      : [
          {
            title: `Evaluations${more(shares)}`,
            lines: shares.slice(0, COLORS).map(metric),
            y: { include: [0] },
            format: (value: number) => value.toFixed(3),
          },
        ]),
    ...others.slice(0, 4).map((name) => ({ title: `Evaluations: ${name}`, lines: [metric(name)] })),
    {
      title: 'Learning rate',
      lines: [line('learning rate', ({ learningRate }) => learningRate)],
      y: { include: [0] },
    },
    {
      title: 'Gradient norm before clipping',
      lines: smooth('gradient norm', ({ gradientNorm }) => gradientNorm),
      y: { log: true },
    },
    {
      title: 'Pictures per second',
      lines: [line('pictures per second', ({ picturesPerSecond }) => picturesPerSecond)],
      y: { include: [0] },
    },
    {
      title: 'Time spent waiting for pictures, %',
      lines: [line('waiting', (each) => percent(each.waitingShare))],
      y: { include: [0, 10] },
      format: (value: number) => `${value.toFixed(1)} %`,
    },
  ];
  return plots.map((plot) => ({ ...common, ...plot }));
}

function percent(share: number | null | undefined): number | null {
  return typeof share === 'number' ? 100 * share : null;
}

/**
 * Means over neighbors, about a fortieth of the points; fewer at the ends. Each phase has its own, as its losses are others.
 */
function smoothed(points: readonly Point[], phases: RunLog['phases']): Point[] {
  const known = points.filter(([, y]) => Number.isFinite(y));
  const wide = Math.floor(known.length / 80);
  const phaseOf = (step: number): number => phases.filter((phase) => phase.step < step).length;
  const parts = [...new Set(known.map(([x]) => phaseOf(x)))].map((phase) =>
    known.filter(([x]) => phaseOf(x) === phase),
  );
  return parts.flatMap((part) =>
    part.map(([x], i): Point => {
      const near = part.slice(i - Math.min(wide, i), i + Math.min(wide, i) + 1); // no later ones alone at the start
      return [x, near.reduce((sum, [, y]) => sum + y, 0) / near.length];
    }),
  );
}
