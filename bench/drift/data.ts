import { openDuck } from '../../adapters/duckdb/database.ts';
import { text } from '../../adapters/duckdb/sql.ts';
import { parsePipeline, type Pipeline } from '../../core/declaration/pipeline.ts';
import { join } from 'node:path';

const names = (prefix: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${prefix}_${i}`);

export const NUMBERS = names('number', 18);
export const CATEGORIES = names('category', 7);
/** Far enough that no method and no threshold in use would miss it, so that both sides must name exactly these. */
export const MOVED = ['category_2', 'number_0', 'number_5', 'number_9'];

/** The current rows lie in these 24 hours, the reference's in the 24 before. */
export const HOURS = 24;
const HOUR = 3_600_000;
const NOW = Date.parse('2025-03-02T09:00:00Z');
export const day = { from: new Date(NOW).toISOString(), to: new Date(NOW + HOURS * HOUR).toISOString() };

export const rowsFile = (folder: string, side: 'reference' | 'current', rows: number): string =>
  join(folder, `${side}-${rows}.parquet`);

/** The rule of both sides is one threshold on PSI; KS is calculated as always, and left out of the decision. */
export const PSI_THRESHOLD = 0.2;

export function driftPipeline(): Pipeline {
  const connection = { env: 'BENCH_DB_URL' };
  const columns = [
    ...NUMBERS.map((name) => [name, { kind: 'number' }]),
    ...CATEGORIES.map((name) => [name, { kind: 'category' }]),
  ];
  return parsePipeline(
    {
      name: 'bench',
      source: { kind: 'postgres', connection, table: 'rows', key: 'id', time: 'at' },
      columns: Object.fromEntries(columns),
      label: {
        name: 'label',
        facts: { kind: 'postgres', connection, table: 'labels', key: 'id', value: 'label', observedAt: 'at' },
        maturesAfter: '7 days',
        whenAbsent: 0,
      },
      candidates: [{ kind: 'logistic', name: 'logistic' }],
      gates: { metric: 'averagePrecision', margin: 0.01 },
      drift: { psi: PSI_THRESHOLD, ks: 1 },
    },
    'the benchmark',
  );
}

/** Writes as many reference and current rows to Parquet, the same ones each time. */
export async function writeRows(folder: string, rows: number): Promise<void> {
  const duck = await openDuck({ memoryLimit: '1GB', threads: 2, folder });
  const connection = await duck.connect();
  for (const [start, side] of (['reference', 'current'] as const).entries()) {
    const moved = side === 'current' ? MOVED : [];
    const first = start * rows;
    // Spread evenly over the day, in the order of time, as an extraction writes them.
    const time = `make_timestamp_ms(${NOW - (1 - start) * HOURS * HOUR} + (i * ${HOURS * HOUR}) // ${rows})`;
    await connection.run(
      `copy (select 'row-' || (i + ${first}) as _key, ${time} as _time,
         ${NUMBERS.map((name, at) => `${numberSql(at, first, moved.includes(name))} as ${name}`).join(', ')},
         ${CATEGORIES.map((name, at) => `${categorySql(at, first, moved.includes(name))} as ${name}`).join(', ')}
       from range(${rows}) as r(i) order by i) to ${text(rowsFile(folder, side, rows))} (format parquet, compression zstd)`,
    );
  }
  connection.closeSync();
  duck.closeSync();
}

/** A number between 0 and 1, by hash of row and column: the same whichever thread makes it. */
const uniform = (seed: string, first: number): string =>
  `((hash(i + ${first}, '${seed}') % 1000000007 + 1) / 1000000008.0)`;

/** In turns a bell curve, a long tail (as amounts have) and small whole numbers; what moved is shifted by half or more. */
function numberSql(at: number, first: number, moved: boolean): string {
  const [u, v] = [uniform(`u${at}`, first), uniform(`v${at}`, first)];
  const bell = `sqrt(-2 * ln(${u})) * cos(2 * pi() * ${v})`;
  if (at % 3 === 0) return `(${bell} + ${moved ? 0.8 : 0})::double`;
  if (at % 3 === 1) return `round(exp(${bell} + ${moved ? 0.8 : 0}) * 20, 2)::double`;
  return `floor(-ln(${u}) * ${moved ? 10 : 5})::double`;
}

/** Eight levels or more, the first ones the most frequent; what moved is spread evenly. */
function categorySql(at: number, first: number, moved: boolean): string {
  const u = uniform(`c${at}`, first);
  return `'level-' || floor(${moved ? u : `${u} * ${u}`} * ${8 + 2 * at})::integer`;
}
