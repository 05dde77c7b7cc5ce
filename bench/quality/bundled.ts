import { text } from '../../adapters/duckdb/sql.ts';
import { numbers, type DataSet } from './data-set.ts';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('bundled.py', import.meta.url));

/** A set that scikit-learn brings along. */
const ofScikitLearn = (loader: string, count: number, label: DataSet['label']): DataSet => ({
  columns: numbers(count),
  label,
  inTime: false,
  async write(connection, _seed, { python, folder }) {
    const file = join(folder, `${loader}.csv`);
    await promisify(execFile)(python, [script, loader, file]);
    await connection.run(`create or replace table whole as select * from read_csv(${text(file)})`);
  },
});

export const bundled: Record<string, DataSet> = {
  'breast cancer': ofScikitLearn('load_breast_cancer', 30, 'binary'),
  diabetes: ofScikitLearn('load_diabetes', 10, 'number'),
};
