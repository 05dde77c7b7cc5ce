import { SCORE } from '../../data/profiles/binning.ts';
import { INFORMS, type Checked, type FindingKindOf, type Said } from './finding.ts';

export const scores = {
  title: 'Scores',
  find: ({ score, alarm }: Checked): Said | null =>
    score?.drifted && !alarm?.raised.some(({ column }) => column === SCORE)
      ? {
          says: alarm ? "The model's scores lie far from those of the holdout." : "The model's scores moved.",
          follows: INFORMS,
        }
      : null,
} satisfies FindingKindOf;
