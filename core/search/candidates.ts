import type { Candidate } from '../recipes/index.ts';

/** Declared candidates, and what is known without any column: every training tries that too, to hold others against. */
export function candidatesOf({ candidates }: { candidates: readonly Candidate[] }): Candidate[] {
  if (candidates.some(({ kind }) => kind === 'baseline')) return [...candidates];
  const taken = candidates.some(({ name }) => name === 'baseline');
  return [...candidates, { kind: 'baseline', name: taken ? 'baseline-recipe' : 'baseline' }];
}
