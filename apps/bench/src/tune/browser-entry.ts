import type { TuneSettings } from './careful-tune.ts';
import { type TuneReport, tuneHere } from './tune-here.ts';

// The page of `npm run bench -- --tune --browser`.

async function readFile(url: URL): Promise<Uint8Array> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`.trimEnd());
  return new Uint8Array(await response.arrayBuffer());
}

function tune(settings: TuneSettings & { readonly filter: string }): Promise<TuneReport> {
  const { onTuneProgress = () => {} } = globalThis as { onTuneProgress?: (line: string) => void };
  return tuneHere(settings, readFile, onTuneProgress);
}

Object.assign(globalThis, { tune });
