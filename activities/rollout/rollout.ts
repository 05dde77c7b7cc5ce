import { type RolloutRuns } from '../../core/rollout/rollout-runs.ts';
import { atStep } from '../../core/rollout/steps/step-words.ts';
import { type RolloutProgress } from '../../core/rollout/progress.ts';
import { planOf, type RolloutPolicy, type Step } from '../../core/rollout/steps/declared-steps.ts';
import { UserError } from '../../core/base/errors/errors.ts';
import { versionName } from '../../core/base/ids.ts';
import { type Rollout, type RolloutOutcome, type Rollouts } from '../../core/rollout/rollouts.ts';
import { servesAlone, type Traffic, type TrafficTable } from '../../core/rollout/traffic.ts';
import { decisionTime } from '../../core/time/clock.ts';
import { instant } from '../../core/time/time.ts';
import { tellOfFailedRollout, tellOfRollout } from '../alerts/alerting.ts';
import { cancellationOf, createCycleEnd, type CycleEndPorts } from '../retraining/close-cycle.ts';
import { withFailures } from '../steps/failures.ts';
import { createRolloutReader, type RolledOut, type RolloutReaderPorts, storeRollout } from './rolled-out.ts';

export interface RolloutPorts extends RolloutReaderPorts, CycleEndPorts {
  traffic: Pick<TrafficTable, 'get' | 'promote' | 'divide'>;
  progress: Pick<RolloutProgress, 'of' | 'before' | 'follow'>;
  rollouts: Pick<Rollouts, 'get' | 'ask' | 'end'>;
  rolloutRuns: RolloutRuns;
}

/** A rollout at the beginning of its run. */
export interface Opened extends Pick<Rollout, 'version' | 'cycle' | 'reason'> {
  approval: RolloutPolicy['approval'];
  ended?: RolloutOutcome;
  /** The rollouts of the pipeline that have not ended, and come before it. */
  waits?: string[];
  /** The steps before all traffic, and how many of them it has passed. */
  steps?: { words: string; share: Step['share'] }[];
  passed?: number;
  /** Whether labels are to confirm it after all traffic. */
  confirms?: true;
}

/** From a registered version to its traffic. */
export const createRolloutActivities = (ports: RolloutPorts) => {
  const { pipelines, traffic, rollouts, progress, rolloutRuns, approvals, ledger, alerts, sharedClock } = ports;
  const rolloutOf = createRolloutReader(ports);
  const closeCycle = createCycleEnd(ports);

  return withFailures({
    /** Stores the rollout of a training run's challenger, and starts its run, which then closes the cycle. */
    async askForRollout(challenger: { run: string; version: number }): Promise<{ rollout: string }> {
      const rollout = await storeRollout(ports, { ...challenger, ownRun: true });
      // If the answer of an earlier call was lost, it may have ended.
      if (rollout.outcome === null) await rolloutRuns.start(rollout, await ledger.cycle(challenger.run));
      return { rollout: rollout.id };
    },

    /** The version to roll out, its way, and whether a person decides; `ended` if the outcome is stored already. */
    async openRollout({ rollout: id }: { rollout: string }): Promise<Opened> {
      const { pipeline: name, revision, version, cycle, reason, outcome } = await rollouts.get(id);
      const pipeline = await pipelines.declaration({ name, revision });
      const { steps, confirm } = planOf(pipeline);
      // If it failed before, it took its version out of the traffic, and begins again from there.
      await progress.follow(id, [id]);
      const { passed } = await progress.of(id);
      const waits = (await progress.before(id)).map((earlier) => earlier.id);
      const champion = (await traffic.get(name))?.champion;
      // The first version has nothing to be compared with, and one that serves already has no other.
      const hasOther = champion !== undefined && champion !== version;
      const way = hasOther ? steps : [];
      const confirms = confirm !== null && (outcome ? outcome.result === 'promoted' : hasOther);
      return {
        version,
        cycle,
        reason,
        approval: pipeline.rollout.approval,
        ...(outcome && { ended: outcome }),
        ...(waits.length > 0 && { waits }),
        ...(way.length > 0 && {
          steps: way.map((step) => ({ words: atStep(versionName(version), step), share: step.share })),
          passed,
        }),
        ...(confirms && { confirms }),
      };
    },

    /**
     * Gives the version all traffic, unless that changed since the rollout's challenger was trained or requested.
     * `confirms`: the former champion scores on as a shadow.
     */
    async promoteVersion({
      reason,
      confirms = false,
      ...of
    }: RolledOut & { reason: string; confirms?: boolean }): Promise<Traffic> {
      const { id, pipeline, version, cycle, generation: expectedGeneration } = await rolloutOf(of);
      const clock = await sharedClock.read();
      const at = cycle === null ? instant(clock.now()) : decisionTime(clock, (await ledger.cycle(cycle)).asOf);
      const by = `rollout ${id}`;
      const promotion = { pipeline, version, expectedGeneration, at, by, reason, rollout: { id, step: null } };
      return traffic.promote({ ...promotion, keepsFormer: confirms });
    },

    /** Stores the rollout's outcome, and closes its cycle. */
    async endRollout({
      rollout: id,
      reopened,
      outcome: given,
      cancelled = false,
    }: {
      rollout: string;
      reopened: number;
      outcome: Omit<RolloutOutcome, 'endedAt'>;
      cancelled?: boolean;
    }): Promise<void> {
      const { pipeline: name, version, cycle } = await rollouts.get(id);
      const outcome = (await cancellationOf(ledger, name, cancelled)) ?? given;
      if (outcome.result !== 'promoted') await withdraw(id, outcome.reason);
      if (cycle !== null) return closeCycle({ cycle, reopened, outcome: { ...outcome, version } });
      const endedAt = instant((await sharedClock.read()).now());
      await rollouts.end(id, { ...outcome, endedAt });
      const pipeline = await pipelines.declaration(await pipelines.applied(name));
      const { result, reason } = outcome;
      await tellOfRollout(
        { alerts, approvals, traffic, pipeline },
        { by: `rollout ${id}`, version, result, reason, endedAt },
      );
      const told = { rollout: id, version, reason, at: endedAt };
      if (result === 'failed') await tellOfFailedRollout({ alerts, pipeline }, told);
    },
  });

  /** However a rollout ends, nothing of it stays in the traffic that nobody watches. */
  async function withdraw(id: string, reason: string): Promise<void> {
    const { rollout, step, traffic: now } = await progress.of(id);
    if (step === null || now === null || now.generation !== rollout.generation) return;
    if (servesAlone(now, now.champion)) return;
    const at = instant((await sharedClock.read()).now());
    const { pipeline, generation: expectedGeneration } = rollout;
    const arms = [{ version: now.champion, share: 1 }];
    try {
      // Without the rollout: to an attempt at its step that still lives, it is superseded.
      await traffic.divide({ pipeline, arms, shadow: null, expectedGeneration, at, by: `rollout ${id}`, reason });
    } catch (error) {
      // A person was faster, and gave all traffic to another version.
      if (!(error instanceof UserError) || error.code !== 'TRAFFIC_SUPERSEDED') throw error;
    }
  }
};
export type RolloutActivities = ReturnType<typeof createRolloutActivities>;
