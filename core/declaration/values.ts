import { columnName, strict } from '../base/schema.ts';
import { isFeature, nullsOf, sentColumns, valueTypeOf, type Column } from '../columns/index.ts';
import { own } from '../base/own.ts';
import { IMPUTED } from '../data/predictions/prediction-lines.ts';
import type { Pipeline } from './pipeline.ts';
import * as z from 'zod';

const refused = z.enum(['reject', 'impute'], 'write "reject" or "impute"').optional();
const accepted = z.enum(['accept', 'reject', 'impute'], 'write "accept", "reject" or "impute"').optional();

const byProblem = {
  /** No value, or null. By default refused unless the column declares nulls. */
  missing: refused,
  /** A value of another type, or text that no database holds. Refused by default. */
  wrongType: refused,
  /** A number outside the declared min and max, or without them the range in training. Accepted by default. */
  outOfRange: accepted,
  /** A level that is neither declared nor one that training learnt. Accepted by default. */
  unseen: accepted,
};

/** What the server does with values that a row should not have. impute: score what is usual instead, and say so. */
export const valuesSchema = strict({
  ...byProblem,
  /** A field that the declaration does not have. Refused by default. */
  extra: z.enum(['reject', 'ignore'], 'write "reject" or "ignore"').optional(),
  /** For single columns, before what is said for all. */
  columns: z.record(columnName, strict(byProblem)).optional(),
});

/** What can be wrong with a value. */
export type ColumnProblem = keyof typeof byProblem;
export type ValueProblem = ColumnProblem | 'extra';
type Verdict = 'accept' | 'reject' | 'impute';
export type ValuePolicy = Record<ColumnProblem, Verdict>;

export function valuePolicyOf(
  { serving, columns }: Pick<Pipeline, 'serving' | 'columns'>,
  column: string,
): ValuePolicy {
  const { extra: _extra, columns: single = {}, ...all } = serving?.values ?? {};
  const declared = own(columns, column);
  const usual: ValuePolicy = {
    missing: declared && nullsOf(declared) > 0 ? 'accept' : 'reject',
    wrongType: 'reject',
    outOfRange: 'accept',
    unseen: 'accept',
  };
  // A null that the column declares needs no other value in its place.
  const shared = usual.missing === 'accept' && all.missing === 'impute' ? { ...all, missing: undefined } : all;
  return merged(merged(usual, shared), own(single, column) ?? {});
}

export const ignoresExtra = ({ serving }: Pick<Pipeline, 'serving'>): boolean => serving?.values?.extra === 'ignore';

/** Whether answers can come with warnings. */
export const mayWarn = (pipeline: Pick<Pipeline, 'serving' | 'columns'>): boolean =>
  ignoresExtra(pipeline) ||
  sentColumns(pipeline.columns).some(([column]) => Object.values(valuePolicyOf(pipeline, column)).includes('impute'));

function merged(policy: ValuePolicy, changes: { [Problem in ColumnProblem]?: Verdict | undefined }): ValuePolicy {
  const said = Object.entries(changes).filter(([, verdict]) => verdict !== undefined);
  return { ...policy, ...Object.fromEntries(said) };
}

/** What a declaration says of columns that do not have it. */
export function* valueProblems({ serving, columns }: Pick<Pipeline, 'serving' | 'columns'>) {
  const { values } = serving ?? {};
  if (!values) return;
  const path = ['serving', 'values', 'columns'];
  const sent = Object.fromEntries(sentColumns(columns));
  for (const [column, said] of Object.entries(values.columns ?? {})) {
    const declared = own(sent, column);
    if (!declared) {
      const other = own(columns, column);
      const message =
        other && !isFeature(other)
          ? 'leave it out: with feature: false no request has to send the column'
          : `no such column; columns are: ${Object.keys(sent).join(', ')}`;
      yield { path: [...path, column], message };
      continue;
    }
    for (const [problem, message] of unfit(declared))
      if (said[problem] !== undefined) yield { path: [...path, column, problem], message };
  }
  if (Object.hasOwn(columns, IMPUTED))
    yield {
      path: ['columns', IMPUTED],
      message: `the log keeps imputed values as ${IMPUTED}: read the column under another name, say from a view`,
    };
}

function* unfit(column: Column): Generator<[ColumnProblem, string]> {
  if (valueTypeOf(column) !== 'number') yield ['outOfRange', 'leave it out: only numbers have a range'];
  if (valueTypeOf(column) !== 'text') yield ['unseen', 'leave it out: only categories have levels'];
}
