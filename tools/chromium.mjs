// Location of Chromium, and the flags with which tests start it: on its software adapter unless WEBGPU_ADAPTER=gpu.
import { existsSync } from 'node:fs';

const onGpu = process.env.WEBGPU_ADAPTER === 'gpu';

const PLACES = [
  // Debian's build without a user interface: tests of pages take up to two fifths less processor time.
  ...(onGpu ? [] : ['/usr/bin/chromium-headless-shell']),
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The program: CHROMIUM_PATH, or the first that exists. */
export function findChromium() {
  return process.env.CHROMIUM_PATH ?? PLACES.find((path) => existsSync(path));
}

/** For playwright's `launch`. */
export const chromium = {
  executablePath: findChromium(),
  timeout: 300_000, // ms until it has started: a busy machine takes long
  args: [
    '--no-sandbox',
    '--enable-unsafe-webgpu',
    '--enable-features=Vulkan,WebGPU',
    '--ignore-gpu-blocklist',
    ...(onGpu ? [] : ['--use-webgpu-adapter=swiftshader']),
  ],
};
