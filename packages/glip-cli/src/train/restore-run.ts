import { type Trainer, TrainingError } from '@glip-wgpu/glip-train';
import { InputError } from '../inputs/input-error.ts';
import { note } from '../outputs/terminal.ts';
import type { RunFolder } from './run-folder.ts';
import { acceptedIn, describeRefused, noteChanges } from './run-settings.ts';

/**
 * Restores the newest checkpoint of a run that is whole; none, if it has none yet.
 *
 * @throws InputError for a configuration that was changed, and if all checkpoints are damaged; TrainingError
 */
export async function restoreRun(folder: RunFolder, trainer: Trainer): Promise<void> {
  const states = await folder.states();
  for (const step of states) {
    try {
      const changes = await trainer.restore(await folder.openState(step), {
        accepts: acceptedIn(trainer.plan),
      });
      noteChanges(folder.file('config.json'), changes);
      return;
    } catch (error) {
      if (!(error instanceof TrainingError)) throw error;
      if (error.code === 'other-run') throw changedConfig(folder, error);
      if (error.code !== 'damaged-checkpoint') throw error;
      note(`${folder.path}: ${error.message}; it is that of step ${step}, and the one before it is used`);
    }
  }
  if (states.length > 0) {
    throw new InputError(
      `${folder.path}: all its checkpoints are damaged; start anew: glip train --config ${folder.file('config.json')}`,
    );
  }
}

function changedConfig(folder: RunFolder, error: TrainingError): Error {
  if (error.changes.length === 0) return error;
  return new InputError(describeRefused(folder.file('config.json'), error.changes), { cause: error });
}
