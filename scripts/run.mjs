// Runs a TypeScript script of this repository from source: node scripts/run.mjs FILE.ts ARGS...
// The script exports main(args), whose number becomes the exit code.
import { resolve } from 'node:path';
import { createServer } from 'vite';
import { aliases, wgsl } from '../tools/workspace.mjs';

const [file, ...args] = process.argv.slice(2);
process.env.XDG_RUNTIME_DIR ??= '/tmp'; // Vulkan drivers warn without it
const server = await createServer({
  configFile: false,
  logLevel: 'error',
  appType: 'custom',
  server: { middlewareMode: true, watch: null, ws: false },
  optimizeDeps: { noDiscovery: true },
  oxc: { target: 'es2022' }, // Node 20 has no 'using'
  plugins: [wgsl()],
  resolve: { alias: aliases('node') },
});
const { main } = await server.ssrLoadModule(resolve(file));
const code = await main(args);
await server.close();
process.stdout.write('', () => process.exit(code)); // after all output
