import { decide } from '../../core/rollout/steps/decide.ts';
import type { CheckName, Evidence } from '../../core/rollout/evidence/evidence.ts';
import { compareByLabels, type Compared } from '../../core/rollout/evidence/confirmation.ts';
import { judge } from '../../core/rollout/evidence/judge.ts';
import { planOf, type Step } from '../../core/rollout/steps/declared-steps.ts';
import { milliseconds } from '../../core/time/time.ts';
import { createTraffic, nothingYet, PER_MINUTE, type Behaviour, type Fate, type Happened } from './traffic.ts';

export const { steps, checks, alpha } = planOf({ drift: { of: 'requests' }, rollout: {} });
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

/** How long labels are waited for after all traffic. */
const CONFIRM_MINUTES = 7 * 24 * 60;
/** Minutes between two looks then. */
const CONFIRM_EVERY = 60;

export interface Outcome {
  /** What rolled it back, or took it back afterwards; null: nothing. */
  by: CheckName | null;
  /** Whether it got all traffic. If not, and nothing rolled it back, it waits. */
  through: boolean;
  /** What labels said after that; null: too little. */
  after: Compared['result'];
  /** Until all traffic. */
  minutes: number;
  /** Requests that the challenger saw, and those whose answer somebody got before all traffic. */
  seen: number;
  answered: number;
}

/** One rollout, looked at every minute. `record` gets the minutes that the peers look at. */
export function play(
  seed: string,
  { behaviour, of }: { behaviour: Behaviour; of?: Fate },
  record: (minute: Float64Array) => void,
): Outcome {
  const outcome: Outcome = { by: null, through: false, after: null, minutes: 0, seen: 0, answered: 0 };
  const trafficOf = (part: string, share: Step['share']) =>
    createTraffic({ seed: `${seed} ${part}`, share, behaviour, ...(of && { of }) });
  let running = true;
  for (const [number, step] of steps.entries()) {
    const nextMinute = trafficOf(String(number), step.share);
    const happened = nothingYet();
    let minutes = 0;
    for (; running && minutes < MOST_MINUTES; minutes++) {
      const minute = nextMinute(happened);
      if (minutes < plainMinutes[number]!) record(minute);
      const findings = judge(evidenceOf(step, happened), { checks, alpha });
      const lasted = (duration: string): boolean => minutes + 1 >= minutesOf(duration);
      const { decision } = decide({
        step,
        requests: happened.challenger.rows,
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
    outcome.seen += happened.challenger.units;
    if (step.share !== 'shadow') outcome.answered += happened.challenger.units;
    // The peers may take longer.
    const rest = nothingYet();
    for (; minutes < plainMinutes[number]!; minutes++) record(nextMinute(rest));
    if (minutes >= MOST_MINUTES) running = false;
  }
  outcome.through = running;
  if (!running) return outcome;
  return confirm(outcome, trafficOf('confirmation', 'shadow'));
}

/** The former champion scores as a shadow until labels tell. */
function confirm(outcome: Outcome, nextMinute: ReturnType<typeof createTraffic>): Outcome {
  const happened = nothingYet();
  for (let minutes = 1; minutes <= CONFIRM_MINUTES && outcome.after === null; minutes++) {
    nextMinute(happened);
    if (minutes % CONFIRM_EVERY !== 0) continue;
    outcome.after = compareByLabels(happened.pairs, checks.pairedLoss, alpha).result;
  }
  const { units } = happened.challenger;
  if (outcome.after === 'taken back') outcome.by = 'losses';
  return { ...outcome, seen: outcome.seen + units };
}

const evidenceOf = (step: Step, { challenger, champion, losses, pairs }: Happened): Evidence => ({
  challenger,
  champion,
  share: shareOf(step),
  expectedShift: 0,
  losses: step.share === 'shadow' ? pairs : losses,
});
