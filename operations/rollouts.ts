import { UserError } from '../core/base/errors.ts';
import { versionName } from '../core/base/ids.ts';
import { shown } from '../core/base/shown.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import type { Approvals } from '../core/rollout/approvals.ts';
import type { RolloutRuns } from '../core/rollout/rollout-runs.ts';
import type { Rollout, Rollouts } from '../core/rollout/rollouts.ts';
import { servesAlone, type TrafficTable } from '../core/rollout/traffic.ts';
import type { Runs } from '../core/runs/runs.ts';
import type { SharedClock } from '../core/time/clock.ts';
import { instant, type Instant } from '../core/time/time.ts';
import type { ModelVersions } from '../core/training/model-versions.ts';
import { acts, reads } from './door.ts';

export interface RolloutPorts {
  pipelines: Pick<Pipelines, 'applied'>;
  modelVersions: Pick<ModelVersions, 'get'>;
  traffic: Pick<TrafficTable, 'get'>;
  rollouts: Pick<Rollouts, 'askByHand' | 'running' | 'list'>;
  approvals: Pick<Approvals, 'waiting'>;
  rolloutRuns: RolloutRuns;
  runs: Pick<Runs, 'requireWorker'>;
  sharedClock: SharedClock;
}

interface Wish {
  pipeline: string;
  version: number;
  reason: string;
}

export interface RolloutLine extends Rollout {
  /** Until when it waits for a person's approval; null if it does not. */
  waitsUntil: Instant | null;
}

/** Gives versions traffic as their declarations say. */
export const createRolloutOperations = (ports: RolloutPorts) => {
  const { pipelines, modelVersions, traffic, rollouts, rolloutRuns, approvals, runs, sharedClock } = ports;
  return {
    /** Newest first, of one pipeline or of all, with the outcome of each. */
    list: reads(async (pipeline?: string, limit = 20): Promise<RolloutLine[]> => {
      if (pipeline !== undefined) await pipelines.applied(pipeline);
      const waiting = new Map((await approvals.waiting(pipeline)).map(({ rollout, until }) => [rollout, until]));
      const listed = await rollouts.list({ pipeline, limit });
      return listed.map((rollout) => ({ ...rollout, waitsUntil: waiting.get(rollout.id) ?? null }));
    }),

    /**
     * Rolls out a registered version. A repeated call during the rollout returns it, and restarts its run if that is
     * gone.
     */
    start: acts(({ actor }) => async ({ pipeline: name, version, reason }: Wish): Promise<Rollout> => {
      const pipeline = await pipelines.applied(name);
      await modelVersions.get(name, version);
      const resumes = (await rollouts.running(name)).some((one) => one.version === version && one.cycle === null);
      const now = await traffic.get(name);
      // A rollout can lose its run between its promotion and its end: resuming it stores the outcome.
      if (!resumes && now && servesAlone(now, version))
        throw new UserError('REQUEST_INVALID', `${versionName(version)} of ${name} already has all traffic.`);
      await runs.requireWorker();
      const askedAt = instant((await sharedClock.read()).now());
      const wish = { pipeline, version, generation: now?.generation ?? 0, reason: shown(reason), askedAt };
      const rollout = await rollouts.askByHand(wish, actor);
      try {
        await rolloutRuns.start(rollout, null);
      } catch (error) {
        throw error instanceof UserError ? notStarted(rollout, error) : error;
      }
      return rollout;
    }),
  };
};

/** Temporal became unreachable between the check of its workers and the start. */
const notStarted = ({ id, pipeline, version }: Rollout, cause: UserError): UserError =>
  new UserError(
    cause.code,
    `Rollout ${id} is stored but has not started: ${cause.message} Start it later with: ` +
      `perennial rollouts start ${pipeline} ${versionName(version)}`,
    { cause },
  );
