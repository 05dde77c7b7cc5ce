import { runner } from '../../adapters/machine/runner.ts';
import { environment } from '../../wiring/settings.ts';
import { compare, type BenchRow } from '../bench.ts';
import { problems, trainingSet, writeProblem, type ProblemName } from './data.ts';
import { trainedBy, type Trained } from './party.ts';
import { fileURLToPath } from 'node:url';

const ROUNDS = 3;
const TREES = 100;
const PATIENCE = 50;

const libraries = { lightgbm: 'LightGBM', xgboost: 'XGBoost', sklearn: 'scikit-learn HistGradientBoosting' } as const;
type Library = keyof typeof libraries;

/** One comparison: all at their defaults, with as many trees or until the selection split gets no better. */
interface Case {
  problem: ProblemName;
  stops: boolean;
  /** scikit-learn's would stop by a part of their own rows: they take part only where nothing stops. */
  peers: Library[];
  threads: number;
}

const cases: Case[] = (Object.keys(problems) as ProblemName[]).flatMap((problem) => [
  { problem, stops: false, peers: ['lightgbm', 'xgboost', 'sklearn'], threads: 1 },
  { problem, stops: true, peers: ['lightgbm', 'xgboost'], threads: 1 },
  { problem, stops: false, peers: ['lightgbm'], threads: 2 },
]);

/** Boosted trees of ours and of the common libraries, from Parquet to the model, in turns. */
export async function treesRows(python: string, folder: string, report: (line: string) => void): Promise<BenchRow[]> {
  for (const problem of Object.keys(problems) as ProblemName[]) await writeProblem(folder, problem);
  const rows: BenchRow[] = [];
  for (const { problem, stops, peers, threads } of cases) {
    const ours: Trained[] = [];
    const theirs = new Map(peers.map((peer) => [peer, [] as Trained[]]));
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await trainOurs(folder, problem, stops));
      for (const peer of peers) theirs.get(peer)!.push(await trainPeer(python, folder, problem, peer, stops, threads));
    }
    const limit = stops ? `until the selection split is no better` : `${TREES} trees`;
    const title = `${problem}, ${limit}${threads > 1 ? `, peer on ${threads} threads` : ''}`;
    for (const [peer, trained] of theirs)
      rows.push(...compared(title, libraries[peer], ours, trained, threads === 1 ? ['cpu', 'quality'] : ['wall']));
    report(`${title}: done (${ours[0]!.trees} trees)`);
  }
  return rows;
}

function compared(
  title: string,
  peerName: string,
  ours: readonly Trained[],
  peer: readonly Trained[],
  what: ('cpu' | 'wall' | 'quality')[],
): BenchRow[] {
  const row = (unit: string, of: (trained: Trained) => number, better: 'more' | 'less'): BenchRow =>
    compare({ case: title, peerName, unit }, ours.map(of), peer.map(of), better);
  return what.flatMap((one) =>
    one === 'cpu'
      ? [row('s of CPU', ({ cpuSeconds }) => cpuSeconds, 'less')]
      : one === 'wall'
        ? [row('s', ({ seconds }) => seconds, 'less')]
        : [
            row('log loss', ({ logLoss }) => logLoss, 'less'),
            row('average precision', ({ averagePrecision }) => averagePrecision, 'more'),
          ],
  );
}

function trainOurs(folder: string, problem: ProblemName, stops: boolean): Promise<Trained> {
  const entry = fileURLToPath(new URL('ours.ts', import.meta.url));
  const candidate = { kind: 'boosted', name: 'boosted', ...(!stops && { trees: TREES }) };
  return trainedBy(process.execPath, [runner, entry, folder, problem, JSON.stringify(candidate)], environment);
}

function trainPeer(
  python: string,
  folder: string,
  problem: ProblemName,
  library: Library,
  stops: boolean,
  threads: number,
): Promise<Trained> {
  const script = fileURLToPath(new URL('trees_peer.py', import.meta.url));
  const [trees, patience] = stops ? [1000, PATIENCE] : [TREES, 0];
  const args = [script, trainingSet(folder, problem), library, trees, patience, threads].map(String);
  return trainedBy(python, args, { ...environment, OMP_NUM_THREADS: String(threads) });
}
