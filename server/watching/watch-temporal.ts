import { temporalGoneAlert, workersGoneAlert } from '../../core/alerts/rules/server-alerts.ts';
import { INSTALLATION_COOLDOWN } from '../../core/alerts/alerts.ts';
import { messageOf } from '../../core/base/errors/errors.ts';
import { type Clock } from '../../core/time/clock.ts';
import { HOUR, instant, SECOND, type Instant } from '../../core/time/time.ts';
import { type TemporalWatch } from '../../core/runs/watch.ts';
import { type Conditions } from './conditions.ts';

export const TEMPORAL_PATIENCE = 30 * SECOND;
/**
 * A worker's poll lasts a minute at most and then repeats: this long after the start of the last one, no worker has
 * polled for sixty seconds, however that poll ended.
 */
export const WORKER_PATIENCE = 90 * SECOND;
/** A lasting condition occurs again each hour; the cooldown decides how often people are told. */
const AGAIN_EVERY = HOUR;

/**
 * Checks that Temporal answers and that workers poll it. Patience runs by the machine's clock, not the simulated one.
 */
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
  let answered: boolean | null = null;
  const heard = new Map<string, Heard>();

  const begin = (since: number): Trouble => ({ since, name: instant(clock.now()) });
  const occasionOf = ({ since, name }: Trouble, ...facts: string[]): string =>
    ['since', name, Math.floor((machine() - since) / AGAIN_EVERY), ...facts].join('/');
  const secondsSince = (moment: number): number => Math.round((machine() - moment) / SECOND);

  async function tellGone(why: string): Promise<void> {
    gone ??= begin(machine());
    heard.clear(); // give workers time to poll when it is back
    deserted = null;
    if (machine() - gone.since < TEMPORAL_PATIENCE) return;
    const at = instant(clock.now());
    await conditions.bad(temporalGoneAlert(secondsSince(gone.since), why, occasionOf(gone), at), INSTALLATION_COOLDOWN);
  }

  /** Records a sign of life. The times are by another machine's clock: only a change has meaning. */
  function hear(queue: string, kind: 'poll' | 'heartbeat', moment: Instant | null): void {
    const known = heard.get(queue) ?? { at: machine(), proved: false, poll: moment, heartbeat: null };
    if (moment !== null && moment !== known[kind]) Object.assign(known, { at: machine(), proved: true });
    known[kind] = moment;
    heard.set(queue, known);
  }
  const silentQueues = (): string[] =>
    [...heard].filter(([, { at }]) => machine() - at >= WORKER_PATIENCE).map(([queue]) => queue);

  /** The queues that no worker has polled for so long that it must be gone. */
  async function desertedQueues(): Promise<string[]> {
    for (const [queue, poll] of Object.entries(await temporal.polls())) hear(queue, 'poll', poll);
    const silent = silentQueues();
    if (silent.length === 0) return [];
    // Without an answer there is no news; the next look at the polls reports an unreachable Temporal.
    const heartbeats = await temporal.heartbeats().catch(() => ({}) as Record<string, Instant | null>);
    for (const queue of silent) hear(queue, 'heartbeat', heartbeats[queue] ?? null);
    return silentQueues();
  }

  return {
    /** Whether Temporal answered at the last look; null before the first. */
    get reachable(): boolean | null {
      return answered;
    },
    /** For how long each queue has been without a sign of life. */
    silentMs: (): Map<string, number> => new Map([...heard].map(([queue, { at }]) => [queue, machine() - at])),

    /** Returns whether the loops can run: Temporal answers, and workers poll. */
    async look(): Promise<boolean> {
      let silent: string[];
      try {
        silent = await desertedQueues();
      } catch (error) {
        answered = false;
        await tellGone(messageOf(error));
        return false;
      }
      answered = true;
      gone = null;
      await conditions.good('temporal-gone', 'Temporal answers');
      if (silent.length === 0) {
        deserted = null;
        // An old poll proves nothing: only a poll since this server started shows that workers are there.
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
  /** When the last sign of life came, by the machine's clock; at first, when the watch began. */
  at: number;
  proved: boolean;
  poll: Instant | null;
  heartbeat: Instant | null;
}
