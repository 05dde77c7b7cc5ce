import { type Alerts } from '../../core/alerts/alerts.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { versionName } from '../../core/base/ids.ts';
import { type Pipeline } from '../../core/declaration/pipeline.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { compareByLabels, type Confirmation } from '../../core/rollout/evidence/confirmation.ts';
import { planOf } from '../../core/rollout/steps/declared-steps.ts';
import { type Finding } from '../../core/rollout/evidence/evidence.ts';
import { type Losses, turned } from '../../core/rollout/evidence/losses.ts';
import {
  changedMeanwhile,
  changeOf,
  isNews,
  type Progress,
  type RolloutProgress,
} from '../../core/rollout/progress.ts';
import { type Rollout, type Rollouts } from '../../core/rollout/rollouts.ts';
import { type Tallies } from '../../core/rollout/evidence/tally.ts';
import { type TrafficTable } from '../../core/rollout/traffic.ts';
import { type Clock, type SharedClock } from '../../core/time/clock.ts';
import { after, HOUR, instant, MINUTE } from '../../core/time/time.ts';
import { tellOfRolledBack } from '../alerts/alerting.ts';
import { withFailures } from '../steps/failures.ts';
import { armsOf } from './looking.ts';

export interface ConfirmPorts {
  pipelines: Pick<Pipelines, 'declaration'>;
  rollouts: Pick<Rollouts, 'get' | 'endConfirmation'>;
  progress: Pick<RolloutProgress, 'of' | 'looks' | 'record'>;
  traffic: Pick<TrafficTable, 'divide' | 'promote'>;
  tallies: Pick<Tallies, 'of'>;
  losses: Pick<Losses, 'paired'>;
  alerts: Pick<Alerts, 'raise' | 'resolve'>;
  sharedClock: SharedClock;
}

/** What a look at a version with all traffic found: the end, or when to look again. */
export type Confirming = Confirmation | { result: 'waits'; reason: string; milliseconds: number };

type Verdict = Omit<Confirmation, 'endedAt'>;

/** After all traffic: labels have the last word. */
export const createConfirmActivities = (ports: ConfirmPorts) => {
  const { pipelines, rollouts, progress, traffic, tallies, losses, alerts, sharedClock } = ports;

  return withFailures({
    /**
     * Compares a version that got all traffic with the former champion, which scores as a shadow, on rows whose labels are
     * mature. Confirms it, or takes it back; or leaves it unproven, for a `given` reason. A repeated call finds what was
     * decided.
     */
    async confirmVersion({ rollout: id, given }: { rollout: string; given?: string }): Promise<Confirming> {
      const rollout = await rollouts.get(id);
      const pipeline = await pipelines.declaration({ name: rollout.pipeline, revision: rollout.revision });
      const clock = await sharedClock.read();
      const confirmation = rollout.confirmation ?? (await decided(rollout, pipeline, clock, given));
      if (confirmation.result !== 'taken back') return confirmation;
      // Also if the one that decided it died before it could say so.
      const { reason, endedAt: at } = confirmation;
      await tellOfRolledBack({ alerts, pipeline }, { rollout: id, version: rollout.version, reason, at });
      return confirmation;
    },
  });

  async function decided(rollout: Rollout, pipeline: Pipeline, clock: Clock, given?: string): Promise<Confirming> {
    const seen = await progress.of(rollout.id);
    const found = changedMeanwhile(seen)
      ? { result: 'superseded' as const, reason: changeOf(seen) }
      : given === undefined
        ? await look(rollout, pipeline, seen, clock)
        : { result: 'unproven' as const, reason: given };
    if (found.result === 'waits') return { ...found, milliseconds: nextLook(clock) };
    const confirmation = { ...found, endedAt: instant(clock.now()) };
    if (found.result === 'superseded') await rollouts.endConfirmation(rollout.id, confirmation);
    else await act(seen, confirmation);
    return (await rollouts.get(rollout.id)).confirmation!;
  }

  async function look(
    { version, outcome }: Rollout,
    pipeline: Pipeline,
    seen: Progress,
    clock: Clock,
  ): Promise<Verdict | { result: 'waits'; reason: string }> {
    const { confirm, steps, checks, alpha } = planOf(pipeline);
    const { shadow } = seen.traffic!;
    if (shadow === null || confirm === null) return { result: 'superseded', reason: 'no version scores as a shadow' };
    // What becomes of it comes first, and may need the traffic as it is.
    if (seen.newer)
      return { result: 'waits', reason: `${versionName(seen.newer.version)} is ready (${seen.newer.id})` };
    const { maturesAfter, kind, whenAbsent = null } = pipeline.label;
    const ripe = after(outcome!.endedAt, maturesAfter);
    if (clock.millisecondsUntil(ripe) > 0) return { result: 'waits', reason: `the first labels are mature at ${ripe}` };

    const at = instant(clock.now());
    const { generation } = seen.rollout;
    const labelling = { asOf: at, maturesAfter, kind, whenAbsent };
    const pairs = await losses.paired(pipeline.name, { generation, shadow, answering: version }, labelling);
    const former = versionName(shadow);
    const { result, reason, finding } = compareByLabels(turned(pairs), checks.pairedLoss, alpha, former);
    const overdue = clock.millisecondsUntil(after(ripe, confirm.longest)) === 0;
    const decision = result === 'taken back' ? 'roll back' : result || overdue ? 'next' : 'wait';
    await record(seen, { step: steps.length, at, decision, reason, finding, shadow });
    if (result) return { result, reason };
    return overdue
      ? { result: 'unproven', reason: `after ${confirm.longest}: ${reason}` }
      : { result: 'waits', reason };
  }

  async function record(
    { rollout: { id, pipeline, generation, version } }: Progress,
    { shadow, finding, ...look }: Recorded,
  ): Promise<void> {
    const counted = await tallies.of(pipeline, generation);
    const arms = armsOf(counted, [
      [shadow, 'shadow'],
      [version, 1],
    ]);
    const last = (await progress.looks(id)).at(-1);
    const now = { ...look, arms, findings: [finding] };
    if (isNews(now, last)) await progress.record(id, now);
  }

  /** The change of the traffic stores what was decided. If a person was faster, so be it. */
  async function act({ rollout, traffic: now }: Progress, confirmation: Confirmation): Promise<void> {
    const { id, pipeline, version, generation: expectedGeneration } = rollout;
    const { result, reason, endedAt: at } = confirmation;
    const change = { pipeline, expectedGeneration, at, by: `rollout ${id}`, reason: `${result}: ${reason}` };
    const made = { ...change, rollout: { id, step: null, confirmation } };
    try {
      if (result === 'taken back') await traffic.promote({ ...made, version: now!.shadow! });
      else await traffic.divide({ ...made, arms: [{ version, share: 1 }], shadow: null });
    } catch (error) {
      if (!(error instanceof UserError) || error.code !== 'TRAFFIC_SUPERSEDED') throw error;
      await rollouts.endConfirmation(id, { result: 'superseded', reason: error.message, endedAt: at });
    }
  }
};
export type ConfirmActivities = ReturnType<typeof createConfirmActivities>;

interface Recorded {
  step: number;
  at: string;
  decision: 'wait' | 'next' | 'roll back';
  reason: string;
  finding: Finding;
  shadow: number;
}

/** Hourly by the loops' clock, and not more often than each minute by any other. */
const nextLook = (clock: Clock): number =>
  Math.min(HOUR, Math.max(MINUTE, clock.millisecondsUntil(after(instant(clock.now()), '1 hour'))));
