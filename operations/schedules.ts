import { UserError } from '../core/base/errors/errors.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import { scheduledLoops, type ScheduledLoop, type Schedules, type ScheduleState } from '../core/runs/schedules.ts';
import type { SharedClock } from '../core/time/clock.ts';
import { instant, type Instant } from '../core/time/time.ts';
import { shown } from '../core/base/errors/shown.ts';
import { acts, reads } from './door.ts';

export interface SchedulePorts {
  pipelines: Pick<Pipelines, 'applied'>;
  schedules: Pick<Schedules, 'list' | 'pause' | 'resume' | 'countMoments' | 'backfill'>;
  sharedClock: SharedClock;
}

/** More would queue for longer than anybody plans; Temporal itself remembers no more than this. */
export const MOST_BACKFILLS = 1_000;

/** Schedules of loops, and pausing them. */
export const createScheduleOperations = ({ pipelines, schedules, sharedClock }: SchedulePorts) => {
  /** The loops of this pipeline that have a schedule, or the one that was named. */
  async function loopsOf(pipeline: string, named?: string): Promise<ScheduledLoop[]> {
    await pipelines.applied(pipeline);
    const there = (await schedules.list(pipeline)).map(({ loop }) => loop);
    if (there.length === 0)
      throw new UserError('REQUEST_INVALID', `No loop of ${pipeline} has a schedule: all are declared 'off'.`);
    if (named === undefined) return there;
    const loop = scheduledLoops.find((each) => each === named);
    if (loop && there.includes(loop)) return [loop];
    const which = `These loops are scheduled: ${there.join(', ')}.`;
    throw new UserError(
      'REQUEST_INVALID',
      loop
        ? `The ${loop} loop of ${pipeline} has no schedule: it is declared 'off'. ${which}`
        : `There is no loop "${named}" to schedule. ${which}`,
    );
  }

  /** Changes the schedule of one loop, or of all, one by one, and records those that changed even if a later one fails. */
  const change = (action: 'pause' | 'resume', done: string) =>
    acts(({ actor, record }) => async ({ pipeline, loop: named, reason }: Held): Promise<ScheduledLoop[]> => {
      const loops = await loopsOf(pipeline, named);
      const changed: ScheduledLoop[] = [];
      try {
        for (const loop of loops) {
          await schedules[action](pipeline, loop, shown(`${done} by ${actor.name}: ${reason}`));
          changed.push(loop);
        }
      } finally {
        if (changed.length > 0) await record({ action, pipeline, details: { loops: changed, reason } });
      }
      return loops;
    });

  return {
    list: reads(async (pipeline: string): Promise<ScheduleState[]> => {
      await pipelines.applied(pipeline);
      return schedules.list(pipeline);
    }),

    /** Current runs continue. Returns the loops that are paused now. */
    pause: change('pause', 'Paused'),
    resume: change('resume', 'Resumed'),

    /** Runs a loop for each scheduled time of a past range; returns how many those are. */
    backfill: acts(({ record }) => async ({ pipeline, loop: named, from, to: last }: Backfill): Promise<Backfilled> => {
      const [loop] = await loopsOf(pipeline, named);
      const now = instant((await sharedClock.read()).now());
      const to = last ?? now;
      if (from > to) throw refused(`the start (${from}) is after the end (${to}).`);
      if (to > now) throw refused(`${to} is in the future (it is ${now}). The schedule runs future times.`);
      const moments = await schedules.countMoments(pipeline, loop!, from, to);
      if (moments === 0) throw refused(`the ${loop} loop was not scheduled at any time from ${from} to ${to} (UTC).`);
      if (moments > MOST_BACKFILLS)
        throw refused(`that is more than ${MOST_BACKFILLS} runs. Take a shorter range, then the next one.`);
      await schedules.backfill(pipeline, loop!, from, to);
      await record({ action: 'backfill', pipeline, details: { loop, from, to, runs: moments } });
      return { loop: loop!, from, to, runs: moments };
    }),
  };
};

interface Held {
  pipeline: string;
  /** Left out: all that have a schedule. */
  loop?: string;
  reason: string;
}
interface Backfill {
  pipeline: string;
  loop: string;
  from: Instant;
  /** Left out: now. */
  to?: Instant;
}
export interface Backfilled {
  loop: ScheduledLoop;
  from: Instant;
  to: Instant;
  runs: number;
}

const refused = (why: string): UserError => new UserError('REQUEST_INVALID', `Nothing was backfilled: ${why}`);
