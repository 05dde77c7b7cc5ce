import { candidateSchema } from '../../core/recipes/index.ts';
import { type RunLine, type Trial } from '../../core/search/trials.ts';

const AT = '2026-03-04T08:00:00.000Z';

/** A training run in the middle of its search. */
export const aRunLine = (changes: Partial<RunLine> = {}): RunLine => ({
  run: 'fraud-2026-03-04T08:00Z-3fa9c1',
  pipeline: 'fraud',
  at: AT,
  asOf: AT,
  metric: 'averagePrecision',
  search: {
    rungs: [{ rows: 3_000, share: 1 / 3 }, { rows: 9_000, share: 1 }], // prettier-ignore
    trials: 4,
    within: '10 minutes',
    outcome: null,
  },
  winner: null,
  over: false,
  trials: 5,
  ...changes,
});

export const aTrial = (
  number: number,
  changes: Partial<Trial> = {},
  averagePrecision: number | null = null,
): Trial => ({
  run: aRunLine().run,
  pipeline: 'fraud',
  candidate: `boosted-trial-00${number}`,
  recipe: 'boosted',
  spec: candidateSchema.parse({ kind: 'boosted', name: 'b', leaves: 2 ** (number + 2), learningRate: 0.02 * number }),
  searched: true,
  state: 'running',
  reason: null,
  result:
    averagePrecision === null
      ? null
      : {
          rung: 0,
          rows: 3_000,
          selection: { rows: 900, positives: 40, averagePrecision },
          seconds: 2,
          epochs: 0,
          trees: 80,
        },
  seconds: averagePrecision === null ? 0 : 2,
  at: AT,
  asOf: AT,
  metric: 'averagePrecision',
  winner: false,
  ...changes,
});

/** One of each state. */
export const someTrials = (): Trial[] => [
  aTrial(1, { state: 'waiting' }, 0.61),
  aTrial(2, { state: 'stopped', reason: '2 others were better on 33 % of the rows' }, 0.33),
  aTrial(3),
  aTrial(4, { state: 'failed', reason: 'The loss was no longer a number.' }),
  {
    ...aTrial(5, { state: 'finished', searched: false, candidate: 'mlp', recipe: 'mlp' }, 0.58),
    spec: candidateSchema.parse({ kind: 'mlp', name: 'mlp' }),
  },
];
