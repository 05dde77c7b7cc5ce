import { besideNames, besideTitle, type BesideName } from '../core/metrics/besides.ts';
import { type Evaluation } from '../core/training/training.ts';
import { count, decimal, percent } from './format.ts';
import { nothing, type Html } from './html.ts';
import { table } from './table.ts';

/** What a version decides at its threshold, or other measures of its errors; versions of earlier releases have none. */
export function besidesTable(
  { decided, errors }: Pick<Evaluation, 'decided' | 'errors'>,
  threshold?: number | null,
): Html {
  const measures = { ...decided?.measures, ...errors };
  const known = besideNames.filter((name) => measures[name]);
  if (known.length === 0) return nothing;
  return table<BesideName>(
    decided ? decidedInWords(decided.counts, threshold) : 'Other measures of the errors on the holdout.',
    [
      { head: 'Measure', cell: besideTitle },
      { head: 'Value', number: true, cell: (name) => decimal(measures[name]!.value, 4) },
      { head: 'From', number: true, cell: (name) => decimal(measures[name]!.low, 4) },
      { head: 'To', number: true, cell: (name) => decimal(measures[name]!.high, 4) },
    ],
    known,
  );
}

function decidedInWords(counts: NonNullable<Evaluation['decided']>['counts'], threshold: number | null = null): string {
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = counts;
  const at = threshold === null ? 'At its threshold' : `From ${percent(threshold, 2)} on`;
  return (
    `${at}, of ${count(truePositives + falseNegatives)} positives on the holdout ${count(truePositives)} are found, and of ` +
    `${count(falsePositives + trueNegatives)} negatives ${count(falsePositives)} are called positive.`
  );
}
