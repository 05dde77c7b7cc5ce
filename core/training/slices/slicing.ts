import type { ColumnBins } from '../../data/profiles/binning.ts';
import { binCount, binOfNumber, nextUp } from '../../data/profiles/binning.ts';
import type { ColumnChunk } from '../../data/chunks.ts';
import type { Value } from '../../data/data.ts';
import { own } from '../../base/own.ts';
import { rank } from '../../declaration/redaction/redaction.ts';
import { NONE } from './slices.ts';

/** One column of a holdout, packed: the slice of every row that is looked at, a byte each. */
export interface SlicedColumn {
  column: string;
  /** What the rows of each slice have in common; no value of a sensitive column. */
  names: string[];
  /** The place in `names`; NONE: in no slice. */
  slices: Uint8Array;
  /** By its name in the declaration: judged and shown in any case. */
  declared?: true;
}

/** Takes rows as they come, chunk by chunk. */
export interface Slicer {
  add(chunk: ColumnChunk): void;
  all(): SlicedColumn;
}

/** Bytes of all columns together; judging them takes some 15 s of a thread. */
const MOST_CELLS = 10_000_000;
/** Only one row in this many is sliced, so that neither many rows nor many columns take memory without end. */
export const strideOf = (rows: number, columns: number): number =>
  Math.max(1, Math.ceil((rows * columns) / MOST_CELLS));

const GROUPS = 4;
const MOST_LEVELS = 20;

export interface SlicerOptions {
  column: string;
  bins: ColumnBins;
  sensitive: boolean;
  /** Rows as expected, and which of them are taken: each `stride`th. */
  rows: number;
  stride: number;
}

/** Slices by a column's bins: each frequent level, quarters of the numbers, and the nulls. */
export function createSlicer({ column, bins, sensitive, rows, stride }: SlicerOptions): Slicer {
  const missing = binCount(bins);
  const binOf = binner(bins);
  const places = createPlaces(rows, stride);
  return {
    add(chunk) {
      const values = own(chunk.columns, column) ?? [];
      places.add(chunk.rows, (row) => {
        const value = values[row] ?? null;
        return value === null || Number.isNaN(value) ? missing : binOf(value);
      });
    },
    all() {
      const taken = places.all();
      const counts = new Float64Array(missing + 1);
      for (const bin of taken) counts[bin]!++;
      const { of, names } =
        bins.kind === 'number' ? groupsOf(bins.edges, counts, sensitive) : levelsOf(bins.levels, counts, sensitive);
      of[missing] = names.length;
      return { column, names: [...names, 'missing'], slices: taken.map((bin) => of[bin]!) };
    },
  };
}

function binner(bins: ColumnBins): (value: Value) => number {
  if (bins.kind === 'number') return (value) => binOfNumber(bins.edges, Number(value));
  const places = new Map(bins.levels.map((level, place) => [level, place]));
  return (value) => places.get(String(value)) ?? bins.levels.length;
}

/** The places of the rows that are taken, each `stride`th: a byte each, `rows` of them as expected. */
export function createPlaces(rows: number, stride: number) {
  let held = new Uint8Array(Math.ceil(rows / stride));
  let [seen, kept] = [0, 0];
  return {
    add(count: number, placeOf: (row: number) => number): void {
      for (let row = 0; row < count; row++) {
        if (seen++ % stride !== 0) continue;
        if (kept === held.length) held = grown(held);
        held[kept++] = placeOf(row);
      }
    },
    all: (): Uint8Array => held.subarray(0, kept),
  };
}

const grown = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => {
  const longer = new Uint8Array(2 * bytes.length + 1_024);
  longer.set(bytes);
  return longer;
};

interface Named {
  /** The slice of each bin. */
  of: Uint8Array;
  names: string[];
}

/** Neighbouring bins together, until they hold a quarter of the rows, or more where one value has more. */
function groupsOf(edges: readonly number[], counts: Float64Array, sensitive: boolean): Named {
  const bins = edges.length + 1;
  const of = new Uint8Array(bins + 1);
  const rows = counts.subarray(0, bins).reduce((sum, count) => sum + count, 0);
  const ends: number[] = []; // the edge after each group
  let [counted, quarters] = [0, 1];
  for (let bin = 0; bin < bins; bin++) {
    of[bin] = ends.length;
    counted += counts[bin]!;
    if (counted === rows || counted < (quarters * rows) / GROUPS) continue;
    ends.push(bin);
    quarters = Math.floor((GROUPS * counted) / rows) + 1;
  }
  const groups = ends.length + 1;
  const names = Array.from({ length: groups }, (_, group) =>
    sensitive ? `group ${group + 1} of ${groups}` : rangeInWords(edges, ends[group - 1], ends[group]),
  );
  return { of, names };
}

/** The numbers between two edges, by their places. */
function rangeInWords(edges: readonly number[], from: number | undefined, to: number | undefined): string {
  // The edge after a value with a bin of its own is the next larger float.
  const closes = (place: number): boolean => place > 0 && edges[place] === nextUp(edges[place - 1]!);
  const nameOf = (place: number): string => short(edges[closes(place) ? place - 1 : place]!);
  if (from === undefined) {
    if (to === undefined) return 'not missing';
    return `${closes(to) ? 'up to' : 'below'} ${nameOf(to)}`;
  }
  const above = closes(from) ? `above ${nameOf(from)}` : nameOf(from);
  if (to === undefined) return closes(from) ? above : `${above} and more`;
  return above === nameOf(to) ? above : `${above} ${closes(to) ? 'up to' : 'to'} ${nameOf(to)}`;
}

/** The numbers from a cut to the next one, the first included. */
export function rangeBetween(cuts: readonly number[], range: number): string {
  if (range === 0) return `below ${cuts[0]}`;
  return range === cuts.length ? `${cuts.at(-1)} and more` : `${cuts[range - 1]} to ${cuts[range]}`;
}

function levelsOf(levels: readonly string[], counts: Float64Array, sensitive: boolean): Named {
  const of = new Uint8Array(levels.length + 2).fill(NONE);
  const frequent = levels.map((_, place) => place).toSorted((a, b) => counts[b]! - counts[a]! || a - b);
  const shown = frequent.slice(0, MOST_LEVELS).filter((place) => counts[place]! > 0);
  shown.forEach((place, slice) => (of[place] = slice));
  return { of, names: shown.map((place, slice) => (sensitive ? rank(slice, shown.length) : levels[place]!)) };
}

const short = (edge: number): string => String(Number(edge.toPrecision(4)));
