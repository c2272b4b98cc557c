import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { PieceResult } from './piece.ts';

// Figures on the site's page of experiments: those of the results beside it, to three digits, of a seed or means of the seeds.

const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const page = readFileSync(`${docs}experiments.md`, 'utf8');

interface Published {
  readonly seeds: readonly number[];
  readonly pieces: Readonly<Record<string, Readonly<Record<string, PieceResult>>>>;
}

/** Text of each section with a table, by the experiment that its command names. */
const sections = new Map(
  page.split(/^## /m).flatMap((text) => {
    const [, name] = /npm run experiment -- ([\w-]+)/.exec(text) ?? [];
    return name === undefined ? [] : [[name, text] as const];
  }),
);

it('the page has a section for each experiment whose results are published', () => {
  expect([...sections.keys()].sort()).toEqual(readdirSync(`${docs}experiments`).sort());
});

describe.each([...sections])('the section of %s', (name, section) => {
  const results: Published = JSON.parse(readFileSync(`${docs}experiments/${name}/results.json`, 'utf8'));
  const known = new Set<string>();
  const bySeed = results.seeds.map((seed) => results.pieces[seed]);
  for (const piece of Object.keys(bySeed[0])) {
    const all = bySeed.map((own) => ({ ...own[piece].figures, ...own[piece].details }));
    for (const key of Object.keys(all[0])) {
      const values = all.map((one) => one[key]).filter((value) => value !== null);
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      for (const value of [...values, mean]) known.add(value.toFixed(3));
    }
  }

  it('has figures of its results alone', () => {
    const figures = section.match(/\b[01]\.\d{3}\b/g) ?? [];
    expect(figures.length).toBeGreaterThan(3);
    expect(figures.filter((figure) => !known.has(figure))).toEqual([]);
  });

  it('shows charts that are there', () => {
    for (const [, path] of section.matchAll(/!\[[^\]]*\]\(\.\/([^)]+)\)/g))
      expect(readFileSync(`${docs}${path}`, 'utf8')).toContain('<svg');
  });
});
