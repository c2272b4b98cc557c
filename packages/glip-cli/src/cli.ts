import { endWithReader } from './outputs/end-with-reader.ts';
import { endWithSupervisor, needsSupervision, supervise } from './supervise.ts';

endWithReader();
const line = process.argv.slice(2);
if (needsSupervision(line)) {
  supervise();
} else {
  endWithSupervisor();
  const { explain, runCommand } = await import('./run-command.ts'); // which a supervisor does not need
  await runCommand(line).catch((error: unknown) => {
    process.exitCode = explain(error);
  });
}
