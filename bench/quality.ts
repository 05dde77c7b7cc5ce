import { openDuck } from '../adapters/duckdb/database.ts';
import { studentQuantile } from '../core/metrics/student.ts';
import { findPython } from '../local/toolchain/tools/python.ts';
import { makeFolder, type Bench, type BenchRow } from './bench.ts';
import { type DataSet } from './quality/data-set.ts';
import { writeHalves, type Order } from './quality/halves.ts';
import { openProduct, type Product } from './quality/product.ts';
import { sets } from './quality/sets.ts';
import { type DuckDBConnection } from '@duckdb/node-api';
import { execFile } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const SEEDS = 5;
const peersScript = fileURLToPath(new URL('quality/peers.py', import.meta.url));

/** How good each side's scores are: average precision, R2, or accuracy. */
type Found = Record<string, number>;

interface Place {
  folder: string;
  python: string;
  connection: DuckDBConnection;
  product: Product;
}

export const bench: Bench = {
  summary:
    'What Perennial promotes for a declaration without candidates, against Python libraries at their defaults and tuned ' +
    'for as long: average precision, R2 of a number, or accuracy of classes, on later or other rows',
  async run(report, { seeds = SEEDS, only = '', into }) {
    const python = join((await findPython('bench-quality', { report })).folder, 'python');
    const folder = makeFolder();
    try {
      const product = await openProduct(folder, report);
      const duck = await openDuck({ memoryLimit: '1GB', threads: 2, folder });
      const connection = await duck.connect();
      const place = { folder, python, connection, product };
      const table = new Map<string, Found[]>();
      const cases = Object.entries(sets)
        .flatMap(([name, set]) => ordersOf(set).map((order) => ({ title: `${name}, ${order}`, name, set, order })))
        .filter(({ title }) => title.includes(only));
      try {
        for (let seed = 1; seed <= seeds; seed++)
          // all cases of one before the next: a run cut short is one of fewer seeds
          for (const { title, name, set, order } of cases) {
            const known = into === undefined ? undefined : foundBefore(into, title, seed);
            const found = known ?? (await play(place, name, set, order, seed));
            if (into !== undefined && !known) appendFileSync(into, `${JSON.stringify({ title, seed, found })}\n`);
            table.set(title, [...(table.get(title) ?? []), found]);
            report(`${title}, seed ${seed}: ${ranking(found)}`);
          }
      } finally {
        connection.closeSync();
        duck.closeSync();
        await product.close();
      }
      return rowsOf(table);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

const ordersOf = ({ inTime }: DataSet): Order[] => (inTime ? ['in time order', 'shuffled'] : ['shuffled']);

async function play(place: Place, name: string, set: DataSet, order: Order, seed: number): Promise<Found> {
  const { folder, python, connection, product } = place;
  await set.write(connection, seed, { python, folder });
  const features = Object.keys(set.columns);
  const { train, test, rows } = await writeHalves(connection, folder, set.columns, order, seed);
  const pipeline = `${name}-${order}-${seed}`.replaceAll(/[^a-z0-9]+/g, '-').replace(/^(?=\d)/, 'with-');
  const { scores, seconds } = await product.promote(pipeline, set, train, rows);
  const scoresFile = join(folder, 'scores.json');
  writeFileSync(scoresFile, JSON.stringify(scores));
  const levels = features.filter((column) => set.columns[column]!.kind === 'category').join(',');
  const args = [peersScript, train, test, set.label, String(seconds), String(seed), levels, scoresFile];
  const answer = promisify(execFile)(python, args);
  const stop = (): void => void answer.child.kill();
  process.once('exit', stop); // a search of minutes would outlive a run that is interrupted
  try {
    const { stdout } = await answer;
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as Found;
  } finally {
    process.off('exit', stop);
  }
}

/** What an earlier run found, a line a case and seed. */
function foundBefore(file: string, title: string, seed: number): Found | undefined {
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8').trim().split('\n').filter(Boolean);
  const all = lines.map((line) => JSON.parse(line) as { title: string; seed: number; found: Found });
  return all.find((one) => one.title === title && one.seed === seed)?.found;
}

const best = (found: Found): [string, number][] => Object.entries(found).sort(([, a], [, b]) => b - a);
const ranking = (found: Found): string => best(found).map(([name, value]) => `${name} ${value.toFixed(3)}`).join(', '); // prettier-ignore
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function rowsOf(table: ReadonlyMap<string, Found[]>): BenchRow[] {
  const rows: BenchRow[] = [];
  const ranks = new Map<string, number[]>();
  for (const [name, found] of table) {
    const means = Object.fromEntries(
      Object.keys(found[0]!).map((side) => [side, mean(found.map((one) => one[side]!))]),
    );
    const { ours, ...peers } = means as Found & { ours: number };
    for (const [peerName, peer] of best(peers))
      rows.push({ case: name, ours, peer, peerName, unit: 'quality', ratio: ours / peer });
    const [first] = best(peers)[0]!;
    const { value, low, high } = interval(found.map((one) => one['ours']! - one[first]!));
    rows.push(
      { case: name, ours: value, peer: null, peerName: null, unit: `better than ${first}`, ratio: null },
      { case: name, ours: low, peer: null, peerName: null, unit: 'at least (95 %)', ratio: null },
      { case: name, ours: high, peer: null, peerName: null, unit: 'at most (95 %)', ratio: null },
    );
    for (const side of Object.keys(means)) ranks.set(side, [...(ranks.get(side) ?? []), rankOf(side, means)]);
  }
  const ours = mean(ranks.get('ours')!);
  for (const [peerName, places] of ranks) {
    if (peerName === 'ours') continue;
    const peer = mean(places);
    rows.push({ case: `all ${table.size} cases`, ours, peer, peerName, unit: 'mean rank', ratio: peer / ours });
  }
  return rows;
}

/** Sides that are equal share their ranks. */
function rankOf(side: string, means: Found): number {
  const [own, all] = [means[side]!, Object.values(means)];
  const equal = all.filter((value) => value === own).length;
  return all.filter((value) => value > own).length + (equal + 1) / 2;
}

/** Of a mean over seeds. */
function interval(values: readonly number[]): { value: number; low: number; high: number } {
  const value = mean(values);
  const variance = values.reduce((sum, each) => sum + (each - value) ** 2, 0) / Math.max(1, values.length - 1);
  const half =
    values.length < 2 ? NaN : studentQuantile(0.975, values.length - 1) * Math.sqrt(variance / values.length);
  return { value, low: value - half, high: value + half };
}
