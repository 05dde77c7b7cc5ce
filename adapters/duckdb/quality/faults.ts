import { KEY } from '../../../core/data/data.ts';
import type { RowFault } from '../../../core/expectations/index.ts';
import { limitsOf, type Column } from '../../../core/columns/index.ts';
import type { Limits } from '../../../core/columns/column.ts';
import { column as named } from '../rows.ts';
import { double, text } from '../sql.ts';

/** The SQL conditions of faulty rows, from a column's name in SQL, its declaration, and the source of the rows. */
const conditions: Record<RowFault, (column: string, declared: Limits, from: string) => string | null> = {
  nulls: (column) => `${column} is null`,
  'values below the minimum': (column, { min }) => (min === undefined ? null : `${column} < ${double(min)}`),
  'values above the maximum': (column, { max }) => (max === undefined ? null : `${column} > ${double(max)}`),
  'undeclared levels': (column, { levels }) => (levels ? `${column} not in (${levels.map(text).join(', ')})` : null),
  'duplicate keys': (_column, _declared, from) =>
    `${KEY} in (select ${KEY} from ${from} group by ${KEY} having count(*) > 1)`,
};

/** The condition that the rows of `from` with a fault meet; null where the declaration has no such limit. */
export const faultSql = (fault: RowFault, column: string, declared: Column | undefined, from: string): string | null =>
  conditions[fault](named(column), declared ? limitsOf(declared) : {}, from);
