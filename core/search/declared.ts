import { stretch, strict } from '../base/schema.ts';
import type { Candidate, RecipeName } from '../recipes/index.ts';
import { candidateSchema, optionProblem, recipesFor, spaceOf } from '../recipes/index.ts';
import { isSpan, rangeSchema, type Range } from '../recipes/space.ts';
import type { LabelKind } from '../data/labels/label-kinds.ts';
import { own } from '../base/own.ts';
import * as z from 'zod';

/** A training run with more trials would have too long a history. */
export const MOST_TRIALS = 100;

const recipeName = z.enum(
  candidateSchema.options.map(({ shape }) => shape.kind.value) as [RecipeName, ...RecipeName[]],
);

/** Looks for better options than the declared ones, in every training. */
export const searchSchema = strict({
  trials: z
    .int()
    .min(2, 'declare at least 2 trials')
    .max(MOST_TRIALS, `declare at most ${MOST_TRIALS} trials: a training run would have too long a history`),
  /** No trial starts after this long, and running ones are stopped; the best so far is trained to its end. */
  within: stretch.optional(),
  of: z.array(recipeName).min(1, 'name a recipe'),
  /** Instead of the recipe's own range of an option. */
  ranges: z.partialRecord(recipeName, z.record(z.string(), rangeSchema)).optional(),
});
export type Search = z.infer<typeof searchSchema>;

/** The name of a trial: trialName('boosted', 7) // => 'boosted-trial-007' */
export const trialName = (recipe: RecipeName, trial: number): string =>
  `${recipe}-trial-${String(trial).padStart(3, '0')}`;
const looksLikeATrial = /-trial-\d{3}$/;

interface Declared {
  label: { kind: LabelKind };
  candidates: readonly Candidate[];
  search?: Search | undefined;
}

/** What is wrong with a search beyond its form. */
export function* searchProblems({ label, candidates, search }: Declared) {
  if (!search) return;
  const searchable = recipesFor(label.kind).filter((kind) => spaceOf(kind) !== null);
  for (const [i, kind] of search.of.entries()) {
    const path = ['search', 'of', i];
    if (!searchable.includes(kind))
      yield { path, message: `for a label of kind ${label.kind} write some of ${searchable.join(', ')}` };
    else if (search.of.indexOf(kind) < i) yield { path, message: 'name each recipe once' };
  }
  if (search.trials < search.of.length)
    yield { path: ['search', 'trials'], message: `declare at least one trial for each of ${search.of.join(', ')}` };
  for (const [kind, ranges] of Object.entries(search.ranges ?? {}) as [RecipeName, Record<string, Range>][])
    if (!search.of.includes(kind))
      yield { path: ['search', 'ranges', kind], message: `search.of does not name it: ${search.of.join(', ')}` };
    else
      for (const [option, range] of Object.entries(ranges)) {
        const message = rangeProblem(kind, option, range);
        if (message !== null) yield { path: ['search', 'ranges', kind, option], message };
      }
  for (const [i, { name }] of candidates.entries())
    if (looksLikeATrial.test(name))
      yield { path: ['candidates', i, 'name'], message: 'trials of a search are named so; give it another name' };
}

function rangeProblem(kind: RecipeName, option: string, range: Range): string | null {
  if (option === 'kind' || option === 'name') return 'it is no option; a trial gets its name by itself';
  const space = spaceOf(kind);
  if (isSpan(range)) {
    const known = own(space ?? {}, option);
    if (known !== undefined && !isSpan(known) && typeof known[0] !== 'number') return 'write a list of values';
  }
  const values = isSpan(range) ? [range.from, range.to] : range;
  for (const value of values) {
    const problem = optionProblem(kind, option, value);
    if (problem !== null) return `${JSON.stringify(value)} does not fit: ${problem}`;
  }
  return null;
}
