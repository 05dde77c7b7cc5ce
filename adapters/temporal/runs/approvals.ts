import type { ApprovalDesk, Decision } from '../../../core/rollout/approvals.ts';
import type { Config } from '../../../core/base/settings/config.ts';
import { messageOf, UserError } from '../../../core/base/errors/errors.ts';
import { namesOf } from '../../../core/base/names.ts';
import { decideRollout } from '../../../workflows/messages.ts';
import { callTemporal, isConnectionError } from '../connection/connection.ts';
import {
  type Client,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';

const PATIENCE = 10_000;

export function createApprovalDesk(
  client: Client,
  settings: Config['temporal'],
  { patience = PATIENCE }: { patience?: number } = {},
): ApprovalDesk {
  const names = namesOf(settings.installation);

  /** Sends the decision to a run; false if there is no such run. */
  async function tell(workflowId: string, decision: Decision, deadline: number): Promise<boolean> {
    const handle = client.workflow.getHandle(workflowId);
    const update = () => handle.executeUpdate(decideRollout, { args: [decision] });
    try {
      await client.connection.withDeadline(deadline, update);
      return true;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      if (error instanceof WorkflowUpdateFailedError)
        throw new UserError('NOTHING_TO_APPROVE', messageOf(error.cause ?? error), { cause: error });
      const unanswered = error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isConnectionError(error);
      if (!unanswered) throw error;
      // Either there is no worker, or Temporal is unreachable: the second has its own error.
      await callTemporal(settings, () => handle.describe());
      throw new UserError(
        'NO_WORKER',
        `No worker took the decision within ${patience / 1000} s. Start one with "npm start", or find out why the ` +
          'workers are gone; then check with "perennial rollouts" whether it still waits.',
        { cause: error },
      );
    }
  }

  return {
    async decide({ pipeline, rollout, cycle }, decision) {
      const deadline = Date.now() + patience;
      const workflowId = names.rollout(pipeline, rollout);
      if (await tell(workflowId, decision, deadline)) return;
      // A training of an earlier release waits by itself.
      if (cycle !== null && (await tell(names.training(pipeline, cycle), decision, deadline))) return;
      throw new UserError('NOTHING_TO_APPROVE', `${workflowId} no longer waits: it has ended.`);
    },
  };
}
