import { endWithReader } from './outputs/terminal.ts';
import { explain, runCommand } from './run-command.ts';
import { endWithSupervisor, needsSupervision, supervise } from './supervise.ts';

/** @returns false where a child process runs the command */
function begin(gpu: boolean): boolean {
  const supervised = gpu && needsSupervision();
  if (supervised) supervise();
  else endWithSupervisor();
  return !supervised;
}

endWithReader();
runCommand(process.argv.slice(2), begin).catch((error: unknown) => {
  process.exitCode = explain(error);
});
