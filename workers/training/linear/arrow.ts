import { factorOf } from './newton.ts';
import { solve } from '../../../core/base/cholesky.ts';
import { type EncodedSplit } from '../rows/encoded-split.ts';
import { NO_LEVEL, recordsIn, type RecordLayout, type Records } from '../rows/records.ts';

const CHUNK_BYTES = 2 << 20;
/** Columns with more levels than this have them beside the corner. */
const FEW_LEVELS = 50;
/** More than so many inputs are no corner: its square takes too much memory and time. */
const WIDEST = 1_024;
/** Products of levels with the corner beyond so many are left out. */
const MOST_PRODUCTS = 2e6;

/** Whether the products of all inputs would have thousands of levels, each with all others. */
export const hasManyLevels = ({ numbers, stretches }: RecordLayout): boolean =>
  numbers.length < WIDEST && stretches.some(([start, end]) => end - start > FEW_LEVELS);

/**
 * Mean products of inputs, in the shape of an arrow: those in a corner, each with all others; and those of each level of the
 * columns with many with itself and with the corner. Those of two levels of one column are 0, and of two columns' they are
 * left out.
 */
export interface Arrow {
  /** Of each weight its place in the corner; or -1 - its place among the levels. */
  places: Int32Array;
  corner: { size: number; products: Float64Array };
  /** `withCorner` has a line for each level; it is empty where that is too much. */
  levels: { count: number; own: Float64Array; withCorner: Float64Array };
  /** Columns whose levels are not in the corner. */
  columns: number;
  meanLabel: number;
}

/** Mean products over the rows, the constant's among them. */
export async function arrowOf(split: EncodedSplit, pulse: () => Promise<void>, most = MOST_PRODUCTS): Promise<Arrow> {
  const { layout, rows } = split;
  const arrow = emptyArrow(layout, most);
  const capacity = Math.max(1, Math.min(rows, Math.floor(CHUNK_BYTES / (layout.words * 4))));
  const chunk = recordsIn(new ArrayBuffer(capacity * layout.words * 4), 0, capacity, layout);
  for (let at = 0; at < rows; at += capacity) {
    const some = Math.min(capacity, rows - at);
    await split.read(at, some, chunk, 0);
    addRows(chunk, some, layout, arrow);
    await pulse();
  }
  const { corner, levels } = arrow;
  for (const sums of [corner.products, levels.own, levels.withCorner])
    for (let i = 0; i < sums.length; i++) sums[i]! /= rows;
  arrow.meanLabel /= rows;
  return arrow;
}

function emptyArrow({ numbers, stretches }: RecordLayout, most: number): Arrow {
  const isLong = ([start, end]: [number, number]): boolean => end - start > FEW_LEVELS;
  const short = stretches.filter((stretch) => !isLong(stretch));
  const inCorner = numbers.length + short.reduce((sum, [start, end]) => sum + end - start, 1);
  const places: number[] = numbers.map((_, i) => i);
  let [size, count, columns] = [numbers.length, 0, 0];
  for (const stretch of stretches) {
    const beside = isLong(stretch) || inCorner > WIDEST;
    if (beside) columns++;
    const levels = stretch[1] - stretch[0];
    for (let level = 0; level < levels; level++) places.push(beside ? -1 - count++ : size++);
  }
  places.push(size++); // the constant
  const joined = size * count <= most;
  return {
    places: Int32Array.from(places),
    corner: { size, products: new Float64Array(size * size) },
    levels: { count, own: new Float64Array(count), withCorner: new Float64Array(joined ? size * count : 0) },
    columns,
    meanLabel: 0,
  };
}

function addRows({ numbers, levels }: Records, rows: number, layout: RecordLayout, arrow: Arrow): void {
  const { places, corner, levels: far } = arrow;
  const { size, products } = corner;
  const joined = far.withCorner.length > 0;
  const count = layout.numbers.length;
  const values = new Float64Array(size);
  const set = new Int32Array(count + layout.stretches.length + 1);
  const long = new Int32Array(layout.stretches.length);
  for (let row = 0; row < rows; row++) {
    const at = row * layout.words + 1;
    let [near, away] = [0, 0];
    arrow.meanLabel += numbers[at - 1]!;
    for (let i = 0; i < count; i++) values[(set[near++] = i)] = numbers[at + i]!;
    for (let i = at + count; i < at + layout.words - 1; i++) {
      if (levels[i] === NO_LEVEL) continue;
      const place = places[count + levels[i]!]!;
      if (place < 0) long[away++] = -1 - place;
      else values[(set[near++] = place)] = 1;
    }
    values[(set[near++] = size - 1)] = 1;
    for (let i = 0; i < near; i++)
      for (let j = 0; j <= i; j++) products[set[i]! * size + set[j]!]! += values[set[i]!]! * values[set[j]!]!;
    for (let i = 0; i < away; i++) {
      const level = long[i]!;
      far.own[level]!++;
      if (joined) for (let j = 0; j < near; j++) far.withCorner[level * size + set[j]!]! += values[set[j]!]!;
    }
  }
}

/**
 * Divides gradients by `bend` times the products plus the penalty. What is left out of the products is made up for by
 * counting others several times, as (a + b)^2 is at most 2 a^2 + 2 b^2: so no step is too long.
 */
export function dividerOf(arrow: Arrow, bend: number, penalty: number): (gradient: Float64Array) => Float64Array {
  const { places, corner, levels, columns } = arrow;
  const { size } = corner;
  const { count, withCorner } = levels;
  const joined = withCorner.length > 0;
  const times = joined ? columns : columns + 1;
  const own = levels.own.map((product) => bend * times * product + penalty || 1);
  const reduced = corner.products.map((product) => bend * (joined ? 1 : times) * product);
  for (let at = 0; at < withCorner.length; at += size) {
    for (let i = 0; i < size; i++) {
      if (withCorner[at + i] === 0) continue;
      const scaled = (bend * bend * withCorner[at + i]!) / own[at / size]!;
      for (let j = 0; j <= i; j++) reduced[i * size + j]! -= scaled * withCorner[at + j]!;
    }
  }
  const factor = factorOf(reduced, size, penalty);

  return (gradient) => {
    const near = new Float64Array(size);
    const far = new Float64Array(count);
    for (const [i, place] of places.entries())
      if (place < 0) far[-1 - place] = gradient[i]!;
      else near[place] = gradient[i]!;
    for (let at = 0; at < withCorner.length; at += size) {
      const share = (bend * far[at / size]!) / own[at / size]!;
      for (let i = 0; i < size; i++) near[i]! -= share * withCorner[at + i]!;
    }
    const answer = solve(factor, near);
    for (let at = 0; at < withCorner.length; at += size)
      for (let i = 0; i < size; i++) far[at / size]! -= bend * withCorner[at + i]! * answer[i]!;
    return gradient.map((_, i) => {
      const place = places[i]!;
      return place < 0 ? far[-1 - place]! / own[-1 - place]! : answer[place]!;
    });
  };
}
