import type { Columns } from '../columns/index.ts';
import type { Pipeline } from '../declaration/pipeline.ts';
import type { TrainingSet } from './training.ts';
import { UserError } from '../base/errors/errors.ts';
import { count } from './gates/gate-words.ts';

/** What lets a model look better in training than it can be in service. Carries counts, never a value of a row. */
export type Leak =
  /** By the shares (or means) of its levels on other rows. */
  | { kind: 'predicts'; column: string; by: 'rocAuc' | 'rankCorrelation'; value: number }
  /** It holds times, and some lie after the row's own. */
  | { kind: 'later'; column: string; rows: number; of: number }
  | { kind: 'key'; column: string; levels: number; of: number }
  /** Rows of a later split whose columns all have the values of a row that was learnt from; how many of them only once numbers are rounded. */
  | { kind: 'repeated'; split: 'selection' | 'holdout'; rows: number; of: number; rounded?: number };

export interface Leaks {
  found: Leak[];
  /** How many rows each column was searched in. */
  rows: number;
}

/** What is asked of a training set that was written. */
export interface LeakQuestion extends Pick<TrainingSet, 'rows' | 'positives'> {
  columns: Columns;
  kind: Pipeline['label']['kind'];
  seed: number;
}

/** From here on a column alone knows the label too well. */
export const TOO_GOOD = { rocAuc: 0.98, rankCorrelation: 0.99 } as const;

const strength = { rocAuc: 'ROC AUC', rankCorrelation: 'rank correlation' } as const;

export function leakInWords(leak: Leak): string {
  switch (leak.kind) {
    case 'predicts':
      return `"${leak.column}" alone predicts the label (${strength[leak.by]} ${leak.value.toFixed(3)})`;
    case 'later':
      return `"${leak.column}" holds times, and ${count(leak.rows)} of ${count(leak.of)} lie after the row's own time`;
    case 'key':
      return `"${leak.column}" is like a key: ${count(leak.levels)} values in ${count(leak.of)} rows`;
    case 'repeated':
      return (
        `${count(leak.rows)} of ${count(leak.of)} rows of the ${leak.split} split have in all columns the values of a row that was learnt from` +
        (leak.rounded
          ? ` (${leak.rounded === leak.rows ? 'all' : count(leak.rounded)} of them once numbers are rounded to four digits)`
          : '')
      );
  }
}

/** leakInShort({ kind: 'predicts', column: 'refund', ... }) // => 'refund predicts the label' */
export function leakInShort(leak: Leak): string {
  switch (leak.kind) {
    case 'predicts':
      return `${leak.column} predicts the label`;
    case 'later':
      return `${leak.column} lies later`;
    case 'key':
      return `${leak.column} is a key`;
    case 'repeated':
      return `rows repeated in ${leak.split}`;
  }
}

/** Why it matters, and what to do. */
export function leakAdvice({ kind }: Leak): string {
  switch (kind) {
    case 'predicts':
      return 'It may be known only after the label is: leave it out, or read it as it was at the time of the row.';
    case 'later':
      return 'A request will not know them yet: leave it out, or read it as it was at the time of the row.';
    case 'key':
      return 'A model learns such rows by heart, and nothing from them about others: leave it out.';
    case 'repeated':
      return "Metrics on them tell what was remembered: read each row once, or keep rows that belong together in one split with splits.by: 'group'.";
  }
}

export const leaksInWords = ({ found }: Leaks): string[] =>
  found.map((leak) => `${leakInWords(leak)}. ${leakAdvice(leak)}`);

/** Whether a training set with leaks is refused. */
export const refusesLeaks = ({ expectations: { leaks } }: Pipeline): boolean => leaks !== undefined && leaks !== 'tell';

/** Refuses a training set with leaks where the declaration wants that. */
export function refuseLeaks(leaks: Leaks | undefined, { expectations: { leaks: wanted } }: Pipeline): void {
  if (!leaks || wanted === undefined || wanted === 'tell') return;
  const allowed = wanted === 'refuse' ? [] : wanted.except;
  const refused = leaks.found.filter((leak) => !('column' in leak) || !allowed.includes(leak.column));
  if (refused.length === 0) return;
  throw new UserError(
    'TRAINING_SET_LEAKS',
    `The training set knows what it should not:\n${refused.map((leak) => `  ${leakInWords(leak)}. ${leakAdvice(leak)}`).join('\n')}\n` +
      "A column that may be so is named in expectations: { leaks: { except: ['COLUMN'] } }; with leaks: 'tell' all are told and none is refused.",
  );
}
