#!/usr/bin/env node
// Starts the built command. Committed, unlike dist: npm links it at install, before a fresh clone has built anything.
import { existsSync } from 'node:fs';

const built = new URL('../dist/cli.js', import.meta.url);
if (existsSync(built)) {
  await import(built.href);
} else {
  console.error('glip: not built yet: run "npm start" in the clone first, or "npm run build"');
  process.exitCode = 1;
}
