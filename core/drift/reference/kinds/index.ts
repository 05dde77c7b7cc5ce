import { canonicalJson } from '../../../base/ids.ts';
import type { Source } from '../../../declaration/pipeline.ts';
import { milliseconds } from '../../../time/time.ts';
import { holdout, type HoldoutUsed } from './holdout.ts';
import type { ReferenceKind } from './kind.ts';
import { labelled, type LabelledUsed } from './labelled.ts';
import { last, type LastUsed } from './last.ts';
import { snapshot, type SnapshotUsed } from './snapshot.ts';
import * as z from 'zod';

interface UsedBy {
  holdout: HoldoutUsed;
  labelled: LabelledUsed;
  last: LastUsed;
  snapshot: SnapshotUsed;
}
export type ReferenceName = keyof UsedBy;
export type UsedReference = UsedBy[ReferenceName];
const kinds: { [Name in ReferenceName]: ReferenceKind<UsedBy[Name]> } = { holdout, labelled, last, snapshot };

/** Which rows a window is compared with. */
export const referenceSchema = z.union(
  [holdout.schema, labelled.schema, last.schema, snapshot.schema],
  'write "holdout", { labelled: 20_000 }, { last: "30 days" } or { snapshot: "spring-2026" }',
);
export type DeclaredReference = z.infer<typeof referenceSchema>;

/** titleOf({ kind: 'last', asked: '30 days', ... }) // => 'Last 30 days' */
export const titleOf = <Name extends ReferenceName>(used: UsedBy[Name] & { kind: Name }): string =>
  kinds[used.kind].title(used);

/** What a check that used this was asked for; of the holdout that took the place of another reference, the holdout. */
export const askedFor = <Name extends ReferenceName>(used: UsedBy[Name] & { kind: Name }): string =>
  canonicalJson(kinds[used.kind].declaredFor(used));

/** Whether a check that used this was asked for that. */
export const isFor = <Name extends ReferenceName>(
  used: UsedBy[Name] & { kind: Name },
  declared: DeclaredReference,
): boolean => canonicalJson(kinds[used.kind].declaredFor(used)) === canonicalJson(declared);

export function* referenceProblems({
  drift: { reference, minRows },
  source,
}: {
  drift: { reference?: DeclaredReference | undefined; minRows: number };
  source: Pick<Source, 'history'>;
}) {
  if (reference === undefined || reference === 'holdout') return;
  if ('last' in reference && milliseconds(reference.last) > milliseconds(source.history))
    yield {
      path: ['drift', 'reference', 'last'],
      message: `must not be longer than source.history (${source.history}): earlier rows are not extracted`,
    };
  if ('labelled' in reference && reference.labelled < minRows)
    yield {
      path: ['drift', 'reference', 'labelled'],
      message: `must be at least drift.minRows (${minRows}), or no check could use it`,
    };
}
