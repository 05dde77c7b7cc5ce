import { compare, type BenchRow } from '../bench.ts';
import { type LoadResult } from './load.ts';

const ROUNDS = 3;
const WARM_UP_SECONDS = 2;

/** The same load for our server and for a peer. */
export interface Turns {
  case: string;
  peerName: string;
  /** Of a request. */
  rows: number;
  seconds: number;
  askUs(seconds: number): Promise<LoadResult>;
  askPeer(seconds: number): Promise<LoadResult>;
  /** Waits until nothing of ours is on its way to the log. */
  caughtUp(): Promise<unknown>;
}

/** A peer and our server run at once and take turns, so the machine's other load affects both. */
export async function takeTurns({ rows, seconds, askUs, askPeer, caughtUp, ...name }: Turns): Promise<BenchRow[]> {
  await askUs(WARM_UP_SECONDS);
  await caughtUp();
  await askPeer(WARM_UP_SECONDS);
  const [mine, theirs]: [LoadResult[], LoadResult[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    mine.push(await askUs(seconds));
    await caughtUp(); // the peer's turn is not ours to log in
    theirs.push(await askPeer(seconds));
  }
  const speed = (all: LoadResult[]) => all.map((each) => each.requestsPerSecond * rows);
  return [
    compare({ ...name, unit: 'predictions/s' }, speed(mine), speed(theirs), 'more'),
    ...(['p50', 'p99'] as const).map((share) => {
      const of = (all: LoadResult[]) => all.map((each) => each[share]);
      return compare({ ...name, unit: `ms ${share}` }, of(mine), of(theirs), 'less');
    }),
  ];
}
