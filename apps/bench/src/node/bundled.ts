import { main } from './main.ts';

// The program of the bundle for a bare GPU host: runs of suites are saved.

const args = process.argv.slice(2);
const code = await run();
process.stdout.write('', () => process.exit(code)); // after all output

async function run(): Promise<number> {
  const missing = ['--browser', '--peers'].find((option) => args.includes(option));
  if (missing === undefined) return main(args.includes('--tune') ? args : ['--save', ...args]);
  console.error(`${missing} needs the repository: it is not in this bundle`);
  return 2;
}
