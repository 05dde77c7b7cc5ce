import { runner } from '../../adapters/machine/runner.ts';
import { type RecipeName } from '../../core/recipes/index.ts';
import { environment } from '../../wiring/settings.ts';
import { compare, type BenchRow } from '../bench.ts';
import { trainingSet, type ProblemName } from './data.ts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What a training took, in its own process without its start and imports, and how good its scores of the holdout are. */
export interface Trained {
  seconds: number;
  /** Of all threads together. */
  cpuSeconds: number;
  trees: number;
  logLoss: number;
  averagePrecision: number;
}

/** Runs a program that trains once and prints a line of JSON. */
export async function trainedBy(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<Trained> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [answer, said] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (answer += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4_000)));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${said.trim()}`);
  return JSON.parse(answer.trim().split('\n').at(-1)!) as Trained;
}

/** Ours, as a training process runs it: a candidate and what of it is not the default, on so many threads. */
export function trainOurs(
  folder: string,
  problem: ProblemName,
  candidate: { kind: RecipeName },
  threads = 1,
): Promise<Trained> {
  const entry = fileURLToPath(new URL('ours.ts', import.meta.url));
  const declared = JSON.stringify({ ...candidate, name: candidate.kind });
  return trainedBy(process.execPath, [runner, entry, folder, problem, declared, String(threads)], environment);
}

/** A script of this folder, from a problem's file, on so many threads. */
export function trainPeer(
  python: string,
  script: string,
  folder: string,
  problem: ProblemName,
  args: readonly (string | number)[],
  threads = 1,
): Promise<Trained> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const env = { ...environment, OMP_NUM_THREADS: String(threads), TF_CPP_MIN_LOG_LEVEL: '3', CUDA_VISIBLE_DEVICES: '' };
  return trainedBy(python, [path, trainingSet(folder, problem), ...args].map(String), env);
}

/** One comparison: a training of ours beside others'. */
export interface Case {
  title: string;
  problem: ProblemName;
  compare(title: string): Promise<BenchRow[]>;
}

const ROUNDS = 3;

/** Each trains once a round. */
export async function inTurns<Name extends string>(
  parties: Record<Name, () => Promise<Trained>>,
): Promise<Record<Name, Trained[]>> {
  const names = Object.keys(parties) as Name[];
  const trained = Object.fromEntries(names.map((name) => [name, [] as Trained[]])) as Record<Name, Trained[]>;
  for (let round = 0; round < ROUNDS; round++) for (const name of names) trained[name].push(await parties[name]());
  return trained;
}

export type Compared = 'cpu' | 'wall' | 'quality';

/** The rows of a comparison: what it took, and how good it is. */
export function compared(
  title: string,
  peerName: string,
  ours: readonly Trained[],
  peer: readonly Trained[],
  what: readonly Compared[],
): BenchRow[] {
  const row = (unit: string, of: (trained: Trained) => number, better: 'more' | 'less'): BenchRow =>
    compare({ case: title, peerName, unit }, ours.map(of), peer.map(of), better);
  const rows: Record<Compared, () => BenchRow[]> = {
    cpu: () => [row('s of CPU', ({ cpuSeconds }) => cpuSeconds, 'less')],
    wall: () => [row('s', ({ seconds }) => seconds, 'less')],
    quality: () => [
      row('log loss', ({ logLoss }) => logLoss, 'less'),
      row('average precision', ({ averagePrecision }) => averagePrecision, 'more'),
    ],
  };
  return what.flatMap((one) => rows[one]());
}
