import type { Random } from '../../core/base/random.ts';
import { sigmoid } from '../../core/model/scorer.ts';

/** Few rows of many days, in time order, of which a first model is made. */
export interface FirstWorld {
  kind: 'number' | 'binary';
  rows: number;
  /** Of rows, without a signal. */
  share: number;
  /** How much two of a row's own columns say of its label; the others say nothing. */
  signal: number;
  /** How far the days' own level walks, beside columns that walk as well and have nothing to do with it. */
  drift: number;
}
export interface FirstRows {
  columns: number[][];
  labels: Float64Array;
  days: Float64Array;
}

const DAYS = 60;
export const OWN_COLUMNS = 5;
export const DAY_COLUMNS = 3;

export function drawRows({ kind, rows, share, signal, drift }: FirstWorld, random: Random): FirstRows {
  const [level, ...walks] = Array.from({ length: 1 + DAY_COLUMNS }, () => walk(random));
  const days = Float64Array.from({ length: rows }, (_, row) => Math.floor((row * DAYS) / rows));
  const columns = Array.from(days, (day) => [
    ...Array.from({ length: OWN_COLUMNS }, () => random.normal()),
    ...walks.map((each) => each[day]!),
  ]);
  const labels = days.map((day, row) => {
    const known = (signal * (columns[row]![0]! + columns[row]![1]!)) / Math.SQRT2 + drift * level![day]!;
    if (kind === 'number') return known + random.normal();
    return random.uniform() < sigmoid(Math.log(share / (1 - share)) + known) ? 1 : 0;
  });
  return { columns, labels, days };
}

/** A step a day, of mean 0 and deviation 1 over all days. */
function walk(random: Random): number[] {
  let at = 0;
  const steps = Array.from({ length: DAYS }, () => (at += random.normal()));
  const mean = steps.reduce((sum, step) => sum + step, 0) / DAYS;
  const deviation = Math.sqrt(steps.reduce((sum, step) => sum + (step - mean) ** 2, 0) / DAYS);
  return steps.map((step) => (step - mean) / deviation);
}
