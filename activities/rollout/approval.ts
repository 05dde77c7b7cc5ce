import { type Alerts } from '../../core/alerts/alerts.ts';
import { type Approvals, type Decision } from '../../core/rollout/approvals.ts';
import { type Pipelines } from '../../core/declaration/pipelines.ts';
import { changedMeanwhile, changeOf, replacementOf, type RolloutProgress } from '../../core/rollout/progress.ts';
import { after, instant, type Instant } from '../../core/time/time.ts';
import { tellOfApproval } from '../alerts/alerting.ts';
import { withFailures } from '../steps/failures.ts';
import { createRolloutReader, idOf, type Named, type RolledOut, type RolloutReaderPorts } from './rolled-out.ts';

export interface ApprovalPorts extends RolloutReaderPorts {
  pipelines: Pick<Pipelines, 'declaration'>;
  progress: Pick<RolloutProgress, 'of'>;
  approvals: Pick<Approvals, 'ask' | 'said' | 'decide' | 'expire'>;
  alerts: Pick<Alerts, 'raise' | 'resolve'>;
}

/** An earlier decision, or how long one is still accepted. */
export interface Standing {
  decision: Decision | null;
  /** 0: the deadline has passed. null: the clock never gets there, so the wait has no end. */
  milliseconds: number | null;
}
/** What a look after a while finds. */
export interface Found extends Standing {
  /** Why no decision matters any more. */
  superseded?: string;
}
export interface Asked extends Standing {
  until: Instant;
  /** As declared: '3 days'. */
  within: string;
}

/** A rollout that a person decides. */
export const createApprovalActivities = (ports: ApprovalPorts) => {
  const { pipelines, rollouts, progress, approvals, alerts, sharedClock } = ports;
  const rolloutOf = createRolloutReader(ports);

  return withFailures({
    /** Moves the version to staging and requests an approval; a repeated call keeps the request and its deadline. */
    async askForApproval(of: RolledOut): Promise<Asked> {
      const { id, pipeline: name, revision } = await rolloutOf(of);
      const pipeline = await pipelines.declaration({ name, revision });
      const { approveWithin } = pipeline.rollout;
      const now = instant((await sharedClock.read()).now());
      const asked = await approvals.ask({ rollout: id, askedAt: now, until: after(now, approveWithin) });
      await tellOfApproval({ alerts, pipeline }, asked);
      return { until: asked.until, within: approveWithin, ...(await standing(id, asked.until)) };
    },

    /**
     * Reads the decision, for a rollout that nothing woke, or why none is needed any more. After the deadline it closes the
     * request.
     */
    async lookForWord({ until, ...of }: Named & { until: Instant }): Promise<Found> {
      const id = idOf(of);
      const found = await standing(id, until);
      if (found.decision !== null || found.milliseconds === 0) return found;
      const superseded = await whySuperseded(id);
      return superseded === null ? found : { ...found, superseded };
    },

    /** Stores a person's decision; returns the one that holds, null after the deadline. */
    async decideApproval({ decision, ...of }: Named & { decision: Decision }): Promise<Decision | null> {
      return approvals.decide(idOf(of), decision);
    },
  });

  async function whySuperseded(id: string): Promise<string | null> {
    const seen = await progress.of(id);
    if (changedMeanwhile(seen)) return changeOf(seen);
    const { pipeline: name, revision } = await rollouts.get(id);
    const { rollout } = await pipelines.declaration({ name, revision });
    return seen.newer && rollout.newer === 'replaces' ? replacementOf(seen.newer) : null;
  }

  async function standing(rollout: string, until: Instant): Promise<Standing> {
    const clock = await sharedClock.read();
    const left = clock.millisecondsUntil(until);
    const decision = left === 0 ? await approvals.expire(rollout, instant(clock.now())) : await approvals.said(rollout);
    return { decision, milliseconds: Number.isFinite(left) ? left : null };
  }
};
export type ApprovalActivities = ReturnType<typeof createApprovalActivities>;
