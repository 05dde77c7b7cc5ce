import type { Candidate } from '../recipes/index.ts';

/** The baseline that was not declared; null where one is. */
export function addedBaseline({ candidates }: { candidates: readonly Candidate[] }): Candidate | null {
  if (candidates.some(({ kind }) => kind === 'baseline')) return null;
  const taken = candidates.some(({ name }) => name === 'baseline');
  return { kind: 'baseline', name: taken ? 'baseline-recipe' : 'baseline' };
}

/** Declared candidates, and what is known without any column: every training tries that too, to hold others against. */
export function candidatesOf(declared: { candidates: readonly Candidate[] }): Candidate[] {
  const added = addedBaseline(declared);
  return added ? [...declared.candidates, added] : [...declared.candidates];
}
