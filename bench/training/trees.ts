import { type ProblemName } from './data.ts';
import { compared, inTurns, trainOurs, trainPeer, type Case, type Trained } from './party.ts';

const TREES = 100;
const PATIENCE = 50;

export const libraries = {
  lightgbm: 'LightGBM',
  xgboost: 'XGBoost',
  sklearn: 'scikit-learn HistGradientBoosting',
} as const;
type Library = keyof typeof libraries;

/** All at their defaults, with as many trees or until the selection split gets no better. */
interface Growth {
  problem: ProblemName;
  stops: boolean;
  /** scikit-learn's would stop by a part of their own rows: they take part only where nothing stops. */
  peers: Library[];
  threads: number;
}

const growths: Growth[] = (['numbers', 'categories'] as const).flatMap((problem) => [
  { problem, stops: false, peers: ['lightgbm', 'xgboost', 'sklearn'], threads: 1 },
  { problem, stops: true, peers: ['lightgbm', 'xgboost'], threads: 1 },
  { problem, stops: false, peers: ['lightgbm'], threads: 2 },
]);

/** Boosted trees of ours and of the common libraries, from Parquet to the model, in turns. */
export const treesCases = (python: string, folder: string): Case[] =>
  growths.map(({ problem, stops, peers, threads }) => ({
    title: `${problem}, ${stops ? 'until the selection split is no better' : `${TREES} trees`}${threads > 1 ? `, ${threads} threads` : ''}`,
    problem,
    async compare(title) {
      const { ours, ...trained } = await inTurns({
        ours: () => trainOurs(folder, problem, { kind: 'boosted', ...(!stops && { trees: TREES }) }, threads),
        ...Object.fromEntries(peers.map((peer) => [peer, () => trainPeer(python, 'trees_peer.py', folder, problem, treesArguments(peer, stops, threads), threads)])), // prettier-ignore
      } as Record<'ours' | Library, () => Promise<Trained>>);
      return peers.flatMap((peer) =>
        compared(title, libraries[peer], ours, trained[peer], threads === 1 ? ['cpu', 'quality'] : ['wall']),
      );
    },
  }));

/** What trees_peer.py is told. */
export const treesArguments = (library: Library, stops: boolean, threads: number): (string | number)[] =>
  stops ? [library, 1000, PATIENCE, threads] : [library, TREES, 0, threads];
