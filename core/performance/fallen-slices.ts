import { alphaFor, holdoutOf, judgeDecay, type Concept } from './decay.ts';
import { checkNewest, type Declared } from './floor.ts';
import type { SlicedDay, TallyOfDay } from './performance-days.ts';
import { addTallies, emptyTally } from './tally.ts';
import { metricsOfTally } from './tally-metrics.ts';

/** A declared slice whose labelled rows surely do worse than the same slice of the holdout, or than the declared floor. */
export interface FallenSlice extends Pick<
  Concept,
  'kind' | 'days' | 'rows' | 'firstDays' | 'loss' | 'excess' | 'bias' | 'floor'
> {
  name: string;
}

export type Judging = Declared & { gates: { minRows: number; minPositives: number } };

/**
 * The declared slices that fell, by the tests for all rows, each with its part of the chance of a false finding: that any
 * of them is found without cause is as unlikely as for all rows together. Slices with few rows on a side are passed over.
 * @param first the version's first days, where they are not among the live ones
 */
export function fallenSlices(
  pipeline: Judging,
  names: readonly string[],
  { holdout, live, first = [] }: { holdout: readonly SlicedDay[]; live: readonly SlicedDay[]; first?: readonly SlicedDay[] }, // prettier-ignore
): FallenSlice[] {
  const { kind } = pipeline.label;
  return names.flatMap((name) => {
    const [before, now] = [daysOfSlice(holdout, name), daysOfSlice(live, name)];
    if (![before, now].every((days) => hasEnough(pipeline, days))) return [];
    const known = [...daysOfSlice(first, name), ...now];
    const concept = judgeDecay({ kind, holdout: holdoutOf(kind, before), live: known, alpha: alphaFor(names.length) });
    if (!concept) return [];
    const { days, rows, firstDays, loss, excess, bias, decayed } = concept;
    const { floor: declared } = pipeline.gates;
    const floor = declared === undefined ? null : checkNewest(pipeline, now, undefined, names.length); // prettier-ignore
    if (!decayed && floor?.isBelow !== true) return [];
    return [{ name, kind, days, rows, ...(firstDays && { firstDays }), loss, excess, bias, ...(floor && { floor }) }];
  });
}

export const daysOfSlice = (days: readonly SlicedDay[], name: string): TallyOfDay[] =>
  days.flatMap(({ day, slices }) => {
    const tally = slices?.[name];
    return tally && tally.rows > 0 ? [{ day, tally }] : [];
  });

/** Whether metrics of so many rows tell something, by what gates ask for. */
export function hasEnough({ gates, label }: Judging, days: readonly TallyOfDay[]): boolean {
  const { rows, positives } = metricsOfTally(label.kind, days.reduce((sum, { tally }) => addTallies(sum, tally), emptyTally())); // prettier-ignore
  return rows >= gates.minRows && (label.kind === 'number' || positives >= gates.minPositives);
}
