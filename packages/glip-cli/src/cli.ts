import { CONVERT_HELP, convert } from './convert.ts';
import { DETECT_HELP, detect } from './detect.ts';
import { DOWNLOAD_HELP, download } from './download.ts';
import { INFO_HELP, info } from './info.ts';
import { InputError, isUserError } from './input-error.ts';
import { LABEL_HELP, label } from './label.ts';

const HELP = `GLIP on WebGPU: find what a text names in pictures.

${DETECT_HELP}

${LABEL_HELP}

${INFO_HELP}

${DOWNLOAD_HELP}

${CONVERT_HELP}`;

const COMMANDS: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  detect,
  label,
  info,
  download,
  convert,
};

async function main([command, ...args]: readonly string[]): Promise<void> {
  if (command === undefined || ['help', '--help', '-h'].includes(command) || args.includes('--help')) {
    console.log(HELP);
    return;
  }
  if (!Object.hasOwn(COMMANDS, command)) {
    throw new InputError(`${command}: unknown command; there are ${Object.keys(COMMANDS).join(', ')}`);
  }
  await COMMANDS[command](args);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  if (isUserError(error)) {
    console.error(`glip: ${error.message}`);
    process.exitCode = 2;
  } else {
    console.error(error);
    process.exitCode = 1;
  }
});
