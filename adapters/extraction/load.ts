import { ENTITY, KEY, TIME } from '../../core/data.ts';
import { openDuck, type DuckOptions } from '../duckdb/database.ts';
import { name, parquet, text } from '../duckdb/sql.ts';

/** A column of the part; one of kind `hour` is made here, of the time, and is not in the CSV. */
export interface CsvColumn {
  name: string;
  kind: 'number' | 'category' | 'boolean' | 'hour';
}

const csvTypes = { number: 'DOUBLE', category: 'VARCHAR', boolean: 'BOOLEAN' };

export interface Loading {
  /** Settles when the CSV has ended and the file is written. */
  finished: Promise<{ rows: number; withoutKey: number }>;
  /** Makes `finished` reject soon. */
  interrupt(): void;
}

/** Starts to write what comes out of `csv` (a named pipe) to `file` as Parquet, ordered by time and key. */
export async function load(csv: string, file: string, columns: CsvColumn[], options: DuckOptions): Promise<Loading> {
  const duck = await openDuck(options);
  const connection = await duck.connect();
  // Positions name the CSV's columns, since a source's column may be called anything.
  const inCsv = columns.flatMap(({ kind }, i) => (kind === 'hour' ? [] : [`'c${i}': '${csvTypes[kind]}'`]));
  const selected = columns.map(({ kind, name: column }, i) => {
    if (kind === 'hour') return `hour(${TIME})::double as ${name(column)}`;
    // Nothing can be learnt from NaN or infinity, and a sum that meets one is lost: they count as missing.
    return kind === 'number'
      ? `case when isfinite(c${i}) then c${i} end as ${name(column)}`
      : `c${i} as ${name(column)}`;
  });
  const run = async (): Promise<{ rows: number; withoutKey: number }> => {
    try {
      const copied = await connection.run(
        `copy (
           select ${[KEY, TIME, ENTITY, ...selected].join(', ')}
           from read_csv(${text(csv)}, auto_detect = false, header = false, delim = ',', quote = '"', escape = '"',
             nullstr = '\\N', allow_quoted_nulls = false,
             columns = {${[`'${KEY}': 'VARCHAR'`, `'${TIME}': 'TIMESTAMP'`, `'${ENTITY}': 'VARCHAR'`, ...inCsv].join(', ')}})
           order by ${TIME}, ${KEY}
         ) to ${text(file)} (format parquet, compression zstd)`,
      );
      const rows = copied.rowsChanged;
      const keys = await connection.runAndReadAll(`select count(${KEY})::double from ${parquet([file])}`);
      return { rows, withoutKey: rows - (keys.getRowsJS()[0]![0] as number) };
    } finally {
      connection.closeSync();
      duck.closeSync();
    }
  };
  return { finished: run(), interrupt: () => connection.interrupt() };
}
