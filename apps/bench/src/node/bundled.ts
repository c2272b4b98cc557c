import { main } from './main.ts';

// The program of the bundle for a bare GPU host.

const code = await main(process.argv.slice(2));
process.stdout.write('', () => process.exit(code)); // after all that was printed
