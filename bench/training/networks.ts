import { type BenchRow } from '../bench.ts';
import { problems, type ProblemName } from './data.ts';
import { compared, trainOurs, trainPeer, type Trained } from './party.ts';
import { libraries, treesArguments } from './trees.ts';

const ROUNDS = 3;
const recipes = ['tabm', 'mlp'] as const;
const trees = ['lightgbm', 'xgboost'] as const;
const EPOCHS = 5;
const BATCHES = [256, 4096];
const networks = { mlp: 'scikit-learn MLPClassifier', keras: 'Keras on TensorFlow' } as const;

/** Networks at their defaults beside trees at theirs; then equal networks beside those of Python's libraries. */
export async function networkRows(python: string, folder: string, report: (line: string) => void): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const problem of Object.keys(problems) as ProblemName[]) {
    const parties = {
      ...partiesOf(recipes, (kind) => trainOurs(folder, problem, { kind })),
      ...partiesOf(trees, (library) => trainPeer(python, 'trees_peer.py', folder, problem, treesArguments(library, true, 1))), // prettier-ignore
    };
    const trained = await inTurns(parties);
    for (const kind of recipes)
      for (const library of trees)
        rows.push(...compared(`${problem}, ${kind}`, libraries[library], trained[kind], trained[library], ['cpu', 'quality'])); // prettier-ignore
    report(`${problem}, networks beside trees: done`);
  }
  for (const batchSize of BATCHES) {
    const candidate = { kind: 'mlp', hidden: [64, 32], dropout: 0, epochs: EPOCHS, batchSize, learningRate: 0.001 };
    const trained = await inTurns({
      ours: () => trainOurs(folder, 'numbers', candidate as { kind: 'mlp' }),
      ...partiesOf(Object.keys(networks) as (keyof typeof networks)[], (library) =>
        trainPeer(python, 'tables_peer.py', folder, 'numbers', [library, batchSize, EPOCHS]),
      ),
    });
    const title = `80,000 x 30, 64-32-1, ${EPOCHS} epochs of batches of ${batchSize}`;
    for (const library of Object.keys(networks) as (keyof typeof networks)[])
      rows.push(...compared(title, networks[library], trained.ours, trained[library], ['cpu', 'quality']));
    report(`${title}: done`);
  }
  return rows;
}

const partiesOf = <Name extends string>(
  names: readonly Name[],
  train: (name: Name) => Promise<Trained>,
): Record<Name, () => Promise<Trained>> =>
  Object.fromEntries(names.map((name) => [name, () => train(name)])) as Record<Name, () => Promise<Trained>>;

/** Each trains once a round. */
export async function inTurns<Name extends string>(
  parties: Record<Name, () => Promise<Trained>>,
): Promise<Record<Name, Trained[]>> {
  const names = Object.keys(parties) as Name[];
  const trained = Object.fromEntries(names.map((name) => [name, [] as Trained[]])) as Record<Name, Trained[]>;
  for (let round = 0; round < ROUNDS; round++) for (const name of names) trained[name].push(await parties[name]());
  return trained;
}
