import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** One line of a benchmark's table: the same work done by us and by a peer, side by side on one machine. */
export interface BenchRow {
  case: string;
  ours: number;
  /** These three are null where no peer did the work. */
  peer: number | null;
  peerName: string | null;
  unit: string;
  /** How many times better ours is: above 1 we are ahead, whichever way the unit points. */
  ratio: number | null;
}

/** A file of this folder exports one as `bench`; `npm run bench -- NAME` runs it. */
export interface Bench {
  summary: string;
  run(report: (line: string) => void, options: BenchOptions): Promise<BenchRow[]>;
}

/** For benchmarks that can be made larger or smaller. */
export interface BenchOptions {
  pipelines?: number;
  seconds?: number;
  seeds?: number;
  trials?: number;
  /** Only the cases whose names hold this. */
  only?: string;
  /** A file that keeps what was found, of a benchmark of hours: a later run plays only what is not in it. */
  into?: string;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The smallest value that `share` of all do not exceed: percentile([1, 2, 3, 4], 0.5) // => 2 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}

/** Medians of both sides as a row; `better` gives the direction of the unit. */
export function compare(
  name: Pick<BenchRow, 'case' | 'peerName' | 'unit'>,
  ours: readonly number[],
  peer: readonly number[],
  better: 'more' | 'less',
): BenchRow {
  const [mine, theirs] = [median(ours), median(peer)];
  return { ...name, ours: mine, peer: theirs, ratio: better === 'more' ? mine / theirs : theirs / mine };
}

/** Our median, where no peer did the same work. */
export const alone = (name: Pick<BenchRow, 'case' | 'unit'>, ours: readonly number[]): BenchRow => ({
  ...name,
  ours: median(ours),
  peer: null,
  peerName: null,
  ratio: null,
});

/** A temporary folder, which is gone once this process has ended, also by Ctrl-C. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'perennial-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
  return folder;
}
