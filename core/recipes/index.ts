import type { LabelKind } from '../data/labels/label-kinds.ts';
import { baseline, baselineCandidate } from './baseline.ts';
import { boosted, boostedCandidate } from './boosted.ts';
import { ensemble, ensembleCandidate } from './ensemble.ts';
import { forest, forestCandidate } from './forest.ts';
import { linear, linearCandidate } from './linear.ts';
import { logistic, logisticCandidate } from './logistic.ts';
import { mlp, mlpCandidate } from './mlp.ts';
import { own, ownCandidate } from './own.ts';
import type { Plan, Recipe } from './recipe.ts';
import { symmetric, symmetricCandidate } from './symmetric.ts';
import { tabm, tabmCandidate } from './tabm.ts';
import type { AnySpace } from './space.ts';
import * as z from 'zod';

export const candidateSchema = z.discriminatedUnion('kind', [
  baselineCandidate,
  logisticCandidate,
  linearCandidate,
  mlpCandidate,
  tabmCandidate,
  boostedCandidate,
  symmetricCandidate,
  forestCandidate,
  ensembleCandidate,
  ownCandidate,
]);
export type Candidate = z.infer<typeof candidateSchema>;
export type RecipeName = Candidate['kind'];

const recipes: { [Name in RecipeName]: Recipe<Extract<Candidate, { kind: Name }>> } = {
  baseline,
  logistic,
  linear,
  mlp,
  tabm,
  boosted,
  symmetric,
  forest,
  ensemble,
  own,
};

/** recipesFor('number') // => ['linear', 'mlp'] */
export const recipesFor = (label: LabelKind): RecipeName[] =>
  (Object.keys(recipes) as RecipeName[]).filter((name) => recipes[name].labels.includes(label));

/** Small steps: better on the sets of `npm run bench -- quality` than the recipes' defaults, and several times their work. */
const inSmallSteps = { trees: 3000, learningRate: 0.03, l2: 3, rows: 0.8 };

const usual: { [Name in RecipeName]?: Partial<Extract<Candidate, { kind: Name }>> } = {
  logistic: {},
  linear: {},
  boosted: { ...inSmallSteps, leaves: 15, columns: 0.7 },
  symmetric: inSmallSteps,
  tabm: {},
  ensemble: {},
};

/** Of classes a round is a tree for each, so that small steps would take minutes on the smallest tables. */
const ofClasses = { trees: 1000, learningRate: 0.1 };

/** What is tried where a declaration names no candidates. */
export const usualCandidates = (label: LabelKind): Candidate[] =>
  recipesFor(label)
    .filter((kind) => kind in usual)
    .map((kind) =>
      candidateSchema.parse({
        kind,
        name: kind,
        ...usual[kind],
        ...(label === 'class' && (kind === 'boosted' || kind === 'symmetric') && ofClasses),
      }),
    );

export const planOf = (candidate: Candidate): Plan => (recipes[candidate.kind] as Recipe<Candidate>).planOf(candidate);

/** Where a search looks for better options of a recipe; null where it has none. */
export const spaceOf = (kind: RecipeName): AnySpace | null => recipes[kind].space as AnySpace | null;

/** What is wrong with one option of a recipe; null: nothing. */
export function optionProblem(kind: RecipeName, option: string, value: unknown): string | null {
  const { error } = candidateSchema.safeParse({ kind, name: kind, [option]: value });
  const issue = error?.issues.find(({ path, code }) => path[0] === option || code === 'unrecognized_keys');
  return issue?.message ?? null;
}
