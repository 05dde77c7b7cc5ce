import { text } from '../../adapters/duckdb/sql.ts';
import { numbers, type DataSet } from './data-set.ts';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('bundled.py', import.meta.url));

/** A set that scikit-learn brings along. */
const ofScikitLearn = (loader: string, count: number, label: Pick<DataSet, 'label' | 'classes'>): DataSet => ({
  columns: numbers(count),
  ...label,
  inTime: false,
  async write(connection, _seed, { python, folder }) {
    const file = join(folder, `${loader}.csv`);
    await promisify(execFile)(python, [script, loader, file]);
    await connection.run(`create or replace table whole as select * from read_csv(${text(file)})`);
  },
});

const classesOf = (count: number): Pick<DataSet, 'label' | 'classes'> => ({
  label: 'class',
  classes: Array.from({ length: count }, (_, place) => String(place)),
});

export const bundled: Record<string, DataSet> = {
  'breast cancer': ofScikitLearn('load_breast_cancer', 30, { label: 'binary' }),
  diabetes: ofScikitLearn('load_diabetes', 10, { label: 'number' }),
  iris: ofScikitLearn('load_iris', 4, classesOf(3)),
  wine: ofScikitLearn('load_wine', 13, classesOf(3)),
  digits: ofScikitLearn('load_digits', 64, classesOf(10)),
};
