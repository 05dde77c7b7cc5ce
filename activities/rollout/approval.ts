import { type Alerts } from '../../core/alerts/alerts.ts';
import { type Approvals, type Decision } from '../../core/rollout/approvals.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { type ModelVersions } from '../../core/training/model-versions.ts';
import { type TrainingRuns } from '../../core/training/training-runs.ts';
import { type SharedClock } from '../../core/time/clock.ts';
import { after, instant, type Instant } from '../../core/time/time.ts';
import { tellOfApproval } from '../alerts/alerting.ts';
import { withFailures } from '../steps/failures.ts';

export interface ApprovalPorts {
  pipelines: Pipelines;
  trainingRuns: Pick<TrainingRuns, 'get'>;
  modelVersions: Pick<ModelVersions, 'get'>;
  approvals: Approvals;
  alerts: Alerts;
  sharedClock: SharedClock;
}

/** A word that was said already, or how long one is still taken. */
export interface Standing {
  decision: Decision | null;
  /** 0: the time is over. null: the clock never gets there, so there is no end to waiting. */
  milliseconds: number | null;
}
export interface Asked extends Standing {
  until: Instant;
  /** As declared: '3 days'. */
  within: string;
}

/** A challenger that passed its gate, where a person has the last word. */
export const createApprovalActivities = (ports: ApprovalPorts) => {
  const { pipelines, trainingRuns, modelVersions, approvals, alerts, sharedClock } = ports;

  return withFailures({
    /** Moves the version to staging and requests an approval; a repeated call keeps the request and its deadline. */
    async askForApproval({ run: runId, version }: { run: string; version: number }): Promise<Asked> {
      const run = await trainingRuns.get(runId);
      const pipeline = await pipelines.declaration(run.pipeline);
      const { approveWithin } = pipeline.rollout;
      const { gate } = await modelVersions.get(run.pipeline.name, version);
      const now = instant((await sharedClock.read()).now());
      const asked = await approvals.ask({
        pipeline: run.pipeline.name,
        version,
        cycle: run.cycle,
        trainingRun: run.id,
        reason: gate.reason,
        askedAt: now,
        until: after(now, approveWithin),
      });
      await tellOfApproval({ alerts, pipeline }, asked);
      return { until: asked.until, within: approveWithin, ...(await standing(run.id, asked.until)) };
    },

    /** Looks whether a word was said, for a training that nobody woke. When the time is over, none is taken any more. */
    async lookForWord({ run, until }: { run: string; until: Instant }): Promise<Standing> {
      return standing(run, until);
    },

    /** Writes a person's word down; returns the one that holds, null when the time was over. */
    async decideApproval({ run, decision }: { run: string; decision: Decision }): Promise<Decision | null> {
      return approvals.decide(run, decision);
    },
  });

  async function standing(run: string, until: Instant): Promise<Standing> {
    const clock = await sharedClock.read();
    const left = clock.millisecondsUntil(until);
    const decision = left === 0 ? await approvals.expire(run, instant(clock.now())) : await approvals.said(run);
    return { decision, milliseconds: Number.isFinite(left) ? left : null };
  }
};
export type ApprovalActivities = ReturnType<typeof createApprovalActivities>;
