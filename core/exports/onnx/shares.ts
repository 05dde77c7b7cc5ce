import { LEAST_SHARE } from '../../model/kinds/trees.ts';
import type { Graph } from './graph.ts';

/** As a double; a share beyond the least or the most counts as this one. */
export function logOdds({ node, double }: Graph, share: string): string {
  const inside = node('Max', [node('Min', [share, double(1 - LEAST_SHARE)]), double(LEAST_SHARE)]);
  return node('Log', [node('Div', [inside, node('Sub', [double(1), inside])])]);
}

/** The logarithm of each share, which is finite. */
export const logShare = ({ node, double }: Graph, shares: string): string =>
  node('Log', [node('Max', [shares, double(LEAST_SHARE)])]);
