import { KEY } from '../../core/data/data.ts';
import type { RowFault } from '../../core/data/expectations.ts';
import { limitsOf, type Column } from '../../core/columns/index.ts';
import { column as named } from './rows.ts';
import { double, text } from './sql.ts';

/** The condition that the rows of `from` with a fault meet; null where the declaration has no such limit. */
export function faultSql(fault: RowFault, column: string, declared: Column | undefined, from: string): string | null {
  const { min, max, levels } = declared ? limitsOf(declared) : {};
  switch (fault) {
    case 'nulls':
      return `${named(column)} is null`;
    case 'values below the minimum':
      return min === undefined ? null : `${named(column)} < ${double(min)}`;
    case 'values above the maximum':
      return max === undefined ? null : `${named(column)} > ${double(max)}`;
    case 'undeclared levels':
      return levels ? `${named(column)} not in (${levels.map(text).join(', ')})` : null;
    case 'duplicate keys':
      return `${KEY} in (select ${KEY} from ${from} group by ${KEY} having count(*) > 1)`;
  }
}
