import { createStream, type Change } from './stream.ts';
import type { Side } from './watcher.ts';

/** The training set's hours, and those of it that are held out: Evidently's reference. */
const [TRAINED, HOLDOUT] = [28 * 24, 7 * 24];
export const YEAR = 365 * 24;
/** A change that is not found by then is not found. */
export const PATIENCE = 14 * 24;
export const TRIALS_A_YEAR = 2;

const added = (deviations: number, ...columns: string[]): Record<string, number> =>
  Object.fromEntries(columns.map((column) => [column, deviations]));
const three = ['plain', 'weekly', 'gaps'];
export const changes: readonly Change[] = [
  ...[0.25, 0.5, 1].map((by) => ({ name: `${by} sd in 1 of 10`, added: added(by, 'plain') })),
  ...[0.25, 0.5, 1].map((by) => ({ name: `${by} sd in 3 of 10`, added: added(by, ...three) })),
  { name: '20 % nulls', nulls: 0.2 },
  { name: 'two levels swapped', swapped: true },
  { name: 'another unit', factor: 100 },
  { name: '1 sd within two weeks', added: added(1, 'plain'), within: PATIENCE },
];

/** What came of some years at one point of an operating curve. */
export interface Played {
  years: number;
  /** False ones: how many began, and for how many hours one lasted. */
  alarms: number;
  hours: number;
  /**
   * By change, after how many hours each trial was found; null: not within two weeks. Trials that begin in a false alarm
   * are left out.
   */
  delays: Record<string, (number | null)[]>;
}
export const nothingPlayed = (): Played => ({
  years: 0,
  alarms: 0,
  hours: 0,
  delays: Object.fromEntries(changes.map(({ name }) => [name, []])),
});

export function addPlayed(into: Played, { years, alarms, hours, delays }: Played): void {
  into.years += years;
  into.alarms += alarms;
  into.hours += hours;
  for (const [change, found] of Object.entries(delays)) (into.delays[change] ??= []).push(...found);
}

/** Which rows a year has. */
export interface Traffic {
  perDay: number;
  wanders: boolean;
}

/** A quiet year, with a few trials in which something changes; by point of the side's curve. */
export function playYear(side: Side, { perDay, wanders }: Traffic, seed: number, trials = TRIALS_A_YEAR): Played[] {
  const stream = createStream({ seed, perDay, hours: TRAINED + YEAR + PATIENCE, wanders });
  const trained = Array.from({ length: TRAINED }, (_, hour) => stream.rowsAt(hour));
  const watcher = side.watch(trained, HOLDOUT);
  const all = side.points.map((): Played => ({ ...nothingPlayed(), years: 1 }));
  let before: readonly boolean[] = [];
  for (let hour = TRAINED; hour < TRAINED + YEAR; hour++) {
    const alarmed = watcher.hour(stream.rowsAt(hour));
    all.forEach((played, point) => {
      if (alarmed[point]) played.hours++;
      if (alarmed[point] && !before[point]) played.alarms++;
    });
    before = alarmed;
    if ((hour - TRAINED + seed * 101) % Math.floor(YEAR / trials) !== 0) continue;
    for (const change of changes) {
      const copy = watcher.copy();
      const waiting = new Set(alarmed.flatMap((is, point) => (is ? [] : [point])));
      for (let after = 1; after <= PATIENCE && waiting.size > 0; after++) {
        const found = copy.hour(stream.rowsAt(hour + after, change, hour + 1));
        for (const point of waiting) {
          if (!found[point]) continue;
          all[point]!.delays[change.name]!.push(after);
          waiting.delete(point);
        }
      }
      for (const point of waiting) all[point]!.delays[change.name]!.push(null);
    }
  }
  return all;
}
