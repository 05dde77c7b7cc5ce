import { decide } from '../../core/rollout/decide.ts';
import type { CheckName, Evidence } from '../../core/rollout/evidence.ts';
import { judge } from '../../core/rollout/judge.ts';
import { planOf, type Step } from '../../core/rollout/declared-steps.ts';
import { emptyTally } from '../../core/rollout/tally.ts';
import { milliseconds } from '../../core/time/time.ts';
import { createTraffic, PER_MINUTE, type Arms, type Behaviour } from './traffic.ts';

export const { steps, checks } = planOf({ drift: { of: 'requests' }, rollout: {} });
const minutesOf = (duration: string): number => milliseconds(duration) / 60_000;
const shareOf = ({ share }: Step): number => (share === 'shadow' ? 0.5 : share);

/** How long each step takes when nothing holds it, on average: as long as the peers look at it. */
export const plainMinutes = steps.map((step) =>
  Math.max(minutesOf(step.bake), step.share === 'shadow' ? 0 : Math.ceil(step.minRequests / (PER_MINUTE * step.share))),
);
/** What a challenger answers on its way to all traffic, on average. */
export const allAnswers = steps.reduce(
  (sum, step, number) => sum + (step.share === 'shadow' ? 0 : step.share * PER_MINUTE * plainMinutes[number]!),
  0,
);
/** A rollout that is still unsure by then waits for more, or for a person. */
const MOST_MINUTES = 3 * 24 * 60;

export interface Outcome {
  /** What rolled it back; null: nothing. */
  by: CheckName | null;
  /** Whether it got all traffic. It may be waiting, too. */
  through: boolean;
  minutes: number;
  /** Requests that the challenger saw, and those of them whose answer somebody got. */
  seen: number;
  answered: number;
}

/** One rollout, looked at every minute. `record` gets the minutes that the peers look at. */
export function play(seed: string, behaviour: Behaviour, record: (minute: Float64Array) => void): Outcome {
  const outcome: Outcome = { by: null, through: false, minutes: 0, seen: 0, answered: 0 };
  let running = true;
  for (const [number, step] of steps.entries()) {
    const nextMinute = createTraffic({ seed: `${seed} ${number}`, share: step.share, behaviour });
    const evidence = nothingYet(step);
    let minutes = 0;
    for (; running && minutes < MOST_MINUTES; minutes++) {
      const minute = nextMinute(evidence, evidence.losses);
      if (minutes < plainMinutes[number]!) record(minute);
      const findings = judge(
        { ...evidence, losses: step.share === 'shadow' ? null : evidence.losses }, // nobody's answer gets a label
        { checks, alpha: checks.falseAlarms / steps.length },
      );
      const lasted = (duration: string): boolean => minutes + 1 >= minutesOf(duration);
      const { decision } = decide({
        step,
        requests: evidence.challenger.rows,
        findings,
        baked: lasted(step.bake),
        overdue: lasted(step.longest),
        orders: [],
      });
      outcome.by = findings.find(({ verdict }) => verdict === 'worse')?.check ?? null;
      if (decision === 'roll back') running = false;
      if (decision === 'next') {
        minutes++;
        break;
      }
    }
    outcome.minutes += minutes;
    outcome.seen += evidence.challenger.units;
    if (step.share !== 'shadow') outcome.answered += evidence.challenger.units;
    // The peers may take longer.
    const rest = nothingYet(step);
    for (; minutes < plainMinutes[number]!; minutes++) record(nextMinute(rest, rest.losses));
    if (minutes >= MOST_MINUTES) running = false;
  }
  return { ...outcome, through: running };
}

type Evident = Evidence & { losses: NonNullable<Evidence['losses']> };

function nothingYet(step: Step): Evident {
  const none = { count: 0, sum: 0, squares: 0 };
  const losses: Arms<typeof none> = { challenger: { ...none }, champion: { ...none } };
  return { challenger: emptyTally(), champion: emptyTally(), share: shareOf(step), expectedShift: 0, losses };
}
