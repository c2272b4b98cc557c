import { readFileSync } from 'node:fs';
import { emojiTiny } from '@glip-wgpu/emoji-tiny';
import { Glip } from '@glip-wgpu/glip-core';
import type { Page } from 'playwright';
import { expect } from 'vitest';
import { root, type Visit, visitPlayground } from '../open-page.ts';

// One page for all that needs the model: on the software adapter, its kernels compile for a minute.

export const SCENE = `${root}examples/scene.jpg`;
/** Names that the page looks for at first. */
export const PROMPT = ['blue house', 'dog', 'green car', 'yellow duck'];

export interface Found {
  readonly label: string;
  readonly box: number[];
  readonly score: number;
}
interface App {
  readonly state: {
    readonly current: number;
    readonly pictures: readonly { readonly id: number; readonly name: string; readonly source: string }[];
    readonly outcomes: ReadonlyMap<number, unknown>;
    readonly run: unknown;
    readonly live: string | undefined;
  };
  readonly pictures: { openFiles(files: readonly File[]): Promise<void> };
  readonly client: { call(...args: unknown[]): Promise<unknown> };
}
declare global {
  var playground: App;
  var calls: number;
  /** Panels that were there when the table of boxes first was. */
  var panelsWithTable: number;
}

let visit: Visit;
/** The page; its tests run one after the other. */
export let page: Page;
/** The same model in this process. */
export let glip: Glip;

export async function openSession(): Promise<void> {
  visit = await visitPlayground();
  page = await visit.open();
  await startTrace();
  glip = await Glip.load(emojiTiny);
}

export async function closeSession(): Promise<void> {
  expect(visit.problems).toEqual([]);
  glip?.dispose();
  await visit?.close();
}

/** Waits until nothing is searched, something was, and the list of results shows it. */
export const settled = () =>
  page.waitForFunction(
    () =>
      !playground.state.run &&
      playground.state.outcomes.has(playground.state.current) &&
      document.querySelector('.results')?.ariaBusy === 'false',
    null,
    { timeout: 600_000 },
  );

/** The pixels of the stage, as a URL. */
export const drawn = () =>
  page.evaluate(() => (document.getElementById('stage') as HTMLCanvasElement).toDataURL());

/** Labels of the table's rows. */
export const rows = () => page.locator('#results tr td:first-child').allTextContents();

/** Detections as `compareDetections` takes them, with labels as their places in a list. */
export const lists = (found: readonly Found[], labels: readonly string[] = PROMPT) => ({
  boxes: found.flatMap(({ box }) => box),
  scores: found.map(({ score }) => score),
  labels: found.map(({ label }) => labels.indexOf(label)),
});

/** The file that a button of the page saves. */
export async function savedBy(button: string) {
  const [download] = await Promise.all([page.waitForEvent('download'), page.locator(button).click()]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

/** An export in a format of the page. */
export const saved = (kind: string) => savedBy(`[data-save=${kind}]`);

/**
 * Begins to record the tasks of the page's thread. What tests do there comes before: Playwright's first call evaluates
 * its own script, and garbage of earlier tests, axe's above all, is collected.
 */
export async function startTrace(): Promise<void> {
  await page.waitForFunction(() => true);
  await page.requestGC();
  await visit.browser.startTracing(page, { categories: ['toplevel', '__metadata'] });
}

/**
 * Ends the recording. CPU times, since the time on the clock depends on how busy the machine is.
 *
 * @returns milliseconds of each task of the page's thread
 */
export async function mainThreadTasks(): Promise<number[]> {
  const trace = await visit.browser.stopTracing();
  interface Event {
    readonly name: string;
    readonly pid: number;
    readonly tid: number;
    readonly tdur?: number;
    readonly args?: { readonly name?: string };
  }
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: Event[] };
  const threads = traceEvents
    .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
    .map(({ pid, tid }) => `${pid} ${tid}`);
  return traceEvents
    .filter(
      ({ name, pid, tid, tdur }) =>
        name.endsWith('RunTask') && tdur !== undefined && threads.includes(`${pid} ${tid}`),
    )
    .map(({ tdur }) => (tdur as number) / 1000);
}
