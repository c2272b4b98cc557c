import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { type Outcome, type RunOptions, runGlip } from './run-glip.ts';
import { writeTinyDataset, writeTinyModel } from './tiny-run.ts';

/** Drawn scene of 160 x 160 pixels, with dogs and a green car. */
export const scene = new URL('../../../../examples/scene.jpg', import.meta.url).pathname;

/** A temporary folder of a test file. */
export interface Workspace {
  readonly root: string;
  /** Absolute path of a file or folder in it. */
  at(...path: string[]): string;
  /** Text of a file in it. */
  read(...path: string[]): string;
  /**
   * Runs the built command in it.
   *
   * @param args  a list, or a text that is split at spaces
   */
  glip(args: string | readonly string[], options?: RunOptions): Promise<Outcome>;
}

/** A folder that is removed after the tests of the file. @param name  part of the folder's name */
export function workspace(name: string): Workspace {
  const root = mkdtempSync(join(tmpdir(), `glip-${name}-`));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const at = (...path: string[]): string => join(root, ...path);
  return {
    root,
    at,
    read: (...path) => readFileSync(at(...path), 'utf8'),
    glip: (args, options = {}) =>
      runGlip(typeof args === 'string' ? args.split(' ') : args, { cwd: root, ...options }),
  };
}

/** A workspace that holds the smallest model, `tiny`, and a dataset of eight pictures, `squares`. */
export function tinyWorkspace(name: string): Workspace {
  const space = workspace(name);
  beforeAll(async () => {
    await writeTinyModel(space.at('tiny'));
    await writeTinyDataset(space.at('squares'));
  });
  return space;
}

/** Names of the files with optimizer state of a run's checkpoints, oldest first. */
export function statesOf(run: string): string[] {
  return readdirSync(join(run, 'checkpoints/last'))
    .filter((file) => file.startsWith('state'))
    .sort();
}
