import { openDuck } from '../../adapters/duckdb/database.ts';
import { text } from '../../adapters/duckdb/sql.ts';
import fraud from '../../pipelines/fraud.ts';
import simulation from '../../pipelines/fraud/simulation.ts';
import { type Columns, columnSchema } from '../../core/columns/index.ts';
import { LABEL, SPLIT, TIME } from '../../core/data/data.ts';
import { instant } from '../../core/time/time.ts';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A training set: what it was made from, and its columns. */
interface TrainingSet {
  columns: Columns;
  write(folder: string, file: string): Promise<void>;
}

/** A generated training set: what its columns are, and the log odds of a positive label in SQL. */
export interface Problem {
  numbers: number;
  /** How many levels each column of categories has. */
  levels: readonly number[];
  logOdds: string;
  rows: { train: number; selection: number; holdout: number };
}

const rows = { train: 80_000, selection: 20_000, holdout: 40_000 };

const drawn = {
  /** Thirty numbers, a third of them with a long tail; ten matter, two of them only together. Nulls in a fiftieth. */
  numbers: {
    numbers: 30,
    levels: [],
    logOdds: `1.2 * n0 * n1 + sin(2 * n2) + 0.8 * (n3 > 0.5)::integer * n6 + 0.5 * ln(n4) - 0.6 * abs(n9)
      + 0.3 * n12 + 0.2 * n15 - 3`,
    rows,
  },
  /** Eight numbers and four categories, one of 250 levels; a level's effect is the sine of its number. */
  categories: {
    numbers: 8,
    levels: [250, 40, 6, 100],
    logOdds: `2 * sin(7 * c0) + 1.5 * sin(3 * c1) + n0 * sin(5 * c2) + sin(2 * n2) + n3 * n5 - 3.5`,
    rows,
  },
  /** Ten numbers, a shop of 400 and a channel of 6; by themselves, and in six interactions. */
  shops: {
    numbers: 10,
    levels: [400, 6],
    logOdds: `1.8 * sin(7 * c0) + sin(5 * c1) + sin(2 * n8) + 0.5 * ln(n4) + n0 * sin(3 * c1) + 0.8 * n1 * cos(3 * c0) + n2 * n3
      + n5 * (n6 > 0.5)::integer + 0.7 * n7 * n9 + 0.7 * n1 * n2 - 5.5`,
    rows,
  },
  /** Four numbers and a customer of 5,000. */
  customers: { numbers: 4, levels: [5000], logOdds: `2 * sin(7 * c0) + n0 - 0.5 * n1 - 3`, rows },
} satisfies Record<string, Problem>;
function columnsOf({ numbers, levels }: Problem): Columns {
  return Object.fromEntries([
    ...Array.from({ length: numbers }, (_, i) => [`n${i}`, { kind: 'number', nulls: 0.1 }]),
    ...levels.map((_count, i) => [`c${i}`, { kind: 'category', nulls: 0 }]),
  ]) as Columns;
}

export const problems = {
  numbers: ofDrawn(drawn.numbers),
  categories: ofDrawn(drawn.categories),
  shops: ofDrawn(drawn.shops),
  customers: ofDrawn(drawn.customers),
  /** The transactions of pipelines/fraud: nine columns and the hour, 2 % charged back. */
  fraud: {
    columns: Object.fromEntries(
      Object.entries(fraud.columns).map(([name, column]) => [name, columnSchema.parse(column)]),
    ),
    write: writeFraud,
  },
} satisfies Record<string, TrainingSet>;
export type ProblemName = keyof typeof problems;

export const writeProblem = (folder: string, name: ProblemName): Promise<void> =>
  problems[name].write(folder, trainingSet(folder, name));

export const trainingSet = (folder: string, name: ProblemName): string => join(folder, `${name}.parquet`);

function ofDrawn(problem: Problem): TrainingSet {
  return { columns: columnsOf(problem), write: (folder, file) => writeDrawn(problem, folder, file) };
}

/** Writes a training set as training reads it, with the same rows each time, in an order of chance. */
async function writeDrawn({ numbers, levels, logOdds, rows }: Problem, folder: string, file: string): Promise<void> {
  const uniform = (seed: string): string => `((hash(i, '${seed}') % 1000000007 + 1) / 1000000008.0)`;
  const bell = (at: number): string => `sqrt(-2 * ln(${uniform(`u${at}`)})) * cos(2 * pi() * ${uniform(`v${at}`)})`;
  const whole = [
    ...Array.from(
      { length: numbers },
      (_, at) => `${at % 3 === 1 && at > 3 ? `exp(${bell(at)})` : bell(at)} as n${at}`,
    ),
    ...levels.map((count, at) => `floor(${uniform(`c${at}`)} * ${uniform(`d${at}`)} * ${count}) as c${at}`),
  ];
  const shown = [
    ...Array.from({ length: numbers }, (_, at) => `case when ${uniform(`null${at}`)} > 0.02 then n${at} end as n${at}`),
    ...levels.map((_count, at) => `'level-' || c${at}::integer as c${at}`),
  ];
  await runDuck(
    folder,
    `copy (
       with whole as (select i, ${whole.join(', ')} from range(${rows.train + rows.selection + rows.holdout}) as r(i))
       select ${shown.join(', ')}, timestamp '2026-01-01' as ${TIME},
         case when i < ${rows.train} then 'train' when i < ${rows.train + rows.selection} then 'selection' else 'holdout' end as ${SPLIT},
         (${uniform('label')} < 1 / (1 + exp(-(${logOdds}))))::double as ${LABEL}
       from whole order by i
     ) to ${text(file)} (format parquet, compression zstd)`,
  );
}

/** Five weeks of transactions, split in the order of their time, then mixed. */
async function writeFraud(folder: string, file: string): Promise<void> {
  const names = Object.keys(fraud.columns);
  const count = rows.train + rows.selection + rows.holdout;
  const world = simulation.create({ seed: 1, perDay: simulation.perDay, driftSince: null });
  const events = world.between(instant(new Date('2026-01-05')), instant(new Date('2026-02-20')));
  const lines: string[] = [];
  for (const { row, facts } of events) {
    if (lines.length === count) break;
    const split = lines.length < rows.train ? 'train' : lines.length < rows.train + rows.selection ? 'selection' : 'holdout'; // prettier-ignore
    const values = { ...row.values, hour_of_day: new Date(row.at).getUTCHours() };
    const own = names.map((name) => [name, values[name as keyof typeof values] ?? null]);
    lines.push(JSON.stringify({ ...Object.fromEntries(own), [TIME]: row.at, [SPLIT]: split, [LABEL]: facts.length > 0 ? 1 : 0 })); // prettier-ignore
  }
  if (lines.length < count) throw new Error(`The simulation gave ${lines.length} transactions of ${count}`);
  const types = { number: 'double', category: 'varchar', boolean: 'boolean', hour: 'integer' };
  const typed = Object.entries(fraud.columns).map(([name, { kind }]) => `${name}::${types[kind]} as ${name}`);
  const json = `${file}.ndjson`;
  await writeFile(json, lines.join('\n'));
  await runDuck(
    folder,
    `copy (select ${typed.join(', ')}, ${TIME}, ${SPLIT}, ${LABEL}::double as ${LABEL} from read_json(${text(json)}, format = 'newline_delimited') order by hash(${TIME}, amount))
     to ${text(file)} (format parquet, compression zstd)`,
  );
  await rm(json);
}

async function runDuck(folder: string, sql: string): Promise<void> {
  const duck = await openDuck({ memoryLimit: '1GB', threads: 2, folder });
  const connection = await duck.connect();
  await connection.run(sql);
  connection.closeSync();
  duck.closeSync();
}
