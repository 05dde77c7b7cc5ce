import type { Pipeline } from '../../declaration/pipeline.ts';
import { errors, latency, schema } from './answers.ts';
import { concept } from './concept.ts';
import { correlation } from './correlation.ts';
import type { Checked, FindingKindOf, Said } from './finding.ts';
import { inputs } from './inputs.ts';
import { joint } from './joint.ts';
import { labels } from './labels.ts';
import { quality } from './quality.ts';
import { scores } from './scores.ts';
import { skew } from './skew.ts';
import { slices } from './slices.ts';
import { staleness } from './staleness.ts';
import { unsure } from './unsure.ts';
import { unusualScores } from './unusual-scores.ts';
import { volume } from './volume.ts';

/** What goes wrong around a model, and no model can learn from. */
const troubles = { errors, latency, schema, volume, skew, staleness, quality };
/** What informs, and asks nothing of anybody. */
const notes = { slices, scores, labels, joint, correlation };
/** The kinds that a check tells apart, by what they mean for the model; the gravest first. */
const findingKinds = { ...troubles, concept, inputs, unusualScores, ...notes, unsure } satisfies Record<
  string,
  FindingKindOf
>;
export type FindingKind = keyof typeof findingKinds;

export interface Finding extends Said {
  kind: FindingKind;
  title: string;
}

/** What a verdict found, each kind with what follows from it. */
export const findingsOf = (verdict: Checked, drift: Pipeline['drift']): Finding[] =>
  (Object.keys(findingKinds) as FindingKind[]).flatMap((kind) => {
    const { title, find } = findingKinds[kind];
    const said = find(verdict, drift);
    return said ? [{ kind, title, ...said }] : [];
  });

/** What a verdict found besides its level and the performance: findingsBeside(verdict) // => [{ title: 'Volume', says: '...' }] */
export const findingsBeside = (verdict: Checked): { title: string; says: string }[] =>
  Object.values({ ...troubles, ...notes }).flatMap(({ title, find }) => {
    const said = find(verdict);
    return said ? [{ title, says: said.says }] : [];
  });
