import type { ApprovalDesk } from '../../core/rollout/approvals.ts';
import type { Config } from '../../core/base/config.ts';
import { messageOf, UserError } from '../../core/base/errors.ts';
import { namesOf } from '../../core/base/names.ts';
import { decideRollout } from '../../workflows/messages.ts';
import { callTemporal, isConnectionError } from './connection.ts';
import {
  type Client,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client';

const PATIENCE = 10_000;

export const createApprovalDesk = (
  client: Client,
  settings: Config['temporal'],
  { patience = PATIENCE }: { patience?: number } = {},
): ApprovalDesk => ({
  async decide({ pipeline, cycle }, decision) {
    const workflowId = namesOf(settings.installation).training(pipeline, cycle);
    const handle = client.workflow.getHandle(workflowId);
    const update = () => handle.executeUpdate(decideRollout, { args: [decision] });
    try {
      await client.connection.withDeadline(Date.now() + patience, update);
    } catch (error) {
      if (error instanceof WorkflowNotFoundError)
        throw new UserError('NOTHING_TO_APPROVE', `${workflowId} waits no more: it has ended.`, { cause: error });
      if (error instanceof WorkflowUpdateFailedError)
        throw new UserError('NOTHING_TO_APPROVE', messageOf(error.cause ?? error), { cause: error });
      const unanswered = error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isConnectionError(error);
      if (!unanswered) throw error;
      // Either nobody works, or nobody is at Temporal's address: the second has words of its own.
      await callTemporal(settings, () => handle.describe());
      throw new UserError(
        'NO_WORKER',
        `No worker has taken the word within ${patience / 1000} s. Start one with "npm start", or look at why the ` +
          'workers are gone; then see with "perennial rollouts" whether it still waits.',
        { cause: error },
      );
    }
  },
});
