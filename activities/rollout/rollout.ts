import { type RolloutRuns } from '../../core/rollout/rollout-runs.ts';
import { type RolloutOutcome, type Rollouts } from '../../core/rollout/rollouts.ts';
import { type Traffic, type TrafficTable } from '../../core/rollout/traffic.ts';
import { decisionTime } from '../../core/time/clock.ts';
import { instant } from '../../core/time/time.ts';
import { tellOfRollout } from '../alerts/alerting.ts';
import { createCycleEnd, type CycleEndPorts } from '../retraining/close-cycle.ts';
import { withFailures } from '../steps/failures.ts';
import { createRolloutReader, type RolledOut, type RolloutReaderPorts, storeRollout } from './rolled-out.ts';

export interface RolloutPorts extends RolloutReaderPorts, CycleEndPorts {
  traffic: Pick<TrafficTable, 'promote'>;
  rollouts: Pick<Rollouts, 'get' | 'ask' | 'end'>;
  rolloutRuns: RolloutRuns;
}

/** From a registered version to its traffic. */
export const createRolloutActivities = (ports: RolloutPorts) => {
  const { pipelines, traffic, rollouts, rolloutRuns, approvals, ledger, alerts, sharedClock } = ports;
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

    /** The version to roll out, and whether a person decides; `ended` if the outcome is stored already. */
    async openRollout({ rollout: id }: { rollout: string }) {
      const { pipeline: name, revision, version, cycle, reason, outcome } = await rollouts.get(id);
      const { approval } = (await pipelines.declaration({ name, revision })).rollout;
      return { version, cycle, reason, approval, ...(outcome && { ended: outcome }) };
    },

    /** Gives the version all traffic, unless that changed since the rollout's challenger was trained or requested. */
    async promoteVersion({ reason, ...of }: RolledOut & { reason: string }): Promise<Traffic> {
      const { id, pipeline, version, cycle, generation: expectedGeneration } = await rolloutOf(of);
      const clock = await sharedClock.read();
      const at = cycle === null ? instant(clock.now()) : decisionTime(clock, (await ledger.cycle(cycle)).asOf);
      return traffic.promote({ pipeline, version, expectedGeneration, at, by: `rollout ${id}`, reason });
    },

    /** Stores the rollout's outcome, and closes its cycle. */
    async endRollout({
      rollout: id,
      reopened,
      outcome,
    }: {
      rollout: string;
      reopened: number;
      outcome: Omit<RolloutOutcome, 'endedAt'>;
    }): Promise<void> {
      const { pipeline: name, version, cycle } = await rollouts.get(id);
      if (cycle !== null) return closeCycle({ cycle, reopened, outcome: { ...outcome, version } });
      const endedAt = instant((await sharedClock.read()).now());
      await rollouts.end(id, { ...outcome, endedAt });
      const pipeline = await pipelines.declaration(await pipelines.applied(name));
      const { result } = outcome;
      await tellOfRollout({ alerts, approvals, pipeline }, { by: `rollout ${id}`, version, result, endedAt });
    },
  });
};
export type RolloutActivities = ReturnType<typeof createRolloutActivities>;
