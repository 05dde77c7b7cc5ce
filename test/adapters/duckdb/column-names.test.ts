import { createAnalytics, type DuckAnalytics } from '../../../adapters/duckdb/analytics.ts';
import { createExtractor } from '../../../adapters/sources/extractor.ts';
import { createSecrets } from '../../../adapters/machine/secrets.ts';
import { loadTensorflow } from '../../../adapters/training/tensors.ts';
import { categoryBins, makeBinning, makeBins } from '../../../core/data/profiles/binning.ts';
import { compileScorer } from '../../../core/model/scorer.ts';
import { type Columns } from '../../../core/columns/index.ts';
import { type Reading } from '../../../core/sources/extractor.ts';
import { moments } from '../../../core/data/profiles/profile.ts';
import { columnName } from '../../../core/base/schema.ts';
import { train } from '../../../workers/training/train.ts';
import { folderPerTest } from '../../support/folders.ts';
import { paged, scriptedApi } from '../../support/outside/http-api.ts';
import { runSql, testDatabase } from '../../support/postgres/postgres.ts';
import { aJob, aLogistic } from '../../support/data/training-data.ts';
import fc from 'fast-check';
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

// prettier-ignore
const numbers = [
  'Amount', 'amount', 'AMOUNT', '_key', '_time', '_entity', '_label', '_split', 'say "hi"', "it's; --", 'unit price',
  'größe', 'GRÖSSE', '数量', 'constructor', 'toString', 'a,b', '~41~mount', '7', 'c0', 'f1', 'rows', '100%', 'ｗide',
];
const categories = ['Country', 'country'];
const ROWS = 400;
const january = { from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T00:00:00.000Z' };
const labelling = { asOf: january.to, maturesAfter: '0 seconds', whenAbsent: null };

type Line = Record<string, string | number>;
/** Every column has numbers of its own, and "Amount" alone tells the label. */
const linesOf = (names: string[], levels: string[]): Line[] =>
  Array.from({ length: ROWS }, (_, i) => {
    const positive = i % 3 === 0;
    return Object.fromEntries([
      ...names.map((name, place) => [name, name === 'Amount' ? (positive ? 3 : -3) : 1_000 * (place + 1) + (i % 7)]),
      ...levels.map((name) => [name, `${name} ${i % 2}`]),
      ['row id', `k${i}`],
      ['Seen At', new Date(Date.parse(january.from) + i * 60_000).toISOString()],
      ['FRAUD', Number(positive)],
    ]) as Line;
  });

interface Place {
  from: Reading['from'];
  secrets: Record<string, string>;
  close(): Promise<void>;
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const places: Record<Reading['from']['kind'], (lines: Line[], folder: string) => Promise<Place>> = {
  async csv(lines, folder) {
    const file = join(folder, 'rows.csv');
    const text = [Object.keys(lines[0]!), ...lines.map((line) => Object.values(line))];
    await writeFile(file, text.map((line) => `${line.map((value) => quoted(String(value))).join(',')}\n`).join(''));
    return { from: { kind: 'csv', file }, secrets: {}, close: async () => {} };
  },
  async http(lines) {
    const within = ({ from = '', to = '' }) =>
      lines.filter((line) => line['Seen At']! >= from && line['Seen At']! < to);
    const api = await scriptedApi((query, ...rest) => paged(within(query))(query, ...rest));
    const connection = { env: 'API_URL' };
    const from = { kind: 'http', connection, path: '/rows', rows: 'data', next: 'next', pageSize: 500 } as const;
    return { from, secrets: { API_URL: api.url }, close: api.close };
  },
  async postgres(lines) {
    const database = await testDatabase();
    const columns = Object.entries(lines[0]!).map(([name, value]) => {
      const type = name === 'Seen At' ? 'timestamptz' : typeof value === 'number' ? 'float8' : 'text';
      return `${quoted(name)} ${type}`;
    });
    const rows = `$json$${JSON.stringify(lines)}$json$::json`;
    await runSql(
      database.url,
      `create table t (${columns.join(', ')}); insert into t select * from json_populate_recordset(null::t, ${rows})`,
    );
    const from = { kind: 'postgres', connection: { env: 'DB_URL' }, table: 't' } as const;
    return { from, secrets: { DB_URL: database.url }, close: database.drop };
  },
};

/** Extracts rows and labels into files. */
async function extract(kind: Reading['from']['kind'], columns: Columns, lines: Line[], folder: string) {
  const place = await places[kind](lines, folder);
  const reading: Reading = { from: place.from, key: 'row id', time: 'Seen At', entity: 'Country', columns };
  const facts: Reading = { ...reading, entity: null, columns: { FRAUD: { kind: 'number', nulls: 0 } } };
  const extractor = createExtractor({ secrets: createSecrets(place.secrets), dataRoots: [folder] });
  const progress = { signal: new AbortController().signal, onProgress: () => undefined };
  const [rows, labels] = [join(folder, 'rows.parquet'), join(folder, 'labels.parquet')];
  try {
    await extractor.check(reading);
    await extractor.extract(reading, january, rows, progress);
    await extractor.extract(facts, january, labels, progress);
  } finally {
    await place.close();
  }
  return { rows, labels };
}

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
/** What was summarised is rounded otherwise than what is added up here. */
const near = (found: number | null | undefined, expected: number, what: string): void =>
  assert.ok(Math.abs((found ?? NaN) - expected) < 1e-6, `${what}: ${found} where ${expected} belongs`);

describe('columns whose names differ only in case, or equal our own', () => {
  const folder = folderPerTest();
  let analytics: DuckAnalytics;
  before(async () => void (analytics = await createAnalytics()));
  after(() => analytics.close());

  const columns: Columns = Object.fromEntries([
    ...numbers.map((name) => [name, { kind: 'number', nulls: 0 }]),
    ...categories.map((name) => [name, { kind: 'category', nulls: 0 }]),
  ]) as Columns;

  for (const kind of ['csv', 'http', 'postgres'] as const)
    it(`stay distinct from a source of kind ${kind} to a score`, async () => {
      const lines = linesOf(numbers, categories);
      const of = (name: string): number[] => lines.map((line) => Number(line[name]));
      const { rows, labels } = await extract(kind, columns, lines, folder());

      const summary = await analytics.summarise([rows], columns);
      for (const name of numbers) {
        near(summary.columns.find(({ column }) => column === name)?.mean, mean(of(name)), `mean of ${name}`);
        const { [name]: sample } = await analytics.samples([rows], [name], ROWS);
        assert.deepEqual(sample!.sort(), Float64Array.from(of(name)).sort());
      }
      const binning = makeBinning(
        Object.fromEntries([
          ...numbers.map((name) => [name, makeBins(Float64Array.from(of(name)))] as const),
          ...categories.map((name) => [name, categoryBins([{ level: `${name} 1`, rows: 200 }])] as const),
        ]),
      );
      const profile = await analytics.profile([rows], binning, january);
      for (const name of numbers) near(moments(profile.columns[name]!)?.mean, mean(of(name)), `profile of ${name}`);
      for (const name of categories) assert.deepEqual(profile.columns[name]!.counts, [200, 200]);

      const trainingSet = join(folder(), 'training-set.parquet');
      const shares = { train: 0.5, selection: 0.2, calibration: 0.15, holdout: 0.15 };
      const options = { ...labelling, columns, shares, holdoutNotBefore: null, seed: 7 };
      await analytics.assemble([rows], [labels], options, trainingSet);
      const read: Record<string, number[]> = {};
      for await (const chunk of analytics.readSplit(trainingSet, 'train', numbers))
        for (const name of numbers) (read[name] = Object.hasOwn(read, name) ? read[name]! : []).push(...(chunk.columns[name] as number[])); // prettier-ignore
      for (const name of numbers) near(mean(read[name]!), mean(of(name).slice(0, 200)), `${name} of the train split`);

      const job = aJob({
        trainingSet,
        columns,
        folder: folder(),
        candidate: aLogistic({ learningRate: 0.05, epochs: 20 }),
      });
      const quiet = { progress: () => {}, checkpoint: () => {}, log: () => {}, check: () => {} };
      const tensors = () => loadTensorflow({ wanted: 'wasm' });
      const model = await train(job, { analytics, tensors, events: quiet, memoryLimitMb: 1024 });
      const scorer = compileScorer(model);
      const [fraud, fine] = [scorer.score(lines[0]!), scorer.score(lines[1]!)];
      assert.ok(fraud > 0.8 && fine < 0.2, `${fraud} and ${fine}`);
    });

  it('survive a source and a training set, in any pair', async () => {
    const letters = fc.constantFrom('a', 'A', 'b', '_', '~', '"', "'", ' ', ',', ';', '\\', 'é', 'É', '1', '😀');
    const names = fc.string({ unit: letters, minLength: 1, maxLength: 8 }).filter((name) => name.trim() === name);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(names, { minLength: 2, maxLength: 4 }), async (some) => {
        for (const name of some) assert.equal(columnName.parse(name), name);
        const declared = Object.fromEntries(some.map((name) => [name, { kind: 'number', nulls: 0 }])) as Columns;
        const lines = linesOf(some, ['Country']);
        const { rows } = await extract('csv', declared, lines, folder());
        for await (const chunk of analytics.readRows(rows, january, some))
          for (const name of some) assert.deepEqual(chunk.columns[name], lines.map((line) => line[name])); // prettier-ignore
      }),
      { numRuns: 30 },
    );
  });
});
