import type { HourSums } from '../alarm.ts';
import { placesByColumn, type Contrast, type Sums } from '../contrasts.ts';
import { faultsIn } from './faults.ts';
import { learnFrom, NO_ROWS, without } from './hours.ts';
import { modelOf, type Allowed } from '../model.ts';
import { sumsAt } from '../spread.ts';
import { learnTogether } from '../together.ts';
import type { AlarmState, ContrastState } from '../state/state.ts';

/** What is known before the first hour is judged. */
export type Learnt = Pick<AlarmState, 'contrasts' | 'together'>;

/**
 * What the hours that a champion learnt from tell of each contrast, and of all columns together: nothing in them is an alarm,
 * but what was a fault for one of a column's contrasts is left out of them all. It pauses now and then.
 */
export function* learnPast(
  contrasts: readonly Contrast[],
  allowed: Allowed,
  all: readonly HourSums[],
): Generator<void, Learnt> {
  const known: Record<string, ContrastState> = {};
  const faults = new Map<string, ReadonlySet<number>>();
  for (const its of placesByColumn(contrasts)) {
    const hoursOf = its.map((place) =>
      all.map((hour) => ({ time: hour.time, sums: sumsAt(contrasts[place]!, place, hour) })),
    );
    const left = new Set<number>();
    for (const [i, place] of its.entries()) {
      for (const { time } of faultsIn(contrasts[place]!, allowed, hoursOf[i]!)) left.add(time);
      yield;
    }
    faults.set(contrasts[its[0]!]!.column, left);
    for (const [i, place] of its.entries()) {
      const contrast = contrasts[place]!;
      const state = learnFrom(contrast, allowed, without(hoursOf[i]!, left));
      if (contrast.of === 'spread') state.past.aroundMean = true;
      known[contrast.id] = state;
      yield;
    }
  }
  const models = contrasts.map((contrast) => modelOf(known[contrast.id]!.past, contrast, allowed));
  const sumsBut = ({ time, sums }: HourSums, place: number): Sums =>
    faults.get(contrasts[place]!.column)!.has(time) ? NO_ROWS : sums[place]!;
  return { contrasts: known, together: yield* learnTogether(contrasts, models, allowed, all, sumsBut) };
}

/** The same at once. */
export function learnAtOnce(contrasts: readonly Contrast[], allowed: Allowed, all: readonly HourSums[]): Learnt {
  const learning = learnPast(contrasts, allowed, all);
  let step = learning.next();
  while (!step.done) step = learning.next();
  return step.value;
}
