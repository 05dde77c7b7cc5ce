import { type BenchRow } from '../bench.ts';
import { compared, trainOurs, trainPeer } from './party.ts';
import { inTurns } from './networks.ts';

/** A logistic regression, standardised on both sides. */
export async function linearRows(python: string, folder: string, report: (line: string) => void): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const problem of ['numbers', 'categories', 'fraud'] as const) {
    const { ours, peer } = await inTurns({
      ours: () => trainOurs(folder, problem, { kind: 'logistic' }),
      peer: () => trainPeer(python, 'tables_peer.py', folder, problem, ['logistic', 0, 0]),
    });
    rows.push(...compared(`${problem}, logistic`, 'scikit-learn LogisticRegression', ours, peer, ['cpu', 'quality']));
    report(`${problem}, logistic: done`);
  }
  return rows;
}
