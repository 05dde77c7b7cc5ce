import { compared, inTurns, trainOurs, trainPeer, type Case } from './party.ts';

/** A logistic regression, standardised on both sides. */
export const linearCases = (python: string, folder: string): Case[] =>
  (['numbers', 'categories', 'fraud', 'shops', 'customers'] as const).map((problem) => ({
    title: `${problem}, logistic`,
    problem,
    async compare(title) {
      const { ours, peer } = await inTurns({
        ours: () => trainOurs(folder, problem, { kind: 'logistic' }),
        peer: () => trainPeer(python, 'tables_peer.py', folder, problem, ['logistic', 0, 0]),
      });
      return compared(title, 'scikit-learn LogisticRegression', ours, peer, ['cpu', 'quality']);
    },
  }));
