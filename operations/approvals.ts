import type { Approval, ApprovalDesk, Approvals, Decision } from '../core/rollout/approvals.ts';
import { UserError } from '../core/base/errors/errors.ts';
import { versionName } from '../core/base/ids.ts';
import type { Pipelines } from '../core/declaration/pipelines.ts';
import { withGateShown, withOutcomeShown } from '../core/declaration/redaction/said-by-gates.ts';
import type { RolloutRuns } from '../core/rollout/rollout-runs.ts';
import type { RolloutOutcome, Rollouts } from '../core/rollout/rollouts.ts';
import { shown } from '../core/base/errors/shown.ts';
import { acts, reads } from './door.ts';
import { allShown, type SaidByGatesPorts } from './said-by-gates.ts';
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 10_000;

export interface ApprovalPorts extends SaidByGatesPorts {
  pipelines: Pick<Pipelines, 'applied' | 'declared'>;
  approvals: Pick<Approvals, 'waiting' | 'decide'>;
  desk: ApprovalDesk;
  rollouts: Pick<Rollouts, 'get'>;
  rolloutRuns: RolloutRuns;
}

interface Answer extends Omit<Decision, 'by'> {
  pipeline: string;
  /** The version to decide on; left out: the one that waits. */
  version?: number;
}
export interface Decided {
  approval: Approval;
  /** null while the rollout is still running. */
  outcome: RolloutOutcome | null;
}

/** Their reasons are what gates said. */
export const approvalsShown = (ports: SaidByGatesPorts, approvals: readonly Approval[]): Promise<Approval[]> =>
  allShown(ports, approvals, ({ version }) => version, withGateShown);

/** A person's decision on a rollout that waits for it. */
export const createApprovalOperations = ({
  pipelines,
  crowd,
  approvals,
  desk,
  rollouts,
  rolloutRuns,
}: ApprovalPorts) => ({
  /** What waits, of one pipeline or of all. */
  list: reads(async (pipeline?: string): Promise<Approval[]> => {
    if (pipeline !== undefined) await pipelines.applied(pipeline);
    return approvalsShown({ pipelines, crowd }, await approvals.waiting(pipeline));
  }),

  /**
   * Approves or rejects the challenger that waits, then waits a moment for the outcome. The decision is stored first, so
   * an outage or a lost run cannot lose it.
   */
  decide: acts(({ actor }) => async ({ pipeline, version, approve, reason }: Answer): Promise<Decided> => {
    await pipelines.applied(pipeline);
    const waiting = await approvals.waiting(pipeline);
    if (waiting.length === 0)
      throw new UserError(
        'NOTHING_TO_APPROVE',
        `No version of ${pipeline} is waiting for approval. To give a version traffic by hand: ` +
          `perennial models promote ${pipeline} VERSION`,
      );
    const names = [...new Set(waiting.map((asked) => versionName(asked.version)))];
    if (version === undefined && names.length > 1)
      throw new UserError(
        'REQUEST_INVALID',
        `${names.join(' and ')} of ${pipeline} are waiting. Say which: perennial approve ${pipeline} ${names[0]}`,
      );
    const approval = waiting.find((asked) => version === undefined || asked.version === version);
    // Another version may have begun to wait since the page was loaded: nobody has decided on that one.
    if (!approval)
      throw new UserError(
        'NOTHING_TO_APPROVE',
        `${versionName(version!)} of ${pipeline} is no longer waiting; ${names.join(' and ')} ${names.length === 1 ? 'is' : 'are'}.`,
      );
    const decision = { approve, by: actor.name, reason: shown(reason) };
    const holds = await approvals.decide(approval.rollout, decision, actor.from);
    if (holds?.by !== decision.by || holds.approve !== decision.approve)
      throw new UserError(
        'NOTHING_TO_APPROVE',
        `${versionName(approval.version)} of ${pipeline} is no longer waiting: ` +
          (holds ? `${holds.by} has ${holds.approve ? 'approved' : 'rejected'} it.` : 'its deadline has passed.'),
      );
    const deadline = Date.now() + PATIENCE_MS;
    try {
      await desk.decide(approval, decision).catch(async (error: unknown) => {
        // The retraining loop restarts a lost run, but only for a rollout of a cycle.
        const isLost = error instanceof UserError && error.code === 'NOTHING_TO_APPROVE';
        if (!isLost || approval.cycle !== null) throw error;
        await rolloutRuns.start({ id: approval.rollout, pipeline, version: approval.version }, null);
      });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
    for (; ; await sleep(100)) {
      const { outcome } = await rollouts.get(approval.rollout);
      if (!outcome && Date.now() <= deadline) continue;
      const came = { pipeline, approval: { ...approval, decision }, outcome };
      const [shownToday] = await allShown(
        { pipelines, crowd },
        [came],
        () => approval.version,
        (copy, judged, today) => ({
          ...withOutcomeShown(copy, judged, today),
          approval: withGateShown(copy.approval, judged, today),
        }),
      );
      return { approval: shownToday!.approval, outcome: shownToday!.outcome };
    }
  }),
});
