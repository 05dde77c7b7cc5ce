import { ENTITY, KEY, TIME } from '../../../core/data/data.ts';
import { UserError } from '../../../core/base/errors/errors.ts';
import type { Labelling } from '../../../core/data/labels/labels.ts';
import { milliseconds } from '../../../core/time/time.ts';
import { declaredName } from '../../../core/data/stored-names.ts';
import { rowOf } from '../ask.ts';
import { partRows, type PartRows } from '../rows.ts';
import { moment, name } from '../sql.ts';
import type { DuckDBConnection } from '@duckdb/node-api';

/** Rows of this time are mature, and later ones are not. */
export const maturity = ({ asOf, maturesAfter }: Labelling): number => Date.parse(asOf) - milliseconds(maturesAfter);

/** The stored name of the column that holds the label in a part of label facts: the one that is not ours. */
export const valueColumn = ({ types }: PartRows): string =>
  [...types.keys()].find((column) => ![KEY, TIME, ENTITY].includes(column))!;

/**
 * Fills the connection's temporary table `facts` with one value a key: that of its latest fact seen at `asOf`. Of facts
 * of the same time the larger value counts, and a fact without a value is ignored.
 */
export async function loadFacts(connection: DuckDBConnection, labelFiles: string[], label: Labelling): Promise<void> {
  await connection.run('create temp table facts (key varchar, value double)');
  if (labelFiles.length === 0) return;
  const facts = await partRows(connection, labelFiles);
  const column = valueColumn(facts);
  const value = name(column);
  await connection.run(
    `insert into facts select ${KEY}, max({'time': ${TIME}, 'value': ${value}})['value'] from ${facts.from}
     where ${TIME} <= ${moment(label.asOf)} and ${value} is not null group by ${KEY}`,
  );
  if (label.kind === 'number' || label.kind === 'class') return; // a class was checked when it was extracted
  const { others } = await rowOf<{ others: number }>(
    connection,
    'select count(*)::double as others from facts where value not in (0, 1)',
  );
  if (others > 0)
    throw new UserError(
      'SOURCE_VALUE_INVALID',
      `A label is 0 or 1, but ${declaredName(column)} holds another number in ${others} ${others === 1 ? 'fact' : 'facts'}. Let ` +
        'label.value name a column of 0 and 1 (or of true and false), in a view if need be.',
    );
}

/**
 * Mature rows `r` with their facts `f`; `label` is the label of each. Needs `facts`. Omits rows without a fact unless
 * the declaration gives them a label.
 */
export const matureRows = (
  rows: PartRows,
  label: Labelling & { window?: string },
): { from: string; label: string } => ({
  from: `(select * from ${rows.from} where ${TIME} <= ${moment(maturity(label))}${
    label.window === undefined ? '' : ` and ${TIME} > ${moment(maturity(label) - milliseconds(label.window))}`
  }) r
    ${label.whenAbsent === null ? '' : 'left'} join facts f on f.key = r.${KEY}`,
  label: label.whenAbsent === null ? 'f.value' : `coalesce(f.value, ${label.whenAbsent})::double`,
});
