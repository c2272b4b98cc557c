import type { Dataset } from '@glip-wgpu/datasets';
import { clearProgress } from '../outputs/progress.ts';
import { note, print, printJson } from '../outputs/terminal.ts';
import { type Evaluated, jsonOf, textOf } from './figures.ts';
import { writeEvaluationFolder } from './report-folder.ts';

/** Prints an evaluation, and writes its folder if there is one. */
export async function reportEvaluation(
  dataset: Dataset,
  result: Evaluated,
  {
    json,
    out,
    pictures,
  }: { readonly json: boolean; readonly out: string | undefined; readonly pictures: number },
): Promise<void> {
  if (json) printJson(jsonOf(result), 2);
  else print(textOf(result));
  if (out === undefined) return;
  await writeEvaluationFolder(dataset, result, { folder: out, pictures });
  clearProgress();
  note(`wrote ${out}/index.html`);
}
