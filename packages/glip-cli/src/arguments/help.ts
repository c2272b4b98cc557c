import type { Command, Options } from './command.ts';

const WIDTH = 100;
const COLUMN = 24;

/** Help of one command. */
export function helpOf({ name, usage, summary, options, notes }: Command): string {
  const parts = [`glip ${name} ${usage}`, `  ${capital(summary)}.`, optionLines(options)];
  if (notes) parts.push(notes);
  return parts.filter((part) => part !== '').join('\n\n');
}

/** List of commands, one per line. */
export function overview(commands: readonly Command[]): string {
  const starts = commands.map(({ name, usage }) => `  glip ${name} ${usage.split(' ')[0]}`);
  const lines = commands.map(({ summary }, i) => `${starts[i].padEnd(COLUMN)} ${summary}`);
  return `GLIP on WebGPU: find what a text names in pictures.

${lines.join('\n')}

  glip detect photo.jpg --categories "dog. red car" --out annotated.png
  glip label photos --categories-file names.txt --format yolo --out-dir dataset --with-images --split 0.2

glip COMMAND --help tells more, glip --version which this is.`;
}

function optionLines(options: Options): string {
  return Object.entries(options)
    .map(([name, { value, help }]) => {
      const start = `  --${name}${value ? ` ${value}` : ''}`;
      const [first, ...more] = wrapped(help, WIDTH - COLUMN);
      const head =
        start.length < COLUMN - 1 ? start.padEnd(COLUMN) + first : `${start}\n${' '.repeat(COLUMN)}${first}`;
      return [head, ...more.map((line) => ' '.repeat(COLUMN) + line)].join('\n');
    })
    .join('\n');
}

function wrapped(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines[lines.length - 1];
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
