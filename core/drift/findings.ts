import { columnsBehind, type ColumnDrift, type Verdict } from './verdict.ts';
import { decayInWords } from '../performance/decay-words.ts';

/** The kinds of change that a check tells apart, by what they mean for the model. */
export const findingKinds = ['quality', 'concept', 'inputs', 'scores', 'labels'] as const;
export type FindingKind = (typeof findingKinds)[number];

export interface Finding {
  kind: FindingKind;
  /** What was found, in a sentence. */
  says: string;
  /** What Perennial does about it. */
  follows: string;
}

export const findingTitles: Record<FindingKind, string> = {
  quality: 'Data quality',
  concept: 'Performance',
  inputs: 'Inputs',
  scores: 'Scores',
  labels: 'Labels',
};

/** Nulls of so many more rows are a fault of the source before they are news about the world. */
const MORE_NULLS = 0.2;

/** Columns that stopped being filled. */
export const brokenColumns = ({ columns }: Pick<Verdict, 'columns'>): ColumnDrift[] =>
  columns.filter(({ drifted, nullShare }) => drifted && nullShare.current - nullShare.reference >= MORE_NULLS);

/** Whether drift is severe without the columns that stopped being filled: a model cannot learn what is missing. */
export function isSevereWithoutBroken(verdict: Pick<Verdict, 'columns' | 'level'>, severe: number): boolean {
  const broken = brokenColumns(verdict);
  if (verdict.level !== 'severe' || broken.length === 0) return verdict.level === 'severe';
  const weightOf = (columns: readonly ColumnDrift[]): number =>
    columns.reduce((sum, { votes, weight }) => (votes ? sum + weight : sum), 0);
  const drifted = verdict.columns.filter((column) => column.drifted && !broken.includes(column));
  return weightOf(drifted) >= severe * weightOf(verdict.columns) - 1e-9 && weightOf(drifted) > 0;
}

/** What a verdict found, each kind with what follows from it; the gravest first. */
export function findingsOf(
  verdict: Pick<Verdict, 'columns' | 'level' | 'score' | 'concept' | 'abstained' | 'alarm'>,
): Finding[] {
  const { level, score, concept, abstained } = verdict;
  const broken = abstained === null ? brokenColumns(verdict) : [];
  const found: (Finding | null)[] = [
    broken.length === 0
      ? null
      : {
          kind: 'quality',
          says: `${broken.map(nullsInWords).join('; ')}.`,
          follows: 'It alerts. A model is not trained for it, since none can learn what is missing: fix the source.',
        },
    concept?.decayed
      ? {
          kind: 'concept',
          says: `The performance fell: ${decayInWords(concept)}.`,
          follows: 'It alerts, and asks for a model.',
        }
      : null,
    level === 'stable' || abstained !== null
      ? null
      : {
          kind: 'inputs',
          says: `What the model is asked about moved: ${columnsBehind(verdict).join(', ')}.`,
          follows:
            level === 'severe' ? 'It alerts, and asks for a model.' : 'It alerts, and waits whether it becomes severe.',
        },
    score?.drifted ? { kind: 'scores', says: "The model's scores moved.", follows: 'It informs only.' } : null,
    concept?.positives && (concept.positives.low > 0 || concept.positives.high < 0)
      ? {
          kind: 'labels',
          says: `The share of positives was ${percent(concept.positives.holdout)} on the holdout and is ${percent(concept.positives.live)} now.`,
          follows: 'It informs only.',
        }
      : null,
  ];
  return found.filter((finding) => finding !== null);
}

export const nullsInWords = ({ column, nullShare }: ColumnDrift): string =>
  `${column} is missing in ${percent(nullShare.current)} of the rows, on the holdout in ${percent(nullShare.reference)}`;

const percent = (share: number): string => `${Number((100 * share).toFixed(1))} %`;
