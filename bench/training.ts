import { type Bench } from './bench.ts';
import { problems, writeProblem, type ProblemName } from './training/data.ts';
import { linearRows } from './training/linear.ts';
import { networkRows } from './training/networks.ts';
import { treesRows } from './training/trees.ts';
import { findPython } from '../local/toolchain/tools/python.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Each kind of model has its cases in a file of training/. */
const cases = [treesRows, networkRows, linearRows];

export const bench: Bench = {
  summary:
    'Trainings of generated rows, from Parquet to the model: ours, and those of Python libraries at their defaults',
  async run(report) {
    const python = join((await findPython('bench-training', { report })).folder, 'python');
    const folder = mkdtempSync(join(tmpdir(), 'perennial-bench-'));
    try {
      for (const problem of Object.keys(problems) as ProblemName[]) await writeProblem(folder, problem);
      const rows = [];
      for (const rowsOf of cases) rows.push(...(await rowsOf(python, folder, report)));
      return rows;
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};
