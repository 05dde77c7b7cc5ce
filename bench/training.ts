import { makeFolder, type Bench } from './bench.ts';
import { writeProblem } from './training/data.ts';
import { linearCases } from './training/linear.ts';
import { networkCases } from './training/networks.ts';
import { treesCases } from './training/trees.ts';
import { findPython } from '../local/toolchain/tools/python.ts';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

/** Each kind of model has its cases in a file of training/. */
const kinds = [treesCases, networkCases, linearCases];

export const bench: Bench = {
  summary:
    'Trainings of generated rows, from Parquet to the model: ours, and those of Python libraries at their defaults. ' +
    "--only 'shops, tabm' for the cases whose names hold that",
  async run(report, { only = '' }) {
    const python = join((await findPython('bench-training', { report })).folder, 'python');
    const folder = makeFolder();
    try {
      const all = kinds.flatMap((casesOf) => casesOf(python, folder));
      const cases = all.filter(({ title }) => title.includes(only));
      if (cases.length === 0)
        throw new Error(`No case has "${only}" in its name. There are: ${all.map(({ title }) => title).join('; ')}.`);
      for (const problem of new Set(cases.map(({ problem }) => problem))) await writeProblem(folder, problem);
      const rows = [];
      for (const { title, compare } of cases) {
        rows.push(...(await compare(title)));
        report(`${title}: done`);
      }
      return rows;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
