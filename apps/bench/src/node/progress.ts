import type { Roofline } from '../measure/roofline.ts';
import { median } from '../measure/statistics.ts';
import { kernelTimes } from '../report/kernel-times.ts';
import { digits, lineOf, percent } from '../report/lines.ts';
import type { CaseResult } from '../report/report.ts';
import { adapterName } from '../run/environment.ts';
import type { RunEvent } from '../run/run-suites.ts';

const COLUMNS = [
  ['ms', 10],
  ['p10..p90', 17],
  ['GFLOP/s', 9],
  ['GB/s', 8],
  ['of roof', 8],
  ['clock', 6],
] as const;

/**
 * Prints a run as it proceeds: a line per case, and on a terminal the current case.
 *
 * @param kernels  also the time of blocks and models by kernel
 */
export function progress({
  kernels = false,
  print = console.log as (line: string) => void,
} = {}): (event: RunEvent) => void {
  let total = 0;
  let done = 0;
  let width = 0;
  let roofline: Roofline | undefined;
  const terminal = process.stdout.isTTY === true;
  return (event) => {
    if (terminal) process.stdout.write('\r\x1b[K');
    if (event.type === 'environment') {
      const { environment } = event;
      const features = environment.features.join(', ') || 'no optional features';
      print(
        `${adapterName(environment)}: ${features}; matrix products ${environment.gemm}, rows ${environment.rows}`,
      );
      print(environment.host.platform);
    }
    if (event.type === 'roofline') {
      roofline = event.roofline;
      print(
        `roof: ${digits(event.roofline.flops / 1e9)} GFLOP/s, ${digits(event.roofline.bytes / 1e9)} GB/s`,
      );
    }
    if (event.type === 'plan') {
      total = event.ids.length;
      width = Math.max(10, ...event.ids.map((id) => id.length));
      print(`${'case'.padEnd(width)}${COLUMNS.map(([name, size]) => name.padStart(size)).join('')}`);
    }
    if (event.type === 'result') {
      done += 1;
      print(resultLine(event.result, width));
      if (kernels) for (const line of kernelLines(event.result, roofline)) print(line);
    }
    if (event.type === 'reopened') print(`a new device was opened: ${event.because}`);
    if (event.type === 'start' && terminal) process.stdout.write(`${done + 1} of ${total}: ${event.id} …`);
  };
}

function resultLine(result: CaseResult, width: number): string {
  const line = lineOf(result);
  const id = line.id.padEnd(width);
  if (line.status !== 'ok') return `${id}  ${line.status.toUpperCase()} ${line.message}`;
  const range = `${digits(line.p10)}..${digits(line.p90)}`;
  const cells = [
    digits(line.median),
    range,
    digits(line.gflops),
    digits(line.gbs),
    percent(line.roof),
    line.clock,
  ];
  return `${id}${cells.map((cell, i) => cell.padStart(COLUMNS[i][1])).join('')}`;
}

function kernelLines({ dispatches = [], samples }: CaseResult, roofline: Roofline | undefined): string[] {
  const times = kernelTimes(dispatches, roofline);
  if (times.length === 0 || !samples) return [];
  const together = times.reduce((sum, { ms }) => sum + ms, 0);
  return [
    ...times.map(
      ({ kernel, ms, dispatches, share, roof }) =>
        `    ${kernel.padEnd(28)}${digits(ms).padStart(9)} ms in ${`${dispatches}`.padEnd(5)}${percent(share).padStart(6)}${percent(roof).padStart(8)} of roof`,
    ),
    `    together ${digits(together)} ms, each in a pass of its own: ${percent(together / median(samples))} of the median`,
  ];
}
