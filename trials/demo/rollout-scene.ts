import { versionName } from '../../core/base/ids.ts';
import { lookedIn } from '../../core/rollout/steps/step-words.ts';
import { HOUR, instant, type Instant } from '../../core/time/time.ts';
import { type Operations } from '../../operations/index.ts';
import { demand, type Timeline } from './timeline.ts';
import { setTimeout as sleep } from 'node:timers/promises';

const TURN_HOURS = 3;
/** Five days of traffic. */
const MOST_TURNS = 40;
/** Servers count once a second, and a step looks as often. */
const LOOK_MS = 1_000;

interface Scene {
  operations: Pick<Operations, 'rollouts'>;
  pipeline: string;
  rollout: string;
  timeline: Timeline;
  /** Advances the world, with its traffic. */
  turn(from: Instant, to: Instant): Promise<void>;
  now: Instant;
  tell(words: string): void;
}

/** Sends traffic until requests have taken a rollout through its steps; returns the moment of the last one. */
export async function playRollout({ operations, pipeline, rollout: id, timeline, turn, now, tell }: Scene) {
  let [told, turns] = [0, 0];
  for (;;) {
    const { steps, step, looks, outcome } = await operations.rollouts.show({ pipeline, id });
    const passed = looks.filter(({ decision }) => decision === 'next').toReversed();
    for (const look of passed.slice(told))
      timeline.add('canary', now, id, {
        step: lookedIn(steps, look.step),
        requests: Object.fromEntries(look.arms.map(({ version, rows }) => [versionName(version), rows])),
        decision: look.reason,
      });
    told = passed.length;
    demand(
      outcome === null || outcome.result === 'promoted',
      'new champion',
      `the rollout ended ${outcome?.result}: ${outcome?.reason}`,
    );
    if (outcome) return now;
    const why = looks[0]?.reason ?? 'nothing was looked at yet';
    demand(turns < MOST_TURNS, 'canary', `after ${MOST_TURNS * TURN_HOURS} hours of traffic: ${why}`);
    if (step) {
      const next = instant(Date.parse(now) + TURN_HOURS * HOUR);
      await turn(now, next);
      turns++;
      now = next;
      tell(`${now.slice(0, 16).replace('T', ' ')}: ${why}`);
    }
    await sleep(LOOK_MS);
  }
}
