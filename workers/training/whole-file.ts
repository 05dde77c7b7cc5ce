import { contentId } from '../../core/base/ids.ts';
import { type TrainingJob } from '../../core/training/trainer.ts';
import { rename, writeFile } from 'node:fs/promises';

/** What a checkpoint belongs to. The training set is not in it: it has another path on another machine. */
export const jobId = ({
  candidate,
  columns,
  labelKind,
  classes,
  metric,
  seed,
  rows,
  rounds,
  refit,
  startFrom,
}: TrainingJob): string => {
  const from = startFrom && [startFrom.sha256, startFrom.network];
  return contentId({ candidate, columns, labelKind, classes, metric, seed, rows, rounds, refit, from });
};

/** Writes a file that is whole or not there; returns its path. */
export const writeWhole = (file: string, content: unknown): Promise<string> =>
  writeWholeText(file, JSON.stringify(content));

export async function writeWholeText(file: string, text: string): Promise<string> {
  await writeFile(`${file}.part`, text);
  await rename(`${file}.part`, file);
  return file;
}
