// How tests start Chromium with WebGPU, on its software adapter unless WEBGPU_ADAPTER=gpu. For playwright.
export const chromium = {
  executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--enable-unsafe-webgpu',
    '--enable-features=Vulkan,WebGPU',
    '--ignore-gpu-blocklist',
    ...(process.env['WEBGPU_ADAPTER'] === 'gpu' ? [] : ['--use-webgpu-adapter=swiftshader']),
  ],
};
