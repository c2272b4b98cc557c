import { labelOf, parseList } from '../prompt/parse-list.ts';
import { promptOf } from '../prompt/prompt-of.ts';
import { EMBEDDED_MODEL, type Settings } from '../state/settings.ts';

/** The same detection as a module of TypeScript. */
export function asTypeScript(settings: Settings, labels: readonly string[]): string {
  const { model } = settings;
  const embedded = model === EMBEDDED_MODEL;
  const imports = [
    ...(embedded ? ["import { emojiTiny } from '@glip-wgpu/emoji-tiny';"] : []),
    "import { Glip } from '@glip-wgpu/glip-core';",
  ];
  return `${imports.join('\n')}

const glip = await Glip.load(${embedded ? 'emojiTiny' : literal(model)});
const prompt = ${literal(promptOf(settings))};
const found = await glip.detect(image, prompt, ${literal(optionsOf(settings, labels))}); // a File, a canvas, raw pixels, ...
for (const { label, score, box } of found) console.log(label, score, box);
`;
}

function optionsOf({ threshold, thresholds, overlap, limit }: Settings, labels: readonly string[]) {
  const own = labels.filter((label) => Object.hasOwn(thresholds, label));
  return {
    threshold:
      own.length === 0
        ? threshold
        : labels.map((label) => (own.includes(label) ? thresholds[label] : threshold)),
    ...(overlap === 'all' && { overlap }),
    ...(limit > 0 && { limit }),
  };
}

/** The same detection on a command line; undefined where it cannot say the same. */
export function asCommand(settings: Settings, file: string): string | undefined {
  const { mode, list, caption, model, threshold, thresholds, overlap, limit } = settings;
  if (mode === 'spans' || Object.keys(thresholds).length > 0) return undefined;
  const entries = mode === 'categories' ? parseList(list) : [];
  if (entries.some((entry) => typeof entry !== 'string')) return undefined;
  const wanted =
    mode === 'categories'
      ? entries.map((entry) => `--category ${quoted(labelOf(entry))}`)
      : [`--caption ${quoted(caption)}`];
  return [
    'npx @glip-wgpu/glip-cli detect',
    quoted(file.startsWith('-') ? `./${file}` : file),
    ...wanted,
    ...(model === EMBEDDED_MODEL ? [] : [`--model ${quoted(model)}`]),
    `--threshold ${threshold}`,
    ...(overlap === 'all' ? ['--overlap all'] : []),
    ...(limit > 0 ? [`--limit ${limit}`] : []),
    '--out annotated.png',
  ].join(' ');
}

/** A value as code, which no text in it can leave. */
function literal(value: unknown): string {
  const text = JSON.stringify(value, null, 1).replaceAll(/\n\s*/g, ' ');
  return text.replaceAll(/[\u2028\u2029]/g, (mark) => `\\u${mark.charCodeAt(0).toString(16)}`);
}

/** A word of a POSIX shell. */
function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll('\0', '').replaceAll("'", "'\\''")}'`;
}
