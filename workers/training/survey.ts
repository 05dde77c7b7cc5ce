import { LARGEST_LABEL } from '../../core/data/labels/label-kinds.ts';
import { labelsOf, splitReader, type SplitReader } from './reading.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { type Encoding, type EncodingStyle, type Target } from '../../core/model/artifact.ts';
import { fitEncodings } from '../../core/model/fitting.ts';
import { type Analytics } from '../../core/data/analytics.ts';
import { type RowChunk } from '../../core/data/chunks.ts';
import { type TrainingJob } from '../../core/training/trainer.ts';
import { median as medianOf } from '../../core/base/median.ts';
import { createRandom } from '../../core/base/random.ts';
import { type SplitName } from '../../core/training/training.ts';

/** What must be known before the first batch. */
export interface Survey {
  encodings: Encoding[];
  rows: number;
  selectionRows: number;
  /** Of the train split's labels when they are numbers. */
  target: Target | null;
  /**
   * The output that is true of all rows: the log odds of a positive label; or for a number, as `target` scales it, 0, and
   * the median where the gate compares absolute errors.
   */
  base: number;
  /** For classes: the output of each that is true of all rows, the logarithm of its share. */
  bases?: number[];
}

/** One pass over the train split, and one over the labels of the selection split. */
export async function survey(
  job: TrainingJob,
  analytics: Analytics,
  pulse: () => Promise<void>,
  style: EncodingStyle = 'sums',
): Promise<Survey> {
  const labels = splitReader(analytics, job.trainingSet, []);
  const selection = await countLabels(labels, 'selection', () => {}, pulse, job.classes);
  requireLabels(job, 'selection', selection);
  const reader = splitReader(analytics, job.trainingSet, Object.keys(job.columns));
  const fitting = fitEncodings(job.columns, style, createRandom(`${job.seed}/encodings`));
  const median = medianOfLabels(job);
  const visit = (chunk: RowChunk): void => {
    fitting.add(chunk);
    median?.add(chunk);
  };
  const train = await countLabels(reader, 'train', visit, pulse, job.classes);
  requireLabels(job, 'train', train);
  const { rows, positives, mean, deviation, byClass } = train;
  const surveyed = { rows, selectionRows: selection.rows, encodings: fitting.finish() };
  if (job.classes) return { ...surveyed, target: null, base: 0, bases: byClass.map((of) => Math.log(of / rows)) };
  const target = job.labelKind === 'number' ? { mean, deviation } : null;
  if (!target) return { ...surveyed, target, base: Math.log(positives / (rows - positives)) };
  return { ...surveyed, target, base: median ? (median.finish() - mean) / deviation : 0 };
}

/** The median is of so many labels at most: the first ones, since rows are shuffled. */
const MOST_OF_MEDIAN = 100_000;

/** Absolute errors are least around the median, all others around the mean; null where no median is wanted. */
export function medianOfLabels(
  { labelKind, metric }: Pick<TrainingJob, 'labelKind' | 'metric'>,
  isOne = (_chunk: RowChunk, _row: number): boolean => true,
) {
  if (labelKind !== 'number' || metric !== 'mae') return null;
  const sample: number[] = [];
  return {
    add(chunk: RowChunk): void {
      for (const [row, label] of labelsOf(chunk).entries())
        if (sample.length < MOST_OF_MEDIAN && isOne(chunk, row)) sample.push(Number(label));
    },
    finish: (): number => medianOf(Float64Array.from(sample)),
  };
}

interface Labels {
  rows: number;
  /** Labels that are larger, or no finite numbers. */
  beyond: number;
  positives: number;
  byClass: number[];
  mean: number;
  deviation: number;
}

async function countLabels(
  reader: SplitReader,
  split: SplitName,
  visit: (chunk: RowChunk) => void,
  pulse: () => Promise<void>,
  classes: readonly string[] = [],
): Promise<Labels> {
  let [rows, beyond, positives, mean, squares] = [0, 0, 0, 0, 0];
  const byClass = classes.map(() => 0);
  for await (const chunk of reader.chunks(split)) {
    for (const label of labelsOf(chunk)) {
      if (label) positives++;
      if (byClass.length > 0) byClass[Number(label)]!++;
      if (!(Math.abs(Number(label)) <= LARGEST_LABEL)) beyond++;
      // Welford: labels far from zero lose no digits. https://en.wikipedia.org/wiki/Algorithms_for_calculating_variance
      const distance = Number(label) - mean;
      mean += distance / ++rows;
      squares += distance * (Number(label) - mean);
    }
    visit(chunk);
    await pulse();
  }
  return { rows, beyond, positives, byClass, mean, deviation: Math.sqrt(squares / Math.max(1, rows)) };
}

function requireLabels({ labelKind, classes }: TrainingJob, split: SplitName, labels: Labels): void {
  const { rows, beyond, positives, mean, deviation, byClass } = labels;
  if (rows === 0)
    throw new UserError(
      'TOO_FEW_ROWS',
      `The ${split} split has no rows. Lengthen source.history, or wait until more labels have matured ` +
        '(label.maturesAfter).',
    );
  if (classes) {
    const missing = classes.filter((_, place) => byClass[place] === 0);
    if (missing.length === 0 || split !== 'train') return;
    throw new UserError(
      'LABEL_CLASS_MISSING',
      `None of the ${rows} rows of the ${split} split has the label ${missing.join(' or ')}: it cannot be learnt. Lengthen ` +
        'source.history, wait for such labels, or take the class out of label.classes.',
    );
  }
  if (labelKind === 'number') {
    if (beyond > 0)
      throw new UserError(
        'LABEL_TOO_LARGE',
        `Labels of ${beyond} of the ${rows} rows of the ${split} split are no finite numbers, or beyond ${LARGEST_LABEL} in ` +
          'size: no mean error can be told from them. Check which column holds the label, and correct such values where ' +
          'labels come from.',
      );
    if (deviation > 0) return;
    throw new UserError(
      'LABEL_CONSTANT',
      `All ${rows} rows of the ${split} split have the label ${mean}: there is nothing to learn. Check which column ` +
        `holds the label, lengthen source.history, or give the ${split} split a larger share.`,
    );
  }
  if (positives > 0 && positives < rows) return;
  throw new UserError(
    'LABEL_ONE_CLASS',
    `All ${rows} rows of the ${split} split have label ${positives === 0 ? 0 : 1}: there is nothing to tell apart. ` +
      'Check that the label table holds both outcomes and that label.key matches source.key, lengthen ' +
      `source.history, or give the ${split} split a larger share.`,
  );
}
