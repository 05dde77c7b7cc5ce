import { labelsOf, type SplitReader } from './batches.ts';
import { UserError } from '../../core/errors.ts';
import { type Encoding } from '../../core/model/artifact.ts';
import { fitEncodings } from '../../core/model/fitting.ts';
import { type ColumnChunk, type TrainingJob } from '../../core/ports.ts';
import { createRandom } from '../../core/random.ts';
import { type SplitName } from '../../core/training.ts';

/** What must be known before the first batch. */
export interface Survey {
  encodings: Encoding[];
  rows: number;
  positives: number;
}

/** One pass over the train split, and one over the labels of the selection split. */
export async function survey(
  job: TrainingJob,
  reader: SplitReader,
  labels: SplitReader,
  pulse: () => Promise<void>,
): Promise<Survey> {
  const selection = await countLabels(labels, 'selection', () => {}, pulse);
  requireBothClasses('selection', selection);
  const fitting = fitEncodings(job.columns, createRandom(`${job.seed}/encodings`));
  const train = await countLabels(reader, 'train', fitting.add, pulse);
  requireBothClasses('train', train);
  return { ...train, encodings: fitting.finish() };
}

async function countLabels(
  reader: SplitReader,
  split: SplitName,
  visit: (chunk: ColumnChunk) => void,
  pulse: () => Promise<void>,
): Promise<{ rows: number; positives: number }> {
  let [rows, positives] = [0, 0];
  for await (const chunk of reader.chunks(split)) {
    rows += chunk.rows;
    for (const label of labelsOf(chunk)) if (label) positives++;
    visit(chunk);
    await pulse();
  }
  return { rows, positives };
}

function requireBothClasses(split: SplitName, { rows, positives }: { rows: number; positives: number }): void {
  if (rows === 0)
    throw new UserError(
      'TOO_FEW_ROWS',
      `The ${split} split has no rows. Lengthen source.history, or wait until more labels have matured ` +
        '(label.maturesAfter).',
    );
  if (positives > 0 && positives < rows) return;
  throw new UserError(
    'LABEL_ONE_CLASS',
    `All ${rows} rows of the ${split} split have label ${positives === 0 ? 0 : 1}: there is nothing to tell apart. ` +
      'Check that the label table holds both outcomes and that label.key matches source.key, lengthen ' +
      `source.history, or give the ${split} split a larger share.`,
  );
}
