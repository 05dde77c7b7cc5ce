import type { Pipeline } from '../../declaration/pipeline.ts';
import { scheduledLoops, whenOf } from '../../runs/schedules.ts';
import { DAY, HOUR, instant } from '../../time/time.ts';
import { offsetOf } from '../../time/zones.ts';

/** Where clocks change, most do on the days on which these do. */
const COMMON = ['Europe/Berlin', 'America/New_York', 'Australia/Sydney'];

/** The zones whose clocks the hours of a pipeline may follow: those of its schedules, otherwise the common ones. */
export function zonesOf(pipeline: Pick<Pipeline, 'schedules'>): string[] {
  const { zone } = pipeline.schedules;
  if (zone !== undefined) return [zone];
  const named = scheduledLoops.flatMap((loop) => {
    const declared = pipeline.schedules[loop];
    return typeof declared === 'string' ? [] : [whenOf(pipeline, loop)!.zone];
  });
  return named.length > 0 ? [...new Set(named)] : COMMON;
}

/** How many steps ahead of UTC a clock is, at each of so many steps. */
export type Clock = (at: number) => number;

/** The clocks that change meanwhile; by those that do not, hours stay as far apart as by UTC. */
export function changingClocks(
  zones: readonly string[],
  { from, step, length }: { from: number; step: number; length: number },
): Clock[] {
  // Nothing says of what hours of its day a longer count is.
  if (step > HOUR) return [];
  const to = from + length * step;
  return zones.flatMap((zone) => {
    const changes = changesOf(zone, from, to);
    if (changes.length === 1) return [];
    const ahead = Int16Array.from({ length }, (_, at) => {
      const time = from + at * step;
      return Math.round(changes.findLast((change) => change.at <= time)!.offset / step);
    });
    return [(at: number): number => ahead[at]!];
  });
}

/** What the clock is ahead of UTC by, from when on: first since `from`. */
function changesOf(zone: string, from: number, to: number): { at: number; offset: number }[] {
  const offsetAt = (time: number): number => offsetOf(zone, instant(time));
  const changes = [{ at: from, offset: offsetAt(from) }];
  // Fasts are a month apart, and nothing else changes clocks for shorter.
  for (let time = from; time < to; time += 7 * DAY) {
    const { offset } = changes.at(-1)!;
    let [before, after] = [time, Math.min(time + 7 * DAY, to)];
    if (offsetAt(after) === offset) continue;
    while (after - before > HOUR) {
      const middle = Math.floor((before + after) / 2 / HOUR) * HOUR;
      if (middle <= before) break;
      if (offsetAt(middle) === offset) before = middle;
      else after = middle;
    }
    changes.push({ at: after, offset: offsetAt(after) });
  }
  return changes;
}
