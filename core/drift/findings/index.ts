import type { Pipeline } from '../../declaration/pipeline.ts';
import { concept } from './concept.ts';
import type { Checked, FindingKindOf, Said } from './finding.ts';
import { inputs } from './inputs.ts';
import { labels } from './labels.ts';
import { quality } from './quality.ts';
import { scores } from './scores.ts';

/** The kinds of trouble that a check tells apart, by what they mean for the model; the gravest first. */
const findingKinds = { quality, concept, inputs, scores, labels } satisfies Record<string, FindingKindOf>;
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
