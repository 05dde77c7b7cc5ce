import { columnName, strict } from '../base/schema.ts';
import { own } from '../base/own.ts';
import { valueTypeOf } from '../columns/index.ts';
import { measureNames, measureNamesOf, type MeasureName } from '../fairness/index.ts';
import type { Pipeline } from './pipeline.ts';
import * as z from 'zod';

const limit = z.number().nonnegative().optional();

/** Between which groups of people or things a model is compared, and how unlike they may be treated. */
export const fairnessSchema = strict({
  /** Columns whose levels are groups, or a number with the cuts where groups begin. */
  groups: z
    .array(
      z.union(
        [columnName, strict({ column: columnName, cuts: z.array(z.number()).min(1).max(19) })],
        'write the name of a column, or { column, cuts: [30, 50] }',
      ),
    )
    .min(1, 'name a column'),
  /** The largest gap that may serve, by measure: the gate refuses what is surely beyond it. */
  limits: strict(
    Object.fromEntries(measureNames.map((name) => [name, limit])) as Record<MeasureName, typeof limit>,
  ).optional(),
  /** What the gate does where the holdout cannot tell whether a gap is within its limit: say so (the default), or abstain. */
  whenUnclear: z.enum(['tell', 'abstain']).optional(),
});
export type DeclaredFairness = z.infer<typeof fairnessSchema>;

export const groupOf = (group: DeclaredFairness['groups'][number]): { column: string; cuts?: number[] } =>
  typeof group === 'string' ? { column: group } : group;

/** Groups that no rows can be in, and limits that nothing applies. */
export function* fairnessProblems({ fairness, columns, label }: Pick<Pipeline, 'fairness' | 'columns' | 'label'>) {
  if (!fairness) return;
  const seen = new Set<string>();
  for (const [i, group] of fairness.groups.entries()) {
    const { column, cuts } = groupOf(group);
    const path = ['fairness', 'groups', i];
    const declared = own(columns, column);
    if (seen.has(column)) yield { path, message: `${column} is among the groups already` };
    seen.add(column);
    if (!declared) yield { path, message: `no such column; columns are: ${Object.keys(columns).join(', ')}` };
    else if (valueTypeOf(declared) === 'number' && !cuts)
      yield { path, message: `say where groups begin, like { column: '${column}', cuts: [30, 50] }` };
    else if (valueTypeOf(declared) !== 'number' && cuts)
      yield { path, message: `leave the cuts out: a column of kind ${declared.kind} has levels` };
    if (cuts?.some((cut, at) => at > 0 && cut <= cuts[at - 1]!))
      yield { path: [...path, 'cuts'], message: 'write rising numbers, like [30, 50]' };
  }
  const fitting = measureNamesOf(label.kind);
  for (const name of measureNames)
    if (fairness.limits?.[name] !== undefined && !fitting.includes(name))
      yield {
        path: ['fairness', 'limits', name],
        message: `for a label of kind ${label.kind} write ${fitting.join(', ') || 'none'}`,
      };
}
