import { studentQuantile } from '../../core/metrics/student.ts';
import type { Likely } from '../../core/performance/estimate.ts';
import type { BenchRow } from '../bench.ts';

/** What labels came to, and what each side said; null: it is undefined, as a share of no rows is. */
export interface Chunk {
  came: number | null;
  ours: Likely | null;
  peer: Likely | null;
}

interface Known {
  came: number;
  ours: Likely;
  peer: Likely;
}

/** By measure, the chunks of each seed: those of one seed share one holdout, so a seed is what chance draws. */
export type Measures = ReadonlyMap<string, readonly (readonly Chunk[])[]>;

const meanOf = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;

const beyondChance = ({ low, high }: Likely): 'larger' | 'smaller' | null =>
  low > 0 ? 'larger' : high < 0 ? 'smaller' : null;

/** How far estimates lie from what came, and by how much further ours do; how much the intervals hold, and how wide they are. */
export function compared(measures: Measures): BenchRow[] {
  const all = [...measures].map(([name, seeds]) => {
    const known = seeds.map((chunks) => chunks.filter(isKnown)).filter((chunks) => chunks.length > 0);
    return { name, known, further: furtherOf(known) };
  });
  const count = (which: 'larger' | 'smaller'): number =>
    all.filter(({ further }) => beyondChance(further) === which).length;
  return [
    ...all.flatMap(({ name, known, further }) => rowsOf(name, known, further)),
    {
      case: `all ${all.length} measures`,
      ours: count('larger'),
      peer: count('smaller'),
      peerName: 'NannyML',
      unit: 'errors larger beyond chance',
      ratio: null,
    },
  ];
}

// Of few rows that are taken for positive a share can be undefined.
const isKnown = (chunk: Chunk): chunk is Known => chunk.came !== null && chunk.ours !== null && chunk.peer !== null;

const errorOf = (seeds: readonly (readonly Known[])[], side: 'ours' | 'peer'): number[] =>
  seeds.map((chunks) => meanOf(chunks.map(({ came, [side]: { value } }) => Math.abs(value - came))));

/** By how many percent of the peer's error ours is larger, as a mean over seeds with its 95 % interval (Student's t). */
function furtherOf(seeds: readonly (readonly Known[])[]): Likely {
  const [ours, peer] = [errorOf(seeds, 'ours'), errorOf(seeds, 'peer')];
  const percent = 100 / meanOf(peer);
  const further = ours.map((error, seed) => percent * (error - peer[seed]!));
  const value = meanOf(further);
  const free = further.length - 1;
  const variance = further.reduce((sum, each) => sum + (each - value) ** 2, 0) / free;
  const half = free < 1 ? NaN : studentQuantile(0.975, free) * Math.sqrt(variance / further.length);
  return { value, low: value - half, high: value + half };
}

function rowsOf(name: string, seeds: readonly (readonly Known[])[], further: Likely): BenchRow[] {
  const both = (of: (side: 'ours' | 'peer') => number): { ours: number; peer: number; peerName: string } => ({
    ours: of('ours'),
    peer: of('peer'),
    peerName: 'NannyML',
  });
  const chunks = seeds.flat();
  const error = both((side) => meanOf(errorOf(seeds, side)));
  const held = both((side) =>
    meanOf(chunks.map(({ came, [side]: { low, high } }) => (low <= came && came <= high ? 100 : 0))),
  );
  const width = both((side) => meanOf(chunks.map(({ [side]: { low, high } }) => high - low)));
  const alone = { peer: null, peerName: null, ratio: null };
  const larger = { case: `${name}: our error is larger by`, ...alone };
  return [
    { case: `${name}: mean error of the estimate`, ...error, unit: '', ratio: error.peer / error.ours },
    { ...larger, ours: further.value, unit: beyondChance(further) === null ? '%, by chance' : '%, beyond chance' },
    { ...larger, ours: further.low, unit: '%, at least (95 %)' },
    { ...larger, ours: further.high, unit: '%, at most (95 %)' },
    { case: `${name}: realised values in the interval (90 wanted)`, ...held, unit: '%', ratio: null },
    { case: `${name}: width of the interval`, ...width, unit: '', ratio: null },
  ];
}
