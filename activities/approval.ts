import { type Alerts } from '../core/alerts.ts';
import { type Approvals, type Decision } from '../core/approvals.ts';
import { type Clock, type Pipelines, type Registry } from '../core/ports.ts';
import { after, instant, type Instant } from '../core/time.ts';
import { tellOfApproval } from './alerting.ts';
import { withFailures } from './failures.ts';

export interface ApprovalPorts {
  pipelines: Pipelines;
  registry: Registry;
  approvals: Approvals;
  alerts: Alerts;
  clock: Clock;
}

/** What the training waits for: a word that was said already, or at most so long for one. */
export interface Asked {
  decision: Decision | null;
  until: Instant;
  /** As declared: '3 days'. */
  within: string;
  /** null: the clock never gets there, so there is no end to waiting. */
  milliseconds: number | null;
}

/** A challenger that passed its gate, where a person has the last word. */
export const createApprovalActivities = ({ pipelines, registry, approvals, alerts, clock }: ApprovalPorts) =>
  withFailures({
    /** Moves the version to staging and asks; asked again, it goes on with what stands, also with the time that is left. */
    async askForApproval({ run: runId, version }: { run: string; version: number }): Promise<Asked> {
      const run = await registry.trainingRun(runId);
      const pipeline = await pipelines.declaration(run.pipeline);
      const { approveWithin } = pipeline.rollout;
      const { gate } = await registry.version(run.pipeline.name, version);
      const now = instant(clock.now());
      const asked = await approvals.ask({
        pipeline: run.pipeline.name,
        version,
        cycle: run.cycle,
        trainingRun: run.id,
        reason: gate.reason,
        askedAt: now,
        until: after(now, approveWithin),
      });
      const { decision, until } = asked;
      await tellOfApproval({ alerts, pipeline }, asked);
      const left = clock.millisecondsUntil(until);
      return { decision, until, within: approveWithin, milliseconds: Number.isFinite(left) ? left : null };
    },

    /** Writes a person's word down; an earlier one holds. */
    async decideApproval({ run, decision }: { run: string; decision: Decision }): Promise<Decision> {
      return approvals.decide(run, decision);
    },
  });
export type ApprovalActivities = ReturnType<typeof createApprovalActivities>;
