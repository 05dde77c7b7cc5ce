/** One line of a benchmark's table: the same work done by us and by a peer, side by side on one machine. */
export interface BenchRow {
  case: string;
  ours: number;
  peer: number;
  peerName: string;
  unit: string;
  /** How many times better ours is: above 1 we are ahead, whichever way the unit points. */
  ratio: number;
}

/** A file of this folder exports one as `bench`; `npm run bench -- NAME` runs it. */
export interface Bench {
  summary: string;
  run(report: (line: string) => void): Promise<BenchRow[]>;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Medians of both sides as a row; `better` says which way the unit points. */
export function compare(
  name: Pick<BenchRow, 'case' | 'peerName' | 'unit'>,
  ours: readonly number[],
  peer: readonly number[],
  better: 'more' | 'less',
): BenchRow {
  const [mine, theirs] = [median(ours), median(peer)];
  return { ...name, ours: mine, peer: theirs, ratio: better === 'more' ? mine / theirs : theirs / mine };
}
