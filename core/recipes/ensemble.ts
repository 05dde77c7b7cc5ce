import { labelKinds } from '../data/labels/label-kinds.ts';
import { strict } from '../base/schema.ts';
import { named, type Recipe } from './recipe.ts';
import * as z from 'zod';

export const ensembleCandidate = strict({
  kind: z.literal('ensemble'),
  ...named,
  /** The names of candidates; by default all that learn from columns. */
  members: z.array(z.string()).min(2, 'name two candidates, or leave it out').optional(),
});

/** A weighted average of other candidates, whose weights the selection split chooses. */
export const ensemble: Recipe<z.infer<typeof ensembleCandidate>> = {
  labels: labelKinds,
  space: null,
  planOf: ({ members }) => ({ kind: 'ensemble', ...(members && { members }) }),
};

/** Candidates that an ensemble may average. */
export const mayBeMember = ({ kind }: { kind: string }): boolean => kind !== 'ensemble' && kind !== 'baseline';
