import type { Page } from 'playwright';
import { expect } from 'vitest';
import { type Visit, visitPlayground } from '../open-page.ts';

// All that needs no model: pages without WebGPU open at once.

export const NO_GPU = { gpu: false };

export interface App {
  readonly state: {
    readonly settings: Record<string, unknown>;
    readonly pictures: readonly { readonly id: number; readonly name: string; readonly width: number }[];
    readonly current: number;
  };
  readonly pictures: { openFiles(files: readonly File[]): Promise<void> };
}
/** The state of a page. */
export const state = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as { playground: App }).playground.state);
/** Waits until a page has opened its picture. */
export const hasPicture = (page: Page) =>
  page.waitForFunction(
    () => (globalThis as unknown as { playground: App }).playground.state.pictures.length > 0,
  );

/** The browser, in which each test opens pages of its own. */
export let visit: Visit;

export async function openSession(): Promise<void> {
  visit = await visitPlayground();
}

export async function closeSession(): Promise<void> {
  expect(visit.problems).toEqual([]);
  await visit.close();
}
