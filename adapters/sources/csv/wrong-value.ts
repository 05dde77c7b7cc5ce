import { UserError } from '../../../core/base/errors/errors.ts';
import { kindOf } from '../../../core/base/errors/kind-of.ts';
import { ask } from '../../duckdb/ask.ts';
import { openDuck, type DuckOptions } from '../../duckdb/database.ts';
import { remedyFor } from './kinds.ts';
import type { Plan } from './plan.ts';

/** The first unreadable value of a file, with its line; null when there is none. */
export async function findWrongValue(
  file: string,
  { file: all, fields, checked }: Plan,
  { within, first, signal, ...options }: DuckOptions & { within?: string; first?: number; signal?: AbortSignal },
): Promise<UserError | null> {
  // One thread, so row numbers follow the file's order.
  const instance = await openDuck({ ...options, threads: 1 });
  const text = `concat_ws('', ${fields.join(', ')})`;
  const [time, ...others] = checked.map(({ wrong }, i) => ({ wrong, value: i }));
  const when = (cases: { wrong: string; value: number }[], and = ''): string[] =>
    cases.map(({ wrong, value }) => `when ${wrong}${and} then ${value}`);
  const which = [...when([time!]), ...when(others, within ? ` and ${within}` : '')].join(' ');
  try {
    const row = await ask({ instance, signal: () => signal }, [], async (connection) => {
      await connection.run("set timezone = 'UTC'");
      const found = await connection.runAndReadAll(
        `select (1 + row + line_ends)::double, which, [${checked.map(({ field }) => field).join(', ')}][which + 1]
         from (
           select *, row_number() over () as row, case ${which} end as which,
             coalesce(sum(length(${text}) - length(replace(${text}, chr(10), '')))
               over (rows between unbounded preceding and 1 preceding), 0) as line_ends
           from ${first === undefined ? all : `(select * from ${all} limit ${first})`}
         ) where which is not null order by row limit 1`,
      );
      return (found.getRowsJS() as [number, number, string][])[0];
    });
    if (!row) return null;
    const [line, place, value] = row;
    const { column, kind, declared, takes } = checked[place]!;
    const orElse = declared === 'a label' ? 'declare the class' : remedyFor(value, kind);
    return new UserError(
      'SOURCE_VALUE_INVALID',
      `${file}, line ${line}: ${column} is ${kindOf(value)} that cannot be read, and ${declared} takes ${takes}. Fix the line, or ${orElse ?? 'declare the column as another kind'}.`,
    );
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof UserError) throw error;
    return misshapen(file, error);
  } finally {
    instance.closeSync();
  }
}

/**
 * The error for a line with too few or too many values, or an unclosed quote, from DuckDB's message; null otherwise.
 */
export function misshapen(file: string, error: unknown): UserError | null {
  const said = error instanceof Error ? error.message : '';
  const line = /CSV Error on Line: (\d+)/.exec(said)?.[1];
  if (line === undefined) return null;
  // Only the part that quotes nothing of the line.
  const why =
    /^(Expected Number of Columns: \d+ Found: \d+|Value with unterminated quote found|Invalid unicode|Maximum line size)/m.exec(
      said,
    );
  return new UserError(
    'SOURCE_VALUE_INVALID',
    `${file}, line ${line} is not CSV of this file's columns: ${why?.[1] ?? 'it cannot be parsed'}. Fix the line; ` +
      'put a value that contains the delimiter, a quote or a line end in double quotes.',
    { cause: error },
  );
}
