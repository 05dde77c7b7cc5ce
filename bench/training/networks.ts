import { compared, inTurns, trainOurs, trainPeer, type Case, type Compared, type Trained } from './party.ts';
import { libraries, treesArguments } from './trees.ts';
import { type ProblemName } from './data.ts';

const recipes = ['tabm', 'mlp'] as const;
const trees = ['lightgbm', 'xgboost'] as const;
const EPOCHS = 5;
const BATCHES = [256, 4096];
const networks = { mlp: 'scikit-learn MLPClassifier', keras: 'Keras on TensorFlow' } as const;

/** Networks at their defaults beside trees at theirs; then equal networks beside those of Python's libraries. */
export const networkCases = (python: string, folder: string): Case[] => [
  ...(['numbers', 'categories', 'fraud', 'shops'] as const).flatMap((problem) =>
    recipes.map((kind) => besideTrees(python, folder, problem, kind, 1)),
  ),
  besideTrees(python, folder, 'shops', 'tabm', 2),
  ...BATCHES.map((batchSize) => besideNetworks(python, folder, batchSize)),
];

function besideTrees(
  python: string,
  folder: string,
  problem: ProblemName,
  kind: (typeof recipes)[number],
  threads: number,
): Case {
  const what: Compared[] = threads > 1 ? ['wall', 'cpu', 'quality'] : ['cpu', 'quality'];
  return {
    title: `${problem}, ${kind}${threads > 1 ? `, ${threads} threads` : ''}`,
    problem,
    async compare(title) {
      const trained = await inTurns({
        ours: () => trainOurs(folder, problem, { kind }, threads),
        ...partiesOf(trees, (library) => trainPeer(python, 'trees_peer.py', folder, problem, treesArguments(library, true, threads), threads)), // prettier-ignore
      });
      return trees.flatMap((library) => compared(title, libraries[library], trained.ours, trained[library], what));
    },
  };
}

function besideNetworks(python: string, folder: string, batchSize: number): Case {
  const candidate = { kind: 'mlp', hidden: [64, 32], dropout: 0, epochs: EPOCHS, batchSize, learningRate: 0.001 };
  const names = Object.keys(networks) as (keyof typeof networks)[];
  return {
    title: `80,000 x 30, 64-32-1, ${EPOCHS} epochs of batches of ${batchSize}`,
    problem: 'numbers',
    async compare(title) {
      const trained = await inTurns({
        ours: () => trainOurs(folder, 'numbers', candidate as { kind: 'mlp' }),
        ...partiesOf(names, (library) => trainPeer(python, 'tables_peer.py', folder, 'numbers', [library, batchSize, EPOCHS])), // prettier-ignore
      });
      return names.flatMap((library) =>
        compared(title, networks[library], trained.ours, trained[library], ['cpu', 'quality']),
      );
    },
  };
}

const partiesOf = <Name extends string>(
  names: readonly Name[],
  train: (name: Name) => Promise<Trained>,
): Record<Name, () => Promise<Trained>> =>
  Object.fromEntries(names.map((name) => [name, () => train(name)])) as Record<Name, () => Promise<Trained>>;
