import { INFORMS, type Checked, type FindingKindOf, type Said } from './finding.ts';

export const scores = {
  title: 'Scores',
  find: ({ score }: Checked): Said | null =>
    score?.drifted ? { says: "The model's scores moved.", follows: INFORMS } : null,
} satisfies FindingKindOf;
