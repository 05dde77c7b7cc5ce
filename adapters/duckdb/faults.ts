import { KEY } from '../../core/data/data.ts';
import type { RowFault } from '../../core/data/expectations.ts';
import type { Column } from '../../core/declaration/pipeline.ts';
import { column as named } from './rows.ts';
import { double, text } from './sql.ts';

/** The condition that the rows of `from` with a fault meet; null where the declaration has no such limit. */
export function faultSql(fault: RowFault, column: string, declared: Column | undefined, from: string): string | null {
  switch (fault) {
    case 'nulls':
      return `${named(column)} is null`;
    case 'values below the minimum':
      return declared?.kind === 'number' && declared.min !== undefined
        ? `${named(column)} < ${double(declared.min)}`
        : null;
    case 'values above the maximum':
      return declared?.kind === 'number' && declared.max !== undefined
        ? `${named(column)} > ${double(declared.max)}`
        : null;
    case 'undeclared levels':
      return declared?.kind === 'category' && declared.levels
        ? `${named(column)} not in (${declared.levels.map(text).join(', ')})`
        : null;
    case 'duplicate keys':
      return `${KEY} in (select ${KEY} from ${from} group by ${KEY} having count(*) > 1)`;
  }
}
