import { temporalGoneAlert, workersGoneAlert } from '../../core/alerts/alert-words.ts';
import { INSTALLATION_COOLDOWN } from '../../core/alerts/alerts.ts';
import { messageOf } from '../../core/base/errors.ts';
import { type Clock } from '../../core/time/clock.ts';
import { HOUR, instant, SECOND, type Instant } from '../../core/time/time.ts';
import { type TemporalWatch } from '../../core/runs/watch.ts';
import { type Conditions } from './conditions.ts';

export const TEMPORAL_PATIENCE = 30 * SECOND;
/**
 * A worker's poll hangs for a minute at most and then comes again: this long after the last one came, nobody has asked
 * for sixty seconds whatever the poll's own end was.
 */
export const WORKER_PATIENCE = 90 * SECOND;
/** What goes on happens again each hour; how often people are told of it, the cooldown decides. */
const AGAIN_EVERY = HOUR;

/** Looks whether Temporal answers and whether workers ask it for work. Patience is of the machine's time, whatever the clock shows. */
export function watchTemporal({
  temporal,
  conditions,
  clock,
  machine,
}: {
  temporal: TemporalWatch;
  conditions: Conditions;
  clock: Clock;
  machine: () => number;
}) {
  let gone: Trouble | null = null;
  let deserted: Trouble | null = null;
  const heard = new Map<string, Heard>();

  const begin = (since: number): Trouble => ({ since, name: instant(clock.now()) });
  const occasionOf = ({ since, name }: Trouble, ...facts: string[]): string =>
    ['since', name, Math.floor((machine() - since) / AGAIN_EVERY), ...facts].join('/');
  const secondsSince = (moment: number): number => Math.round((machine() - moment) / SECOND);

  async function tellGone(why: string): Promise<void> {
    gone ??= begin(machine());
    heard.clear(); // whoever polls when it is back is given time to
    deserted = null;
    if (machine() - gone.since < TEMPORAL_PATIENCE) return;
    const at = instant(clock.now());
    await conditions.bad(temporalGoneAlert(secondsSince(gone.since), why, occasionOf(gone), at), INSTALLATION_COOLDOWN);
  }

  /** Takes note of a sign of life. Moments are of another machine's clock: only that they change means something here. */
  function hear(queue: string, kind: 'poll' | 'heartbeat', moment: Instant | null): void {
    const known = heard.get(queue) ?? { at: machine(), proved: false, poll: moment, heartbeat: null };
    if (moment !== null && moment !== known[kind]) Object.assign(known, { at: machine(), proved: true });
    known[kind] = moment;
    heard.set(queue, known);
  }
  const silentQueues = (): string[] =>
    [...heard].filter(([, { at }]) => machine() - at >= WORKER_PATIENCE).map(([queue]) => queue);

  /** The queues that nobody has asked for work for so long that nobody is there. */
  async function desertedQueues(): Promise<string[]> {
    for (const [queue, poll] of Object.entries(await temporal.polls())) hear(queue, 'poll', poll);
    const silent = silentQueues();
    if (silent.length === 0) return [];
    // Without an answer nothing is heard; that Temporal is away, the next look at the polls tells.
    const heartbeats = await temporal.heartbeats().catch(() => ({}) as Record<string, Instant | null>);
    for (const queue of silent) hear(queue, 'heartbeat', heartbeats[queue] ?? null);
    return silentQueues();
  }

  return {
    /** Returns whether the loops can run: Temporal answers, and somebody does the work. */
    async look(): Promise<boolean> {
      let silent: string[];
      try {
        silent = await desertedQueues();
      } catch (error) {
        await tellGone(messageOf(error));
        return false;
      }
      gone = null;
      await conditions.good('temporal-gone', 'Temporal answers');
      if (silent.length === 0) {
        deserted = null;
        // An old poll proves nothing: workers are there when one of theirs has come since this server looks.
        if ([...heard.values()].every(({ proved }) => proved))
          await conditions.good('workers-gone', 'workers are polling again');
        return true;
      }
      const since = Math.min(...silent.map((queue) => heard.get(queue)!.at));
      deserted ??= begin(since);
      const alert = workersGoneAlert(
        silent,
        secondsSince(since),
        occasionOf(deserted, ...silent),
        instant(clock.now()),
      );
      await conditions.bad(alert, INSTALLATION_COOLDOWN);
      return false;
    },
  };
}

interface Trouble {
  /** By the machine's clock. */
  since: number;
  /** By the pipelines' clock: names it. */
  name: Instant;
}

interface Heard {
  /** When a sign of life last came, by the machine's clock; at first, when the looking began. */
  at: number;
  proved: boolean;
  poll: Instant | null;
  heartbeat: Instant | null;
}
