import { columnName, duration, share, strict } from '../base/schema.ts';
import { derivationOf, type Columns } from '../columns/index.ts';
import { own } from '../base/own.ts';
import type { Pipeline } from './pipeline.ts';
import * as z from 'zod';

/** Which rows are learnt from, and which judge. */
export const splitsSchema = strict({
  train: share.default(0.6),
  selection: share.default(0.15),
  calibration: share.default(0.1),
  holdout: share.default(0.15),
  /**
   * time (the default): what is learnt lies before what judges. group: all rows of a group are in one split. stratified:
   * each split has the same share of positives, for rows that time does not order.
   */
  by: z.enum(['time', 'group', 'stratified']).optional(),
  /** By group: the column that names a row's group; source.entity by default. */
  group: columnName.optional(),
  /**
   * Candidates are measured on the train and selection splits together, each part by a model of the others, and trained
   * on all of both. By itself only for two classes with few positives and other labels with few rows, in 5 folds; none:
   * never.
   */
  folds: z.union([z.int().min(2).max(20), z.literal('none')], 'write a number from 2 to 20, or "none"').optional(),
  /**
   * Rows this long before each later split are in none, since their labels were not known yet when it began. By
   * default label.maturesAfter, but only a twentieth of the labelled rows where that is more than a twelfth of them.
   */
  embargo: duration.optional(),
})
  .refine((s) => Math.abs(s.train + s.selection + s.calibration + s.holdout - 1) < 1e-9, 'the four shares add up to 1')
  .prefault({});

/** What does not fit the way of splitting. */
export function* splitProblems({
  splits,
  source,
  columns,
}: Pick<Pipeline, 'splits' | 'source'> & { columns: Columns }) {
  const { by = 'time', group, embargo } = splits;
  if (embargo !== undefined && by !== 'time')
    yield { path: ['splits', 'embargo'], message: `leave it out: with by: '${by}' no split lies after another` };
  if (group !== undefined && by !== 'group')
    yield { path: ['splits', 'group'], message: `leave it out, or declare by: 'group'` };
  if (by !== 'group') return;
  if (group === undefined && source.entity === undefined)
    yield { path: ['splits', 'group'], message: 'name the column of the group here, or declare source.entity' };
  const column = group === undefined ? undefined : own(columns, group);
  if (group !== undefined && (column === undefined || derivationOf(column) !== null))
    yield {
      path: ['splits', 'group'],
      message: `no such column is read; columns are: ${Object.keys(columns).join(', ')}. Declare an id that is no feature as source.entity, or as a column with feature: false`,
    };
}
