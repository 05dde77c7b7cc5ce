import { ENTITY, KEY, LABEL, SPLIT, TIME } from '../../../core/data/data.ts';
import { sigmoid } from '../../../core/model/scorer.ts';
import type { Candidate } from '../../../core/recipes/index.ts';
import type { Columns } from '../../../core/columns/index.ts';
import type { Analytics } from '../../../core/data/analytics.ts';
import type { ColumnChunk } from '../../../core/data/chunks.ts';
import type { TrainingJob } from '../../../core/training/trainer.ts';
import { createRandom } from '../../../core/base/random.ts';
import type { SplitName } from '../../../core/training/training.ts';
import { DuckDBInstance } from '@duckdb/node-api';
import { rm, writeFile } from 'node:fs/promises';

export const columns: Columns = {
  east: { kind: 'number', nulls: 0 },
  north: { kind: 'number', nulls: 0 },
  country: { kind: 'category', nulls: 0 },
  online: { kind: 'boolean', nulls: 0 },
  hour: { kind: 'hour' },
};

/** Rows that are positive where east and north have the same sign: no line through the plane can tell. */
export function makeRows(rows: number, seed: number): ColumnChunk {
  const random = createRandom(seed);
  const list = Array.from({ length: rows }, () => {
    const [east, north] = [random.normal(), random.normal()];
    const positive = random.uniform() < sigmoid(4 * Math.sign(east * north) - 1);
    const [country, online, hour] = [random.pick(['nl', 'de', 'fr']), random.uniform() < 0.5, random.integer(24)];
    return { east, north, country, online, hour, [LABEL]: positive ? 1 : 0 };
  });
  const names = [...Object.keys(columns), LABEL] as (keyof (typeof list)[number])[];
  return { rows, columns: Object.fromEntries(names.map((name) => [name, list.map((row) => row[name]!)])) };
}

export type SplitRows = Partial<Record<SplitName, ColumnChunk>>;
export const smallSplits = (): SplitRows => ({ train: makeRows(4000, 1), selection: makeRows(1500, 2) });

/** `readSplit` over rows in memory, in chunks of a size that fits no batch. */
export function analyticsOf(splits: SplitRows): Analytics {
  const refuse = (): never => {
    throw new Error('training only reads splits');
  };
  return {
    summarise: refuse,
    levels: refuse,
    examples: refuse,
    samples: refuse,
    profile: refuse,
    labelShare: refuse,
    lastLabelled: refuse,
    readHeld: refuse,
    findLeaks: refuse,
    assemble: refuse,
    async *readSplit(_file, split, names) {
      const all = splits[split] ?? { rows: 0, columns: {} };
      for (let from = 0; from < all.rows; from += 700) {
        const part = (column: string) => all.columns[column]!.slice(from, from + 700);
        const rows = Math.min(700, all.rows - from);
        const keys = Array.from({ length: rows }, (_, row) => `${split} ${from + row}`);
        yield {
          rows,
          own: {
            [LABEL]: part(LABEL),
            [KEY]: keys,
            ...(all.columns[TIME] && { [TIME]: part(TIME) }),
            [ENTITY]: all.columns[ENTITY] ? part(ENTITY) : keys.map(() => null),
          },
          columns: Object.fromEntries(names.map((name) => [name, part(name)])),
        };
      }
    },
  };
}

/** The same rows as a training set in Parquet. */
export async function writeTrainingSet(splits: SplitRows, file: string): Promise<void> {
  const lines = Object.entries(splits).flatMap(([split, chunk]) =>
    Array.from({ length: chunk.rows }, (_, row) =>
      JSON.stringify({
        [SPLIT]: split,
        ...Object.fromEntries(Object.entries(chunk.columns).map(([name, values]) => [name, values[row]])),
      }),
    ),
  );
  const json = `${file}.ndjson`;
  await writeFile(json, lines.join('\n'));
  const types = `{ ${SPLIT}: 'VARCHAR', east: 'DOUBLE', north: 'DOUBLE', country: 'VARCHAR', online: 'BOOLEAN', hour: 'INTEGER', ${LABEL}: 'DOUBLE' }`;
  await writeTable(
    `select *, timestamp '2026-01-01' as ${TIME} from read_json('${json}', format = 'newline_delimited', columns = ${types})`,
    file,
  );
  await rm(json);
}

/** What a query gives, as Parquet. */
export async function writeTable(query: string, file: string): Promise<void> {
  const duck = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await duck.connect();
  await connection.run(`copy (${query}) to '${file}' (format parquet)`);
  connection.closeSync();
  duck.closeSync();
}

type Kind<K extends Candidate['kind']> = Extract<Candidate, { kind: K }>;
export const anMlp = (options: Partial<Kind<'mlp'>> = {}): Candidate => ({
  kind: 'mlp',
  name: 'mlp',
  epochs: 6,
  batchSize: 128,
  learningRate: 0.01,
  hidden: [16, 8],
  dropout: 0.1,
  ...options,
});
export const aLogistic = (options: Partial<Kind<'logistic'>> = {}): Candidate => ({
  kind: 'logistic',
  name: 'logistic',
  epochs: 6,
  batchSize: 128,
  learningRate: 0.01,
  l2: 1e-5,
  ...options,
});

export const aJob = (job: Pick<TrainingJob, 'folder'> & Partial<TrainingJob>): TrainingJob => ({
  trainingSet: 'training.parquet',
  columns,
  labelKind: 'binary',
  candidate: anMlp(),
  seed: 7,
  resumeFrom: null,
  ...job,
});
