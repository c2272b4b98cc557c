import { defineConfig } from 'tsup';
import { declarations, platformTypes } from '../../tools/declarations.mjs';

// Types that a browser can draw; Node has none of them.
const drawable = [
  'Blob',
  'HTMLCanvasElement',
  'HTMLImageElement',
  'HTMLVideoElement',
  'ImageBitmap',
  'ImageData',
  'OffscreenCanvas',
  'VideoFrame',
];

export default defineConfig({
  entry: [
    'src/index.ts',
    'src/network/index.ts',
    'src/prompt/wink.ts',
    'src/transformers.ts',
    'src/download/files.node.ts',
    'src/download/files.browser.ts',
    'src/image/image-files.node.ts',
    'src/image/image-files.browser.ts',
  ],
  format: ['esm'],
  target: 'es2022',
  platform: 'neutral',
  external: ['#files', '#image-files', 'sharp'],
  dts: declarations(
    {
      index: 'src/index.ts',
      'network/index': 'src/network/index.ts',
      'prompt/wink': 'src/prompt/wink.ts',
      transformers: 'src/transformers.ts',
    },
    platformTypes(drawable, 'never'),
  ),
  sourcemap: true,
  clean: true,
  tsconfig: '../../tsconfig.json',
});
