export interface Advice {
  readonly title: string;
  readonly steps: readonly string[];
}

const OTHERS =
  'These have it without any setting: Chrome and Edge from 113, Safari from 26, Firefox from 141.';

/**
 * Advice for a browser that has no WebGPU, or found no GPU for it.
 *
 * @param agent  `navigator.userAgent`
 * @param gpu    what is missing
 * @param secure `isSecureContext`
 */
export function browserAdvice(agent: string, gpu: 'no-webgpu' | 'no-adapter', secure = true): Advice {
  const linux = /Linux|X11/.test(agent) && !/Android/.test(agent);
  const steps: string[] = [];
  if (!secure) steps.push('Open this page over https or from localhost: browsers offer WebGPU nowhere else.');
  if (/Firefox\//.test(agent)) {
    if (linux)
      steps.push(
        'In Firefox on Linux, open about:config and set dom.webgpu.enabled to true; or take Firefox Nightly.',
      );
    else steps.push('Update Firefox; in about:config, dom.webgpu.enabled must be true.');
  } else if (/Edg\/|Chrome\/|Chromium\//.test(agent)) {
    const scheme = /Edg\//.test(agent) ? 'edge' : 'chrome';
    if (linux)
      steps.push(
        `Open ${scheme}://flags, enable “Unsafe WebGPU Support” and “Vulkan”, and restart the browser.`,
        'Install a Vulkan driver if there is none: on Debian and Ubuntu the package mesa-vulkan-drivers.',
      );
    else
      steps.push(
        `Update the browser, and switch on “Use graphics acceleration when available” in ${scheme}://settings/system.`,
      );
    if (gpu === 'no-adapter') steps.push(`See ${scheme}://gpu: it names the reason why WebGPU is off.`);
  } else if (/Safari\//.test(agent)) {
    steps.push('Update to Safari 26; in Safari 18 on a Mac: Develop, Feature Flags, WebGPU.');
  }
  const title = gpu === 'no-webgpu' ? 'This browser has no WebGPU' : 'WebGPU found no graphics card here';
  return { title, steps: [...steps, OTHERS] };
}
