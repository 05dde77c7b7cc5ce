import type { Candidate } from '../recipes/index.ts';

/** The baseline that was not declared; null where one is. A last value is no substitute for the mean. */
export function addedBaseline({ candidates }: { candidates: readonly Candidate[] }): Candidate | null {
  if (candidates.some((each) => each.kind === 'baseline' && each.last === undefined && each.recent === undefined))
    return null;
  const taken = candidates.some(({ name }) => name === 'baseline');
  return { kind: 'baseline', name: taken ? 'baseline-recipe' : 'baseline' };
}

/** Declared candidates, and what is known without any column: every training tries that too, to hold others against. */
export function candidatesOf(declared: { candidates: readonly Candidate[] }): Candidate[] {
  const added = addedBaseline(declared);
  return added ? [...declared.candidates, added] : [...declared.candidates];
}
