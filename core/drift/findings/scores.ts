import { INFORMS, type FindingKindOf } from './finding.ts';

export const scores: FindingKindOf = {
  title: 'Scores',
  find: ({ score }) => (score?.drifted ? { says: "The model's scores moved.", follows: INFORMS } : null),
};
