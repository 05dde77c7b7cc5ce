import { type BenchRow } from '../bench.ts';
import { type ProblemName } from './data.ts';
import { compared, trainOurs, trainPeer, type Trained } from './party.ts';

const ROUNDS = 3;
const TREES = 100;
const PATIENCE = 50;

export const libraries = {
  lightgbm: 'LightGBM',
  xgboost: 'XGBoost',
  sklearn: 'scikit-learn HistGradientBoosting',
} as const;
type Library = keyof typeof libraries;

/** One comparison: all at their defaults, with as many trees or until the selection split gets no better. */
interface Case {
  problem: ProblemName;
  stops: boolean;
  /** scikit-learn's would stop by a part of their own rows: they take part only where nothing stops. */
  peers: Library[];
  threads: number;
}

const cases: Case[] = (['numbers', 'categories'] as const).flatMap((problem) => [
  { problem, stops: false, peers: ['lightgbm', 'xgboost', 'sklearn'], threads: 1 },
  { problem, stops: true, peers: ['lightgbm', 'xgboost'], threads: 1 },
  { problem, stops: false, peers: ['lightgbm'], threads: 2 },
]);

/** Boosted trees of ours and of the common libraries, from Parquet to the model, in turns. */
export async function treesRows(python: string, folder: string, report: (line: string) => void): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const { problem, stops, peers, threads } of cases) {
    const ours: Trained[] = [];
    const theirs = new Map(peers.map((peer) => [peer, [] as Trained[]]));
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await trainOurs(folder, problem, { kind: 'boosted', ...(!stops && { trees: TREES }) }, threads));
      for (const peer of peers)
        theirs.get(peer)!.push(await trainPeer(python, 'trees_peer.py', folder, problem, treesArguments(peer, stops, threads), threads)); // prettier-ignore
    }
    const limit = stops ? `until the selection split is no better` : `${TREES} trees`;
    const title = `${problem}, ${limit}${threads > 1 ? `, ${threads} threads` : ''}`;
    for (const [peer, trained] of theirs)
      rows.push(...compared(title, libraries[peer], ours, trained, threads === 1 ? ['cpu', 'quality'] : ['wall']));
    report(`${title}: done (${ours[0]!.trees} trees)`);
  }
  return rows;
}

/** What trees_peer.py is told. */
export const treesArguments = (library: Library, stops: boolean, threads: number): (string | number)[] =>
  stops ? [library, 1000, PATIENCE, threads] : [library, TREES, 0, threads];
